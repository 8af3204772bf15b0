"""Changing one source: batch after batch, each looked at and decided about just before, until nothing is left to do.

Where a database takes back what was done to it there is one batch, done whole or not at all. Where it does not (``sources/
sql_batches.py``) there are several, and a batch that was interrupted is half done. What makes the run go on, exactly once:

1. That it begins is committed before the first change, and how far it is after each batch, with the counts.
2. Whoever goes on asks the source which rows are as they were to be: these are done, whoever counted them. The rest is left.
3. Before each batch everything is looked at again, what is done as it was gathered: so the rest is decided about as if nothing
   had gone yet, whatever leads to it (``erasure_again``). Of a person with very many rows a look is longer than a batch: then
   looking takes half of the time. A hold is heeded up to the moment of its batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from dsr.models import Hold, PlanStep
from dsr.records import Action, PlanRow
from dsr.sources.base import SourceError
from dsr.workflow import audit, erasure_again, erasure_steps, holds, ledgers, shops
from dsr.workflow.actors import SYSTEM
from dsr.workflow.queue import Claim

CHANGES = ("state", "counts", "progress", "outcome", "applied_at", "error_code", "error_text")
"""Of a step, by a batch."""


def carry_out(step: PlanStep, claim: Claim) -> None:
    """Look again, and change, until nothing is left. Raises SourceError."""
    work = _Work(step, claim)
    work.look()
    while True:
        if not work.is_one_done(despite_holds=False):
            # A hold was placed between the look and the change: looked at once more, what it needs stays as well.
            work.look()
            work.is_one_done(despite_holds=True)
        if work.is_over:
            return
        if work.is_stale:
            work.look()


def with_progress(step: PlanStep, error: SourceError) -> SourceError:
    """An error of a source with how far the step had come, where it is done in batches."""
    done, of = step.progress.get("done", 0), step.progress.get("of", 0)
    if not done or done >= of:
        return error
    told = f"{error} {done:,} of {of:,} records of {step.source.name} were done before that and stay done. "
    told += "When the run goes on, it goes on with the rest."
    return SourceError(told, code=error.code, permanent=error.permanent)


class _Work:
    """What one worker does of a step. ``done``: digests of rows that are as they were to be. ``is_over``: nothing is left."""

    def __init__(self, step: PlanStep, claim: Claim) -> None:
        self._step = step
        self._claim = claim
        self._counted = 0
        self._records_done = 0
        self._looked_at = claim.clock()
        self._looking = timedelta(0)
        self._left: list[list[PlanRow]] = []
        self._is_untouched = False
        self.done = self._done_already()
        self.is_over = False

    @property
    def is_stale(self) -> bool:
        """Whether the last look is longer ago than it took."""
        return self._claim.clock() - self._looked_at >= self._looking

    def look(self) -> None:
        """Decide about what is left. Before it goes on, whoever may have to follow is told that something may be changed, and
        what was there before anything was."""
        began = self._claim.clock()
        seen = erasure_again.look_again(self._step, self._claim, self.done, is_first=self._is_untouched)
        if seen is not None:
            erasure_steps.seal_seen(self._step, seen)
        rows = self._rows()
        left = [row for row in rows if row.key.digest not in self.done]
        self._records_done = len(rows) - len(left)
        self._left = erasure_steps.batches(self._step.source, left)
        progress = self._progress()
        if left and (seen is not None or self._step.progress != progress):
            self._step.progress = progress
            with transaction.atomic(durable=True):
                self._claim.breathe()
                self._step.save(update_fields=("progress", "counts", "sealed_seen"))
        self._looked_at = self._claim.clock()
        self._looking = self._looked_at - began

    def is_one_done(self, *, despite_holds: bool) -> bool:
        """One batch, in a transaction of the source inside one of ours that keeps holds from coming between; False when one had
        come.

        ``despite_holds``: then the records they are on are left alone, and the others done.
        """
        step, batch = self._step, self._left[0] if self._left else ()
        with transaction.atomic(durable=True):
            holds.lock(step.plan.subject_request.shop, is_shared=True)
            self._claim.breathe()
            forbidden = self._forbidden(batch)
            if forbidden and not despite_holds:
                return False
            if forbidden:
                erasure_steps.spare(step, forbidden)
                step.intent = ledgers.write_intent(step, spared=sorted(forbidden), now=self._claim.clock())
                step.save(update_fields=("sealed_rows", "outcomes", "intent"))
            allowed = [row for row in batch if row.key.digest not in forbidden]
            step.counts = dict(Counter(step.counts) + Counter(erasure_steps.carry_out(step.source, allowed)))
            self._is_untouched = False
            self.done |= {row.key.digest for row in allowed}
            self._records_done += len(allowed)
            self._left = self._left[1:]
            step.progress = self._progress()
            if not self._left:
                self._end()
            step.save(update_fields=CHANGES)
        return True

    def _rows(self) -> list[PlanRow]:
        return [each.row for each in erasure_steps.rows_of(self._step) if each.row.action is not Action.KEEP]

    def _done_already(self) -> set[str]:
        """Once the step has begun the source says what is done. What an interruption left uncounted is counted by that."""
        step = self._step
        self._counted = sum(step.counts.values())
        rows = self._rows() if step.progress else []
        if not rows:
            self._is_untouched = not step.progress
            return set()
        with erasure_steps.writable(step.source) as source:
            left = {key.digest for key, _ in source.unmet(rows)} | {key.digest for key in source.strangers(rows)}
            halves = {row.key.collection for row in rows} & set(source.without_transactions())
        if left and not halves and not step.progress["done"]:
            going = {row.key.digest for row in rows if row.action is Action.DELETE}
            self._is_untouched = bool(going) and going <= left
            return set()  # It was taken back whole: what is as it was to be was so before.
        done = [row for row in rows if row.key.digest not in left]
        if step.progress["done"] < step.progress["of"]:
            self._counted, step.counts = 0, dict(Counter(row.action.value for row in done))
        return {row.key.digest for row in done}

    def _progress(self) -> dict[str, int]:
        """Records done and to be done in all, and the batches that are left."""
        left = sum(map(len, self._left))
        return {"done": self._records_done, "of": self._records_done + left, "batches": len(self._left)}

    def _end(self) -> None:
        """Nothing is left, in the caller's transaction."""
        self.is_over = True
        step, now = self._step, self._claim.clock()
        step.state, step.applied_at = PlanStep.State.APPLIED, now
        step.error_code = step.error_text = ""
        step.outcome = ledgers.write_outcome(step, now=now)
        facts: dict[str, audit.Fact] = {"source": step.source.name, "segment": step.outcome}
        facts["records"] = sum(step.counts.values()) - self._counted
        request = step.plan.subject_request
        audit.record(request, f"{request.type}.applied", actor=SYSTEM, now=now, facts=facts)

    def _forbidden(self, rows: Sequence[PlanRow]) -> dict[str, Hold]:
        """The holds on some rows of the step."""
        today = shops.today_of(self._step.plan.subject_request, self._claim.clock())
        return holds.standing(self._step.source, [row.key.digest for row in rows], today)
