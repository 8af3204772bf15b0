from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django_q.models import Failure
from pytest_django.fixtures import Settings

from dsr import jobs
from dsr.models import Job, Shop, Source, SubjectRequest
from dsr.workflow import audit, daily, fulfilment, queue, review, verification
from dsr.workflow.actors import staff
from tests.conftest import ADA, ask, work_off


def test_the_days_work_is_asked_for_once(db: None, now: datetime) -> None:
    for hour in range(3):
        daily.ask(now + timedelta(hours=hour))
    daily.ask(now + timedelta(days=1))

    assert Job.objects.filter(kind="tidy_up").count() == Job.objects.filter(kind="anchor_audit").count() == 2


def test_a_request_that_nobody_confirms_lapses_after_two_weeks(shop: Shop, source: Source, now: datetime) -> None:
    waiting = ask(shop, ADA, now)
    states = []
    for days in (13, 15):
        daily.lapse_unconfirmed(now + timedelta(days=days))
        waiting.refresh_from_db()
        states.append(waiting.state)

    assert states == ["verifying", "lapsed"]
    assert [entry.action for entry in audit.entries_of(waiting)][-1] == "request.lapsed"


def test_a_fresh_link_keeps_a_request_from_lapsing(shop: Shop, source: Source, now: datetime) -> None:
    waiting = ask(shop, ADA, now)
    verification.send_again(waiting, now=now + timedelta(days=15))

    daily.lapse_unconfirmed(now + timedelta(days=16))

    waiting.refresh_from_db()
    assert waiting.state == "verifying"


def test_files_past_their_time_leave_the_disk_and_their_hashes_stay(gathered: SubjectRequest, owner: User) -> None:
    review.approve(gathered, actor=staff(owner), now=timezone.now())
    work_off(gathered)
    folder = Path(settings.SESSION_FOLDER) / str(gathered.public_id)
    before = [path for path in folder.rglob("*") if path.is_file()]
    file = gathered.package.files.all()[0]
    assert next(fulfilment.open_file(file, now=timezone.now()))

    daily.remove_expired_files(gathered.package.expires_at)

    assert len(before) == gathered.package.files.count() > 3
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert len(file.sha256) == 64


def test_an_installation_that_made_no_package_yet_has_nothing_to_remove(
    db: None, now: datetime, settings: Settings, tmp_path: Path
) -> None:
    nowhere = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "none"}}
    settings.STORAGES = {**settings.STORAGES, "default": nowhere}
    daily.ask(now)

    jobs.tidy_up(Job.objects.get(kind="tidy_up").pk)

    assert Job.objects.get(kind="tidy_up").state == "done"
    assert not (tmp_path / "none").exists()


def test_the_queues_notes_about_failures_go_after_a_month(db: None, now: datetime) -> None:
    for name, days in (("old", 31), ("young", 29)):
        ended = now - timedelta(days=days)
        Failure.objects.create(id=name, name=name, func="f", started=ended, stopped=ended, success=False, result="x")
    daily.ask(now)

    queue.perform(Job.objects.get(kind="tidy_up").pk, daily.tidy_up, queue.leave_it_parked, lambda: now)

    assert list(Failure.objects.values_list("name", flat=True)) == ["young"]


def test_the_job_is_done_by_name(db: None) -> None:
    daily.ask(timezone.now())
    job = Job.objects.get(kind="tidy_up")

    jobs.tidy_up(job.pk)

    job.refresh_from_db()
    assert job.state == "done"
