"""Rows that came after an erasure and hang on what it left: a return of a kept order, a note to it.

They are looked for before a record is finished. What is open with one of them (a return) holds up its person's records. One
that is what its owner is (``attached``) is kept from now on like these, by its own class's rule, and goes with them or at its own
time. One that may be somebody's for itself (an order on a kept account) is left, and told when what it hangs on ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from dsr.keyring import KeyDestroyed
from dsr.models import KeptRecord, PlanStep
from dsr.policy.decide import PERSONAL, SHARED, SHARED_BASIS, is_below
from dsr.records import Action, Portable, Record
from dsr.sources import whose
from dsr.sources.graph import Graph
from dsr.sources.masks import TEXT
from dsr.workflow import due_records, erasure_steps, kept_rows, other_owners
from dsr.workflow.due_records import Facts, Known
from dsr.workflow.finishing_look import Look, Seen

EMPTY: tuple[Portable, ...] = (None, "", TEXT, 0, False, "0", "0.0.0.0", "1970-01-01", "1970-01-01T00:00:00")  # noqa: S104
"""What a mask leaves, except words that were drawn by lot."""


def with_late(seen: Seen, people: Collection[UUID], look: Look) -> Seen:
    """A source as it is seen with what came since of people some of whose records may end today. Raises SourceError."""
    mine = [kept for kept in seen.present if kept.person in people and not kept.is_shell]
    late = _hanging(seen, mine)
    if not late:
        return seen
    named = {digest: record for digest, (record, _) in late.items()}
    fresh = [_as_kept(seen, record, owner, look) for record, owner in late.values()]
    joining = [kept for kept in fresh if _is_attached(seen, kept)]
    if look.execute:
        KeptRecord.objects.bulk_create(joining)
    everyone, there = [*seen.present, *fresh], {**seen.there, **named}
    shared = other_owners.still_shared(seen.source, seen.opened, seen.found, everyone, there)
    known = due_records.known_of(seen.found, everyone, there, shared)
    others = {kept.digest: kept for kept in fresh if kept not in joining}
    beside = _taken_out(known, others)
    left = {
        digest: (owner.digest, record.key.collection) for digest, (record, owner) in late.items() if digest in others
    }
    return replace(
        seen,
        present=[*seen.present, *joining],
        facts=known,
        there=there,
        counts={**seen.counts, **dict.fromkeys(named, 1)},
        beside=beside,
        left=list(left.values()),
    )


def _taken_out(known: Mapping[UUID, dict[str, Known]], others: Mapping[str, KeptRecord]) -> dict[UUID, Facts]:
    """Of what only holds up others, by person what may be open with it; nothing is decided about it."""
    found: dict[UUID, Facts] = {}
    for person, mine in known.items():
        taken = {digest: mine.pop(digest) for digest in list(mine) if digest in others}
        found[person] = due_records.facts_in(taken)
    return found


def _is_attached(seen: Seen, kept: KeptRecord) -> bool:
    has_key = bool(seen.found.described.graph.collections[kept.collection].key)
    return has_key and seen.found.described.overlay.of(kept.collection).ownership == "attached"


def _hanging(seen: Seen, mine: Sequence[KeptRecord]) -> dict[str, tuple[Record, KeptRecord]]:
    """By digest, the rows that hang on kept ones, directly or through others, and were not kept; with the record they hang on."""
    graph = seen.found.described.graph
    frontier = {kept.digest: (seen.there[kept.digest], kept) for kept in mine}
    met = set(frontier)
    late: dict[str, tuple[Record, KeptRecord]] = {}
    while frontier:
        pairs = seen.opened.referring([record.key for record, _ in frontier.values()])
        found: dict[str, tuple[Record, KeptRecord]] = {}
        for key, record in pairs:
            above, owner = frontier[key.digest]
            if record.key.digest not in met and _hangs_on(graph, record, above):
                found[record.key.digest] = (record, owner)
        met |= found.keys()
        known = KeptRecord.objects.filter(source=seen.source, digest__in=list(found)).values_list("digest", flat=True)
        frontier = {digest: found[digest] for digest in found.keys() - set(known)}
        late |= frontier
    return _not_of_the_run(seen, late) if late else {}


def _hangs_on(graph: Graph, record: Record, above: Record) -> bool:
    return record.key.collection not in graph.lookups and any(
        edge.source == above.key.collection
        and all(
            whose.print_of(above.values.get(one)) == whose.print_of(record.values.get(other))
            for one, other in zip(edge.columns, edge.target_columns, strict=True)
        )
        for edge in graph.owners(record.key.collection)
    )


def _not_of_the_run(seen: Seen, late: dict[str, tuple[Record, KeptRecord]]) -> dict[str, tuple[Record, KeptRecord]]:
    """Without the rows that the erasure itself emptied at once. Where it is forgotten, an empty row is taken for one of those."""
    requests = {owner.subject_request_id for _, owner in late.values()}
    planned, told = _planned(seen, requests)
    return {
        digest: (record, owner)
        for digest, (record, owner) in late.items()
        if digest not in planned and (owner.subject_request_id in told or _tells(seen, record))
    }


def _planned(seen: Seen, requests: Iterable[int | None]) -> tuple[set[str], set[int | None]]:
    """The digests of all rows of some requests' plans in this source, and the requests that can still be asked."""
    digests: dict[int | None, set[str]] = defaultdict(set)
    steps = PlanStep.objects.filter(source=seen.source, plan__subject_request__in=[each for each in requests if each])
    for step in steps.select_related("source", "plan__subject_request"):
        with suppress(KeyDestroyed):
            rows = [each.row for each in erasure_steps.rows_of(step)]
            keys = {key.digest for row in rows for key in (row.key, row.moved_to) if key}
            digests[step.plan.subject_request_id] |= keys
    return {digest for some in digests.values() for digest in some}, set(digests)


def _tells(seen: Seen, record: Record) -> bool:
    """Whether something about a person stands in a row, beside what it hangs on."""
    graph = seen.found.described.graph
    name = record.key.collection
    ends = {*graph.collections[name].key, *(each for edge in graph.owners(name) for each in edge.target_columns)}
    fields = [each for each in graph.collections[name].fields if each.name not in ends]
    personal = [each.name for each in fields if is_below(each.data_categories, (PERSONAL,))]
    return any(record.values.get(each) not in EMPTY or each in record.held for each in personal)


def _as_kept(seen: Seen, record: Record, owner: KeptRecord, look: Look) -> KeptRecord:
    """A row as if it had been kept with what it hangs on; what becomes of it is decided like that of the others. Until then it
    may be another person's too."""
    described = seen.found.described
    kept = KeptRecord(
        shop=owner.shop,
        subject_request=owner.subject_request,
        person=owner.person,
        source=seen.source,
        collection=record.key.collection,
        digest=record.key.digest,
        action=Action.KEEP.value,
        record_class=described.overlay.of(record.key.collection).record_class,
        policy_number=owner.policy_number,
        rule=SHARED,
        basis_code=SHARED_BASIS.code,
        basis=SHARED_BASIS.citation[:300],
        event="last_owner_erased",
        review_on=look.today,
        kept_at=look.now,
    )
    kept_rows.seal(kept, record.key, whose.prints(described, record.key.collection, record.values), look.now)
    return kept
