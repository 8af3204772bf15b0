"""Decisions that are not the rule's: a colleague's, and those that another record forces upon a record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from dsr.policy import outcome_words as words
from dsr.policy.decide import HOLD, SHARED, STAFF, Decision, RecordFacts, of_categories, telling_categories
from dsr.policy.schema import Profile
from dsr.policy.terms import Basis
from dsr.records import Action


@dataclass(frozen=True, slots=True)
class Overruled:
    """What a member of staff decided about a record instead of the rule. ``reason`` is what the person is told; ``key`` finds
    it again where a plan is kept, which must not hold what somebody typed.

    What is kept so is kept through ``until``: nothing stays without an end.
    """

    action: Action
    reason: str
    until: date | None = None
    key: str = ""


def rule_name(rule: str) -> str:
    """A rule as people read it: a colleague's own decision without what finds it again."""
    name, _, _ = rule.partition(":")
    return name if name == STAFF else rule


def stands_against_all(decision: Decision) -> bool:
    """Whether a decision rests on what no colleague can decide otherwise: a hold, another person's share, what is open."""
    return decision.rule in (HOLD, SHARED) or decision.event.startswith("closed:")


def overruled_by(said: Overruled, decision: Decision, record: RecordFacts, profile: Profile) -> Decision:
    """The decision with a colleague's own in its place. A hold, another person's share and what is open stand against it."""
    if stands_against_all(decision):
        return decision
    broken = f" That rule carries out {', '.join(decision.promises)}." if decision.promises else ""
    removed = {
        Action.DELETE: tuple(record.fields),
        Action.ANONYMISE: of_categories(record, telling_categories(profile)),
    }
    return replace(
        decision,
        action=said.action,
        fields=removed.get(said.action, tuple(record.fields)),
        at_once_fields=(),
        rule=f"{STAFF}:{said.key}",
        basis=Basis(STAFF, "a decision of our own in this case"),
        sentence=said.reason,
        reasons=(f"Decided otherwise than rule {decision.rule} says.{broken}", *decision.reasons),
        until=said.until,
        event="",
        review_on=None,
        afterwards=decision.afterwards or decision.action if said.until else None,
    )


def needed(decision: Decision, record: RecordFacts, profile: Profile, by: str, language: str = "") -> Decision:
    """What becomes of a record that was to be deleted, while records of the collection ``by`` stay and cannot let go of it:
    it is left as an empty shell that tells nobody who it was."""
    why = f"Records of '{by}' that stay need this one and cannot let go of it: it is made anonymous instead of deleted."
    voice = words.Voice(language, profile.locale)
    return replace(
        decision,
        action=Action.ANONYMISE,
        fields=of_categories(record, telling_categories(profile)),
        sentence=voice.say("needed"),
        reasons=(why, *decision.reasons),
    )
