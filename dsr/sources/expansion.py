"""Identity expansion: what a person's own rows call that person is used to look further, one stated step at a time.

1. Begin with what was proved and follow the references to a fixpoint.
2. E-mail addresses, customer numbers and phone numbers in *revealing* rows (``reach.Hold``) are candidates.
3. A candidate is used only when nobody else claims it: no row that it would open names another person, by an e-mail
   address, a customer number or an owner that is not this person's. When it stands in a row that hangs on others (the
   e-mail address of an order), it must open no further row of what such rows hang on (another customer) either. A
   customer number at its *home*, where it belongs to one row (a key, a unique column, an account), is the shop's own word
   for the person: rows with that number may give another, former e-mail address.
4. Candidates that are used are stated (``Revealed``), followed, and may reveal more: the next step, to a fixpoint.
5. What a claimed candidate or a known phone number leads to becomes a question (``questions.py``), never a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dsr.records import Identity, IdentityKind, Person
from dsr.sources.base import Condition, FieldPath, Links, Located, Revealed, SourceError
from dsr.sources.description import Description
from dsr.sources.graph import NAMES_A_PERSON, Edge, IdentityColumn
from dsr.sources.questions import Questions, Stranger
from dsr.sources.reach import Arrival, Hold, Search, Value
from dsr.sources.reading import Rows, is_empty, text_of
from dsr.sources.sharing import shared_rows
from dsr.sources.sql_match import identity_in

MOST_STEPS = 20
MOST_IDENTITIES = 1_000
MOST_CLAIMS = 200
"""So many different rows that one identity would open are no person's any more: a placeholder, or a whole household."""


@dataclass(slots=True)
class Candidate:
    """An identity in rows of the person's own.

    ``above``: what the rows of every column it stands in hang on. ``is_at_home``: it is one account's customer number.
    """

    via: str
    above: frozenset[str]
    columns: set[IdentityColumn]
    is_at_home: bool = False


class Expansion:
    """One person's search of one source, from what was proved to the last thing revealed."""

    def __init__(
        self, source: str, description: Description, rows: Rows, person: Person, exposed: Iterable[FieldPath]
    ) -> None:
        self._source = source
        self._graph = description.graph
        self._overlay = description.overlay
        self._rows = rows
        self._person = person
        self._search = Search(self._graph, lambda name, columns, one: rows.read(name, columns, [one]), exposed)
        self._known = dict.fromkeys(person.identities)
        self._revealed: list[Revealed] = []
        self._questions = Questions(description, rows, self._search, person.country)
        self._columns = {(each.collection, each.column): each for each in self._graph.identities}
        self._secrets = {each: description.secrets(self._graph.collections[each]) for each in self._graph.collections}

    def locate(self, links: Links) -> Located:
        """Everything that is the person's, and what stands beside it. Raises SourceError when it knows no end."""
        for column in self._graph.identities:
            self._open(column, self._person.identities)
        self._search.arrive_from_links(links)
        self._search.follow()
        self._expand()
        self._ask_about_phones()
        weak = self._questions.asked(self._known)
        shared = shared_rows(self._graph, self._rows, self._search, self._known, self._person.country)
        return Located(self._search.conditions, self._search.links, tuple(self._revealed), weak, shared)

    def _open(self, column: IdentityColumn, identities: Iterable[Identity]) -> None:
        """Take the rows that a column finds by identities which are the person's."""
        wanted = [identity for identity in identities if identity.kind is column.kind]
        if not wanted:
            return
        values = frozenset((spelling,) for spelling in self._rows.spellings(column, wanted))
        is_phone = column.kind is IdentityKind.PHONE
        unowned = self._graph.whose.get(column.collection, ()) if is_phone else ()
        unowned = tuple(name for name in unowned if name != column.column)
        is_own = column.kind in NAMES_A_PERSON and not column.is_third_party
        hold = self._search.firmest(column.collection) if is_own else Hold.STRONG
        self._search.arrive(
            Arrival(column.collection, (column.column,), values, hold, column.via, unowned, is_guarded=is_phone)
        )

    def _expand(self) -> None:
        step = 0
        while True:
            candidates = self._candidates()
            strangers = self._strangers(candidates)
            used = self._unclaimed(candidates, strangers)
            if not used:
                break
            step += 1
            self._keep_bounds(step, len(self._revealed) + len(used))
            for identity in used:
                self._known[identity] = None
                self._revealed.append(Revealed(identity, candidates[identity].via, step))
            for column in self._graph.identities:
                self._open(column, used)
            self._search.follow()
        for stranger in strangers:
            if self._is_somebody_else(stranger, candidates, frozenset()):
                self._questions.ask(stranger)

    def _keep_bounds(self, steps: int, identities: int) -> None:
        if steps > MOST_STEPS or identities > MOST_IDENTITIES:
            message = (
                f"{self._source}: the person's rows lead to more than {MOST_IDENTITIES} further identities or {MOST_STEPS} "
                "steps. Is an identity declared on a column that does not name the row's own person?"
            )
            raise SourceError(message, code="limit_reached", permanent=True)

    def _candidates(self) -> dict[Identity, Candidate]:
        """What the person's own rows say and nobody has used yet."""
        found: dict[Identity, Candidate] = {}
        for sighting, value in self._search.seen():
            column = self._columns.get((sighting.collection, "+".join(sighting.columns)))
            if column is None or column.is_third_party or sighting.hold is not Hold.REVEALING:
                continue
            identity = identity_in(column.kind, value[0], self._person.country)
            if identity is None or identity in self._known or column.column in self._secrets[column.collection]:
                continue
            above = self._graph.above(column.collection)
            candidate = found.setdefault(identity, Candidate(column.via, above, set()))
            candidate.above &= above
            candidate.columns.add(column)
            candidate.is_at_home |= column.kind is IdentityKind.CUSTOMER_NUMBER and self._is_home(column)
        return found

    def _is_home(self, column: IdentityColumn) -> bool:
        said = self._overlay.of(column.collection)
        return self._is_alone(column) or column.column in said.unique or said.record_class == "account"

    def _strangers(self, candidates: Mapping[Identity, Candidate]) -> list[Stranger]:
        """The rows that candidates would open and that are not the person's so far, as far as they may name somebody."""
        found: list[Stranger] = []
        for column in self._graph.identities:
            wanted = [identity for identity in candidates if identity.kind is column.kind]
            if self._is_alone(column):
                wanted = [identity for identity in wanted if column not in candidates[identity].columns]
            if wanted and not column.is_third_party and self._may_name_another(column, wanted, candidates):
                found += self._opened(column, wanted)
        return found

    def _opened(self, column: IdentityColumn, wanted: Sequence[Identity]) -> list[Stranger]:
        spellings = [(spelling,) for spelling in self._rows.spellings(column, wanted)]
        if not spellings:
            return []
        columns = self._questions.columns(column.collection)
        within = [Condition((column.column,), spellings, column.via)]
        outside = self._search.conditions.get(column.collection, ())
        rows = self._rows.read(column.collection, columns, within, outside=outside, most=MOST_CLAIMS)
        is_crowd = len(rows) >= MOST_CLAIMS
        found = []
        for row in rows:
            values = dict(zip(columns, row, strict=True))
            said = identity_in(column.kind, values[column.column], self._person.country)
            opened_by = tuple(each for each in wanted if each == said) or tuple(wanted)
            found.append(Stranger(column, tuple(wanted) if is_crowd else opened_by, values, is_crowd))
        return found

    def _is_alone(self, column: IdentityColumn) -> bool:
        """Whether a value of the column belongs to one row at most, which is the one it was seen in."""
        return self._graph.collections[column.collection].key == (column.column,)

    def _may_name_another(
        self, column: IdentityColumn, wanted: Iterable[Identity], candidates: Mapping[Identity, Candidate]
    ) -> bool:
        named = set(self._graph.whose.get(column.collection, ())) - {column.column}
        return bool(named) or any(column.collection in candidates[identity].above for identity in wanted)

    def _unclaimed(
        self, candidates: Mapping[Identity, Candidate], strangers: Sequence[Stranger]
    ) -> tuple[Identity, ...]:
        """The candidates that nobody else claims, when all of them are taken for the person's."""
        standing = frozenset(candidates)
        while standing:
            claiming = [each for each in strangers if self._is_somebody_else(each, candidates, standing)]
            left = standing - {identity for stranger in claiming for identity in stranger.opened_by}
            if left == standing:
                break
            standing = left
        return tuple(identity for identity in candidates if identity in standing)

    def _is_somebody_else(
        self, stranger: Stranger, candidates: Mapping[Identity, Candidate], standing: frozenset[Identity]
    ) -> bool:
        """Whether a row names a person other than this one."""
        collection = stranger.column.collection
        if stranger.is_crowd or any(collection in candidates[each].above for each in stranger.opened_by):
            return True
        for column in self._graph.identities_of(collection):
            if column.kind not in NAMES_A_PERSON or column.is_third_party or is_empty(stranger.values[column.column]):
                continue
            if column.kind is IdentityKind.EMAIL and all(candidates[each].is_at_home for each in stranger.opened_by):
                continue
            said = identity_in(column.kind, stranger.values[column.column], self._person.country)
            if column != stranger.column and said not in self._known and said not in standing:
                return True
        return self._hangs_on_another(stranger)

    def _hangs_on_another(self, stranger: Stranger) -> bool:
        collection = stranger.column.collection
        for edge in self._graph.owners(collection):
            value = tuple(stranger.values[name] for name in edge.target_columns)
            if not any(is_empty(part) for part in value) and not self._is_mine(edge, value):
                return True
        for foreign in self._graph.owned_abroad(collection):
            value = (stranger.values[foreign.column],)
            if not is_empty(value[0]) and text_of(value)[0] not in text_of(self._search.lent.get(foreign.origin, ())):
                return True
        return False

    def _is_mine(self, edge: Edge, value: Value) -> bool:
        """Whether a row that an owner's value names is the person's; weakly held ones were not read as far as their key."""
        if text_of(value) in {text_of(key) for key in self._search.keys(edge.source, edge.columns)}:
            return True
        mine = self._search.conditions.get(edge.source, ())
        named = Condition(edge.columns, [value], edge.via)
        return bool(mine) and bool(self._rows.read(edge.source, edge.columns, mine, also=[named], most=1))

    def _ask_about_phones(self) -> None:
        """Rows with the person's phone number that name somebody: those that name nobody were taken."""
        phones = [identity for identity in self._known if identity.kind is IdentityKind.PHONE]
        for column in self._graph.identities:
            if column.kind is IdentityKind.PHONE and phones and not column.is_third_party:
                for stranger in self._opened(column, phones):
                    self._questions.ask(stranger)
