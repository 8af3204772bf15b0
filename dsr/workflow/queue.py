"""Work is a row, not a message.

django-q2 delivers at least once, sometimes twice, and after some faults not at all. So the truth is our ``Job`` row, and the
queue's message is only a bell that names it:

1. ``enqueue`` writes the row and rings the bell inside the caller's transaction: both or neither.
2. ``perform`` claims the row under SKIP LOCKED with a new fencing number and commits the attempt *before* the work, so that
   a job that kills its worker cannot do so for ever.
3. The work writes its result and ``claim.finish()`` in one transaction. A worker that was thought dead finds its fencing
   number outdated there and its result is rolled back.
4. ``sweep`` rings again for rows that are due and that nobody works on, whatever the queue believes.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import DatabaseError, InterfaceError, connection, transaction
from django_q.models import OrmQ
from django_q.tasks import async_task

from dsr.models import Job, SubjectRequest

logger = logging.getLogger("dsr.queue")

BREATH = 5.0
STALE = timedelta(seconds=15)
LOST = timedelta(seconds=10)
LOST_IN_A_BUSY_QUEUE = timedelta(seconds=120)
MOST_ATTEMPTS = 5
MOST_DELAYS = 2000
LONGEST_DELAY = timedelta(seconds=15)

Clock = Callable[[], datetime]
GiveUp = Callable[[int, str, datetime], None]
"""Called with the job's target, the reason and the moment, in the transaction that parks the job."""


class Work(StrEnum):
    """Every kind of job; each value names a function in ``dsr.jobs``."""

    GATHER_SOURCE = "gather_source"
    SEND_NOTICE = "send_notice"
    MAKE_PACKAGE = "make_package"
    ERASE = "erase"
    FINISH_DUE = "finish_due"
    ANCHOR_AUDIT = "anchor_audit"
    TEND_LEDGER = "tend_ledger"
    TIDY_UP = "tidy_up"
    FORGET_EXPIRED = "forget_expired"
    REMIND_COLLEAGUES = "remind_colleagues"
    REMIND_OWNERS = "remind_owners"
    REMIND_RECIPIENTS = "remind_recipients"
    SEND_INSTRUCTION = "send_instruction"
    ISSUE_LETTER = "issue_letter"
    DRAFT_SOURCE = "draft_source"
    CHECK_SOURCE = "check_source"
    SCAN_FOR_ERASED = "scan_for_erased"
    LOOK_FOR_DOUBTS = "look_for_doubts"


class TemporaryFault(Exception):
    """Trying again later is right. The message is for people.

    A fault outside (a shop that is down) costs no attempt; with ``counts`` it does, and the job is parked after five.
    """

    def __init__(self, message: str, *, counts: bool = False) -> None:
        super().__init__(message)
        self.counts = counts


class FinalFault(Exception):
    """Trying again cannot help. The message is for people."""


class LostClaim(Exception):
    """Another worker has taken the job over; whatever this one was about to write must not be written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do one job, as long as ``fence`` is the newest."""

    job_id: int
    fence: int
    target_id: int
    attempts: int
    clock: Clock

    def finish(self) -> None:
        """Mark the job done in the caller's transaction. Raises LostClaim when it is no longer ours."""
        self._write(state=Job.State.DONE, finished_at=self.clock(), error_text="")

    def breathe(self) -> None:
        """Say that the work goes on. Raises LostClaim when it is no longer ours."""
        self._write(heartbeat_at=self.clock())

    def _write(self, **changes: object) -> None:
        mine = Job.objects.filter(pk=self.job_id, fence=self.fence, state=Job.State.RUNNING)
        if not mine.update(**changes):
            raise LostClaim(str(self.job_id))


def enqueue(
    work: Work,
    *,
    target_id: int,
    now: datetime,
    subject_request: SubjectRequest | None = None,
    key: str = "",
    run_after: datetime | None = None,
) -> Job:
    """Ask for work inside the caller's transaction. ``key`` names it; asking twice under one key is asking once.

    ``run_after``: not before that moment.
    """
    key = key or f"{work.value}:{target_id}"
    job, is_new = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": work.value,
            "target_id": target_id,
            "subject_request": subject_request,
            "run_after": run_after or now,
            "queued_at": now,
            "created_at": now,
        },
    )
    if is_new:
        _ring(job)
    return job


def again(job: Job, now: datetime, *, run_after: datetime | None = None) -> None:
    """Have a job that ended done once more, with all its tries, in the caller's transaction."""
    Job.objects.filter(pk=job.pk, state__in=(Job.State.PARKED, Job.State.DONE)).update(
        state=Job.State.READY, attempts=0, delays=0, run_after=run_after or now, queued_at=now, error_text=""
    )
    _ring(job)


def call_off(subject_request: SubjectRequest, works: Iterable[Work], now: datetime) -> None:
    """Have these kinds of work for a request not done any more, in the caller's transaction. One that runs looks itself."""
    waiting = Job.objects.filter(subject_request=subject_request, kind__in=[work.value for work in works])
    waiting.filter(state__in=(Job.State.READY, Job.State.PARKED)).update(state=Job.State.DONE, finished_at=now)


def perform(job_id: int, work: Callable[[Claim], None], give_up: GiveUp, clock: Clock) -> None:
    """Do a job if it is still to be done and nobody else does it; leave quietly otherwise.

    ``give_up`` runs in the transaction that parks the job.
    """
    claim = _take(job_id, give_up, clock)
    if claim is None:
        return
    try:
        with _breathing(claim):
            work(claim)
    except LostClaim:
        logger.warning("job %s was taken over by another worker", job_id)
    except TemporaryFault as fault:
        _put_off(claim, str(fault), give_up, counts=fault.counts)
    except FinalFault as fault:
        _park(claim, str(fault), give_up)
    except Exception as error:  # noqa: BLE001  The one broad except: a job ends here, whatever went wrong.
        # The message may quote a row, so only the kind of fault and its place are kept.
        place = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__} at {place.filename.rpartition('/')[2]}:{place.lineno}"
        logger.error("job %s failed: %s\n%s", job_id, reason, "".join(traceback.format_tb(error.__traceback__)))
        _put_off(claim, reason, give_up, counts=True)


def leave_it_parked(target_id: int, reason: str, now: datetime) -> None:
    """The ``give_up`` of work that leaves nothing to undo: the parked job is what staff see."""


def sweep(now: datetime) -> int:
    """Ring again for every row that is due and that nobody works on; returns how many."""
    something_waits = OrmQ.objects.filter(lock__lte=now).exists()
    lost_after = LOST_IN_A_BUSY_QUEUE if something_waits else LOST
    with transaction.atomic():
        due = Job.objects.select_for_update(skip_locked=True, of=("self",)).claimable(now, now - STALE)[:1000]
        silent = [job for job in due if _has_no_bell(job, now, lost_after)]
        for job in silent:
            _ring(job)
        Job.objects.filter(pk__in=[job.pk for job in silent]).update(queued_at=now)
    return len(silent)


def offer_again(now: datetime) -> int:
    """Have every message that a cluster fetched and did not settle delivered once more; returns how many.

    For the start of a cluster: what the one before had fetched is lost with it, and in a busy queue the sweep would miss it
    for long. A message that another machine's cluster is busy with is delivered twice, which harms nobody.
    """
    fetched: int = OrmQ.objects.filter(lock__gt=now).update(lock=now)
    return fetched


def _has_no_bell(job: Job, now: datetime, lost_after: timedelta) -> bool:
    """True when no message for this due job can be under way: it was used up by an earlier try, or is long overdue."""
    if job.state == Job.State.RUNNING:
        return job.queued_at <= now - LOST
    return job.run_after > job.queued_at or job.queued_at <= now - lost_after


def _ring(job: Job) -> None:
    async_task(f"dsr.jobs.{job.kind}", job.pk, task_name=job.key)


def _take(job_id: int, give_up: GiveUp, clock: Clock) -> Claim | None:
    now = clock()
    with transaction.atomic():
        waiting = Job.objects.select_for_update(skip_locked=True, of=("self",))
        job = waiting.claimable(now, now - STALE).filter(pk=job_id).first()
        if job is None:
            return None
        job.fence += 1
        if job.attempts >= MOST_ATTEMPTS:
            reason = job.error_text or f"It stopped without a word {job.attempts} times."
            job.state, job.finished_at, job.error_text = Job.State.PARKED, now, reason
            job.save()
            give_up(job.target_id or 0, reason, now)
            return None
        job.attempts += 1
        job.state, job.heartbeat_at = Job.State.RUNNING, now
        job.save(update_fields=("fence", "attempts", "state", "heartbeat_at"))
    return Claim(job_id=job.pk, fence=job.fence, target_id=job.target_id or 0, attempts=job.attempts, clock=clock)


@contextmanager
def _breathing(claim: Claim) -> Iterator[None]:
    """Keep the claim alive from a second thread, which opens a connection only if the work lasts that long."""
    done = threading.Event()

    def breathe() -> None:
        try:
            while not done.wait(BREATH):
                try:
                    claim.breathe()
                except (DatabaseError, InterfaceError):  # Away for a moment: the next breath may reach it.
                    connection.close()
        except LostClaim:
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=breathe, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _put_off(claim: Claim, reason: str, give_up: GiveUp, *, counts: bool) -> None:
    """Try again later. A fault outside does not count as an attempt: a shop may be down for an evening."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=claim.job_id)
        if job.fence != claim.fence or job.state != Job.State.RUNNING:
            return
        job.delays += 1
        job.attempts -= 0 if counts else 1
        if job.attempts >= MOST_ATTEMPTS or job.delays >= MOST_DELAYS:
            job.state, job.finished_at, job.error_text = Job.State.PARKED, claim.clock(), reason
            job.save()
            give_up(claim.target_id, reason, claim.clock())
            return
        job.state, job.error_text = Job.State.READY, reason
        job.run_after = claim.clock() + min(LONGEST_DELAY, timedelta(seconds=2 ** min(job.delays - 1, 10)))
        job.save()


def _park(claim: Claim, reason: str, give_up: GiveUp) -> None:
    with transaction.atomic():
        mine = Job.objects.filter(pk=claim.job_id, fence=claim.fence, state=Job.State.RUNNING)
        if mine.update(state=Job.State.PARKED, finished_at=claim.clock(), error_text=reason):
            give_up(claim.target_id, reason, claim.clock())
