"""Whether a policy says what becomes of everything that the connected sources hold of people; silence is an error.

Beside it, what a policy says and the description does not carry out: people who would still be found in anonymous records, and
records that are taken out of use and still say that their person takes marketing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dsr.policy.decide import is_below, telling_categories
from dsr.policy.schema import Profile
from dsr.policy.terms import Meanwhile, Then

OUR_WORD = "account"


@dataclass(frozen=True, slots=True)
class Holding:
    """A collection of a connected source with data about people. ``file`` and ``line``: where it is described."""

    source: str
    place: str
    record_class: str
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class LookUp:
    """A column by which a person is found: its place in ``holding``, and what it is said to hold."""

    holding: Holding
    data_categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """A column that says whether a person takes marketing, and that stays as it is when its record is taken out of use: the
    overlay's ``deactivate`` says nothing of it."""

    holding: Holding
    column: str
    data_categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A collection, or a column of one, of which nobody has said what becomes of it; ``cure`` is the line of YAML that would,
    in ``file``."""

    holding: Holding
    message: str
    cure: str
    file: str
    line: int | None

    def __str__(self) -> str:
        return f"{self.holding.source}: {self.holding.place}: {self.message}; for example: {self.cure}"


def gaps(profile: Profile, holdings: Iterable[Holding]) -> Iterator[Gap]:
    """Every collection whose records ``decide`` could not answer for: unclassified, or of a class that no rule names."""
    ruled = {name: rule for rule in profile.retention for name in rule.record_classes}
    for holding in holdings:
        if not holding.record_class:
            known = next(iter(ruled), OUR_WORD)
            message = "it holds data about people and has no record class, so no rule says what becomes of it"
            cure = f"record_class: {known}  (or another that a retention rule of the policy names)"
            yield Gap(holding, message, cure, holding.file, holding.line)
        elif holding.record_class not in ruled:
            message = (
                f"no retention rule of the policy of {profile.name} names its record class '{holding.record_class}'"
            )
            cure = f"- {{key: {holding.record_class}, record_classes: [{holding.record_class}], then: delete}}"
            last = max((rule.line for rule in profile.retention if rule.line), default=None)
            where = "  (under retention:, or with keep, from_facts and basis)"
            yield Gap(holding, message, cure + where, f"{profile.shop}.yaml", last)


def survivors(profile: Profile, lookups: Iterable[LookUp]) -> Iterator[Gap]:
    """Every column by which a person would still be found in a record that a rule made anonymous: by its data categories it
    tells nothing of a person, so that rule would leave it."""
    masking = {name: rule for rule in profile.retention if rule.then is Then.ANONYMISE for name in rule.record_classes}
    for each in lookups:
        rule = masking.get(each.holding.record_class)
        if rule is not None and not is_below(each.data_categories, telling_categories(profile)):
            said = ", ".join(each.data_categories) or "none"
            message = (
                f"people are found by it, and the rule '{rule.key}', which makes its records anonymous, does not touch "
                f"its data categories ({said})"
            )
            cure = (
                f"data_categories: [user.unique_id]  (or another below user; or then: delete in the rule '{rule.key}')"
            )
            yield Gap(each.holding, message, cure, each.holding.file, each.holding.line)


def left_on(profile: Profile, switches: Iterable[Switch]) -> Iterator[Gap]:
    """Every column by which somebody whose records are locked away would still be in a marketing list."""
    locking = [rule for rule in profile.retention if rule.meanwhile is Meanwhile.DEACTIVATED]
    for each in switches:
        rules = [rule for rule in locking if each.holding.record_class in rule.record_classes]
        lasting = [rule for rule in rules if not is_below(each.data_categories, rule.at_once)]
        if lasting:
            rule = lasting[0].key
            message = f"it says that a person takes marketing, and stays so in records that the rule '{rule}' takes out of use"
            cure = (
                f"deactivate: {{{each.column}: false}}  (or what says no there, beside what is set already; or at_once: "
                f"[{', '.join(each.data_categories)}] in the rule '{rule}')"
            )
            yield Gap(each.holding, message, cure, each.holding.file, each.holding.line)
