"""The proof: look again by everything that is known of the person, and read every planned field. Nothing is believed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from dsr.lifecycle import RequestType
from dsr.models import PlanStep, SourceRun
from dsr.policy.plan import Planned, RecordId
from dsr.records import Action, PlanRow, normalise_email
from dsr.sources import whose
from dsr.sources.named_files import Fate
from dsr.workflow import (
    audit,
    erasure_again,
    erasure_approval,
    erasure_files,
    erasure_rows,
    erasure_steps,
    erasure_traces,
    evidence_forms,
    expansion,
    ledgers,
    plans,
    shops,
)
from dsr.workflow.actors import SYSTEM
from dsr.workflow.erasure_again import text_of
from dsr.workflow.erasure_plans import Drawn
from dsr.workflow.erasure_rows import FoundRow, FoundRows
from dsr.workflow.erasure_steps import StepRow
from dsr.workflow.erasure_traces import Before, Left
from dsr.workflow.expansion import Known
from dsr.workflow.queue import Claim

MOST_PASSES = 3
"""A row that came into being meanwhile and is to be removed like its kind is removed as well, so many times."""
TO_BE_SEEN, SEEN = frozenset({"refills", "lost"}), "seen"
"""Faults that somebody must have seen, and what stands in their place then. Who lets the run go on says that what came with the
change and stays by a rule may stay, as a new order may, and that what went along with it may be gone."""


class NotProved(Exception):
    """What a source said it did is not so. The message is for people and names no value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def prove(step: PlanStep, claim: Claim, *, was_told: bool = False) -> bool:
    """Look again, and mark the step proved; False when rows joined it that are to be done first.

    What was not there just before the change, and says the same, is a copy. ``was_told``: somebody has seen what the run stopped
    for (``TO_BE_SEEN``). Raises NotProved and SourceError.
    """
    profile = shops.profile_in(step.plan.subject_request.policy_version)
    known = plans.known_afterwards(
        step.plan.subject_request, expansion.known(step.plan.subject_request, profile.country)
    )
    rows = erasure_steps.rows_of(step)
    _refuse_unmet(step, [each.row for each in rows])
    drawn, found = _look(step, known, claim)
    planned = {key.digest: each.row for each in rows for key in (each.row.key, each.row.moved_to) if key}
    _refuse_found(step, planned, found)
    fresh = [each for each in drawn.plan.records if each.digest not in planned]
    joining = [each.id for each in _joining(step, fresh)]
    if joining and step.passes < MOST_PASSES:
        _join(step, drawn, found, joining, claim)
        return False
    if joining and step.plan.subject_request.type == RequestType.CORRECTION:
        _refuse_comes_back(step, joining)
    seen = erasure_steps.seen_of(step)
    wrong: list[tuple[str, str]] = []
    if joining or seen is not None:
        wrong += _copies(step, _expected(planned, drawn, seen, was_told=was_told), found, known, seen)
    left = _left(step, [each.row for each in rows], found, seen, was_told=was_told) if seen is not None else Left()
    if wrong := [*wrong, *left.words(step.source.name)]:
        raise NotProved(wrong[0][0], " ".join(words for _, words in wrong))
    new = len({each.digest for each in fresh} | left.new)
    _mark(step, rows, found, {**_files(step, rows, found), "new": new, "further": step.proof.get("further", 0)}, claim)
    return True


def _expected(planned: Mapping[str, PlanRow], drawn: Drawn, seen: Before | None, *, was_told: bool) -> set[str]:
    """Digests of rows that no copies are: those that were there before the change, and those that the run changes. That a rule
    keeps one which came with the change is for somebody to see first."""
    if seen is None:
        return set(planned)
    staying = {each.digest for each in drawn.plan.records if each.decision.action.value not in erasure_again.REMOVING}
    changed = {digest for digest, row in planned.items() if row.action is not Action.KEEP}
    return {*seen.known, *changed, *(staying if was_told else ())}


def _left(step: PlanStep, rows: Sequence[PlanRow], found: FoundRows, seen: Before, *, was_told: bool) -> Left:
    """What is left where no search for the person finds it, and what went along."""
    with erasure_steps.writable(step.source) as source:
        left = erasure_traces.left(source, found.described, found.rooms, rows, seen)
    if was_told:
        left.lost.clear()
    return left


def _joining(step: PlanStep, fresh: Sequence[Planned]) -> list[Planned]:
    """New rows that are removed with the others. Of a correction: whatever says the old value again."""
    if step.plan.subject_request.type == RequestType.CORRECTION:
        return [each for each in fresh if each.decision.action is Action.CORRECT]
    return erasure_again.joinable(step.plan, fresh, joined=erasure_again.joined(step))


def _look(step: PlanStep, known: Known, claim: Claim) -> tuple[Drawn, FoundRows]:
    """The person's rows in this source, and what the policy says of them now."""
    subject_request = step.plan.subject_request
    runs = SourceRun.objects.select_related("source__shop", "dataset_version__source__shop", "subject_request__shop")
    run = runs.get(subject_request=subject_request, source=step.source)
    found = erasure_rows.live(run, known, has_begun=True)
    if found.is_revealing and subject_request.type == RequestType.ERASURE:
        erasure_again.learn(step, run, known, found, claim)
    return plans.drawn_of(subject_request, [found], today=step.plan.as_of), found


def _refuse_unmet(step: PlanStep, rows: Sequence[PlanRow]) -> None:
    asked = [row for row in rows if row.action is not Action.KEEP]
    if not asked:
        return
    with erasure_steps.writable(step.source) as source:
        unmet = Counter((key.collection, column) for key, column in source.unmet(asked))
    if unmet:
        told = [
            f"{count} of '{collection}' {f'do not hold in {column} what was written' if column else 'are still there'}"
            for (collection, column), count in unmet.items()
        ]
        raise NotProved("not_done", f"{step.source.name} said that it was done, and it is not: {'; '.join(told)}.")


def _refuse_found(step: PlanStep, planned: Mapping[str, PlanRow], found: FoundRows) -> None:
    """A row that was deleted must not be found any more, by whichever way."""
    back = Counter(
        name
        for name, here in found.rows.items()
        for row in here
        if (asked := planned.get(row.digest)) is not None and asked.action is Action.DELETE
    )
    if back:
        told = ", ".join(f"{count} of '{name}'" for name, count in back.items())
        message = (
            f"{step.source.name} still has, under a number of the person's, what was to be deleted: {told}. Where it names "
            "somebody else by now, the number was given again, and it was left as it is: find out whose it is."
        )
        raise NotProved("not_done", message)


def _copies(
    step: PlanStep, expected: Collection[str], found: FoundRows, known: Known, seen: Before | None
) -> Iterator[tuple[str, str]]:
    """Rows that came with the change, or again and again, and name the person: something in the database copies it."""
    names = {each.value.lower() for each in known.person_for(step.source).identities} | (
        seen.telling if seen else set()
    )
    copies = Counter(
        name for name, here in found.rows.items() for row in here if row.digest not in expected and _says(row, names)
    )
    if copies:
        told = ", ".join(f"{count} of '{name}'" for name, count in copies.items())
        message = (
            f"{step.source.name} makes new rows with the person's data each time something is changed: {told}. A trigger of "
            "the database copies them: switch it off for the role that erases, take those rows out, then let this run again. "
            "What stays by a rule, as an order that was placed meanwhile, may stay; then let the run go on."
        )
        yield "refills", message


def _says(row: FoundRow, names: Collection[str]) -> bool:
    return any(normalise_email(str(value)) in names or text_of(value) in names for value in row.values.values())


def _files(step: PlanStep, rows: Sequence[StepRow], found: FoundRows) -> dict[str, Any]:
    """Remove the files that the rows named, now that they are gone, and what the proof says of them."""
    files = erasure_steps.files_of(rows)
    if not files:
        return {}
    with erasure_steps.writable(step.source) as source:
        done = erasure_files.remove(step.source, source, found.described, files)
    left = [number for number, each in enumerate(files) if (each, Fate.BY_HAND) in done]
    return {"files": erasure_files.counted(done), "files_by_hand": left}


def _refuse_comes_back(step: PlanStep, joining: Sequence[RecordId]) -> None:
    """The old value again and again in new rows: an import or a trigger writes it."""
    back = Counter(collection for _, collection, _ in joining)
    told = ", ".join(f"{count} of '{name}'" for name, count in back.items())
    message = (
        f"{step.source.name} gets the old value again and again in new rows: {told}. Something writes it there: an import, or a "
        "trigger of the database. Correct it where it comes from, then let this run again."
    )
    raise NotProved("refills", message)


def _join(step: PlanStep, drawn: Drawn, found: FoundRows, joining: Sequence[RecordId], claim: Claim) -> None:
    """Rows that came into being meanwhile and are removed as their kind is; written down first, as everything is."""
    made = erasure_steps.add(step, drawn, found, joining)
    step.intent, step.passes = ledgers.write_intent(step, made, now=claim.clock()), step.passes + 1
    step.state = PlanStep.State.WAITING
    with transaction.atomic(durable=True):
        claim.breathe()
        step.save()


def _mark(step: PlanStep, rows: Sequence[StepRow], found: FoundRows, more: Mapping[str, Any], claim: Claim) -> None:
    """What is there now, counted by outcome; a row that was to stay and is not there was removed by the shop itself."""
    there = _there(step, found, [each.row for each in rows])
    groups: Counter[int] = Counter()
    gone = 0
    for each in rows:
        if each.row.action is Action.DELETE or each.row.key.digest in there:
            groups[each.outcome] += 1
        else:
            gone += 1
    erasure_steps.seal(step, [replace(each, known_by=there.get(each.row.key.digest)) for each in rows])
    totals = dict.fromkeys(erasure_approval.OUTCOMES[step.plan.subject_request.type], 0)
    for outcome, count in groups.items():
        totals[Action(step.outcomes[outcome]["action"])] += count
    with transaction.atomic(durable=True):
        claim.breathe()
        step.state, step.proved_at = PlanStep.State.PROVED, claim.clock()
        step.error_code = step.error_text = ""
        step.proof = {"outcomes": {str(key): count for key, count in groups.items()}, "gone": gone, **more}
        step.save()
        request = step.plan.subject_request
        facts: dict[str, audit.Fact] = {
            "source": step.source.name,
            **{action.value: count for action, count in totals.items()},
            "gone": gone,
            "new": step.proof["new"],
            "further": step.proof["further"],
            **erasure_files.facts(step.proof),
            "sha256": evidence_forms.digest_of(evidence_forms.step_form(step)),
        }
        audit.record(request, f"{request.type}.proved", actor=SYSTEM, now=claim.clock(), facts=facts)


def _there(step: PlanStep, found: FoundRows, rows: Sequence[PlanRow]) -> dict[str, Mapping[str, str]]:
    """The rows that stay and are there, by the digest they were planned under, with prints of whose they are now."""
    staying: dict[str, list[PlanRow]] = defaultdict(list)  # Rows without a key may be equal once they are changed.
    for row in rows:
        if row.action is not Action.DELETE:
            staying[(row.moved_to or row.key).digest].append(row)
    if not staying:
        return {}
    with erasure_steps.writable(step.source) as source:
        records = list(source.read_back([row for some in staying.values() for row in some]))
    there: dict[str, Mapping[str, str]] = {}
    for record in records:
        same = staying.get(record.key.digest)
        planned = same.pop() if same else None
        if planned is not None and whose.is_theirs(planned, record.values):
            there[planned.key.digest] = whose.prints(found.described, record.key.collection, record.values)
    return there
