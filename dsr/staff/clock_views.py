"""What staff do to a request's clock: acknowledge, extend once, ask the person and wait, go on. What is mailed is shown first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dsr.models import ClockPause, SubjectRequest
from dsr.staff.forms import StaffForm
from dsr.staff.signed_in import posted, staff_of
from dsr.web import access
from dsr.workflow import clocks, verification
from dsr.workflow.actors import staff
from dsr.workflow.clocks import LONGEST_REASON, ClockRefused, NoReason
from dsr.workflow.transitions import WrongState

Said = Mapping[str, Any]


def _reason_field(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Say why, in words that the person will read",
            "max_length": f"The person reads at most {LONGEST_REASON} characters; write less",
        },
    )


class ExtendForm(StaffForm):
    """Why it takes longer."""

    reason = _reason_field(
        "Why does it take longer?", "The person reads this. For example: your request covers eleven years of orders."
    )


class PauseForm(StaffForm):
    """What the person is asked."""

    why = forms.ChoiceField(
        label="What is missing?",
        choices=ClockPause.Why.choices,
        error_messages={"required": "Choose what is missing"},
    )
    reason = _reason_field("What do you ask the person?", "The person reads this as you write it.")


@access.reviewer
def extend(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the longer time that the statute allows, once: a reason, then the mail, then the step."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    now = timezone.now()
    return _step(
        request,
        subject_request,
        ExtendForm(*posted(request)),
        words={"title": "Take longer", "button": "Extend and tell the person", "what": "extend"},
        check=lambda: clocks.would_extend(subject_request, now=now),
        mail=lambda said: clocks.extension_mail(subject_request, reason=said["reason"], now=now),
        act=lambda said: clocks.extend(subject_request, reason=said["reason"], actor=staff(user), now=now),
    )


@access.reviewer
def pause(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask the person, and let the clock stand still where the statute lets it: a question, then the mail, then the step."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    now = timezone.now()
    return _step(
        request,
        subject_request,
        PauseForm(*posted(request)),
        words={"title": "Ask the person, and wait", "button": "Ask and let the clock stand still", "what": "pause"},
        check=lambda: None,
        mail=lambda said: clocks.question_mail(
            subject_request, why=ClockPause.Why(said["why"]), reason=said["reason"], now=now
        ),
        act=lambda said: clocks.pause(
            subject_request, why=ClockPause.Why(said["why"]), reason=said["reason"], actor=staff(user), now=now
        ),
    )


@access.reviewer
@require_POST
def resume(request: HttpRequest, reference: str) -> HttpResponse:
    """The person has replied: the clock goes on. Pressed twice, the second press changes nothing."""
    user = staff_of(request)
    return _at_once(
        request,
        access.request_for(user, reference),
        lambda it, now: clocks.resume(it, actor=staff(user), now=now),
        "The clock goes on. The date that binds now stands above.",
    )


@access.reviewer
@require_POST
def acknowledge(request: HttpRequest, reference: str) -> HttpResponse:
    """Tell the person that the request has arrived."""
    user = staff_of(request)
    return _at_once(
        request,
        access.request_for(user, reference),
        lambda it, now: clocks.acknowledge(it, actor=staff(user), now=now),
        "Noted that the person was told. Where there is an e-mail address, a mail is on its way.",
    )


def _step(
    request: HttpRequest,
    subject_request: SubjectRequest,
    form: StaffForm,
    *,
    words: dict[str, str],
    check: Callable[[], object],
    mail: Callable[[Said], dict[str, str]],
    act: Callable[[Said], object],
) -> HttpResponse:
    context: dict[str, Any] = {"section": "requests", "it": subject_request, "form": form, **words}
    context["has_mailbox"] = verification.has_mailbox(subject_request)
    try:
        check()
        if request.method == "POST" and form.is_valid() and "edit" not in request.POST:
            if "send" not in request.POST:
                return render(request, "staff/clock_check.html", {**context, "mail": mail(form.cleaned_data)})
            act(form.cleaned_data)
            return redirect("staff:request", subject_request.reference)
    except NoReason as error:
        form.add_error("reason", str(error))
    except ClockRefused as error:
        context["refused"] = str(error)
    except WrongState as error:
        messages.warning(request, str(error))
        return redirect("staff:request", subject_request.reference)
    return render(request, "staff/clock_form.html", context)


def _at_once(
    request: HttpRequest, subject_request: SubjectRequest, act: Callable[[SubjectRequest, datetime], object], told: str
) -> HttpResponse:
    try:
        act(subject_request, timezone.now())
    except WrongState as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, told)
    return redirect("staff:request", subject_request.reference)
