"""Random shops of two databases for Hypothesis: foreign keys, unique columns, odd keys, rules, holds, rows that come late."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from hypothesis import strategies as st

from dsr.records import RecordKey
from tests.sources.oracle import Held, Person, Reference, Row, World
from tests.sources.worlds import Types, dataset_of, overlay_of, script_of, worlds

DAYS = ("2014-05-01", "2019-02-28", "2024-02-29", "2025-12-31")
CLASSES = ("order", "review", "newsletter_subscription")
BASIS = {"code": "CA-d8", "citation": "26 CFR 1.6001-1"}
CATEGORIES = {
    "email": "user.contact.email",
    "gift": "user.contact.email",
    "number": "user.unique_id",
    "phone": "user.contact.phone_number",
    "day": "user.behavior.purchase_history",
}
ODD = ' ü%_"\\'
"""What is behind a key that is a text."""
ON_DELETE = ("", "", "NO ACTION", "RESTRICT", "CASCADE", "SET NULL")
NAMES = ("shop", "annex")
LATE = 900
"""The number of the first row that comes late."""


@dataclass
class Place:
    """One database. ``keeps``: references that it keeps itself, each with its table and what it does on a deletion."""

    name: str
    world: World
    types: Types
    classes: dict[str, str]
    keeps: list[tuple[str, Reference, str]] = field(default_factory=list)
    unique: list[tuple[str, str]] = field(default_factory=list)

    def digest(self, row: Row) -> str:
        """How a record is known."""
        table = self.world.tables[row.table]
        key = tuple((column, row.values[column]) for column in table.columns if column in table.key)
        return RecordKey(self.name, row.table, key).digest

    def described(self) -> tuple[str, str]:
        """Dataset and overlay."""
        dataset = yaml.safe_load(dataset_of(self.world).replace("dataset: shop,", f"dataset: {self.name},"))
        overlay = yaml.safe_load(overlay_of(self.world) or "collections: {}")
        dataset["dataset"][0]["fides_key"] = self.name
        for collection in dataset["dataset"][0]["collections"]:
            for one in collection["fields"]:
                one["data_categories"] = [CATEGORIES.get(one["name"], "system.operations")]
            said = overlay["collections"].setdefault(collection["name"], {})
            referring = {c for each in self.world.tables[collection["name"]].references for c in each.columns}
            said |= {"dangling": sorted(referring)} if referring else {}
            if said.get("ownership") != "lookup":
                said |= {"record_class": self.classes[collection["name"]], "facts": {"ordered_on": "day"}}
        return yaml.safe_dump(dataset, sort_keys=False), yaml.safe_dump(overlay, sort_keys=False)

    def script(self) -> list[str]:
        """The database in SQL: every table with its keys, its rows, what must not repeat. SQLite wants it all at once."""
        made, filled, kept = [], [], []
        for each in script_of(self.world, self.types).split("; "):
            if not each.startswith("CREATE TABLE"):
                filled.append(each)
                continue
            name = each.split()[2]
            own = [_foreign(reference, then) for table, reference, then in self.keeps if table == name]
            if self.name != "annex":
                kept += [f"ALTER TABLE {name} ADD {key}" for key in own]
                own = []
            own.insert(0, f"PRIMARY KEY ({', '.join(self.world.tables[name].key)})")
            made.append(f"{each[:-1]}, {', '.join(own)})")
        filled += [f"CREATE UNIQUE INDEX only_{table}_{column} ON {table} ({column})" for table, column in self.unique]
        return made + filled + kept

    def late(self, place: int, number: int) -> tuple[Row, str] | None:
        """A row like one that is there, under a new key, and the SQL that adds it; None where it may not be twice."""
        like = self.world.rows[place % len(self.world.rows)]
        table = self.world.tables[like.table]
        if any({*table.key} & {*each.columns} for each in table.references):
            return None
        values: dict[str, Hashable] = dict(like.values)
        for column in table.key:
            values[column] = LATE + number if self.types[table.name, column] == "integer" else f"k{LATE + number}{ODD}"
        values |= {column: None for name, column in self.unique if name == table.name}
        row = Row(table.name, LATE + number, values)
        return row, f"INSERT INTO {table.name} VALUES ({', '.join(written(values[c]) for c in table.columns)})"


@dataclass(frozen=True)
class Case:
    """A shop and what happens there. ``holds``: how many records somebody forbade to change before the plan; ``late``: in which
    place a row like which one is added after the approval; ``late_hold``: whether something is forbidden then, too."""

    places: tuple[Place, ...]
    rules: list[dict[str, Any]]
    holds: int
    late: list[tuple[int, int]]
    late_hold: bool

    def theirs(self, email: str) -> tuple[list[Held], set[tuple[str, str]]]:
        """By brute force, the rows of whoever has that address, by place; and, by place and digest, those that are another's too.

        Addresses and telephone numbers mean the same everywhere, a customer number only where it was found.
        """
        common: Person = frozenset({("email", email)})
        numbers: list[Person] = [frozenset() for _ in self.places]
        while True:
            found = [each.world.expanded(common | own) for each, own in zip(self.places, numbers, strict=True)]
            said = frozenset(one for person, _ in found for one in person)
            learnt = common | {one for one in said if one[0] != "customer_number"}
            own = [frozenset(one for one in person if one[0] == "customer_number") for person, _ in found]
            if (learnt, own) == (common, numbers):
                shared = {
                    (each.name, each.digest(row))
                    for each, (person, held) in zip(self.places, found, strict=True)
                    for row in each.world.shared(person, held)
                }
                return [held for _, held in found], shared
            common, numbers = learnt, own


def written(value: Hashable) -> str:
    """A value in SQL."""
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


def _foreign(reference: Reference, then: str) -> str:
    columns, theirs = ", ".join(reference.columns), ", ".join(reference.target_columns)
    return f"FOREIGN KEY ({columns}) REFERENCES {reference.target} ({theirs}) ON DELETE {then}"


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Both databases, the retention rules, and what comes between."""
    places = tuple(draw(_places(name)) for name in NAMES)
    rules = [draw(_rules(each)) for each in ("account", *CLASSES)]
    late = draw(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20)), max_size=2))
    return Case(places, rules, draw(st.integers(0, 2)), late, draw(st.integers(0, 3)) == 0)


@st.composite
def _places(draw: st.DrawFn, name: str) -> Place:
    (world,), types = draw(worlds(1))
    for table in list(world.tables.values()):
        world.tables[table.name] = replace(table, columns=(*table.columns, "day"))
    for row in world.rows:
        row.values["day"] = draw(st.sampled_from([None, *DAYS]))
        for column, value in row.values.items():
            if isinstance(value, str) and value.startswith("k"):
                row.values[column] = value + ODD
    classes = {
        each: "account" if table.is_account else draw(st.sampled_from(CLASSES)) for each, table in world.tables.items()
    }
    place = Place(name, world, types, classes)
    for table in world.tables.values():
        for reference in table.references:
            then = draw(st.sampled_from(ON_DELETE))
            if then and _is_kept(place, table.name, reference):
                place.keeps.append(
                    (table.name, reference, "NO ACTION" if {*reference.columns} & {*table.key} else then)
                )
        for column, _ in table.identities:
            said = [str(row.values[column]) for row in world.rows if row.table == table.name and row.values[column]]
            if len(said) == len({*said}) and draw(st.booleans()):
                place.unique.append((table.name, column))
    return place


def _is_kept(place: Place, name: str, reference: Reference) -> bool:
    """Whether the database can keep a reference; what leads nowhere is emptied for that, where it is no key."""
    tables, types = place.world.tables, place.types
    ends = zip(reference.columns, reference.target_columns, strict=True)
    if any(types.get((name, one)) != types.get((reference.target, other)) for one, other in ends):
        return False
    there = {
        tuple(row.values[c] for c in reference.target_columns)
        for row in place.world.rows
        if row.table == reference.target
    }
    for row in [each for each in place.world.rows if each.table == name]:
        values = tuple(row.values[c] for c in reference.columns)
        if None not in values and values not in there:
            if {*reference.columns} & {*tables[name].key}:
                return False
            row.values.update(dict.fromkeys(reference.columns))
    return True


@st.composite
def _rules(draw: st.DrawFn, record_class: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"key": f"rule-{record_class}", "record_classes": [record_class]}
    rule["then"] = draw(st.sampled_from(["delete", "anonymise"]))
    if record_class != "account" and draw(st.booleans()):
        rule |= {"keep": {"years": draw(st.sampled_from([1, 7, 30]))}, "from_facts": ["ordered_on"], "basis": BASIS}
        rule |= {"is_published": True, "at_once": draw(st.sampled_from([[], ["user.contact"]]))}
    return rule
