"""Places that only a person can search: the owner's side."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from dsr.models import Membership, Shop, Source
from dsr.records import IdentityKind
from dsr.staff.forms import StaffForm
from dsr.staff.signed_in import posted, staff_of
from dsr.web import access
from dsr.workflow import manual_places
from dsr.workflow.actors import staff
from dsr.workflow.answer import IDENTITY_LABELS
from dsr.workflow.connections import AlreadyThere
from dsr.workflow.manual_places import LONGEST_INSTRUCTIONS, LONGEST_TITLE, MOST_DAYS, Assignee, BadPlace, Place

NEEDS = [(kind.value, IDENTITY_LABELS[kind.value]) for kind in IdentityKind]


class PlaceForm(StaffForm):
    """What is asked of whom, in every request of the shop."""

    shop = forms.ModelChoiceField(Shop.objects.none(), empty_label=None)
    name = forms.SlugField(
        max_length=60,
        help_text="A short word for tables and files, for example workshop.",
        error_messages={"required": "Give the place a short name"},
    )
    title = forms.CharField(
        max_length=LONGEST_TITLE,
        help_text="As the person reads it in the copy, for example: Card index of the repair workshop.",
        error_messages={"required": "Say what the place is called"},
    )
    instructions = forms.CharField(
        max_length=LONGEST_INSTRUCTIONS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Where to look and what to hand in. The colleague reads this behind the link.",
        error_messages={"required": "Say where to look and what to hand in"},
    )
    assignee = forms.CharField(
        label="Who is asked", max_length=100, error_messages={"required": "Enter the name of who is asked"}
    )
    email = forms.EmailField(
        label="Their e-mail",
        error_messages={"required": "Enter their e-mail address", "invalid": "Enter an address like name@example.com"},
    )
    days = forms.IntegerField(
        label="Days to answer",
        initial=7,
        min_value=1,
        max_value=MOST_DAYS,
        error_messages={"required": "Enter the days"},
    )
    needs = forms.MultipleChoiceField(
        label="Can be searched by",
        choices=NEEDS,
        required=False,
        widget=forms.SelectMultiple(attrs={"class": "form-select", "size": len(NEEDS)}),
        help_text="Only these identifiers are shown to the colleague. None chosen means all.",
    )
    record_class = forms.SlugField(
        label="Record class",
        required=False,
        help_text="The word of the shop's policy for what lies there, if it has one.",
    )

    def __init__(self, *args: Any, open_to: QuerySet[Shop], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shop"].queryset = open_to  # type: ignore[attr-defined]  # a ModelChoiceField has one

    def place(self) -> Place:
        """What was typed, as the workflow wants it."""
        said = self.cleaned_data
        return Place(
            title=said["title"],
            instructions=said["instructions"],
            assignee=Assignee(said["assignee"], said["email"]),
            days=said["days"],
            needs=tuple(said["needs"]),
            record_class=said["record_class"],
        )


class ChangePlaceForm(PlaceForm):
    """The same for a place that is there already."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["shop"], self.fields["name"]


@access.owner
def add(request: HttpRequest) -> HttpResponse:
    """Have a person asked from the next request on."""
    user = staff_of(request)
    form = PlaceForm(*posted(request), open_to=access.shops_for(user, Membership.Role.OWNER))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            source = manual_places.add_manual_source(
                said["shop"], name=said["name"], place=form.place(), actor=staff(user), now=timezone.now()
            )
        except AlreadyThere as error:
            form.add_error("name", str(error))
        except BadPlace as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, f"{source.name} is asked in every request from now on.")
            return redirect("staff:sources")
    return _page(request, form, "Add a place only a person can search")


@access.owner
def change(request: HttpRequest, source_id: int) -> HttpResponse:
    """Ask otherwise, or somebody else, from the next request on."""
    user = staff_of(request)
    source = access.sources_for(user).filter(pk=source_id, kind=Source.Kind.MANUAL).first()
    if source is None:
        raise Http404
    form = ChangePlaceForm(*posted(request), open_to=Shop.objects.none(), initial=_kept(source))
    if request.method == "POST" and form.is_valid():
        try:
            manual_places.change_manual_source(source, place=form.place(), actor=staff(user), now=timezone.now())
        except BadPlace as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, f"{source.name} was changed; tasks that wait keep who was asked.")
            return redirect("staff:sources")
    return _page(request, form, f"{source.shop.name}: {source.name}")


def _kept(source: Source) -> dict[str, Any]:
    place = manual_places.place_of(source)
    return {
        "title": place.title,
        "instructions": place.instructions,
        "assignee": place.assignee.name,
        "email": place.assignee.email,
        "days": place.days,
        "needs": place.needs,
        "record_class": place.record_class,
    }


def _page(request: HttpRequest, form: PlaceForm, title: str) -> HttpResponse:
    return render(request, "staff/place_form.html", {"section": "sources", "form": form, "title": title})
