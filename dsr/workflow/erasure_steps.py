"""The steps of a run: the rows of each source with their keys and new values, sealed; and handing them to the source."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction

from dsr.models import ErasurePlan, Hold, PlanStep, Source, SubjectRequest
from dsr.policy.decide import HOLD
from dsr.policy.outcome_words import Voice
from dsr.policy.plan import RecordId
from dsr.records import Action, PlanRow, Portable, RecordKey
from dsr.sources import registry, whose
from dsr.sources.base import SourceError, WritableSource
from dsr.sources.description import Description
from dsr.workflow import audit, connections, erasure_approval, erasure_files, erasure_traces, sealing, shops
from dsr.workflow.actors import SYSTEM
from dsr.workflow.erasure_files import NamedFile
from dsr.workflow.erasure_plans import Drawn
from dsr.workflow.erasure_rows import FoundRows
from dsr.workflow.erasure_traces import Before
from dsr.workflow.queue import Claim

PURPOSE = "step"
SEEN = "seen"
"""The purposes under which a step's rows are sealed, and what was there before them."""
ACTIONS = {each.value: each for each in Action}
"""By their words. A ledger may hold a hundred thousand rows, and to ask the enumeration takes three times as long."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """What a source is asked to do with one row. ``outcome`` counts in the step's outcomes: what was decided, and why.

    ``files`` are those that go with it. ``before``: of a correction, what stood in the fields that people know. ``known_by``: of
    a row that stays, prints of whose it is once it is proved; None of one that is not there.
    """

    row: PlanRow
    outcome: int
    files: tuple[NamedFile, ...] = ()
    before: Mapping[str, Portable] = field(default_factory=dict)
    known_by: Mapping[str, str] | None = None


def make(subject_request: SubjectRequest, plan: ErasurePlan, drawn: Drawn) -> list[PlanStep]:
    """One step for each source that answered, in the caller's transaction; those that only a person can change stand aside."""
    runs = {run.source.name: run for run in subject_request.source_runs.select_related("source__shop")}
    steps = []
    for number, found in enumerate(_hanging_first(drawn.found), start=1):
        step = PlanStep(plan=plan, source=found.source, number=number)
        add(step, drawn, found, [each.id for each in drawn.plan.records if each.source == found.source.name])
        steps.append(step)
    for number, name in enumerate(drawn.by_hand, start=len(steps) + 1):
        state = PlanStep.State.BY_HAND if runs[name].records else PlanStep.State.PROVED
        steps.append(PlanStep(plan=plan, source=runs[name].source, number=number, state=state))
    PlanStep.objects.filter(plan=plan).delete()
    return PlanStep.objects.bulk_create(steps)


def left_by_hand(step: PlanStep) -> list[str]:
    """The files that nobody could reach, for the colleague who removes them: collection, column and name.

    Nothing once the request is forgotten.
    """
    numbers = step.proof.get("files_by_hand", ())
    if not numbers or sealing.is_forgotten(step.plan.subject_request):
        return []
    files = files_of(rows_of(step))
    return [f"{files[number].collection}.{files[number].column}: {files[number].name or '?'}" for number in numbers]


def add(step: PlanStep, drawn: Drawn, found: FoundRows, records: Sequence[RecordId]) -> list[PlanRow]:
    """Give a step the rows of some records, with new values made now; the caller saves it."""
    made = made_now(step, drawn, found, records)
    seal(step, [*rows_of(step), *made])
    return [each.row for each in made]


def made_now(step: PlanStep, drawn: Drawn, found: FoundRows, records: Sequence[RecordId]) -> list[StepRow]:
    """The rows of some records with new values and prints of whose they are; their outcomes are put to the step's."""
    chosen = set(records)
    planned = [each for each in drawn.plan.records if each.id in chosen]
    values = {row.digest: row.values for here in found.rows.values() for row in here}
    numbers = {json.dumps(each, sort_keys=True): number for number, each in enumerate(step.outcomes)}
    rows = []
    for each, row in zip(planned, drawn.rows_for(found, planned), strict=True):
        outcome = {"collection": each.collection, **erasure_approval.judged(each.record_class, each.version, each)}
        number = numbers.setdefault(json.dumps(outcome, sort_keys=True), len(step.outcomes))
        if number == len(step.outcomes):
            step.outcomes.append(outcome)
        wish = drawn.wishes.get(each.id)
        files = tuple(erasure_files.named_by(found.source, found.described, wish, row)) if wish else ()
        telling = whose.prints(found.described, each.collection, values[each.digest])
        rows.append(StepRow(replace(row, whose=telling), number, files, drawn.before(each.id)))
    return rows


def hangs_on(one: Description, other: Description) -> bool:
    """Whether rows of one source are found through those of another."""
    return bool({path.dataset for path in one.needed_links} & set(other.dataset_keys))


def _hanging_first(found: Sequence[FoundRows]) -> list[FoundRows]:
    """The sources in the order in which they can be done: what is found through another goes before that is erased."""
    left, ordered = list(found), []
    while left:
        free = [
            each
            for each in left
            if not any(other is not each and hangs_on(other.described, each.described) for other in left)
        ]
        ordered.append((free or left)[0])  # In a circle there is no order; any is as good.
        left = [each for each in left if each is not ordered[-1]]
    return ordered


def seal(step: PlanStep, rows: Sequence[StepRow]) -> None:
    """Keep rows on a step; the caller saves it."""
    content = [
        [
            *written(each.row),
            each.outcome,
            [erasure_files.written(file) for file in each.files],
            dict(each.before),
            None if each.known_by is None else dict(each.known_by),
        ]
        for each in rows
    ]
    plain = zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), 1)
    step.sealed_rows = sealing.seal_for(step.plan.subject_request, plain, purpose=PURPOSE)


def rows_of(step: PlanStep) -> list[StepRow]:
    """The rows of a step. Raises KeyDestroyed once they are forgotten."""
    if step.sealed_rows is None:
        return []
    plain = zlib.decompress(sealing.unseal_for(step.plan.subject_request, bytes(step.sealed_rows), purpose=PURPOSE))
    return [
        StepRow(read(step.source.name, row[:5]), row[5], tuple(NamedFile(*file) for file in row[6]), row[7], row[8])
        for row in json.loads(plain)
    ]


def seal_seen(step: PlanStep, seen: Before) -> None:
    """Keep on a step what was there before its first change; the caller saves it."""
    plain = zlib.compress(json.dumps(seen.written(), ensure_ascii=False, separators=(",", ":")).encode(), 1)
    step.sealed_seen = sealing.seal_for(step.plan.subject_request, plain, purpose=SEEN)


def seen_of(step: PlanStep) -> Before | None:
    """What was there before the first change of a step; None before anybody looked, and of a correction. Raises KeyDestroyed."""
    if step.sealed_seen is None:
        return None
    plain = zlib.decompress(sealing.unseal_for(step.plan.subject_request, bytes(step.sealed_seen), purpose=SEEN))
    return erasure_traces.read(json.loads(plain))


def files_of(rows: Sequence[StepRow]) -> list[NamedFile]:
    """The files that go with some rows; those of a row that a hold spared stay with it."""
    return [file for each in rows if each.row.action is not Action.KEEP for file in each.files]


def written(row: PlanRow) -> list[Any]:
    """A row as JSON: collection, key, action, changes, prints of whose it is."""
    columns = [list(pair) for pair in row.key.columns]
    return [row.key.collection, columns, row.action.value, dict(row.changes), dict(row.whose)]


def read(source: str, content: Sequence[Any]) -> PlanRow:
    """What :func:`written` wrote."""
    collection, columns, action, changes, whose = content
    key = RecordKey(source, collection, tuple([(name, value) for name, value in columns]))
    return PlanRow(key, ACTIONS[action], changes, whose)


def batches(source: Source, rows: Sequence[PlanRow]) -> list[list[PlanRow]]:
    """The rows in the batches in which the source changes them, one after another. Raises SourceError."""
    if not rows:
        return []
    with writable(source) as opened:
        return opened.batches(rows)


def carry_out(source: Source, rows: Sequence[PlanRow]) -> dict[str, int]:
    """Have the source do it, by the credential for writing. How many rows it says it met, by action. Raises SourceError."""
    asked = [row for row in rows if row.action is not Action.KEEP]
    counted: Counter[str] = Counter()
    if asked:
        with writable(source) as opened:
            for outcome in opened.apply(asked):
                counted[outcome.action.value] += outcome.rows
    return dict(counted)


def writable(source: Source, described: Description | None = None) -> AbstractContextManager[WritableSource]:
    """The source, open for writing; ``described`` spares who has its description a second reading.

    Raises SourceError when there is no credential for it.
    """
    url = connections.write_url_of(source)
    if url is None:
        message = (
            f"{source.name} has no address for writing, so nothing was changed there. Give it one: a role that may SELECT, "
            "UPDATE and DELETE the tables of its description (the source's page, or add_source --write-url)."
        )
        raise SourceError(message, code="read_only", permanent=True)
    current = described or connections.described_by(connections.current_version(source))
    return registry.open_writable_source(source.kind, source.name, url, current)


def spare(step: PlanStep, holds: Mapping[str, Hold]) -> None:
    """Leave rows as they are that somebody forbade to change meanwhile; the caller saves the step."""
    rows = []
    for each in rows_of(step):
        hold = holds.get(each.row.key.digest)
        if hold is None or each.row.action is Action.KEEP:
            rows.append(each)
            continue
        outcome = _held(step, step.outcomes[each.outcome], hold)
        if outcome not in step.outcomes:
            step.outcomes.append(outcome)
        rows.append(replace(each, row=PlanRow(each.row.key, Action.KEEP), outcome=step.outcomes.index(outcome)))
    seal(step, rows)


def _held(step: PlanStep, before: dict[str, Any], hold: Hold) -> dict[str, Any]:
    locale = shops.profile_in(step.plan.subject_request.policy_version).locale
    voice = Voice("", locale)
    return {
        **before,
        "action": Action.KEEP.value,
        "at_once_fields": [],
        "rule": HOLD,
        "basis": {"code": HOLD, "citation": ""},
        "until": str(hold.until) if hold.until else None,
        "event": "" if hold.until else "hold_lifted",
        "afterwards": before["action"] if before["action"] != Action.KEEP else before["afterwards"],
        "sentence": voice.say("held_until", until=hold.until) if hold.until else voice.say("held"),
        "reasons": ["It was forbidden between approval and run.", *before["reasons"]],
    }


def note(step: PlanStep, code: str, text: str, claim: Claim, *, is_final: bool) -> None:
    """Show on the step why it is not done; the first time is a fact of the request."""
    with transaction.atomic(durable=True):
        claim.breathe()
        is_first = step.error_code != code
        state = PlanStep.State.FAILED if is_final and step.state != PlanStep.State.APPLIED else step.state
        PlanStep.objects.filter(pk=step.pk).update(state=state, error_code=code, error_text=text)
        if is_first:
            request = step.plan.subject_request
            facts: dict[str, audit.Fact] = {"source": step.source.name, "code": code}
            audit.record(request, f"{request.type}.failed", actor=SYSTEM, now=claim.clock(), facts=facts)
