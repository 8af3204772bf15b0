from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django_q.models import OrmQ

from dsr.models import Job
from dsr.workflow import queue
from dsr.workflow.queue import Claim, FinalFault, LostClaim, TemporaryFault, Work

pytestmark = pytest.mark.django_db

QUOTED = "a message that quotes ada@example.com"


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def later(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def job(now: datetime) -> Job:
    return queue.enqueue(Work.SEND_NOTICE, target_id=7, now=now)


def finish(claim: Claim) -> None:
    claim.finish()


def fail(claim: Claim) -> None:
    raise ValueError(QUOTED)


def wait(claim: Claim) -> None:
    raise TemporaryFault("The shop is closed.")


def nothing(target_id: int, reason: str, now: datetime) -> None:
    """Give up without a trace."""


def test_asking_twice_under_one_key_is_asking_once(job: Job, now: datetime) -> None:
    again = queue.enqueue(Work.SEND_NOTICE, target_id=7, now=now)

    assert again.pk == job.pk
    assert OrmQ.objects.count() == 1


def test_a_rolled_back_transaction_leaves_neither_row_nor_bell(now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue.enqueue(Work.SEND_NOTICE, target_id=7, now=now)
        assert Job.objects.count() == OrmQ.objects.count() == 1
        raise ZeroDivisionError

    assert Job.objects.count() == OrmQ.objects.count() == 0


def test_a_job_is_done_once_however_often_it_is_delivered(job: Job, clock: Clock) -> None:
    done: list[int] = []

    def work(claim: Claim) -> None:
        done.append(claim.target_id)
        claim.finish()

    for _ in range(3):
        queue.perform(job.pk, work, nothing, clock)

    assert done == [7]


def test_the_attempt_is_committed_before_the_work(job: Job, clock: Clock) -> None:
    seen: list[tuple[str, int]] = []

    def work(claim: Claim) -> None:
        now = Job.objects.get(pk=claim.job_id)
        seen.append((now.state, now.attempts))
        claim.finish()

    queue.perform(job.pk, work, nothing, clock)

    assert seen == [("running", 1)]


def test_a_worker_that_was_thought_dead_writes_nothing(job: Job, clock: Clock) -> None:
    def slow(claim: Claim) -> None:
        clock.later(seconds=16)
        queue.perform(job.pk, finish, nothing, clock)  # Meanwhile another worker takes it over and finishes.
        with pytest.raises(LostClaim):
            claim.finish()
        raise LostClaim

    queue.perform(job.pk, slow, nothing, clock)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.fence) == ("done", 2, 2)


def test_a_worker_that_breathes_keeps_its_job(job: Job, clock: Clock) -> None:
    taken: list[int] = []

    def slow(claim: Claim) -> None:
        for _ in range(3):
            clock.later(seconds=10)
            claim.breathe()
            queue.perform(job.pk, lambda other: taken.append(other.job_id), nothing, clock)
        claim.finish()

    queue.perform(job.pk, slow, nothing, clock)

    assert taken == []


def test_a_fault_of_ours_is_tried_five_times_then_parked_and_told(job: Job, clock: Clock) -> None:
    told: list[tuple[int, str]] = []
    for _ in range(8):
        queue.perform(job.pk, fail, lambda target, reason, now: told.append((target, reason)), clock)
        clock.later(seconds=60)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("parked", 5)
    assert told == [(7, job.error_text)]
    assert job.error_text.startswith("ValueError at test_queue.py:")


def test_the_message_of_a_fault_is_kept_out_of_row_and_log(
    job: Job, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    queue.perform(job.pk, fail, nothing, clock)

    job.refresh_from_db()
    assert "ValueError" in caplog.text
    assert "ada@example.com" not in caplog.text + job.error_text


def test_a_job_that_kills_its_worker_is_parked(job: Job, clock: Clock) -> None:
    for _ in range(7):
        with pytest.raises(SystemExit):
            queue.perform(job.pk, die, nothing, clock)
            raise SystemExit
        clock.later(seconds=16)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("parked", 5)
    assert job.error_text == "It stopped without a word 5 times."


def die(claim: Claim) -> None:
    raise SystemExit


def test_a_closed_shop_costs_no_attempts_and_is_asked_again_with_growing_pauses(job: Job, clock: Clock) -> None:
    pauses: list[float] = []
    for _ in range(7):
        queue.perform(job.pk, wait, nothing, clock)
        job.refresh_from_db()
        pauses.append((job.run_after - clock.now).total_seconds())
        clock.now = job.run_after

    queue.perform(job.pk, finish, nothing, clock)

    job.refresh_from_db()
    assert pauses == [1, 2, 4, 8, 15, 15, 15]
    assert (job.state, job.error_text) == ("done", "")


def test_a_final_fault_is_parked_at_once(job: Job, clock: Clock) -> None:
    def refuse(claim: Claim) -> None:
        raise FinalFault("The password is wrong.")

    queue.perform(job.pk, refuse, nothing, clock)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.error_text) == ("parked", 1, "The password is wrong.")


def test_a_parked_job_that_is_asked_again_starts_afresh(job: Job, clock: Clock) -> None:
    Job.objects.filter(pk=job.pk).update(state="parked", attempts=5)

    queue.again(job, clock.now)
    queue.perform(job.pk, finish, nothing, clock)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 1)


def test_the_sweep_rings_for_a_worker_that_stopped_breathing(job: Job, clock: Clock) -> None:
    with pytest.raises(SystemExit):
        queue.perform(job.pk, die, nothing, clock)
    OrmQ.objects.all().delete()
    clock.later(seconds=14)
    early = queue.sweep(clock.now)
    clock.later(seconds=2)

    assert (early, queue.sweep(clock.now), OrmQ.objects.count()) == (0, 1, 1)


def test_the_sweep_rings_when_a_delay_is_over(job: Job, clock: Clock) -> None:
    queue.perform(job.pk, wait, nothing, clock)
    OrmQ.objects.all().delete()
    before = queue.sweep(clock.now)
    clock.later(seconds=1)

    assert (before, queue.sweep(clock.now), queue.sweep(clock.now)) == (0, 1, 0)


def test_the_sweep_rings_for_a_job_whose_bell_was_lost(job: Job, clock: Clock) -> None:
    OrmQ.objects.all().delete()
    clock.later(seconds=9)
    early = queue.sweep(clock.now)
    clock.later(seconds=2)

    assert (early, queue.sweep(clock.now), OrmQ.objects.count()) == (0, 1, 1)


def test_the_sweep_leaves_a_busy_queue_in_peace(job: Job, clock: Clock) -> None:
    OrmQ.objects.update(lock=clock.now)  # Its bell still waits its turn.
    clock.later(seconds=60)

    assert queue.sweep(clock.now) == 0


def test_what_a_dead_cluster_had_fetched_is_offered_again(job: Job, clock: Clock) -> None:
    OrmQ.objects.update(lock=clock.now + timedelta(hours=1))

    assert (queue.offer_again(clock.now), queue.offer_again(clock.now)) == (1, 0)
    assert OrmQ.objects.get().lock == clock.now
