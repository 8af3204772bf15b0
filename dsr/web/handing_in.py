"""The form in which a colleague, or staff in the colleague's place, says what was found. Nothing typed is ever lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest

from dsr.models import ManualTask
from dsr.workflow import manual_answers
from dsr.workflow.file_kinds import LARGEST_ANSWER, LARGEST_FILE, MOST_FILES, FileRefused, name_in_one_line
from dsr.workflow.manual_answers import LONGEST_NOTE, Draft

TAKEN = ".pdf,.png,.jpg,.jpeg,.gif,.webp,.tif,.tiff,.heic,.txt,.csv,.docx,.xlsx,.odt,.ods,image/*"
CHECK, NOTHING, ADD, REMOVE = "check", "nothing", "add", "remove"


class ManyFiles(forms.FileInput):
    """A choice of several files at once. The form sees one of them; all are in ``request.FILES``."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The last file, or None."""
        return files.get(name)


class HandInForm(forms.Form):
    """What was found, as files or in words, and by whom."""

    found_files = forms.FileField(
        label="Files",
        required=False,
        help_text=f"Photographs, scans, PDF, Word, Excel or text. At most {MOST_FILES} files of "
        f"{LARGEST_FILE // 1_000_000} MB each, {LARGEST_ANSWER // 1_000_000} MB together.",
        widget=ManyFiles(attrs={"multiple": True, "accept": TAKEN}),
    )
    note = forms.CharField(
        label="What you found, in your own words",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="The person will read this. Leave it empty if the files say it all.",
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "max_length": f"Write at most {LONGEST_NOTE:,} characters here, or hand it in as a file",
            "null_characters_not_allowed": "Remove the invisible character from the text",
        },
    )
    answered_by = forms.CharField(
        label="Your name",
        required=False,
        max_length=100,
        help_text="For the shop's own records; the person does not see it.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={
            "max_length": "Write your name with at most 100 letters",
            "null_characters_not_allowed": "Remove the invisible character from your name",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "form-control")

    def clean(self) -> dict[str, str]:
        """The one field that asks for a file has an opinion of its own about an empty one; ours is told by name."""
        self.errors.pop("found_files", None)
        return self.cleaned_data


def blank(task: ManualTask, name: str = "") -> HandInForm:
    """The form with what was typed so far."""
    draft = manual_answers.draft_of(task)
    return HandInForm(initial={"note": draft.note, "answered_by": draft.answered_by or name})


def take(request: HttpRequest, task: ManualTask, now: datetime) -> tuple[HandInForm, bool]:
    """Keep what was sent; the form, and whether the answer may be looked over now. Raises TaskClosed."""
    form = HandInForm(request.POST, request.FILES)
    if not form.is_valid():
        return form, False
    wanted = request.POST.get("do", ADD)
    said = form.cleaned_data
    draft = Draft(said["answered_by"].strip(), said["note"].strip(), is_nothing=wanted == NOTHING)
    manual_answers.keep_draft(task, draft)
    _remove(request, task)
    for file in request.FILES.getlist("found_files"):
        try:
            manual_answers.add_file(task, name=file.name or "file", content=file.read(), now=now)
        except FileRefused as refused:
            form.add_error("found_files", f"“{name_in_one_line(file.name or 'file')}” {refused}")
    if wanted in (CHECK, NOTHING):
        _complain(form, task, draft)
        return form, form.is_valid()
    return form, False


def _remove(request: HttpRequest, task: ManualTask) -> None:
    number = request.POST.get(REMOVE, "")
    if number.isascii() and number.isdigit() and len(number) < 18:
        manual_answers.remove_file(task, int(number))


def _complain(form: HandInForm, task: ManualTask, draft: Draft) -> None:
    if not draft.answered_by:
        form.add_error("answered_by", "Enter your name")
    has_files = task.files.exists()
    if draft.is_nothing and has_files:
        form.add_error("found_files", "You handed in a file. Remove it if you found nothing, or press Continue")
    if not draft.is_nothing and not has_files and not draft.note and "found_files" not in form.errors:
        form.add_error("note", "Add a file, write what you found, or press “I found nothing”")
