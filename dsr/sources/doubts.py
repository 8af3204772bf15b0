"""What tells that a value should be looked at, as an overlay says it of a collection:

    doubts:
      - {field: email, because: wrong, when: bounced_at}       # as soon as this column is filled: a mail came back
      - {field: card_until, because: outdated}                 # as soon as the day in it has passed
      - {field: phone, because: outdated, when: confirmed_on, older_than: {years: 3}}
      - {field: postcode, because: incomplete}                 # as long as it is empty

A doubt is no decision: a member of staff looks at it (``workflow/doubts.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dsr.clocks.arithmetic import add_months, after
from dsr.sources.dataset import Collection
from dsr.yaml_text import Node, Reader, YamlMapping, nearest

KEYS = {"field", "because", "when", "older_than"}
LENGTHS = {"years", "months", "days"}
COLUMN = "a column of this collection"
LONGEST_YEARS = 100


class Because(StrEnum):
    """What may be the matter with a value."""

    WRONG = "wrong"
    OUTDATED = "outdated"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class DoubtRule:
    """When a field is in doubt. ``when``: the column that tells it, where it is not the field itself.

    ``months`` and ``days``: how long the day in it must have passed.
    """

    field: str
    because: Because
    when: str = ""
    months: int = 0
    days: int = 0
    line: int | None = None

    @property
    def sign(self) -> str:
        """The column that tells it."""
        return self.when or self.field

    def before(self, today: date) -> date:
        """A day before this one is too long ago."""
        return after(add_months(today, -self.months), -self.days)


def read_doubts(reader: Reader, mapping: YamlMapping, collection: Collection) -> tuple[DoubtRule, ...]:
    """The rules under ``doubts`` of a collection; what is wrong with them is told to the reader."""
    found: dict[tuple[str, Because], DoubtRule] = {}
    for node in reader.items(mapping, "doubts"):
        rule = _rule(reader, node, [each.name for each in collection.fields])
        if rule is None:
            continue
        twin = found.setdefault((rule.field, rule.because), rule)
        if twin is not rule:
            message = f"'{rule.field}' is in doubt as {rule.because.value} twice; first in line {twin.line}"
            reader.complain(rule.line, node.place, message, "each field once for each reason")
    if found and not collection.key:
        line, expected = mapping.lines["doubts"], "primary_key: true  (of the columns that tell its rows apart)"
        reader.complain(line, mapping.at("doubts"), "rows without a key cannot be found again", expected)
    return tuple(found.values())


def _rule(reader: Reader, node: Node, columns: Sequence[str]) -> DoubtRule | None:
    mapping = reader.mapping(node, KEYS, "{field: a column, because: wrong, outdated or incomplete}")
    if mapping is None:
        return None
    before = len(reader.problems)
    names = {key: reader.text(mapping, key, required=key == "field") for key in ("field", "when")}
    word = reader.choice(mapping, "because", set(Because))
    if "because" not in mapping.values:
        reader.text(mapping, "because", required=True)
    for key, name in names.items():
        if name and name not in columns:
            message = f"unknown column '{name}'{nearest(name, columns)}"
            reader.complain(mapping.lines[key], mapping.at(key), message, COLUMN)
    length = _length(reader, mapping)
    if word:
        _refuse_what_makes_no_sense(reader, mapping, Because(word), names["field"])
    if len(reader.problems) > before or not word:
        return None
    months = 12 * length.get("years", 0) + length.get("months", 0)
    return DoubtRule(names["field"], Because(word), names["when"], months, length.get("days", 0), mapping.line)


def _length(reader: Reader, mapping: YamlMapping) -> Mapping[str, int]:
    node = mapping.values.get("older_than")
    if node is None or node.value is None:
        return {}
    inner = reader.mapping(node, LENGTHS, "{years: 2}, {months: 6} or {days: 30}")
    found = {} if inner is None else {key: reader.whole_number(inner, key) or 0 for key in inner.values}
    if found.get("years", 0) + found.get("months", 0) / 12 + found.get("days", 0) / 365 > LONGEST_YEARS:
        reader.complain(node.line, node.place, f"is longer than {LONGEST_YEARS} years", "a shorter time")
        return {}
    return found


def _refuse_what_makes_no_sense(reader: Reader, mapping: YamlMapping, because: Because, field: str) -> None:
    for key, message, expected in _senseless(because, field, {*mapping.values}, mapping):
        reader.complain(mapping.lines.get(key, mapping.line), mapping.at(key), message, expected)


def _senseless(because: Because, field: str, said: set[str], mapping: YamlMapping) -> Iterator[tuple[str, str, str]]:
    """The key, what is the matter with it, and what belongs there."""
    if because is Because.WRONG and "when" not in said:
        yield "when", "nothing tells that it is wrong", "when: the column that is filled when it is"
    if because is Because.WRONG and "when" in said and mapping.values["when"].value == field:
        yield "when", f"'{field}' cannot tell of itself that it is wrong", "when: another column"
    if because is Because.INCOMPLETE and "when" in said:
        yield "when", "a field is incomplete when it is empty; no other column tells it", "no 'when'"
    if because is not Because.OUTDATED and "older_than" in said:
        yield "older_than", f"says how old something outdated is, and this is {because.value}", "no 'older_than'"
