"""What differs between two decisions about the same record, and which promises that breaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dsr.policy import outcome_words as words
from dsr.policy.decide import Decision
from dsr.policy.schema import Profile
from dsr.policy.terms import BlockerRule, Promises, RetentionRule
from dsr.records import Action

UNRULED = "no_rule"
"""The outcome of a record for which the policy has no rule (that names a basis)."""

THOROUGHNESS = {UNRULED: -1, Action.KEEP: 0, Action.DEACTIVATE: 1, Action.ANONYMISE: 2, Action.DELETE: 3}


class How(StrEnum):
    """In which direction an outcome moves, seen by the person."""

    RULE_LOST = "without_rule"
    RULE_FOUND = "has_rule_now"
    LONGER = "kept_longer"
    SHORTER = "kept_shorter"
    LESS = "less_removed"
    MORE = "more_removed"


WORSE = frozenset({How.RULE_LOST, How.LONGER, How.LESS})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What two decisions are compared by. ``ends`` is the last day on which the record stays: the first day of the calendar
    when it goes at once, the last one when an event ends it. ``period`` is the rule's, in words."""

    action: str
    rule: str = ""
    period: str = ""
    ends: date = date.max
    afterwards: str = UNRULED
    at_once: frozenset[str] = frozenset()
    promises: Promises = ()


NO_RULE = Outcome(UNRULED)


@dataclass(frozen=True, slots=True)
class Change:
    """What differs for some records. ``before`` and ``after`` are actions, or UNRULED; ``promises`` are those it breaks."""

    record_class: str
    before: str
    after: str
    how: How
    rule_before: str
    rule_after: str
    period_before: str
    period_after: str
    promises: Promises


def outcome_of(decision: Decision, profile: Profile) -> Outcome:
    """A decision by that profile, as it is compared."""
    is_removed = decision.action in (Action.DELETE, Action.ANONYMISE)
    lengths = {rule.key: words.length(rule.keep) for rule in profile.retention if rule.keep is not None}
    return Outcome(
        decision.action,
        decision.rule,
        lengths.get(decision.rule, ""),
        date.min if is_removed else decision.until or date.max,
        decision.afterwards or decision.action,
        frozenset(decision.at_once_fields),
        decision.promises,
    )


def compared(record_class: str, before: Outcome, after: Outcome, named: frozenset[str]) -> Change | None:
    """What differs, if anything; ``named`` are the promises that the draft still names anywhere.

    A promise that the old decision rested on is broken when the person fares worse, also by a rule that goes on naming it;
    and, whichever way the outcome moves, when the draft names it nowhere.
    """
    how = _how(before, after)
    if how is None:
        return None
    broken = tuple(each for each in before.promises if how in WORSE or each not in named)
    return Change(
        record_class, before.action, after.action, how,
        before.rule, after.rule, before.period, after.period, broken,
    )  # fmt: skip


def _how(before: Outcome, after: Outcome) -> How | None:
    if UNRULED in (before.action, after.action):
        is_lost = after.action == UNRULED
        return None if before.action == after.action else How.RULE_LOST if is_lost else How.RULE_FOUND
    if before.ends != after.ends:
        return How.LONGER if after.ends > before.ends else How.SHORTER
    was = (THOROUGHNESS[before.action], THOROUGHNESS[before.afterwards])
    will = (THOROUGHNESS[after.action], THOROUGHNESS[after.afterwards])
    if was != will:
        return How.MORE if will > was else How.LESS
    if before.at_once == after.at_once:
        return None
    return How.MORE if after.at_once > before.at_once else How.LESS


def named_in(profile: Profile) -> frozenset[str]:
    """Every promise that a profile names where it speaks of records, or anywhere in its file."""
    rested = {promise for item in _of_records(profile) for promise in item.promises}
    return frozenset({each.promise for each in profile.placed} | rested)


def weakened(before: Profile, after: Profile) -> Mapping[str, list[str]]:
    """What the texts alone say, whether or not a record shows it: promises whose rule or blocker is gone, with the reason."""
    named, ruled = named_in(after), {name for rule in after.retention for name in rule.record_classes}
    found: dict[str, list[str]] = defaultdict(list)
    for rule in before.retention:
        lost = [name for name in rule.record_classes if name not in ruled]
        for promise in rule.promises:
            if promise not in named:
                found[promise].append(f"the rule {rule.key} named it, and nothing in the draft does")
            if lost:
                found[promise].append(f"the draft has no rule for {', '.join(lost)}")
    for blocker in before.blockers:
        for promise in blocker.promises:
            if promise not in named:
                found[promise].append(f"the blocker {blocker.key} named it, and nothing in the draft does")
    return found


def sentences_of(profile: Profile) -> Mapping[str, tuple[str, ...]]:
    """By promise, what the profile tells customers of it in the shop's language; ``…`` stands for a record's own day."""
    voice = words.Voice("", profile.locale)
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for item in _of_records(profile):
        said = voice.own(item.sentence).replace(words.UNTIL, "…")
        for promise in item.promises if said else ():
            found[promise][said] = None
    return {promise: tuple(said) for promise, said in found.items()}


def _of_records(profile: Profile) -> tuple[RetentionRule | BlockerRule, ...]:
    return (*profile.retention, *profile.blockers)
