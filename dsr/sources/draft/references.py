"""References: those that the database declares, and those that names, types and values make likely.

Small integers prove nothing: any column of 1 to 10 is included in any key. A likely reference therefore needs a name
that speaks for it first; values can confirm or refute it, and tell between two targets that both names allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dsr.sources.draft.live import LiveColumn, LiveTable
from dsr.sources.draft.model import ReferenceDraft
from dsr.sources.draft.sampling import Sampler, TableSample
from dsr.sources.draft.values import NUMBER
from dsr.sources.draft.vocabulary import PEOPLE, STAFF
from dsr.sources.draft.words import stem, stems, tokens

KEY_WORDS = {"id", "fk", "key", "number", "uuid", "guid", "pk", "uid", "code", "oid", "reference", "idx", "ids"}
PERSON_ROLES = {
    "author", "owner", "buyer", "seller", "creator", "sender", "recipient", "customer", "client", "member", "user",
    "account", "person", "contact", "receiver", "purchaser", "subscriber", "guest", "reviewer", "referrer", "referred",
    "friend", "assignee", "agent", "payer", "parent", "requester", "submitter", "voter", "follower", "inviter",
} | STAFF  # fmt: skip
TOO_COMMON = {
    "id", "name", "code", "email", "slug", "status", "type", "title", "key", "value", "number", "position", "token",
    "uuid", "hash", "date", "description", "version", "phone", "state", "label", "ip", "url", "country", "currency",
    "language", "locale", "sort", "password", "first", "last", "city", "entity", "record", "row", "item", "line",
}  # fmt: skip
MAIN_WORDS = {"entity", "main", "data", "master"}
ACCOUNTS = {"user", "customer", "account", "member", "client", "person"}
"""Whom a word for a person means before others: not the subscriber or the attendee of the same number."""
PARENTS = {"parent", "reply", "original", "previous", "root", "duplicate", "replaced", "padre", "eltern", "ancestor"}
ROW_WORDS = {"entity", "record", "row", "item"}
MOST_VALUES = 100
ENOUGH = 0.95
ACCEPTED = 0.6
FEW = 3
MUCH = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target that the name allows; ``strength`` is how strongly (0 to 1)."""

    target: LiveTable
    column: str
    strength: float
    words: str


def find_references(
    tables: Sequence[LiveTable], samples: Mapping[str, TableSample], people: Mapping[str, float], sampler: Sampler
) -> dict[str, list[ReferenceDraft]]:
    """The references of each table. ``people`` scores how much each table is about people (see :mod:`people`)."""
    names = Names(tables)
    found: dict[str, list[ReferenceDraft]] = {}
    for live in tables:
        declared = [
            ReferenceDraft(key.columns, key.target, key.target_columns, True, 1.0, "declared foreign key")
            for key in dict.fromkeys(live.foreign_keys)
            if key.target in names.by_name
        ]
        taken = {column for reference in declared for column in reference.columns}
        likely = []
        for column in live.columns:
            if column.name in taken or column.type not in ("integer", "text", "number"):
                continue
            best = _best(live, column, names, samples, people, sampler)
            if best:
                likely.append(best)
        found[live.name] = [*declared, *likely]
    return found


class Names:
    """The tables by the words of their names, without the words that all of them begin with (``wp_``)."""

    def __init__(self, tables: Sequence[LiveTable]) -> None:
        self.by_name = {live.name: live for live in tables}
        prefix = _common_prefix([stems(live.table) for live in tables])
        self._stems = {live.name: _telling(stems(live.table), prefix) for live in tables}
        first = [words[0] for words in self._stems.values() if len(words) > 1]
        self.prefixes = frozenset(word for word in first if first.count(word) > 1)
        self.links = frozenset(live.name for live in tables if _is_link(live))

    def named_by(self, words: set[str]) -> set[str]:
        """The tables whose whole name these words are, a prefix aside."""
        return {
            name
            for name, said in self._stems.items()
            if set(said) == words or (len(said) > 1 and set(said[1:]) == words)
        }

    def of(self, live: LiveTable) -> tuple[str, ...]:
        """The words of one table's name."""
        return self._stems[live.name]

    def ends_in(self, name: str, words: set[str]) -> bool:
        """Whether a table's last word is one of these."""
        return bool(set(self._stems[name][-1:]) & words)


def _telling(words: tuple[str, ...], prefix: int) -> tuple[str, ...]:
    """A table's words without the common first one, words that come twice running, and ``entity`` at the end."""
    once = tuple(word for word, before in zip(words, ("", *words), strict=False) if word != before)
    kept = once[prefix:] or once
    return kept[:-1] if len(kept) > 1 and kept[-1] in MAIN_WORDS else kept


def _is_link(live: LiveTable) -> bool:
    """Whether a table does little but link others: nothing refers to one by the names of what it links."""
    keys = [
        column.name for column in live.columns if stems(column.name)[-1:] == ("id",) and column.name not in live.key
    ]
    return len(keys) > 1 and len(live.columns) - len(keys) <= len(live.key) + 1


def _common_prefix(every: Sequence[tuple[str, ...]]) -> int:
    """How many first words all names (but one in ten) share."""
    if len(every) < FEW:
        return 0
    first = [words[0] for words in every if words]
    most = max(set(first), key=first.count) if first else ""
    return 1 if first.count(most) >= 0.9 * len(every) and all(len(w) > 1 or w[0] != most for w in every if w) else 0


def _best(
    live: LiveTable,
    column: LiveColumn,
    names: Names,
    samples: Mapping[str, TableSample],
    people: Mapping[str, float],
    sampler: Sampler,
) -> ReferenceDraft | None:
    scored = []
    for candidate in candidates(live, column, names, people):
        verdict = _tested(live, column, candidate, samples, sampler)
        if verdict and verdict[0] >= ACCEPTED:
            scored.append((verdict[0], candidate, verdict[1]))
    if not scored:
        return None
    scored.sort(key=lambda each: (-each[0], -_kinship(live, each[1].target), each[1].target.name))
    confidence, candidate, words = scored[0]
    return ReferenceDraft((column.name,), candidate.target.name, (candidate.column,), False, confidence, words)


def _kinship(live: LiveTable, target: LiveTable) -> int:
    """How many words the two tables' names share: ``sales_order_item`` is nearer to ``sales_order`` than to ``order``."""
    return len(set(stems(live.table)) & set(stems(target.table)))


@dataclass(frozen=True, slots=True)
class Named:
    """A column's name taken apart: ``words`` all of it, ``said`` without the words for keys and rows."""

    live: LiveTable
    column: LiveColumn
    words: tuple[str, ...]
    said: tuple[str, ...]

    @property
    def is_key(self) -> bool:
        """Whether the name ends as names of keys do."""
        return bool(self.words) and (self.words[-1] in KEY_WORDS or self.words[0] in ("fk", "id"))


def _taken_apart(live: LiveTable, column: LiveColumn) -> Named:
    words = tuple(stem(word) for word in tokens(column.name))
    said = tuple(word for word in words if word not in KEY_WORDS and not word.isdigit())
    return Named(live, column, words, () if set(said) <= ROW_WORDS else said)


def candidates(live: LiveTable, column: LiveColumn, names: Names, people: Mapping[str, float]) -> Iterator[Candidate]:
    """The targets that a column's name allows."""
    named = _taken_apart(live, column)
    own = stems(live.table)
    if live.key == (column.name,) and (set(named.said) <= set(own) - _PEOPLE or named.said[-1:] == own[-1:]):
        return  # its own key
    for target in names.by_name.values():
        for key in _keys(target):
            far = target.column(key)
            if far is None or not _same_kind(column, far) or (target.name == live.name and key == column.name):
                continue
            found = (
                _same_name(named, target, key, names)
                or _says_table(named, target, key, names)
                or _says_person(named, target, key, names, people)
            )
            if found:
                yield Candidate(target, key, *found)


_PEOPLE = {stem(word) for word in PEOPLE}


def _keys(target: LiveTable) -> list[str]:
    """The columns that can be referred to: a key of one column, and what the database keeps unique."""
    keys = [target.key[0]] if len(target.key) == 1 else []
    return [*keys, *(unique[0] for unique in target.uniques if len(unique) == 1 and unique[0] not in keys)]


def _same_name(named: Named, target: LiveTable, key: str, names: Names) -> tuple[float, str] | None:
    """The same name at both ends, when that name is not one that many tables have."""
    words = tuple(stem(word) for word in tokens(key))
    if target.name == named.live.name or set(words) <= TOO_COMMON | KEY_WORDS:
        return None
    if key.lower() != named.column.name.lower():
        ends = target.key == (key,) and named.words[-len(words) :] == words
        return (0.6, f"name ends in {target.name}.{key}") if ends else None
    own = set(words) - KEY_WORDS
    is_its_own = target.key == (key,) or bool(own & set(names.of(target)[-1:])) or words[-1] != "id"
    if not is_its_own or names.named_by(own) - {target.name}:
        return None  # there it refers to a third table itself
    if named.live.is_unique(named.column.name):
        is_other = bool(own & set(names.of(target)) & set(named.said)) and target.key == (key,)
        return (0.6, f"named as {target.name}.{key}") if is_other else None
    return (0.8 if named.is_key or target.key == (key,) else 0.5), f"named as {target.name}.{key}"


def _says_table(named: Named, target: LiveTable, key: str, names: Names) -> tuple[float, str] | None:
    """The name holds the table's: ``customer_id``, ``fk_customer``, ``ship_to_customer``, ``order_number``."""
    is_key = target.key == (key,)
    words, said, far = named.words, named.said, names.of(target)
    ends = (words[-1:], tuple(stem(word) for word in tokens(key))[-1:])
    if not said or not far or (not is_key and (ends[0] != ends[1] or ends[0][0] not in KEY_WORDS)):
        return None
    if not is_key and words[-1] in ("id", "fk", "uuid", "guid"):
        return None
    if target.name == named.live.name and not set(said) & PARENTS:
        return None
    if said == ("parent",):
        return _parent(named.live, target, names, target.name == named.live.name)
    found = _overlap(said, far, far[0] in names.prefixes)
    if found is None and words[0] in ("id", "fk"):
        found = _begins_with(said, far, far[0] in names.prefixes)
    if found is None:
        return None
    kin = 0.05 * min(3, len(set(names.of(named.live)) & set(far)))
    strength = found + (0.0 if named.is_key else -0.2) - (0.2 if target.name in names.links else 0.0) + kin
    return min(0.85, strength), f"name says {' '.join(said)}, as {target.name} does"


def _overlap(said: tuple[str, ...], far: tuple[str, ...], is_prefixed: bool) -> float | None:
    """How well a column's words name a table: all of it, all but a prefix, its last words, or more than it."""
    if said == far or "".join(said) == "".join(far):
        return 0.75
    extra = len(far) - len(said)
    if extra > 0 and far[extra:] == said:
        return 0.68 if extra == 1 and is_prefixed else 0.6 if extra == 1 else 0.45
    if said[-len(far) :] == far:
        return 0.6
    if is_prefixed and len(far) > 1 and said[1 - len(far) :] == far[1:]:
        return 0.55
    return None


def _begins_with(said: tuple[str, ...], far: tuple[str, ...], is_prefixed: bool) -> float | None:
    """``id_address_delivery``: where *id* stands in front, the table's name follows and what it is for comes last."""
    own = far[1:] if is_prefixed and len(far) > 1 else far
    return 0.6 if len(said) > len(own) and said[: len(own)] == own else None


def _says_person(
    named: Named, target: LiveTable, key: str, names: Names, people: Mapping[str, float]
) -> tuple[float, str] | None:
    """``post_author``, ``owner``: a word for a person, and a table of people. Values must confirm it."""
    is_people = people.get(target.name, 0) >= FEW and bool(set(names.of(target)) & _PEOPLE)
    if target.key != (key,) or target.name == named.live.name or not is_people:
        return None
    if not set(named.said) & PERSON_ROLES or _says_itself(named, names):
        return None
    alone = MUCH <= people[target.name] == max(people.values()) and named.is_key
    indexed = 0.15 if alone else 0.1 if named.column.name in named.live.indexed else 0.0
    accounts = {name for name, score in people.items() if score >= FEW and names.ends_in(name, ACCOUNTS)}
    if accounts and target.name not in accounts:
        return None
    return (0.45 if named.is_key else 0.4) + indexed, f"name says {' '.join(named.said)}, a person"


def _says_itself(named: Named, names: Names) -> bool:
    """``comment_parent`` of a table of comments: a row of the same table, and no person."""
    said = set(named.said)
    return bool(said & PARENTS) and said - PARENTS <= set(names.of(named.live))


def _parent(live: LiveTable, target: LiveTable, names: Names, itself: bool) -> tuple[float, str] | None:
    """``parent_id``: the table itself, or the one whose name begins this one's."""
    if itself:
        return 0.4, "name says parent"
    near = names.of(live)
    far = tuple(word for word in names.of(target) if word not in ("entity", "main"))
    if far and len(far) < len(near) and near[: len(far)] == far:
        return 0.55, f"name says parent, and the table's name begins as {target.name}"
    return None


def _same_kind(near: LiveColumn, far: LiveColumn | None) -> bool:
    """Whether the two can hold the same values as they are: the look-up compares without converting."""
    if far is None:
        return False
    whole = {"integer", "number"}
    return (near.type == far.type and near.is_uuid == far.is_uuid) or {near.type, far.type} <= whole


def _tested(
    live: LiveTable, column: LiveColumn, candidate: Candidate, samples: Mapping[str, TableSample], sampler: Sampler
) -> tuple[float, str] | None:
    """The confidence after a look at the values (inclusion), and the reason; None when they refute it."""
    sample = samples[live.name]
    target_rows = samples[candidate.target.name].rows_estimate
    raw = [row.get(column.name) for row in sample.rows]
    different = list(dict.fromkeys(value for value in raw if value not in (None, "", 0, "0")))[:MOST_VALUES]
    if not different or not target_rows:
        known = "no values to compare"
        return (candidate.strength, f"{candidate.words}; {known}") if candidate.strength >= ACCEPTED else None
    if candidate.target.column(candidate.column) is None or not _comparable(column, different):
        return None
    there = sampler.present(candidate.target, candidate.column, different)
    if there is None:
        return None
    share = min(1.0, there / len(different))
    words = f"{candidate.words}; {there} of {len(different)} different sampled values are in {candidate.target.name}"
    if share < 0.5 or (share < ENOUGH and candidate.strength < 0.7):
        return None
    if share < ENOUGH:
        return candidate.strength * share, words
    enough = len(different) >= 10 or not all(NUMBER.fullmatch(str(value)) for value in different)
    bonus = 0.2 if enough else 0.1 if len(different) >= FEW else 0.0
    if candidate.strength < 0.5 and (len(different) >= FEW or target_rows <= FEW):
        bonus += 0.05
    return min(0.97, candidate.strength + bonus), words


def _comparable(column: LiveColumn, values: Sequence[object]) -> bool:
    return column.type != "number" or all(float(str(value)).is_integer() for value in values)
