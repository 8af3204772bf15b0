"""The page behind a recipient's link: whom an instruction is about, and the answer to it. No account, no script."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dsr.clocks.arithmetic import day_of
from dsr.models import RecipientInstruction
from dsr.web import access
from dsr.web.rate_limits import is_too_often
from dsr.workflow import answer, recipient_mails, recipients, sealing, shops
from dsr.workflow.actors import RECIPIENT
from dsr.workflow.recipient_mails import LinkFailed
from dsr.workflow.recipients import LONGEST_REASON, AnswerRefused

MOST_WRONG_LINKS = 30
MOST_POSTS = 60
HOUR = 3600
Kind, State, Answer = RecipientInstruction.Kind, RecipientInstruction.State, RecipientInstruction.Answer
SAID = {
    Kind.ERASE: [
        (Answer.DONE.value, "We have deleted it"),
        (Answer.NOTHING_HELD.value, "We hold nothing about this person"),
        (Answer.CANNOT.value, "We cannot delete it"),
    ],
    Kind.CORRECT: [
        (Answer.DONE.value, "We have corrected it"),
        (Answer.NOTHING_HELD.value, "We hold nothing about this person"),
        (Answer.CANNOT.value, "We cannot correct it"),
    ],
    Kind.DISPUTE: [
        (Answer.DONE.value, "We keep it with what we hold"),
        (Answer.NOTHING_HELD.value, "We hold nothing about this person"),
        (Answer.CANNOT.value, "We cannot keep it with what we hold"),
    ],
}


class AnswerForm(forms.Form):
    """What a recipient says."""

    said = forms.ChoiceField(
        label="How does it stand?",
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={"required": "Choose one of the three", "invalid_choice": "Choose one of the three"},
    )
    why = forms.CharField(
        label="If you cannot: why?",
        required=False,
        max_length=LONGEST_REASON,
        help_text="The person reads this. For example the law that makes you keep it, and until when.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "max_length": f"Write at most {LONGEST_REASON} characters",
            "null_characters_not_allowed": "Remove the invisible character from the text",
        },
    )

    def __init__(self, *args: Any, kind: RecipientInstruction.Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["said"].choices = SAID[kind]  # type: ignore[attr-defined]  # a ChoiceField has them

    def clean(self) -> dict[str, Any]:
        if (
            self.cleaned_data.get("said") == Answer.CANNOT
            and not self.cleaned_data.get("why")
            and "why" not in self.errors
        ):
            self.add_error("why", "Say why it cannot be done")
        return self.cleaned_data


@access.recipient
@require_http_methods(["GET", "HEAD", "POST"])
def partner(request: HttpRequest, token: str) -> HttpResponse:
    """First a cover that shows nothing of the person, then whom it is about and the form to answer."""
    found = _found(request, token)
    if isinstance(found, HttpResponse):
        return found
    if not access.has_opened_instruction(request, found):
        if request.method != "POST":
            return render(request, "portal/partner_cover.html", _about(found))
        recipient_mails.open_instruction(found, now=timezone.now())
        access.remember_instruction(request, found)
        return redirect("portal:partner", token)
    if request.method != "POST" or request.POST.get("do") != "answer":
        return _page(request, found, AnswerForm(kind=Kind(found.kind)))
    form = AnswerForm(request.POST, kind=Kind(found.kind))
    if not form.is_valid():
        return _page(request, found, form)
    with suppress(AnswerRefused):  # Somebody was faster: the next page says how it stands.
        said = Answer(form.cleaned_data["said"])
        recipients.answer(found, said, why=form.cleaned_data["why"], actor=RECIPIENT, now=timezone.now())
    return redirect("portal:partner", token)


def _found(request: HttpRequest, token: str) -> RecipientInstruction | HttpResponse:
    """The instruction that waits for an answer, or the one page that says why there is nothing to do."""
    try:
        found = recipient_mails.find(token, timezone.now())
    except LinkFailed as failed:
        if is_too_often(request, "partner-link", most=MOST_WRONG_LINKS, seconds=HOUR):
            return render(request, "portal/too_often.html", status=429)
        about = _about(failed.instruction) if failed.instruction else {}
        return render(request, "portal/partner_closed.html", {**about, "reason": failed.reason}, status=404)
    if request.method == "POST" and is_too_often(request, "partner", most=MOST_POSTS, seconds=HOUR):
        return render(request, "portal/too_often.html", _about(found), status=429)
    is_forgotten = sealing.is_forgotten(found.subject_request)
    if is_forgotten or found.state == State.ANSWERED:
        reason = "forgotten" if is_forgotten else "answered"
        return render(request, "portal/partner_closed.html", {**_about(found), "reason": reason})
    return found


def _page(request: HttpRequest, found: RecipientInstruction, form: AnswerForm) -> HttpResponse:
    sought = [
        {"label": answer.IDENTITY_LABELS[each.kind.value], "value": each.value}
        for each in recipients.identifiers(found.subject_request)
    ]
    context = {**_about(found), "form": form, "sought": sought, "changes": recipients.changes_of(found)}
    return render(request, "portal/partner.html", context)


def _about(found: RecipientInstruction) -> dict[str, Any]:
    """What every page may say: the shop, the recipient, the day. Nothing of the person."""
    subject_request = found.subject_request
    profile = shops.profile_in(subject_request.policy_version)
    return {
        "shop": subject_request.shop,
        "profile": profile,
        "instruction": found,
        "is_correction": found.kind == Kind.CORRECT,
        "is_dispute": found.kind == Kind.DISPUTE,
        "reference": subject_request.reference,
        "is_overdue": found.is_overdue(day_of(timezone.now(), profile.time_zone)),
    }
