"""Weak matches: rows that agree with the person in something, name somebody else, and so are a question to staff.

Two ways lead here: an identity that somebody else claims too (a phone number of the family, the e-mail address in an order that
was tied to the wrong account), and the same name at the same postcode. Neither is ever used by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection as Known
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from dsr.records import Identity, IdentityKind
from dsr.sources.base import Condition, WeakMatch
from dsr.sources.dataset import Collection, Field
from dsr.sources.description import Description
from dsr.sources.graph import EXPANDING, IdentityColumn
from dsr.sources.reach import Hold, Search
from dsr.sources.reading import Rows, is_empty
from dsr.sources.sql_match import identity_in

NAME = "user.name"
POSTCODE = "user.contact.address.postal_code"
COMPARED = (
    NAME,
    POSTCODE,
    "user.contact.address.street",
    "user.contact.address.city",
    "user.demographic.date_of_birth",
)
"""What staff are shown beside the identities, and what is compared."""

MOST_NEIGHBOURS = 5_000
"""Rows of one postcode that are read in search of a namesake. What is left out is a question not asked, never a finding."""
MOST_OWN = 50
MOST_QUESTIONS = 50


@dataclass(frozen=True, slots=True)
class Stranger:
    """A row that identities would open (``opened_by``, by ``column``) and that is not the person's.

    ``is_crowd``: there are so many different ones that the identity names nobody.
    """

    column: IdentityColumn
    opened_by: tuple[Identity, ...]
    values: Mapping[str, Hashable]
    is_crowd: bool = False


class Questions:
    """The weak matches of one search."""

    def __init__(self, description: Description, rows: Rows, search: Search, country: str) -> None:
        self._description = description
        self._graph = description.graph
        self._rows = rows
        self._search = search
        self._country = country
        self._strangers: dict[tuple[str, tuple[Hashable, ...]], tuple[str, Mapping[str, Hashable]]] = {}

    def columns(self, collection: str) -> tuple[str, ...]:
        """What must be read of a row to tell whose it is and to ask about it."""
        identities = [each.column for each in self._graph.identities_of(collection) if each.kind in EXPANDING]
        named = self._graph.whose.get(collection, ())
        compared = [column.name for column, _ in self._compared(collection)]
        return tuple(dict.fromkeys([*identities, *named, *compared]))

    def ask(self, stranger: Stranger) -> None:
        """Note a row to be asked about."""
        self._ask(stranger.column.collection, stranger.values)

    def _ask(self, collection: str, values: Mapping[str, Hashable]) -> None:
        self._strangers[collection, tuple(values.values())] = (collection, values)

    def asked(self, known: Known[Identity]) -> tuple[WeakMatch, ...]:
        """The questions, of which each would add something to what is known of the person."""
        self._ask_about_namesakes()
        found: dict[tuple[str, tuple[Identity, ...]], WeakMatch] = {}
        for collection, values in self._strangers.values():
            reveals = self._reveals(collection, values, known)
            if reveals and len(found) < MOST_QUESTIONS:
                agrees, differs = self._told(collection, values, known)
                found.setdefault((collection, reveals), WeakMatch(collection, agrees, differs, reveals))
        return tuple(found.values())

    def _compared(self, collection: str) -> list[tuple[Field, str]]:
        """The columns that are compared, each with its category."""
        return _compared(self._description, self._graph.collections[collection])

    def _identities(self, collection: str, values: Mapping[str, Hashable]) -> list[tuple[IdentityColumn, Identity]]:
        """What a row calls its own person."""
        secrets = self._description.secrets(self._graph.collections[collection])
        found = []
        for column in self._graph.identities_of(collection):
            if column.kind in EXPANDING and not column.is_third_party and column.column not in secrets:
                identity = identity_in(column.kind, values[column.column], self._country)
                found += [(column, identity)] if identity else []
        return found

    def _reveals(self, collection: str, values: Mapping[str, Hashable], known: Known[Identity]) -> tuple[Identity, ...]:
        """What a yes would add: what the row calls its person, or else what its owner is called."""
        own = [identity for _, identity in self._identities(collection, values)]
        if not any(identity.kind is not IdentityKind.PHONE for identity in own):
            own += self._called_by_owner(collection, values)
        return tuple(identity for identity in dict.fromkeys(own) if identity not in known)

    def _called_by_owner(self, collection: str, values: Mapping[str, Hashable]) -> list[Identity]:
        found: list[Identity] = []
        for edge in self._graph.owners(collection):
            value = tuple(values[name] for name in edge.target_columns)
            columns = self.columns(edge.source)
            if columns and not any(is_empty(part) for part in value):
                within = [Condition(edge.columns, [value], edge.via)]
                for row in self._rows.read(edge.source, columns, within, most=1):
                    read = dict(zip(columns, row, strict=True))
                    found += [identity for _, identity in self._identities(edge.source, read)]
        return found

    def _told(
        self, collection: str, values: Mapping[str, Hashable], known: Known[Identity]
    ) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        """What agrees and what differs, each as pairs of column and value."""
        agrees: dict[str, str] = {}
        differs: dict[str, str] = {}
        for column, identity in self._identities(collection, values):
            into = agrees if identity in known or identity in self._doubted else differs
            into[column.column] = str(values[column.column])
        name = self._name(collection, values)
        for field, category in self._compared(collection):
            if is_empty(values[field.name]):
                continue
            own = self._own.get(category, set())
            same = (name if category == NAME else _compared_as(values[field.name], category)) in own
            (agrees if same else differs)[field.name] = str(values[field.name])
        return tuple(agrees.items()), tuple(differs.items())

    @cached_property
    def _doubted(self) -> frozenset[Identity]:
        """What the person's own rows say and somebody else claims: there the two agree."""
        kinds = {(each.collection, each.column): each.kind for each in self._graph.identities}
        said = [
            identity_in(kinds[sighting.collection, sighting.columns[0]], value[0], self._country)
            for sighting, value in self._search.seen()
            if (sighting.collection, sighting.columns[0]) in kinds and sighting.hold is Hold.REVEALING
        ]
        return frozenset(identity for identity in said if identity)

    def _name(self, collection: str, values: Mapping[str, Hashable]) -> str:
        """A row's whole name, however it is parted, accented or cased."""
        parts = [
            str(values[field.name])
            for field, category in self._compared(collection)
            if category == NAME and not is_empty(values[field.name])
        ]
        return folded(" ".join(parts))

    @cached_property
    def _own(self) -> dict[str, set[str]]:
        """What the person's own rows say in the columns that are compared, folded, by category."""
        own: dict[str, set[str]] = {category: set() for category in COMPARED}
        for collection, values in self._own_rows:
            own[NAME].add(self._name(collection, values))
            for field, category in self._compared(collection):
                if category != NAME:
                    own[category].add(_compared_as(values[field.name], category))
        return {category: said - {""} for category, said in own.items()}

    @cached_property
    def _own_rows(self) -> list[tuple[str, dict[str, Hashable]]]:
        found = []
        for collection, within in self._search.held(Hold.REVEALING).items():
            columns = tuple(field.name for field, _ in self._compared(collection))
            if columns:
                rows = self._rows.read(collection, columns, within, most=MOST_OWN)
                found += [(collection, dict(zip(columns, row, strict=True))) for row in rows]
        return found

    def _ask_about_namesakes(self) -> None:
        """Ask about rows with the same name and postcode that name somebody."""
        places = {name: self._places(name) for name in self._graph.collections}
        if not any(places.values()):
            return
        pairs = {
            (self._name(name, values), postcode(values[field.name]))
            for name, values in self._own_rows
            for field in places[name]
        }
        pairs = {pair for pair in pairs if all(pair)}
        for name, fields in places.items():
            if pairs and self._graph.whose.get(name) and self._graph.identities_of(name):
                for field in fields:
                    self._ask_in(name, field, pairs)

    def _ask_in(self, collection: str, field: Field, pairs: set[tuple[str, str]]) -> None:
        spelled = sorted(spellings_of(values[f.name] for name, values in self._own_rows for f in self._places(name)))
        column = IdentityColumn(collection, field.name, IdentityKind.CUSTOMER_NUMBER)
        if field.data_type != "string":  # Whatever its type, it is compared as a text: a postcode may be a number.
            numbers = [Identity(column.kind, text) for text in spelled]
            spelled = [str(value) for value in self._rows.spellings(column, numbers)]
        if not spelled:
            return
        columns = self.columns(collection)
        within = [Condition((field.name,), [(text,) for text in spelled], column.via)]
        outside = self._search.conditions.get(collection, ())
        for row in self._rows.read(collection, columns, within, outside=outside, most=MOST_NEIGHBOURS):
            values = dict(zip(columns, row, strict=True))
            if (self._name(collection, values), postcode(values[field.name])) in pairs:
                self._ask(collection, values)

    def _places(self, collection: str) -> list[Field]:
        """The postcode columns of a collection that has names as well."""
        compared = self._compared(collection)
        named = any(category == NAME for _, category in compared)
        return [field for field, category in compared if category == POSTCODE and named]


def _compared(description: Description, collection: Collection) -> list[tuple[Field, str]]:
    others = {*description.overlay.of(collection.name).third_party, *description.secrets(collection)}
    found = []
    for field in collection.fields:
        said = [bar for bar in COMPARED for each in field.data_categories if f"{each}.".startswith(f"{bar}.")]
        found += [(field, said[0])] if said and field.name not in others else []
    return found


def folded(value: Hashable) -> str:
    """A name or an address without case, accents, punctuation and the order of its words."""
    if value is None:
        return ""
    plain = "".join(each for each in unicodedata.normalize("NFKD", str(value)) if not unicodedata.combining(each))
    return " ".join(sorted(re.findall(r"\w+", plain.casefold())))


def _compared_as(value: Hashable, category: str) -> str:
    return postcode(value) if category == POSTCODE else folded(value)


def postcode(value: Hashable) -> str:
    """A postcode without its blanks."""
    return folded(value).replace(" ", "")


def spellings_of(postcodes: Iterable[Hashable]) -> set[str]:
    """How some postcodes may be written: as they stand, in either case, with and without their blanks."""
    texts = {str(value).strip() for value in postcodes if not is_empty(value)}
    texts |= {re.sub(r"[\s-]+", "", text) for text in texts}
    return {spelled for text in texts for spelled in (text, text.upper(), text.lower())}
