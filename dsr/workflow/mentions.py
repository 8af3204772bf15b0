"""Free text of the person that names somebody else: found while gathering, shown to the reviewer, hidden by nobody but them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from dsr.models import Mention, SourceRun
from dsr.records import IdentityKind, Person, Portable
from dsr.sources.base import Source, SourceError
from dsr.sources.mentions import Mention as Candidate
from dsr.sources.mentions import MentionKind, folded, may_name, mentions_in

MOST_CANDIDATES = 20_000
"""Different addresses, numbers and names in one person's texts at one source; they are kept in memory until looked up."""

NAMES = ("user.name", "user.name.full", "user.name.first", "user.name.last")
Place = tuple[str, str, str]


class Watch:
    """Reads the texts of one run's records as they pass, and asks the source afterwards who of the named is known there."""

    def __init__(self, run: SourceRun, person: Person) -> None:
        self._run = run
        self._person = person
        self._places: dict[Candidate, list[Place]] = defaultdict(list)
        self._own: set[Candidate] = set()
        self._texts: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, dict[str, list[str]]] = {}
        self._identities: dict[str, list[str]] = {}
        for name, collection in run.dataset_version.collections.items():
            self._texts[name] = tuple(each["name"] for each in collection["fields"] if each.get("is_free_text"))
            self._names[name] = _name_columns(collection)
            self._identities[name] = _identity_columns(collection)

    def reads(self, collection: str) -> bool:
        """Whether anything in this collection matters here."""
        return bool(self._texts[collection] or self._identities[collection])

    def read(self, collection: str, digest: str, values: Mapping[str, Portable]) -> None:
        """Note whom a record's texts may name. Raises SourceError when there are more than can be checked."""
        for name in self._identities[collection]:
            self._own.update(mentions_in(str(values.get(name) or ""), self._person.country))
        if self._names[collection]:
            self._own |= {Candidate(MentionKind.NAME, each) for each in _names_in(self._names[collection], values)}
        for field in self._texts[collection]:
            text = values.get(field)
            if isinstance(text, str) and may_name(text):
                for candidate in mentions_in(text, self._person.country):
                    self._places[candidate].append((collection, digest, field))
        if len(self._places) > MOST_CANDIDATES:
            message = (
                f"The person's texts name more than {MOST_CANDIDATES:,} different addresses and names, the last in "
                f"{collection}: too many to be checked. Is that column free text of this person?"
            )
            raise SourceError(message, code="limit_reached", permanent=True)

    def found(self, source: Source) -> list[Mention]:
        """The texts that name a second person whom this source knows; not saved yet."""
        own = {Candidate(MentionKind.EMAIL, each) for each in self._person.values(IdentityKind.EMAIL)}
        own |= {Candidate(MentionKind.PHONE, each) for each in self._person.values(IdentityKind.PHONE)}
        asked = self._places.keys() - own - self._own
        known = source.known(asked, self._person.country) if asked else frozenset()
        kinds: dict[Place, set[str]] = defaultdict(set)
        for candidate in known:
            for place in self._places[candidate]:
                kinds[place].add(candidate.kind.value)
        return [
            Mention(source_run=self._run, collection=place[0], digest=place[1], field=place[2], kinds=sorted(found))
            for place, found in sorted(kinds.items())
        ]


def _identity_columns(collection: Mapping[str, Any]) -> list[str]:
    """The columns of the person's own identifiers: in a collection that is theirs, not those declared as somebody else's."""
    if collection["ownership"] != "owned":
        return []
    return [each["name"] for each in collection["fields"] if each.get("identity") and not each.get("third_party")]


def _name_columns(collection: Mapping[str, Any]) -> dict[str, list[str]]:
    """Category to columns of the person's own names, beside their own identifiers."""
    columns: dict[str, list[str]] = {}
    for each in collection["fields"] if _identity_columns(collection) else ():
        for category in set(NAMES) & set(each["data_categories"]):
            if not each.get("third_party"):
                columns.setdefault(category, []).append(each["name"])
    return columns


def _names_in(columns: Mapping[str, list[str]], values: Mapping[str, Portable]) -> set[str]:
    whole = [values.get(name) for category in NAMES[:2] for name in columns.get(category, ())]
    pairs = zip(columns.get(NAMES[2], ()), columns.get(NAMES[3], ()), strict=False)
    parted = [f"{values.get(first) or ''} {values.get(last) or ''}" for first, last in pairs]
    return {folded(each) for each in (*whole, *parted) if isinstance(each, str) and each.strip()}
