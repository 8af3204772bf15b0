"""What becomes of a record that holds a value which is to be corrected: it follows, or it stays as it is, and why.

A correction concerns what is said of a person today. What a record says of the past is no mistake (the address on an old
invoice), so the profile names such records; while one is still open (an order on its way) it is no past yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from dsr.policy import outcome_words as words
from dsr.policy.decide import HOLD, SHARED, SHARED_BASIS, Decision, Hold, RecordFacts
from dsr.policy.schema import Profile
from dsr.policy.terms import Basis, Promises
from dsr.records import Action

HISTORY = "history"
LEFT_ALONE = "left_alone"
BESIDE = "beside"
CORRECTION = "correction"
"""A rule's name followed by the decisions that it carries out: ``correction:1.2,3.1``."""


def correct_or_leave(
    profile: Profile,
    record: RecordFacts,
    fields: tuple[str, ...],
    *,
    keys: Iterable[str],
    is_asked: bool,
    holds: Iterable[Hold] = (),
    overruled: Action | None = None,
    beside: tuple[str, ...] = (),
    today: date,
) -> Decision:
    """What becomes of ``record``, of which ``fields`` would change; ``keys`` name the decisions behind it.

    ``beside``: of a record of which nothing changes, the fields that hold the old value and do not follow.

    ``is_asked``: the change was asked for here, it is no copy. ``overruled``: what staff decided about this record, that it
    follows although it is history or stays although it is a copy. A hold stands against everything, another's share too.
    """
    voice = words.Voice("", profile.locale)
    right = profile.right(CORRECTION)
    promises: Promises = right.promises if right else ()
    hold = next(iter(holds), None)
    if hold:
        said = voice.say("held_until", until=hold.until) if hold.until else voice.say("held")
        event = "" if hold.until else "hold_lifted"
        return _left(record, HOLD, Basis(HOLD, hold.ground), said, "A hold forbids any change.", hold.until, event)
    if record.is_shared:
        said = voice.say("shared")
        return _left(record, SHARED, SHARED_BASIS, said, "It is another person's too.", None, "last_owner_erased")
    rule = next((r for r in profile.retention if r.is_history and record.record_class in r.record_classes), None)
    if overruled is Action.KEEP:
        return _left(
            record, LEFT_ALONE, None, voice.say(LEFT_ALONE), "Staff decided that this record stays as it is.", None, ""
        )
    if rule and overruled is not Action.CORRECT and not is_open(profile, record, today):
        why = f"Rule {rule.key} says that such records are history: they stay as they were."
        return _left(record, f"{HISTORY}:{rule.key}", rule.basis, voice.say(HISTORY), why, None, "")
    if beside:
        why = f"{', '.join(beside)}: the same value, which does not follow by itself."
        return replace(_left(record, BESIDE, None, voice.say(BESIDE), why, None, ""), fields=beside)
    reason = "Here the change was asked for." if is_asked else "A copy of what is corrected elsewhere."
    return Decision(
        Action.CORRECT, fields, f"{CORRECTION}:{','.join(keys)}", None, promises, voice.say("correct"), (reason,)
    )


def is_open(profile: Profile, record: RecordFacts, today: date) -> bool:
    """Whether something that the profile lets block other records has not ended for this one (a return without its end)."""
    return any(
        (record.dates[each.until_fact] or date.max) > today
        for each in profile.blockers
        if each.record_class == record.record_class and each.until_fact in record.dates
    )


def _left(
    record: RecordFacts, rule: str, basis: Basis | None, sentence: str, reason: str, until: date | None, event: str
) -> Decision:
    return Decision(Action.KEEP, tuple(record.fields), rule, basis, (), sentence, (reason,), until=until, event=event)
