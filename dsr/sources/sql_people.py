"""Which of the people that a text may name are people of this shop: each kind of candidate in one statement a column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence

from dsr.records import Identity, IdentityKind, Person
from dsr.sources.description import Description, NameColumns, name_columns
from dsr.sources.mentions import Mention, MentionKind, folded, mentions_in
from dsr.sources.sql_dialect import Parameters
from dsr.sources.sql_match import identity_values
from dsr.sources.sql_statements import Statement, Statements

Read = Callable[[Statement, Parameters], list[tuple[Hashable, ...]]]

KINDS = {MentionKind.EMAIL: IdentityKind.EMAIL, MentionKind.PHONE: IdentityKind.PHONE}


def known_people(
    read: Read, statements: Statements, description: Description, mentions: Collection[Mention], country: str
) -> frozenset[Mention]:
    """Those of ``mentions`` that stand in an identity's or a name's column of a searched collection."""
    found: set[Mention] = set()
    for mention_kind, kind in KINDS.items():
        values = tuple(Identity(kind, each.value) for each in mentions if each.kind is mention_kind)
        parameters = identity_values(kind, Person(values, country))
        for identity in description.graph.identities if parameters else ():
            if identity.kind is kind and parameters:
                spelled = read(statements.identity(identity), parameters)
                found.update(each for (text,) in spelled for each in mentions_in(str(text), country))
    names = {each.value for each in mentions if each.kind is MentionKind.NAME}
    for place in _name_places(description) if names else ():
        rows = read(statements.names(place), _name_parameters(place, names))
        found.update(Mention(MentionKind.NAME, folded(" ".join(str(part) for part in row))) for row in rows)
    return frozenset(found & set(mentions))


def _name_places(description: Description) -> Iterator[NameColumns]:
    graph = description.graph
    for name in graph.searched:
        if name not in graph.lookups:
            yield from name_columns(graph.collections[name])


def _name_parameters(place: NameColumns, names: Collection[str]) -> Parameters:
    """The values of ``Statements.names``: whole names, or every way to part them in a first and a last one."""
    if len(place.columns) == 1:
        return {"names_0": sorted(names)}
    parts = [_parted(name) for name in names]
    return {
        "names_0": sorted({first for each in parts for first, _ in each}),
        "names_1": sorted({last for each in parts for _, last in each}),
    }


def _parted(name: str) -> Sequence[tuple[str, str]]:
    words = name.split(" ")
    return [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
