"""Gathering: every source of the shop is asked, each by a job of its own, and its answer is sealed.

1. ``begin`` writes one SourceRun and one job per active source, in the transaction that confirms the identity.
2. ``gather_source`` marks the run, then reads the shop's database outside any transaction of ours, sealing chunk by chunk.
   Chunks of an earlier, interrupted try are removed first; each write checks the fencing number.
3. Its last transaction writes the counts and the facts. When every source has answered, those that are searched by something
   that another one revealed are asked again (``expansion.py``); when none is left, the request moves to review.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce

from dsr.lifecycle import State, Step
from dsr.models import DatasetVersion, Job, Source, SourceRun, SubjectRequest
from dsr.records import Person, Record
from dsr.sources.base import Located, SourceError
from dsr.workflow import audit, connections, expansion, manual_tasks, matches, queue, sealing, shops
from dsr.workflow.actors import SYSTEM, Actor
from dsr.workflow.chunks import Packer
from dsr.workflow.limits import Meter
from dsr.workflow.queue import Claim, FinalFault, TemporaryFault, Work
from dsr.workflow.transitions import WrongState, advance

FLUSH_BYTES = 1_000_000
"""Sealed bytes kept in memory before they are written: most requests are written in their last transaction alone.

Writing them costs several times their size, because the statement is put together in memory."""


DISCONNECTED = "It was disconnected before it answered."
"""Staff read this on the request, and the person in the copy."""


class _NotAskedAnyMore(Exception):
    """The request waits for no answer: it was withdrawn meanwhile. Nothing more may be stored for it."""


def begin(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Ask every active source of the shop, in the caller's transaction. Without any, review begins at once."""
    versions = connections.current_versions(subject_request.shop)
    audit.record(subject_request, "gathering.started", actor=SYSTEM, now=now, facts={"sources": len(versions)})
    for version in versions:
        _ask(subject_request, version, now)
    if not versions:
        _finish_if_all_answered(subject_request, now)


def gather_source(claim: Claim) -> None:
    """Ask one source about one person. Raises TemporaryFault or FinalFault with the reason, after noting it on the run."""
    run = _runs().get(pk=claim.target_id)
    try:
        if run.state not in (SourceRun.State.DONE, SourceRun.State.LEFT_OUT):
            _answer(run, claim)
            return
    except _NotAskedAnyMore:
        pass
    with transaction.atomic(durable=True):
        claim.finish()


def give_up(run_id: int, reason: str, now: datetime) -> None:
    """The job was parked: the run failed and says why; runs in the parking transaction."""
    run = _runs().get(pk=run_id)
    run.state, run.error_code, run.error_text = (
        SourceRun.State.FAILED,
        run.error_code or "stopped",
        run.error_text or reason,
    )
    run.save(update_fields=("state", "error_code", "error_text"))
    facts = {"source": run.source.name, "code": run.error_code}
    audit.record(run.subject_request, "source.failed", actor=SYSTEM, now=now, facts=facts)


@transaction.atomic(durable=True)
def retry(run: SourceRun, *, actor: Actor, now: datetime) -> None:
    """Ask a failed source again. Raises WrongState when the request waits for no answer any more."""
    _retry(run, actor, now)


@transaction.atomic(durable=True)
def retry_failed(subject_request: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    """Ask every failed source again. Raises WrongState when the request waits for no answer any more."""
    for run in _runs().filter(subject_request=subject_request, state=SourceRun.State.FAILED):
        _retry(run, actor, now)


def _retry(run: SourceRun, actor: Actor, now: datetime) -> None:
    lock_while_gathering(run)
    changed = SourceRun.objects.filter(pk=run.pk, state=SourceRun.State.FAILED).update(
        state=SourceRun.State.QUEUED,
        dataset_version=connections.current_version(run.source),
        error_code="",
        error_text="",
    )
    if changed:
        audit.record(run.subject_request, "source.retried", actor=actor, now=now, facts={"source": run.source.name})
        queue.again(Job.objects.get(key=f"{Work.GATHER_SOURCE.value}:{run.pk}"), now)


@transaction.atomic(durable=True)
def go_on_without(run: SourceRun, *, actor: Actor, now: datetime) -> None:
    """Wait no longer for a source that was disconnected before it answered; the copy will say that it was not searched.

    Raises WrongState when the source is connected, has answered, or the request waits for no answer any more.
    """
    try:
        subject_request = _while_gathering(run)
    except _NotAskedAnyMore:
        raise WrongState(f"{run.subject_request.reference} waits for no answer any more.") from None
    waiting = (SourceRun.State.FAILED, SourceRun.State.QUEUED)
    gone = SourceRun.objects.filter(pk=run.pk, state__in=waiting, source__is_active=False)
    if not gone.update(state=SourceRun.State.LEFT_OUT, error_code="", error_text=DISCONNECTED):
        raise WrongState(f"{run.source.name} is still being asked.")
    manual_tasks.call_off(run, now)
    _drop(run)
    audit.record(subject_request, "source.left_out", actor=actor, now=now, facts={"source": run.source.name})
    _finish_if_all_answered(subject_request, now)


def search_again(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Ask every active source anew, in the caller's transaction; what was found, seen and marked before is dropped.

    A source that was disconnected since is asked no more and keeps its answer; one that was connected since is asked too.
    """
    runs = {run.source_id: run for run in subject_request.source_runs.all()}
    for version in connections.current_versions(subject_request.shop):
        run = runs.get(version.source_id)
        if run is None:
            _ask(subject_request, version, now)
        else:
            run.dataset_version = version
            _ask_again(run, now)
    _finish_if_all_answered(subject_request, now)


def drop_findings(subject_request: SubjectRequest, now: datetime) -> None:
    """Let go of every row found for a request that will not be answered, in the caller's transaction. Totals stay."""
    for run in subject_request.source_runs.all():
        manual_tasks.call_off(run, now)
        _drop(run)
        SourceRun.objects.filter(pk=run.pk).update(counts={}, held={})


def _ask(subject_request: SubjectRequest, version: DatasetVersion, now: datetime) -> None:
    run = SourceRun.objects.create(
        subject_request=subject_request, source_id=version.source_id, dataset_version=version
    )
    if version.source.kind == Source.Kind.MANUAL:
        manual_tasks.make(run, now)
    else:
        queue.enqueue(Work.GATHER_SOURCE, target_id=run.pk, subject_request=subject_request, now=now)


def _ask_again(run: SourceRun, now: datetime) -> None:
    """Have a source that answered answer anew, in the caller's transaction. A person's answer is kept and added to."""
    if run.source.kind == Source.Kind.MANUAL:
        manual_tasks.ask_again(run, now)
        return
    _drop(run)
    run.state = SourceRun.State.QUEUED
    run.records, run.counts, run.held = 0, {}, {}
    run.save()
    queue.again(Job.objects.get(key=f"{Work.GATHER_SOURCE.value}:{run.pk}"), now)


def _drop(run: SourceRun) -> None:
    run.chunks.all().delete()
    run.blobs.all().delete()
    run.marks.all().delete()
    run.mentions.all().delete()
    run.viewings.all().delete()


def _answer(run: SourceRun, claim: Claim) -> None:
    subject_request = run.subject_request
    _start(run, claim)
    if not run.source.is_active:
        raise _noted(run, SourceError(DISCONNECTED, code="disconnected", permanent=True), claim)
    known = expansion.known(subject_request, shops.profile_in(subject_request.policy_version).country)
    person = known.person_for(run.source)
    meter = Meter(run.source.name)
    try:
        with connections.opened(run.source, run.dataset_version, known.person_for) as (source, links):
            located = source.locate(person, links)
            expansion.refuse_too_many(known, located.revealed)
            with _ended(source.gather(located)) as records:
                packer = _pack(run, claim, person, records, meter)
            packer.look_up_mentions(source)
    except SourceError as error:
        raise _noted(run, error, claim) from None
    _finish(run, packer, located, known, claim)


@contextmanager
def _ended(records: Iterator[Record]) -> Iterator[Iterator[Record]]:
    """A gather that is left early is ended at once: its open statement would hold the connection's lock for ever."""
    try:
        yield records
    finally:
        if isinstance(records, Generator):
            records.close()


def _runs() -> QuerySet[SourceRun]:
    return SourceRun.objects.select_related(
        "source__shop", "dataset_version__source", "subject_request__shop", "subject_request__policy_version__shop"
    )


def _start(run: SourceRun, claim: Claim) -> None:
    """Mark the run and clear what an interrupted try left behind."""
    with transaction.atomic(durable=True):
        _while_gathering(run)
        claim.breathe()
        run.state, run.started_at, run.tries = SourceRun.State.RUNNING, claim.clock(), run.tries + 1
        run.save(update_fields=("state", "started_at", "tries"))
        if run.tries > 1:
            _drop(run)


def _while_gathering(run: SourceRun) -> SubjectRequest:
    """The request, locked: two sources that end together see each other's answer, and no row is stored after a withdrawal."""
    subject_request = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=run.subject_request_id)
    if subject_request.state != State.GATHERING:
        raise _NotAskedAnyMore(subject_request.reference)
    return subject_request


def lock_while_gathering(run: SourceRun) -> SubjectRequest:
    """The request, locked. Raises WrongState when it waits for no answer any more."""
    try:
        return _while_gathering(run)
    except _NotAskedAnyMore:
        raise WrongState(f"{run.subject_request.reference} waits for no answer any more.") from None


def _pack(run: SourceRun, claim: Claim, person: Person, records: Iterable[Record], meter: Meter) -> Packer:
    packer = Packer(run, person, sealing.data_key(run.subject_request), claim.clock())
    for record in records:
        packer.add(record)
        meter.take(packer.sealed_bytes)
        if packer.pending_bytes >= FLUSH_BYTES:
            with transaction.atomic(durable=True):
                _while_gathering(run)
                claim.breathe()
                packer.write()
    packer.close_chunk()
    return packer


def _finish(run: SourceRun, packer: Packer, located: Located, known: expansion.Known, claim: Claim) -> None:
    with transaction.atomic(durable=True):
        subject_request = _while_gathering(run)
        claim.finish()
        now = claim.clock()
        expansion.learn(run, known, located.revealed, now)
        matches.ask(run, located.weak, now)
        settle(subject_request, run, packer, actor=SYSTEM, now=now)


def settle(subject_request: SubjectRequest, run: SourceRun, packer: Packer, *, actor: Actor, now: datetime) -> None:
    """Store a source's whole answer in the caller's transaction, which has locked the request."""
    packer.write()
    run.state, run.finished_at, run.records = SourceRun.State.DONE, now, packer.counts.total()
    run.counts = dict.fromkeys(run.dataset_version.collections, 0) | dict(packer.counts)
    run.held = packer.held
    run.error_code, run.error_text = "", ""
    run.rounds += 1
    run.save()
    facts: dict[str, audit.Fact] = {"source": run.source.name, "records": run.records}
    audit.record(subject_request, "source.searched", actor=actor, now=now, facts=facts)
    _finish_if_all_answered(subject_request, now)


def _finish_if_all_answered(subject_request: SubjectRequest, now: datetime) -> None:
    runs = subject_request.source_runs
    if subject_request.state != State.GATHERING or runs.unanswered().exists() or _ask_further(subject_request, now):
        return
    facts = runs.aggregate(records=Coalesce(Sum("records"), 0), sources=Count("pk"))
    advance(subject_request, Step.FINISH_GATHERING, action="gathering.finished", actor=SYSTEM, now=now, facts=facts)


def _ask_further(subject_request: SubjectRequest, now: datetime) -> bool:
    """Ask those sources again that are searched by something which another one revealed; False when there is none."""
    missed = expansion.runs_to_ask_again(subject_request)
    for run in missed:
        _ask_again(run, now)
        facts: dict[str, audit.Fact] = {"source": run.source.name, "round": run.rounds + 1}
        audit.record(subject_request, "source.asked_again", actor=SYSTEM, now=now, facts=facts)
    return bool(missed)


def _noted(run: SourceRun, error: SourceError, claim: Claim) -> TemporaryFault | FinalFault:
    """Show the reason on the request; the first temporary fault is a fact of the request, its repetitions are not."""
    now = claim.clock()
    with transaction.atomic(durable=True):
        claim.breathe()
        is_first = run.error_code != error.code
        waiting = SourceRun.objects.filter(pk=run.pk, state=SourceRun.State.RUNNING)
        waiting.update(state=SourceRun.State.QUEUED, error_code=error.code, error_text=str(error))
        if is_first and not error.permanent:
            facts = {"source": run.source.name, "code": error.code}
            audit.record(run.subject_request, "source.delayed", actor=SYSTEM, now=now, facts=facts)
    return FinalFault(str(error)) if error.permanent else TemporaryFault(str(error))
