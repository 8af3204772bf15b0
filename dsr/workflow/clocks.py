"""What people do to a request's clock: acknowledge, extend once, ask something and let it stand still, go on.

The dates stored on a request are the ones reckoned from its facts; every function here writes a fact and reckons anew in the
same transaction, under the request's row lock, so that of two people who press at once one is told.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.clocks.deadlines import Deadlines, PauseReason
from dsr.models import ClockPause, Extension, Notice, SubjectRequest
from dsr.policy.terms import Escalation
from dsr.workflow import audit, notices, reckoning, sealing, shops
from dsr.workflow.actors import Actor
from dsr.workflow.transitions import WrongState

LONGEST_REASON = 2000
DATES = ("regime", "due_on", "is_paused", "latest_lawful_on", "target_on", "acknowledge_by")
EXTENSION, PAUSE = "extension", "pause"
"""What the reasons are sealed for."""


class ClockRefused(Exception):
    """The clock may not be changed so; the message is for people."""


class TooLate(ClockRefused):
    """The date by which it had to be done has passed."""


class NotAllowed(ClockRefused):
    """Neither the statute nor the shop's own promise provides for it."""


class NoReason(ClockRefused):
    """The person would be told nothing, or a book."""


def deadlines_of(subject_request: SubjectRequest) -> Deadlines:
    """Every date of a request, reckoned from its facts, with the explanation."""
    return reckoning.dates_of(subject_request).deadlines


def settle(subject_request: SubjectRequest, dates: reckoning.Dates) -> None:
    """Set the dates on a request; the caller saves it."""
    subject_request.regime = dates.regime
    subject_request.due_on = dates.due_on
    subject_request.is_paused = dates.is_paused
    subject_request.latest_lawful_on = dates.deadlines.latest_lawful
    subject_request.target_on = dates.deadlines.internal_target
    subject_request.acknowledge_by = dates.deadlines.acknowledge_by


@transaction.atomic(durable=True)
def acknowledge(subject_request: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    """Tell the person that the request has arrived, by mail where there is an address; staff told them otherwise.

    Raises WrongState when it is closed or was acknowledged already.
    """
    locked = _lock(subject_request)
    if locked.acknowledged_at is not None:
        raise WrongState(f"{locked.reference} was acknowledged already.")
    notices.write(locked, Notice.Kind.CONFIRMED, now=now)
    note_acknowledgement(locked, actor=actor, now=now)
    subject_request.refresh_from_db()


def note_acknowledgement(subject_request: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    """The person was told that the request arrived, in the caller's transaction; only the first time counts."""
    first = SubjectRequest.objects.filter(pk=subject_request.pk, acknowledged_at=None).update(acknowledged_at=now)
    if first:
        subject_request.acknowledged_at = now
        due, today = subject_request.acknowledge_by, _today(subject_request, now)
        facts: dict[str, audit.Fact] = {"is_late": due is not None and due < today}
        audit.record(subject_request, "request.acknowledged", actor=actor, now=now, facts=facts)


def would_extend(subject_request: SubjectRequest, *, now: datetime) -> tuple[reckoning.Dates, reckoning.Dates]:
    """The dates before and after an extension. Raises WrongState, TooLate, NotAllowed where there can be none."""
    _refuse_when_closed(subject_request)
    _refuse_while_paused(subject_request)
    if Extension.objects.filter(subject_request=subject_request).exists():
        raise WrongState(f"{subject_request.reference} was extended already. A request is extended once.")
    before = reckoning.dates_of(subject_request)
    last = before.deadlines.extend_notice_by or before.due_on
    if _today(subject_request, now) > last:
        raise TooLate(
            f"The person had to be told by {last}; that day has passed. Answer {subject_request.reference} now."
        )
    after = reckoning.dates_if_extended(subject_request)
    if after.due_on <= before.due_on:
        raise NotAllowed(
            f"{subject_request.reference} cannot be extended: {reckoning.title_of(before.regime)} gives no longer time "
            f"than {before.due_on}."
        )
    return before, after


def extension_mail(subject_request: SubjectRequest, *, reason: str, now: datetime) -> dict[str, str]:
    """The mail that an extension would send, ``subject`` and ``text``. Raises what ``extend`` raises."""
    words = _extension_words(_read_reason(reason), *would_extend(subject_request, now=now))
    return notices.drafted(subject_request, Notice.Kind.EXTENDED, context=words)


def would_pause(subject_request: SubjectRequest, *, why: ClockPause.Why, now: datetime) -> reckoning.Dates:
    """The dates at which the clock would stand still. Raises WrongState, TooLate, NotAllowed where it cannot."""
    _refuse_when_closed(subject_request)
    _refuse_while_paused(subject_request)
    before, today = reckoning.dates_of(subject_request), _today(subject_request, now)
    if today > before.due_on:
        raise TooLate(
            f"{subject_request.reference} was due on {before.due_on}; a clock that has run out cannot stand still."
        )
    waited = reckoning.dates_if_asked(subject_request, PauseReason(why), today)
    if waited.due_on <= before.due_on:
        raise NotAllowed(
            f"The time for {subject_request.reference} goes on while the person is asked: "
            f"{reckoning.title_of(waited.regime)} has no pause for this. You may ask them all the same; the answer is due "
            f"on {before.due_on}."
        )
    return before


def question_mail(
    subject_request: SubjectRequest, *, why: ClockPause.Why, reason: str, now: datetime
) -> dict[str, str]:
    """The mail that a question would send, ``subject`` and ``text``. Raises what ``pause`` raises."""
    reason = _read_reason(reason)
    would_pause(subject_request, why=why, now=now)
    return notices.drafted(subject_request, Notice.Kind.QUESTION, context={"reason": reason})


@transaction.atomic(durable=True)
def extend(subject_request: SubjectRequest, *, reason: str, actor: Actor, now: datetime) -> Extension:
    """Take the longer time that the statute allows, once, before the first date has passed, and write to the person why.

    Without an e-mail address ``notice`` is None and the person must be told in another way.
    Raises WrongState, TooLate, NotAllowed, NoReason.
    """
    reason = _read_reason(reason)
    locked = _lock(subject_request)
    before, after = would_extend(locked, now=now)
    context = _extension_words(reason, before, after)
    extension = Extension.objects.create(
        subject_request=locked,
        sealed_reason=sealing.seal_for(locked, reason.encode(), purpose=EXTENSION),
        extended_at=now,
        from_on=before.due_on,
        until_on=after.due_on,
        notice=notices.write(locked, Notice.Kind.EXTENDED, now=now, context=context),
    )
    _store(locked, after)
    facts: dict[str, audit.Fact] = {
        "regime": after.regime,
        "from_on": before.due_on.isoformat(),
        "due_on": after.due_on.isoformat(),
        "is_mailed": extension.notice is not None,
    }
    audit.record(locked, "request.extended", actor=actor, now=now, facts=facts)
    subject_request.refresh_from_db()
    return extension


@transaction.atomic(durable=True)
def pause(
    subject_request: SubjectRequest, *, why: ClockPause.Why, reason: str, actor: Actor, now: datetime
) -> ClockPause:
    """Ask the person something without which the shop cannot answer, and let the clock stand still until they reply.

    ``reason`` is the question as the person reads it. Raises WrongState, TooLate, NotAllowed, NoReason.
    """
    reason = _read_reason(reason)
    locked = _lock(subject_request)
    before = would_pause(locked, why=why, now=now)
    sealed = sealing.seal_for(locked, reason.encode(), purpose=PAUSE)
    made = ClockPause.objects.create(subject_request=locked, why=why, sealed_reason=sealed, asked_at=now)
    notices.write(locked, Notice.Kind.QUESTION, now=now, context={"reason": reason})
    _store(locked, reckoning.dates_of(locked))
    facts: dict[str, audit.Fact] = {"regime": before.regime, "why": str(why.value)}
    audit.record(locked, "clock.paused", actor=actor, now=now, facts=facts)
    subject_request.refresh_from_db()
    return made


@transaction.atomic(durable=True)
def resume(subject_request: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    """The person has replied: the clock goes on, and the dates follow. Raises WrongState when it does not stand still."""
    locked = _lock(subject_request)
    if not locked.pauses.filter(answered_at=None).update(answered_at=now):
        raise WrongState(f"The clock of {locked.reference} does not stand still.")
    dates = reckoning.dates_of(locked)
    _store(locked, dates)
    facts: dict[str, audit.Fact] = {"regime": dates.regime, "due_on": dates.due_on.isoformat()}
    audit.record(locked, "clock.resumed", actor=actor, now=now, facts=facts)
    subject_request.refresh_from_db()


def open_pause(subject_request: SubjectRequest) -> ClockPause | None:
    """The question that the person has not answered yet."""
    return subject_request.pauses.filter(answered_at=None).first()


def reason_of(change: Extension | ClockPause) -> str:
    """The reason of an extension, or the question of a pause, in clear. Raises KeyDestroyed once it is forgotten."""
    purpose = EXTENSION if isinstance(change, Extension) else PAUSE
    return sealing.unseal_for(change.subject_request, bytes(change.sealed_reason), purpose=purpose).decode()


def escalation_of(subject_request: SubjectRequest, *, now: datetime) -> Escalation | None:
    """The outside body that the person may turn to because nobody acknowledged the request in time (WJ-12); else None.

    The body and its link are those of the policy in force now: the printed one may have moved since.
    """
    if not subject_request.is_unacknowledged(_today(subject_request, now)):
        return None
    escalation = shops.profile_of(subject_request.shop, now).escalation
    return escalation if escalation.body and "not_acknowledged" in escalation.after else None


def _lock(subject_request: SubjectRequest) -> SubjectRequest:
    locked = (
        SubjectRequest.objects.select_for_update(of=("self",))
        .select_related("shop", "policy_version__shop")
        .get(pk=subject_request.pk)
    )
    _refuse_when_closed(locked)
    return locked


def _extension_words(reason: str, before: reckoning.Dates, after: reckoning.Dates) -> dict[str, object]:
    return {"reason": reason, "from_on": before.due_on, "until_on": after.due_on}


def _refuse_when_closed(subject_request: SubjectRequest) -> None:
    if not subject_request.is_open:
        raise WrongState(f"{subject_request.reference} is {subject_request.state}; its clock has ended.")


def _refuse_while_paused(subject_request: SubjectRequest) -> None:
    waiting = open_pause(subject_request)
    if waiting is not None:
        raise WrongState(
            f"The clock of {subject_request.reference} stands still since {waiting.asked_at:%Y-%m-%d}. "
            "Say first that the person has replied."
        )


def _store(subject_request: SubjectRequest, dates: reckoning.Dates) -> None:
    settle(subject_request, dates)
    subject_request.save(update_fields=DATES)


def _read_reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise NoReason("Say why, in words that the person will read.")
    if len(reason) > LONGEST_REASON:
        raise NoReason(f"The reason has {len(reason)} letters; the person reads at most {LONGEST_REASON}.")
    return reason


def _today(subject_request: SubjectRequest, now: datetime) -> date:
    return day_of(now, shops.profile_in(subject_request.policy_version).time_zone)
