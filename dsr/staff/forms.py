"""What staff type in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone

from dsr.lifecycle import RequestType
from dsr.models import FindingMark, Shop, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.redaction import Ground
from dsr.staff.wording import TYPES
from dsr.web import residences
from dsr.workflow import identities, shops
from dsr.workflow.identities import BadIdentity
from dsr.workflow.review import REFUSAL_GROUNDS

LARGEST_DATASET = 1_000_000
OLDEST = timedelta(days=5 * 365)
LOGGED = (RequestType.ACCESS, RequestType.CORRECTION, RequestType.ERASURE)
"""What the app carries out."""
GROUNDS = [(ground.value, ground.remark.capitalize()) for ground in Ground]


class StaffForm(forms.Form):
    """Bootstrap's classes on every control."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_choice = isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
            field.widget.attrs.setdefault("class", "form-select" if is_choice else "form-control")


class RefuseForm(forms.Form):
    """On which ground."""

    ground = forms.ChoiceField(
        label="Ground", choices=list(REFUSAL_GROUNDS.items()), error_messages={"required": "Choose a ground"}
    )


class AssignForm(StaffForm):
    """Who looks after it."""

    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody")

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]  # a ModelChoiceField has one


class PlaceForm(forms.Form):
    """Where on which page of findings a button stood. ``digest`` empty means every row."""

    digest = forms.RegexField(r"^[0-9a-f]{64}\Z", required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=999_999)


class MarkForm(PlaceForm):
    """What is left out: a field or rows, and why."""

    field = forms.CharField(required=False, max_length=200)
    ground = forms.ChoiceField(choices=GROUNDS, error_messages={"required": "Choose a ground"})

    def kind(self) -> FindingMark.Kind:
        """A field is redacted, a row is withheld."""
        return FindingMark.Kind.REDACT if self.cleaned_data["field"] else FindingMark.Kind.WITHHOLD


class LogForm(StaffForm):
    """A request that came by telephone, letter, e-mail or at the counter."""

    shop = forms.ModelChoiceField(Shop.objects.none(), empty_label=None)
    type = forms.ChoiceField(label="Wants", choices=[(each.value, TYPES[each]) for each in LOGGED])
    channel = forms.ChoiceField(label="Came by", choices=SubjectRequest.Channel.choices[1:])
    received_at = forms.DateTimeField(
        label="Received",
        help_text="When the shop got it, in the shop's own time. The clock starts here.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"required": "Enter when the shop received it", "invalid": "Enter a date and a time"},
    )
    email = forms.CharField(label="E-mail", required=False)
    phone = forms.CharField(label="Telephone", required=False)
    customer_number = forms.CharField(label="Customer number", required=False)
    residence = forms.ChoiceField(
        label="Lives in",
        required=False,
        choices=residences.choices,
        help_text="It decides which law sets the date. Where it is not known, the strictest that may apply does.",
    )
    is_proved = forms.BooleanField(
        label="The person proved to me who they are",
        required=False,
        help_text="Otherwise a link goes to the e-mail address, and gathering begins when it is confirmed.",
    )

    def __init__(self, *args: Any, open_to: QuerySet[Shop], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shop"].queryset = open_to  # type: ignore[attr-defined]  # a ModelChoiceField has one

    def clean(self) -> dict[str, Any]:
        """Read the identifiers with the shop's country and the moment with its time zone."""
        content = super().clean() or self.cleaned_data
        shop = content.get("shop")
        if shop is None:
            return content
        profile = shops.profile_of(shop, timezone.now())
        content["identities"] = tuple(self._identities(profile.country))
        if not content["identities"] and not self.errors:
            self.add_error("email", "Enter at least one way to find the person")
        if content.get("channel") == SubjectRequest.Channel.SHOP:
            content["is_proved"] = True  # The shop says itself whose records it means.
            if content.get("type") != RequestType.CORRECTION:
                self.add_error("type", "By itself the shop corrects; everything else is asked for by the person")
        if content["identities"] and not content.get("email") and not content.get("is_proved"):
            self.add_error("email", "Without an e-mail address nobody can confirm: enter one, or tick the proof below")
        moment = content.get("received_at")
        if moment is not None:
            content["received_at"] = moment.replace(tzinfo=ZoneInfo(profile.time_zone))
            if content["received_at"] > timezone.now():
                self.add_error("received_at", "This moment lies in the future")
            elif content["received_at"] < timezone.now() - OLDEST:
                self.add_error("received_at", "This is more than five years ago; check the year")
        return content

    def _identities(self, country: str) -> list[Identity]:
        found = []
        for name, kind in (
            ("email", IdentityKind.EMAIL),
            ("phone", IdentityKind.PHONE),
            ("customer_number", IdentityKind.CUSTOMER_NUMBER),
        ):
            text = self.cleaned_data.get(name)
            if text:
                try:
                    found.append(identities.read(kind, text, country))
                except BadIdentity as error:
                    self.add_error(name, str(error))
        return found


class SourceForm(StaffForm):
    """A database of a shop. The address is never shown again, so it is typed anew when something else was wrong."""

    shop = forms.ModelChoiceField(Shop.objects.none(), empty_label=None)
    name = forms.SlugField(
        help_text="A short word, for example web or newsletter.", error_messages={"required": "Give the source a name"}
    )
    url = forms.CharField(
        label="Address",
        help_text="postgresql://user:password@host/database. Use a role that can only read.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the address of the database"},
    )
    write_url = forms.CharField(
        label="Address for writing",
        help_text="The same database by a role that may also write, for corrections and erasures alone. May stay empty.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        required=False,
    )
    is_undescribed = forms.BooleanField(
        label="I have no description yet",
        required=False,
        help_text="The database is looked at and a description drafted; nobody is searched for here before you publish it.",
    )
    dataset_file = forms.FileField(label="Dataset (YAML file)", required=False)
    dataset_text = forms.CharField(label="or paste it", required=False, widget=forms.Textarea(attrs={"rows": 8}))
    overlay_file = forms.FileField(label="Overlay (YAML file)", required=False)
    overlay_text = forms.CharField(label="or paste it ", required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, open_to: QuerySet[Shop], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shop"].queryset = open_to  # type: ignore[attr-defined]  # a ModelChoiceField has one

    def clean(self) -> dict[str, Any]:
        """One text for each of the two, from the file or the box."""
        content = super().clean() or self.cleaned_data
        for what in ("dataset", "overlay"):
            upload = content.get(f"{what}_file")
            content[f"{what}_name"] = upload.name if upload else f"{what}.yaml"
            content[what] = self._text_of(what, upload) if upload else content.get(f"{what}_text", "")
        if not content["dataset"] and not content.get("is_undescribed") and "dataset_file" not in self.errors:
            self.add_error("dataset_file", "Choose the dataset's file, paste its text, or tick that you have none yet")
        if content["dataset"] and content.get("is_undescribed"):
            self.add_error("is_undescribed", "You gave a description: untick this, or take the description away")
        if not content["overlay"]:
            content["overlay_name"] = ""
        return content

    def _text_of(self, what: str, upload: UploadedFile[bytes]) -> str:
        if (upload.size or 0) > LARGEST_DATASET:
            self.add_error(f"{what}_file", "This file is larger than 1 MB; a dataset is a few pages of text")
            return ""
        try:
            return str(upload.read(), "utf-8")
        except UnicodeDecodeError:
            self.add_error(f"{what}_file", "This file is not UTF-8 text")
            return ""


class RedescribeForm(SourceForm):
    """A new description of a source, and a new address when one is typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["shop"], self.fields["name"], self.fields["is_undescribed"]
        self.fields["url"].required = False
        for name in ("url", "write_url"):
            self.fields[name].help_text = "Leave it empty to keep the address."
