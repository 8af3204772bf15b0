"""A report of the what-if in plain words, for a terminal and for a page."""

from __future__ import annotations

from dsr.policy.outcome_change import UNRULED, Change, How
from dsr.policy.simulation import Broken
from dsr.records import Action

OUTCOMES: dict[str, str] = {
    Action.KEEP: "kept",
    Action.DEACTIVATE: "kept locked away",
    Action.ANONYMISE: "made anonymous",
    Action.DELETE: "deleted",
    Action.CORRECT: "corrected",
    UNRULED: "no rule",
}
MOVES = {
    How.RULE_LOST: "no rule any more",
    How.RULE_FOUND: "a rule now",
    How.LONGER: "stays longer",
    How.SHORTER: "goes sooner",
    How.LESS: "less is removed",
    How.MORE: "more is removed",
}


def record_class(name: str) -> str:
    """Records of a collection that nobody classified have none."""
    return name or "(no class)"


def before(change: Change) -> str:
    """What becomes of the records now, by which rule."""
    return _outcome(change.before, change.rule_before, change.period_before)


def after(change: Change) -> str:
    """What the draft would do with them."""
    return _outcome(change.after, change.rule_after, change.period_after)


def concerned(records: int, people: int) -> str:
    """``3 records of 1 person``."""
    return f"{records:,} record{'' if records == 1 else 's'} of {people:,} {'person' if people == 1 else 'people'}"


def broken(promise: Broken) -> str:
    """Which promise breaks, for whom, and why."""
    where = f"in {concerned(promise.records, promise.people)}" if promise.records else "in the text alone"
    return f"{promise.promise} breaks {where}: {'; '.join(promise.reasons)}."


def _outcome(action: str, rule: str, period: str) -> str:
    why = ", ".join(filter(None, (rule, period)))
    return f"{OUTCOMES[action]} ({why})" if why else OUTCOMES[action]
