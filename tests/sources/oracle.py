"""Whose row is whose, by brute force: the rule of ``docs/architecture.md`` row by row, without the graph and without SQL.

Slow, and plain on purpose: what the sources find is measured against it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

Value = Hashable
WEAK, STRONG, REVEALING = 0, 1, 2
NAMING = ("email", "customer_number")


@dataclass(frozen=True)
class Reference:
    """``columns`` hold the values of ``target_columns`` in a row of ``target``."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    direction: str = ""


@dataclass(frozen=True)
class Table:
    """One table. ``identities``: kind by column; ``third_party``: those of them that name another person."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    identities: tuple[tuple[str, str], ...] = ()
    third_party: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    is_lookup: bool = False
    is_account: bool = False
    subject: str = ""


@dataclass(frozen=True)
class Row:
    """One row, known by its table and its place there."""

    table: str
    place: int
    values: dict[str, Value] = field(hash=False, compare=False)


@dataclass(frozen=True)
class Step:
    """A way from a table's rows to those of another: ``down`` to many, ``up`` to the one, ``across`` to the only one."""

    source: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    kind: str
    owns: bool


Person = frozenset[tuple[str, str]]
Held = dict[Row, int]


class World:
    """Some tables and their rows."""

    def __init__(self, tables: Iterable[Table], rows: dict[str, list[dict[str, Value]]]) -> None:
        self.tables = {table.name: table for table in tables}
        self.rows = [
            Row(name, place, values) for name in self.tables for place, values in enumerate(rows.get(name, []))
        ]
        self.steps = [step for table in self.tables.values() for step in self._steps(table)]
        self.strong = self._tables_reached()
        self.entered = self.strong | self._entered()
        self.naming = {name: self._naming(name) for name in self.tables}
        self.closed = {name for name in self.strong if not self.naming[name] and self._is_told_by_others(name)}

    def _steps(self, table: Table) -> Iterator[Step]:
        for each in table.references:
            target = self.tables[each.target]
            is_one = set(each.columns) == set(table.key)
            target_is_one = set(each.target_columns) == set(target.key) or not is_one
            forth, back = ("up", "down") if target_is_one else ("down", "up")
            if is_one and target_is_one:
                forth = back = "across"
            if each.direction != "from":
                yield Step(table.name, each.columns, target.name, each.target_columns, forth, forth == "down")
            if each.direction != "to":
                yield Step(target.name, each.target_columns, table.name, each.columns, back, back != "up")

    def leads(self, step: Step) -> bool:
        """A lookup is entered upward only."""
        return not (self.tables[step.target].is_lookup and step.kind == "down")

    def _tables_reached(self, but: str = "") -> set[str]:
        """The tables in which people have rows of their own; of ``but`` only when other tables lead there."""
        reached = {name for name, table in self.tables.items() if table.identities and name != but}
        ways = [step for step in self.steps if step.source != but and step.kind != "up" and self.leads(step)]
        while more := {step.target for step in ways if step.source in reached} - reached:
            reached |= more
        return reached

    def _is_told_by_others(self, name: str) -> bool:
        return not self.tables[name].is_lookup and name in self._tables_reached(but=name)

    def _entered(self) -> set[str]:
        reached = set(self.strong)
        while more := {s.target for s in self.steps if s.source in reached and s.kind != "down"} - reached:
            reached |= more
        return reached

    def owning(self, name: str) -> list[Step]:
        """The steps by which rows of other tables own rows of this one."""
        return [
            s
            for s in self.steps
            if s.target == name != s.source and s.owns and s.source in self.strong and self.leads(s)
        ]

    def _naming(self, name: str) -> set[str]:
        own = {column for column, kind in self.tables[name].identities if kind in NAMING}
        return own | {column for step in self.owning(name) for column in step.target_columns}

    def far(self, row: Row, step: Step) -> list[Row]:
        """Where a step leads from a row."""
        value = [row.values[column] for column in step.columns]
        if None in value:
            return []
        return [
            each
            for each in self.rows
            if each.table == step.target and [each.values[column] for column in step.target_columns] == value
        ]

    def names_nobody(self, row: Row, but: Iterable[str] = ()) -> bool:
        """Whether the row's own identities and its owners are all empty."""
        return all(row.values[column] in (None, "") for column in self.naming[row.table] - set(but))

    def cap(self, name: str) -> int:
        """How firmly a row of a table can be held."""
        table = self.tables[name]
        return REVEALING if table.subject in ("", "customer") and not table.is_lookup else STRONG

    def onward(self, row: Row, hold: int, is_guarded: bool) -> Iterator[tuple[Row, int, bool]]:
        """Every row that one step leads to, how firmly it is held then, and whether it stays guarded."""
        for step in self.steps:
            if step.source != row.table or (hold == WEAK and step.kind == "down") or not self.leads(step):
                continue
            if step.kind == "up" and step.target in self.closed:
                continue
            for far in self.far(row, step):
                is_plain = hold != WEAK and step.kind != "up" and step.source != step.target
                is_free = self.tables[far.table].is_lookup and not self.tables[far.table].identities
                if is_plain and is_guarded:
                    may_enter = is_free or self.names_nobody(far, but=step.target_columns)
                else:
                    may_enter = is_plain or is_free or self.names_nobody(far)
                if not may_enter:
                    continue
                stays = hold != WEAK and step.kind != "up"
                firmness = min(hold, self.cap(far.table)) if stays else WEAK
                if stays and step.source == step.target:
                    firmness = min(firmness, STRONG) if self.naming[far.table] else firmness
                yield far, firmness, is_guarded and stays

    def walk(self, begin: Iterable[tuple[Row, int, bool]]) -> Held:
        """Everything reached, each row as firmly as any way leads there."""
        seen: set[tuple[Row, int, bool]] = set()
        waiting = list(begin)
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                waiting += self.onward(*state)
        held: Held = {}
        for row, hold, _ in seen:
            held[row] = max(hold, held.get(row, WEAK))
        return held

    def found_by(self, person: Person) -> Held:
        """The rows of whoever has these identities."""
        begin = []
        for row in self.rows:
            table = self.tables[row.table]
            for column, kind in table.identities:
                if (kind, row.values[column]) not in person:
                    continue
                is_own = kind in NAMING and column not in table.third_party
                hold = self.cap(row.table) if is_own else STRONG
                if kind != "phone_number" or self.names_nobody(row):
                    begin.append((row, hold, kind == "phone_number"))
        return self.walk(begin)

    def expanded(self, person: Person) -> tuple[Person, Held]:
        """Who the person turns out to be, and the rows."""
        while True:
            held = self.found_by(person)
            standing = {identity for identity, _, _ in self._candidates(person, held)}
            while claimed := {each for each in standing if self._is_claimed(each, person, standing, held)}:
                standing -= claimed
            if not standing:
                return person, held
            person |= standing

    def _candidates(self, person: Person, held: Held) -> Iterator[tuple[tuple[str, str], str, str]]:
        for row, hold in held.items():
            table = self.tables[row.table]
            for column, kind in table.identities:
                value = row.values[column]
                if hold == REVEALING and column not in table.third_party and value and (kind, value) not in person:
                    yield (kind, str(value)), row.table, column

    def _is_claimed(self, one: tuple[str, str], person: Person, standing: set[tuple[str, str]], held: Held) -> bool:
        stands_in = [(name, column) for each, name, column in self._candidates(person, held) if each == one]
        above = set.intersection(*(self._above(name) for name, _ in stands_in))
        is_at_home = one[0] == "customer_number" and any(self._is_home(*each) for each in stands_in)
        for row in self.rows:
            table = self.tables[row.table]
            own = [column for column, kind in table.identities if column not in table.third_party]
            if row in held or not any((dict(table.identities)[c], row.values[c]) == one for c in own):
                continue
            if row.table in above:
                return True
            for column, kind in table.identities:
                value = row.values[column]
                if kind not in NAMING or column in table.third_party or not value or (kind == "email" and is_at_home):
                    continue
                if (kind, value) not in person | standing:
                    return True
            for step in self.owning(row.table):
                value = [row.values[column] for column in step.target_columns]
                mine = [[each.values[c] for c in step.columns] for each, h in held.items() if each.table == step.source]
                if None not in value and value not in mine:
                    return True
        return False

    def _is_home(self, name: str, column: str) -> bool:
        return self.tables[name].key == (column,) or self.tables[name].is_account

    def _above(self, name: str) -> set[str]:
        above: set[str] = set()
        while more := {s.source for each in {name, *above} for s in self.owning(each)} - above - {name}:
            above |= more
        return above

    def shared(self, person: Person, held: Held) -> set[Row]:
        """The person's rows that are another's too: whatever the rule leads to from rows that are not the person's."""
        begin: list[tuple[Row, int, bool]] = []
        for row, hold in held.items():
            table = self.tables[row.table]
            named = {
                (kind, row.values[column]) for column, kind in table.identities if kind in NAMING and row.values[column]
            }
            if hold != WEAK and named - person:
                begin.append((row, STRONG, False))
        for row in self.rows:
            if row not in held and row.table in self.entered:
                hold = STRONG if row.table in self.strong else WEAK
                begin += [(far, h, False) for far, h, _ in self.onward(row, hold, False) if far in held]
        seen: set[tuple[Row, int]] = set()
        while begin:
            row, hold, _ = begin.pop()
            if (row, hold) in seen or row not in held or self.tables[row.table].is_lookup:
                continue
            seen.add((row, hold))
            begin += self.onward(row, min(hold, STRONG), False)
        return {row for row, _ in seen}
