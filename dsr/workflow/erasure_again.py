"""The look at everything just before a source is changed: what is done is decided by what is so then.

Between approval and change a database may be away for hours. Meanwhile an order is placed, a return opened, a court forbids
something, a number is given to somebody else. A run that has begun is not drawn anew, it goes on:

* what was approved to go stays where a reason to keep it has come up, and what was approved to stay stays;
* a new record is done with as approved when its rule was approved for its record class, up to so many; otherwise nothing is
  done with it, it is told of as new, and what it needs stays;
* a record that is not the person's any more is not touched (``sources/whose.py``);
* what was open in any source since the run began holds up what it blocks in all of them to the end of the run: the row that
  says so may be masked or gone by then, by a step of this very run.

What changed is written into the ledger before it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from django.db import transaction

from dsr.lifecycle import RequestType
from dsr.models import ErasurePlan, PlanStep, SourceRun
from dsr.policy.decide import Decision
from dsr.policy.plan import Planned, RecordId
from dsr.records import Action, Portable
from dsr.sources import erasing, whose
from dsr.sources.base import SourceError
from dsr.sources.copies import SHORTEST_COPY
from dsr.sources.erasing import Wish
from dsr.sources.masks import DRAWN_BY_LOT, Mask
from dsr.workflow import (
    erasure_approval,
    erasure_plans,
    erasure_rows,
    erasure_steps,
    erasure_traces,
    expansion,
    ledgers,
    plans,
    shops,
)
from dsr.workflow.connections import Refused
from dsr.workflow.erasure_plans import Drawn
from dsr.workflow.erasure_rows import FoundRow, FoundRows
from dsr.workflow.erasure_steps import StepRow
from dsr.workflow.erasure_traces import Before
from dsr.workflow.expansion import Known
from dsr.workflow.queue import Claim

MOST_JOINING = 500
"""New rows of a class whose approved rule removes them (visits during the cooling-off) may join a run, up to so many."""
REMOVING = (Action.DELETE.value, Action.ANONYMISE.value, Action.CORRECT.value)
MILDEST_FIRST = (Action.KEEP, Action.DEACTIVATE, Action.ANONYMISE, Action.DELETE)


def look_again(step: PlanStep, claim: Claim, done: Collection[str] = (), *, is_first: bool = False) -> Before | None:
    """Bring a step up to date, but not of a correction, which is what was typed. Raises SourceError.

    ``done``: digests of its rows that are changed already, and stay as they were planned. ``is_first``: nothing is changed yet;
    then what is there now is returned.
    """
    subject_request = step.plan.subject_request
    if subject_request.type != RequestType.ERASURE:
        return None
    mine, others = _found(step, claim)
    digests = frozenset(row.digest for here in mine.rows.values() for row in here)
    rows = erasure_steps.rows_of(step)
    if done:
        _make_whole(step, mine, rows, done)
    given_away = _given_away([each for each in rows if each.row.key.digest not in done], mine)
    today = shops.today_of(subject_request, claim.clock())
    before = open_before(step.plan)
    drawn = erasure_plans.drawn_of(subject_request, [mine, *others], today=today, open_before=before)
    if drawn.plan.still_open != before:
        with transaction.atomic(durable=True):
            claim.breathe()
            remember_open(step.plan, drawn)
    now = [each for each in drawn.plan.records if each.source == mine.source.name and each.digest not in given_away]
    decided, untouched = _decided(step, rows, now)
    if untouched:
        _leave_out(mine, untouched)
    drawn = erasure_plans.drawn_of(subject_request, [mine], today=today, decided=decided)
    telling = frozenset(text for wish in drawn.wishes.values() for text in _telling(wish))
    fresh = erasure_steps.made_now(step, drawn, mine, list(decided))
    merged = list(_merged(rows, fresh, drawn, done))
    if merged != rows:
        _write_down(step, rows, merged, claim)
    return _before(step, mine, drawn, merged, digests, telling) if is_first else None


def _before(
    step: PlanStep,
    mine: FoundRows,
    drawn: Drawn,
    rows: Sequence[StepRow],
    digests: frozenset[str],
    telling: frozenset[str],
) -> Before:
    """What is there before the first change of a source, beyond what is found by looking for the person."""
    values = {row.digest: row.values for here in mine.rows.values() for row in here}
    settled = [drawn.settled[record] for record in drawn.wishes]
    taken = erasing.taken_out(mine.described, list(drawn.wishes.values()), settled)
    with erasure_steps.writable(step.source) as source:
        seen = erasure_traces.before(source, mine.described, mine.rooms, [each.row for each in rows], values, taken)
    return replace(seen, known=seen.known | digests, telling=telling)


def open_before(plan: ErasurePlan) -> dict[int, frozenset[str]]:
    """By policy version, the blockers that were open in any source since the run began."""
    written = ErasurePlan.objects.values_list("still_open", flat=True).get(pk=plan.pk)
    return {int(version): frozenset(keys) for version, keys in written.items()}


def remember_open(plan: ErasurePlan, drawn: Drawn) -> None:
    """Keep what a look found open for the looks that follow, in the caller's transaction."""
    written = {str(version): sorted(keys) for version, keys in drawn.plan.still_open.items()}
    ErasurePlan.objects.filter(pk=plan.pk).update(still_open=written)


def text_of(value: Portable) -> str:
    """A value as it is compared with others; empty where too little stands there to tell anybody."""
    text = value.strip().casefold() if isinstance(value, str) else ""
    return text if len(text) >= SHORTEST_COPY else ""


def _telling(wish: Wish) -> Iterable[str]:
    if wish.action is Action.KEEP:
        return
    yield from filter(None, (text_of(wish.values.get(name)) for name in wish.telling))


def joinable(plan: ErasurePlan, new: Iterable[Planned], *, joined: int) -> list[Planned]:
    """The new records that a rule removes which was approved for their class; none of them when they are too many."""
    approved = erasure_approval.approved_kinds(plan)
    found = [each for each in new if _kind(each) in approved and each.decision.action.value in REMOVING]
    return found if joined + len(found) <= MOST_JOINING else []


def learn(step: PlanStep, run: SourceRun, known: Known, found: FoundRows, claim: Claim) -> None:
    """Keep the identifiers that rows name which came while the run was under way: what names them may be gone in a moment. The
    step's proof will tell how many. Raises SourceError when they are more than one person has.
    """
    expansion.refuse_too_many(known, found.revealed)
    learnt = step.plan.subject_request.learnt_identities.filter(kind__in=expansion.EVERYWHERE)
    with transaction.atomic(durable=True):
        claim.breathe()
        before = learnt.count()
        expansion.learn(run, known, found.revealed, claim.clock())
        run.save(update_fields=("searched_by",))
        step.proof = {**step.proof, "further": step.proof.get("further", 0) + learnt.count() - before}
        step.save(update_fields=("proof",))


def _found(step: PlanStep, claim: Claim) -> tuple[FoundRows, list[FoundRows]]:
    """The person's rows in this source, which must answer, and in the others, as far as those do; found by what they name too."""
    subject_request = step.plan.subject_request
    while True:
        known = expansion.known(subject_request, shops.profile_in(subject_request.policy_version).country)
        runs = plans.searched(subject_request)
        mine = [(run, erasure_rows.live(run, known, has_begun=True)) for run in runs if run.source_id == step.source_id]
        others = [(run, here) for run in runs if run.source_id != step.source_id for here in _if_it_answers(run, known)]
        revealing = [(run, here) for run, here in (*mine, *others) if here.is_revealing]
        for run, here in revealing:
            learn(step, run, known, here, claim)
        if not revealing:
            return _mine(step, [here for _, here in mine]), [here for _, here in others]


def _mine(step: PlanStep, found: Sequence[FoundRows]) -> FoundRows:
    if not found:
        told = (
            f"{step.source.name} was disconnected. Connect it again and let the run go on; or, where it is gone for good, leave "
            "it to a colleague, who says when nothing of the person is left there."
        )
        raise SourceError(told, code="disconnected", permanent=True)
    return found[0]


def _make_whole(step: PlanStep, found: FoundRows, rows: Sequence[StepRow], done: Collection[str]) -> None:
    """Let a person's rows be all there again after some have been changed: those count as they were gathered, and the others as
    they are, whether or not what led to them is gone. So what is left is decided about as if nothing had been done."""
    runs = SourceRun.objects.select_related("source__shop", "dataset_version__source__shop", "subject_request__shop")
    before = _by_digest(erasure_rows.gathered(runs.get(subject_request=step.plan.subject_request, source=step.source)))
    planned = {key.digest for each in rows for key in (each.row.key, each.row.moved_to) if key}
    there = {digest: each for digest, each in _by_digest(found).items() if digest not in done}
    with erasure_steps.writable(step.source) as source:
        missing = [each.row for each in rows if each.row.key.digest not in {*there, *done}]
        for record in source.read_back(missing):
            digest = record.key.digest
            shared = before[digest][0].shared if digest in before else record.shared
            there.setdefault(digest, []).append(FoundRow(record.key, digest, record.values, record.held, shared))
    whole: dict[str, list[FoundRow]] = {name: [] for name in found.rows}
    for digest, key in {each.row.key.digest: each.row.key for each in rows}.items():
        whole.setdefault(key.collection, []).extend((before if digest in done else there).get(digest, ()))
    for name, here in found.rows.items():
        whole[name] += [row for row in here if row.digest not in planned]
    found.rows = {name: here for name, here in whole.items() if here}
    erasure_rows.look_around(found)


def _by_digest(found: FoundRows) -> dict[str, list[FoundRow]]:
    by_digest: dict[str, list[FoundRow]] = {}
    for row in (row for here in found.rows.values() for row in here):
        by_digest.setdefault(row.digest, []).append(row)
    return by_digest


def _if_it_answers(run: SourceRun, known: Known) -> list[FoundRows]:
    try:
        return [erasure_rows.live(run, known, has_begun=True)]
    except (SourceError, Refused):
        return []


def _decided(
    step: PlanStep, rows: Iterable[StepRow], now: list[Planned]
) -> tuple[dict[RecordId, Decision], set[RecordId]]:
    """What becomes of each record of the source, and which are not touched."""
    approved = {key.digest: each for each in rows for key in (each.row.key, each.row.moved_to) if key}
    new = [each for each in now if each.digest not in approved]
    kinds = erasure_approval.approved_kinds(step.plan)
    staying = [each for each in new if _kind(each) in kinds and each.decision.action.value not in REMOVING]
    joining = {each.id for each in (*joinable(step.plan, new, joined=joined(step)), *staying)}
    decided = {each.id: each.decision for each in new if each.id in joining}
    for each in now:
        if each.digest in approved:
            before = erasure_approval.decision_of(step.outcomes[approved[each.digest].outcome])
            decided[each.id] = _milder(before, each.decision)
    return decided, {each.id for each in new} - joining


def _given_away(rows: Iterable[StepRow], found: FoundRows) -> set[str]:
    """Records that are found, by a number, under which stands somebody else than when they were planned."""
    planned = {each.row.key.digest: each.row for each in rows}
    return whose.strangers(
        found.described.graph,
        {
            name: [(planned[row.digest], row.values) for row in here if row.digest in planned]
            for name, here in found.rows.items()
        },
    )


def joined(step: PlanStep) -> int:
    """How many rows have joined a step since its plan was approved."""
    approved = {each.digest for each in erasure_approval.records_of(step.plan)}
    return sum(each.row.key.digest not in approved for each in erasure_steps.rows_of(step))


def _kind(each: Planned) -> tuple[str, str, str]:
    return each.record_class, each.decision.rule, each.decision.action.value


def _milder(before: Decision, now: Decision) -> Decision:
    return min(now, before, key=lambda each: MILDEST_FIRST.index(each.action))


def _leave_out(found: FoundRows, untouched: Collection[RecordId]) -> None:
    """Do without some records, and learn what can be done where they stay."""
    digests = {digest for _, _, digest in untouched}
    found.rows = {name: [row for row in here if row.digest not in digests] for name, here in found.rows.items()}
    erasure_rows.look_around(found)


def _merged(
    rows: Iterable[StepRow], fresh: Iterable[StepRow], drawn: Drawn, done: Collection[str]
) -> Iterable[StepRow]:
    """The step's rows as they are to be done, and those that join. What is done or cannot be found any more stays as it was
    planned."""
    by_digest = {each.row.key.digest: each for each in fresh}
    for before in rows:
        now = by_digest.pop(before.row.key.digest, None)
        yield before if now is None or before.row.key.digest in done else _with_its_words(before, now, drawn)
    yield from by_digest.values()


def _with_its_words(before: StepRow, now: StepRow, drawn: Drawn) -> StepRow:
    """The row as it is done now; a word that was drawn by lot stays, or every look would be another plan."""
    key = now.row.key
    settled = drawn.settled.get((key.source, key.collection, key.digest))
    masks: Mapping[str, Mask] = settled.masks if settled else {}
    drawn_by_lot = {name for name, mask in masks.items() if mask in DRAWN_BY_LOT}
    kept = {name: value for name, value in before.row.changes.items() if name in drawn_by_lot & set(now.row.changes)}
    return replace(now, row=replace(now.row, changes={**now.row.changes, **kept}))


def _write_down(step: PlanStep, before: Iterable[StepRow], merged: list[StepRow], claim: Claim) -> None:
    staying = {each.row.key.digest for each in merged if each.row.action is Action.KEEP}
    spared = [each.row.key.digest for each in before if each.row.action is not Action.KEEP]
    erasure_steps.seal(step, merged)
    step.intent = ledgers.write_intent(
        step, spared=[digest for digest in spared if digest in staying], now=claim.clock()
    )
    with transaction.atomic(durable=True):
        claim.breathe()
        step.save(update_fields=("sealed_rows", "outcomes", "intent"))
