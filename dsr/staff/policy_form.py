"""What an owner gives to publish a policy: its text, from when it holds, whether it is material and where customers were told."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from dsr.staff.forms import LARGEST_DATASET, StaffForm
from dsr.workflow.policies import NoticeProof

DATE_ERRORS = {"invalid": "Enter a day, such as 2026-01-31"}


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}), error_messages=DATE_ERRORS
    )


class PublishForm(StaffForm):
    """The next version of a shop's policy. ``zone`` is the shop's: dates and times are meant there."""

    file = forms.FileField(label="Profile (YAML file)", required=False)
    text = forms.CharField(
        label="or its text",
        required=False,
        strip=False,
        max_length=LARGEST_DATASET,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "form-control code"}),
    )
    in_force_from = forms.DateTimeField(
        label="In force from",
        required=False,
        help_text="In the shop's own time. Empty means at once.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": "Enter a date and a time"},
    )
    is_material = forms.BooleanField(
        label="This change matters to customers",
        required=False,
        help_text="Then it needs a proof that they were told, where the shop promised to tell them. Give the day for each place.",
    )
    told_home_page = _day("Told on the home page on")
    told_email = _day("Told by e-mail on")
    told_post = _day("Told by post on")

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean_in_force_from(self) -> datetime | None:
        """The moment, where the shop is."""
        moment: datetime | None = self.cleaned_data["in_force_from"]
        return moment.replace(tzinfo=ZoneInfo(self.zone)) if moment else None

    def clean(self) -> dict[str, Any]:
        """One text, from the file or the box; lines end as they do in files."""
        content = super().clean() or self.cleaned_data
        upload = content.get("file")
        if upload is not None:
            if (upload.size or 0) > LARGEST_DATASET:
                self.add_error("file", "This file is larger than 1 MB; a policy profile is a few pages of text")
                return content
            try:
                content["text"] = str(upload.read(), "utf-8")
            except UnicodeDecodeError:
                self.add_error("file", "This file is not UTF-8 text")
        content["text"] = content.get("text", "").replace("\r\n", "\n")
        if not content["text"].strip() and not self.errors:
            self.add_error("text", "Choose the profile's file, or paste its text")
        return content

    def proofs(self) -> tuple[NoticeProof, ...]:
        """Where customers were told, and when."""
        told = {"home_page": "told_home_page", "email": "told_email", "post": "told_post"}
        days = {placement: self.cleaned_data.get(name) for placement, name in told.items()}
        return tuple(NoticeProof(placement, day) for placement, day in days.items() if day)

    def kept(self) -> dict[str, str]:
        """Everything that was said, as hidden fields carry it to the next page."""
        said = self.cleaned_data
        moment = said.get("in_force_from")
        days = {name: day.isoformat() for name in self.fields if name.startswith("told_") and (day := said.get(name))}
        return {
            "text": said["text"],
            "in_force_from": moment.strftime("%Y-%m-%dT%H:%M") if moment else "",
            "is_material": "on" if said.get("is_material") else "",
            **days,
        }
