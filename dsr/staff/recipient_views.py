"""A recipient's answer, written down by staff: what it said on the telephone, in a letter, or that it was told by hand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from dsr.clocks.arithmetic import day_of
from dsr.models import RecipientInstruction
from dsr.staff.forms import StaffForm
from dsr.staff.signed_in import posted, staff_of
from dsr.staff.wording import FORGOTTEN
from dsr.web import access
from dsr.workflow import recipients, sealing, shops
from dsr.workflow.actors import staff
from dsr.workflow.recipients import LONGEST_REASON, AnswerRefused

Answer, State = RecipientInstruction.Answer, RecipientInstruction.State
TOLD = "told"
SAID = [
    (Answer.DONE.value, "It has done it"),
    (Answer.NOTHING_HELD.value, "It holds nothing about the person"),
    (Answer.CANNOT.value, "It cannot"),
]


class AnswerForm(StaffForm):
    """What it said."""

    said = forms.ChoiceField(
        label="What did it say?",
        error_messages={"required": "Choose what it said", "invalid_choice": "Choose what it said"},
    )
    why = forms.CharField(
        label="If it cannot: why?",
        required=False,
        max_length=LONGEST_REASON,
        help_text="The person reads this.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": f"The person reads at most {LONGEST_REASON} characters; write less"},
    )

    def __init__(self, *args: Any, instruction: RecipientInstruction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [(TOLD, "I have told it, and there is no answer yet")] if instruction.state == State.TO_SEND else []
        self.fields["said"].choices = [("", "Choose"), *told, *SAID]  # type: ignore[attr-defined]  # a ChoiceField has them


@access.reviewer
def answer(request: HttpRequest, reference: str, instruction_id: int) -> HttpResponse:
    """The form, and then the answer in the recipient's place."""
    user = staff_of(request)
    instruction = access.instruction_for(user, reference, instruction_id)
    if sealing.is_forgotten(instruction.subject_request):
        messages.warning(request, FORGOTTEN)
        return redirect("staff:request", reference)
    form = AnswerForm(*posted(request), instruction=instruction)
    if request.method == "POST" and form.is_valid():
        said, now = form.cleaned_data["said"], timezone.now()
        try:
            if said == TOLD:
                recipients.told(instruction, actor=staff(user), now=now)
            else:
                why = form.cleaned_data["why"]
                recipients.answer(instruction, Answer(said), why=why, actor=staff(user), now=now)
        except AnswerRefused as refused:
            form.add_error("why" if said == Answer.CANNOT else "said", str(refused))
        else:
            messages.success(request, f"{instruction.name}: written down.")
            return redirect("staff:request", reference)
    return render(request, "staff/recipient.html", _context(instruction, form))


def _context(instruction: RecipientInstruction, form: AnswerForm) -> dict[str, Any]:
    zone = shops.profile_in(instruction.subject_request.policy_version).time_zone
    today = day_of(timezone.now(), zone)
    return {
        "section": "requests",
        "it": instruction.subject_request,
        "instruction": instruction,
        "form": form,
        "zone": zone,
        "waiting": recipients.days_waiting(instruction, today, zone),
        "is_overdue": instruction.is_overdue(today),
        "reason": recipients.reason_of(instruction),
    }
