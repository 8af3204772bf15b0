"""Looking further: what rows of the person revealed is what the shop's other places are searched by, a stated step at a time.

Only what a strong match reveals is learnt (a customer number, a former e-mail address); who proved one mailbox has thereby
proved the row that names it. Each learnt identifier says which source, column and step it came from. A weak match is not
learnt: it becomes a question (``matches.py``).

An e-mail address or a telephone number means the same everywhere. A customer number does not: number 7 of the shop is somebody
else's number 7 in the repair book. It is used in the source that revealed it; other sources reach it by a declared reference.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dsr.models import LearntIdentity, Source, SourceRun, SubjectRequest
from dsr.records import Identity, IdentityKind, Person
from dsr.sources.base import Revealed, SourceError
from dsr.workflow import audit, connections, sealing
from dsr.workflow.actors import SYSTEM

PURPOSE = "learnt"
MOST_LEARNT = 50
"""More identifiers than one person can have: behind them stands a column that is shared, or declared wrongly."""


EVERYWHERE = frozenset({IdentityKind.EMAIL, IdentityKind.PHONE})
"""Kinds whose values mean one thing in all sources."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the person so far: what was proved, and what was learnt, with the source that taught it."""

    proved: Person
    learnt: tuple[tuple[Identity, int], ...]

    def person_for(self, source: Source) -> Person:
        """Who is asking, as this source may be searched."""
        usable = (each for each, taught_by in self.learnt if each.kind in EVERYWHERE or taught_by == source.pk)
        return Person(tuple(dict.fromkeys((*self.proved.identities, *usable))), country=self.proved.country)


@dataclass(frozen=True, slots=True)
class Learnt:
    """One learnt identifier in clear, with where it came from."""

    identity: Identity
    source: Source
    via: str
    step: int


def known(subject_request: SubjectRequest, country: str) -> Known:
    """What was proved and what was learnt from it: by these sources are searched."""
    rows = _rows(subject_request)
    return Known(
        proved=sealing.proved_person(subject_request, country),
        learnt=tuple((_opened(subject_request, row), row.source_id) for row in rows),
    )


def learnt_by(subject_request: SubjectRequest) -> list[Learnt]:
    """What was learnt, oldest first, for those who may see it."""
    rows = subject_request.learnt_identities.select_related("source")
    return [Learnt(_opened(subject_request, row), row.source, row.via, row.step) for row in rows]


def refuse_too_many(known: Known, revealed: Sequence[Revealed]) -> None:
    """Raise a final SourceError when the rows name more identifiers than a person has; searching on would be guessing."""
    every = {*known.proved.identities, *(each for each, _ in known.learnt), *(each.identity for each in revealed)}
    if len(every) > MOST_LEARNT:
        columns = Counter(each.via for each in revealed)
        place = columns.most_common(1)[0][0] if columns else "the shop's other sources"
        message = (
            f"The person's rows name {len(every)} identifiers, most of them in {place}. One person has not so many: "
            f"that column is shared, or no identity of the person. Nothing was searched further than {MOST_LEARNT}."
        )
        raise SourceError(message, code="limit_reached", permanent=True)


def learn(run: SourceRun, known: Known, revealed: Iterable[Revealed], now: datetime) -> None:
    """Keep what a source revealed, in the caller's transaction, under the request's lock.

    The run's ``searched_by`` is set, not saved: a source is searched by what it reveals itself as well.
    """
    told = known.person_for(run.source).identities
    fresh = {each.identity: each for each in reversed(tuple(revealed)) if each.identity not in told}
    made = [
        _row(run.subject_request, run.source, each.identity, each.via, run.rounds + each.step, now)
        for each in reversed(fresh.values())
    ]
    held = {_opened(run.subject_request, row): row.digest for row in _rows(run.subject_request)}
    learnt = [held[each] for each in told if each in held and each not in known.proved.identities]
    run.searched_by = [*learnt, *(each.digest for each in made)]
    add(run.subject_request, made, now)


def accept(subject_request: SubjectRequest, source: Source, via: str, added: Sequence[Identity], now: datetime) -> None:
    """Staff said that a weak match is the same person: its identifiers are searched by from now on."""
    step = max((row.step for row in _rows(subject_request)), default=0) + 1
    add(subject_request, [_row(subject_request, source, each, via, step, now) for each in added], now)


def add(subject_request: SubjectRequest, made: Sequence[LearntIdentity], now: datetime) -> None:
    """Store learnt identifiers and say so, one fact for each column; what is known already is not told again."""
    held = {(row.digest, None if row.kind in EVERYWHERE else row.source_id) for row in _rows(subject_request)}
    made = [each for each in made if (each.digest, None if each.kind in EVERYWHERE else each.source_id) not in held]
    LearntIdentity.objects.bulk_create(made)
    for (source, via, kind, step), count in Counter((e.source.name, e.via, e.kind, e.step) for e in made).items():
        facts: dict[str, audit.Fact] = {"source": source, "via": via, "kind": kind, "step": step, "count": count}
        audit.record(subject_request, "identity.learnt", actor=SYSTEM, now=now, facts=facts)


def runs_to_ask_again(subject_request: SubjectRequest) -> list[SourceRun]:
    """The answered runs whose source was not searched by something that another source revealed.

    One that was disconnected since is asked no more: what it answered stays.
    """
    learnt = [row for row in _rows(subject_request) if row.kind in EVERYWHERE]
    if not learnt:
        return []
    answered = subject_request.source_runs.filter(state=SourceRun.State.DONE, source__is_active=True)
    runs = answered.select_related("source__shop", "dataset_version__source")
    return [run for run in runs if _missed(run, learnt)]


def _missed(run: SourceRun, learnt: Sequence[LearntIdentity]) -> bool:
    """Whether any of it is of a kind that the source, or one whose findings it hangs on, is searched by."""
    kinds = {IdentityKind(each.kind) for each in learnt if each.digest not in run.searched_by}
    return bool(kinds) and bool(kinds & connections.looked_up_kinds(run.source, run.dataset_version))


def _rows(subject_request: SubjectRequest) -> list[LearntIdentity]:
    return list(subject_request.learnt_identities.all())


def _row(
    subject_request: SubjectRequest, source: Source, identity: Identity, via: str, step: int, now: datetime
) -> LearntIdentity:
    plain = json.dumps([identity.kind.value, identity.value]).encode()
    return LearntIdentity(
        subject_request=subject_request,
        source=source,
        via=via[:300],
        step=step,
        kind=identity.kind.value,
        digest=sealing.lookup_digest(subject_request, identity),
        sealed=sealing.seal_for(subject_request, plain, purpose=PURPOSE),
        learnt_at=now,
    )


def _opened(subject_request: SubjectRequest, row: LearntIdentity) -> Identity:
    kind, value = json.loads(sealing.unseal_for(subject_request, bytes(row.sealed), purpose=PURPOSE))
    return Identity(IdentityKind(kind), value)
