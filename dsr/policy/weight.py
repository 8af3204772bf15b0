"""Whether a change of a policy leaves people with less than before: another channel, a longer time, one more recipient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from dsr.clocks.words import DayUnit, Period
from dsr.policy import terms
from dsr.policy.terms import Marketing, Meanwhile, Proof, Then

Burden = tuple[float, ...]
NEVER_DONE = EVERYTHING = float("inf")
MARKETING = [Marketing.NEVER, Marketing.OPT_IN, Marketing.OPT_OUT]
DAYS = {DayUnit.CALENDAR_DAY: 1.0, DayUnit.BUSINESS_DAY: 1.4, DayUnit.MONTH: 30.4}


class Weight(StrEnum):
    """What a change means for the people whom the policy is about."""

    LESS = "less"
    """They have less: a right, a channel, a shorter time, a secret."""
    MORE = "more"
    NEITHER = "neither"
    """Something else, or more of one thing and less of another."""


def weigh(before: Any, after: Any) -> Weight:
    """What it means that ``before`` became ``after``: two terms of one type, either of them ``None`` when there was none."""
    kind = type(after if before is None else before)
    if kind not in BURDENS or (before is None and after is None):
        return Weight.NEITHER
    absent, burden = BURDENS[kind]
    was = absent if before is None else burden(before)
    now = absent if after is None else burden(after)
    if was is None or now is None:
        return Weight.NEITHER
    pairs = [*zip(was, now, strict=True)]
    is_less, is_more = any(a < b for a, b in pairs), any(a > b for a, b in pairs)
    if is_less == is_more:
        return Weight.NEITHER
    return Weight.LESS if is_less else Weight.MORE


def _right(right: terms.Right) -> Burden:
    if not right.is_offered:
        return NO_RIGHT
    return (-len(right.channels), [*Proof].index(right.proof))


def _length(length: terms.Length | None) -> float:
    return length.years * 365.25 + length.months * 30.4 + length.days if length else 0.0


def _retention(rule: terms.RetentionRule) -> Burden:
    if rule.keep is None:
        return (0.0, float(rule.then is Then.ANONYMISE), 0.0, -EVERYTHING)
    is_in_use = float(rule.meanwhile is Meanwhile.KEPT)
    return (_length(rule.keep), float(rule.then is Then.ANONYMISE), is_in_use, -float(len(rule.at_once)))


def _recipient(each: terms.Recipient) -> Burden:
    return (float(len(each.gets)), float(not each.needs_permission)) if each.is_allowed else NO_RECIPIENT


def _period(period: Period | None) -> float:
    return period.count * DAYS[period.unit] if period else NEVER_DONE


def _notice(duty: terms.NoticeDuty) -> Burden:
    return (
        -float(len(duty.placements)),
        float(not duty.is_before),
        float(duty.only_when_material),
        float(not duty.only_new_data),
    )


NO_RIGHT: Burden = (0, float(len(Proof)))
NO_RECIPIENT: Burden = (0.0, 0.0)
BURDENS: Mapping[type, tuple[Burden | None, Callable[[Any], Burden]]] = {
    terms.Right: (NO_RIGHT, _right),
    terms.RetentionRule: (None, _retention),
    terms.BlockerRule: ((0,), lambda each: (len(each.blocks),)),
    terms.BackupSet: ((0,), lambda each: (each.kept_days,)),
    terms.Recipient: (NO_RECIPIENT, _recipient),
    terms.MessageClass: (None, lambda each: (not each.can_be_stopped,)),
    terms.MessageChannel: ((-1, -EVERYTHING), lambda each: (MARKETING.index(each.starts), -len(each.stopped_by))),
    terms.SubjectClass: ((0, 0), lambda each: (MARKETING.index(each.marketing), len(each.purposes))),
    terms.Promised: ((NEVER_DONE, NEVER_DONE), lambda each: (_period(each.acknowledge), _period(each.respond))),
    terms.Escalation: ((0,), lambda each: (-len(each.after) if each.body else 0,)),
    terms.NoticeDuty: ((0.0, 1.0, 0.0, 1.0), _notice),
}
"""By type: what weighs on people where there is no such term (``None``: it cannot be told), and where there is one."""
