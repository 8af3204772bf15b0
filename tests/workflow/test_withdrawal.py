"""A request that ends while work for it is under way: the work stops, and nothing of it stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import FindingChunk, FindingMark, Job, Package, Shop, Source, SourceRun, SubjectRequest, Viewing
from dsr.workflow import audit, connections, fulfilment, gathering, parked, queue, review
from dsr.workflow.actors import staff
from dsr.workflow.queue import Claim
from dsr.workflow.transitions import WrongState
from tests.conftest import work_off


def rows_kept() -> int:
    return FindingChunk.objects.count() + FindingMark.objects.count() + Viewing.objects.count()


def files_of(subject_request: SubjectRequest) -> list[str]:
    folder = Path(settings.SESSION_FOLDER) / str(subject_request.public_id)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("end", ["withdraw", "refuse"])
def test_findings_when_nobody_will_be_given_them_then_none_is_kept(
    gathered: SubjectRequest, owner: User, now: datetime, end: str
) -> None:
    run = gathered.source_runs.get()
    review.open_findings(run, "customers", user=owner, first=0, rows=50, now=now)
    before = rows_kept()

    if end == "withdraw":
        review.withdraw(gathered, actor=staff(owner), now=now)
    else:
        review.refuse(gathered, ground="not_ours", actor=staff(owner), now=now)

    run.refresh_from_db()
    assert (before > 3, rows_kept()) == (True, 0)
    assert (run.records, run.counts, run.held) == (9, {}, {})


def test_rows_when_the_request_is_withdrawn_during_the_search_then_none_is_stored(
    asked: SubjectRequest, owner: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "FLUSH_BYTES", 1)
    job = Job.objects.get(subject_request=asked)
    pack, stored = gathering._pack, []

    def withdrawn_after_reading(*args: object) -> object:
        packer = pack(*args)  # type: ignore[arg-type]
        stored.append(FindingChunk.objects.count())
        review.withdraw(SubjectRequest.objects.get(), actor=staff(owner), now=now)
        return packer

    monkeypatch.setattr(gathering, "_pack", withdrawn_after_reading)
    queue.perform(job.pk, gathering.gather_source, gathering.give_up, timezone.now)

    job.refresh_from_db()
    assert stored[0] > 0
    assert (job.state, rows_kept()) == ("done", 0)
    assert "source.searched" not in [entry.action for entry in audit.entries_of(asked)]


def test_jobs_when_the_request_is_withdrawn_then_none_waits_and_none_is_tried_again(
    asked: SubjectRequest, owner: User, now: datetime
) -> None:
    job = Job.objects.get(subject_request=asked)
    Job.objects.filter(pk=job.pk).update(state="parked")
    SourceRun.objects.update(state="failed")

    review.withdraw(asked, actor=staff(owner), now=now)

    job.refresh_from_db()
    assert job.state == "done"
    with pytest.raises(WrongState):
        parked.try_again(job, actor=staff(owner), now=now)
    assert SourceRun.objects.get().state == "failed"


def test_files_when_the_request_is_withdrawn_while_they_are_written_then_none_stays(
    gathered: SubjectRequest, owner: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    review.approve(gathered, actor=staff(owner), now=now)
    write, written = fulfilment._write_files, []

    def withdrawn_after_writing(*args: object) -> object:
        built = write(*args)  # type: ignore[arg-type]
        written.extend(files_of(gathered))
        review.withdraw(SubjectRequest.objects.get(), actor=staff(owner), now=now)
        return built

    monkeypatch.setattr(fulfilment, "_write_files", withdrawn_after_writing)
    work_off(gathered)

    assert len(written) > 3
    assert (gathered.state, files_of(gathered), Package.objects.count()) == ("withdrawn", [], 0)
    assert [job.state for job in gathered.jobs.filter(kind="make_package")] == ["done"]
    assert "ready" not in gathered.notices.values_list("kind", flat=True)


def test_files_when_a_try_that_was_thought_dead_wakes_up_late_then_those_of_the_later_one_stay(
    gathered: SubjectRequest, owner: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    review.approve(gathered, actor=staff(owner), now=now)
    job = Job.objects.get(kind="make_package")
    begin = fulfilment._begin

    def overtaken(subject_request: SubjectRequest, claim: Claim) -> None:
        begin(subject_request, claim)
        monkeypatch.undo()
        later = timezone.now() + timedelta(seconds=20)
        queue.perform(job.pk, fulfilment.make_package, fulfilment.give_up, lambda: later)

    monkeypatch.setattr(fulfilment, "_begin", overtaken)
    queue.perform(job.pk, fulfilment.make_package, fulfilment.give_up, timezone.now)

    gathered.refresh_from_db()
    copy = gathered.package.files.get(name="data.json")
    assert gathered.state == "fulfilled"
    assert b"Ada Lovelace" in b"".join(fulfilment.open_file(copy, now=timezone.now()))

    fulfilment.remove_orphans()

    assert {name.split("/")[0] for name in files_of(gathered)} == {"2"}


def test_search_again_when_sources_came_and_went_then_those_of_today_are_asked(
    gathered: SubjectRequest, source: Source, shop: Shop, owner: User, now: datetime
) -> None:
    review.open_findings(gathered.source_runs.get(), "customers", user=owner, first=0, rows=50, now=now)
    text = connections.current_version(source).dataset_text.replace("small_shop", "second_shop")
    connections.disconnect_source(source, actor=staff(owner), now=now)
    connections.add_source(
        shop,
        name="second",
        url=connections.url_of(source),
        dataset_text=text,
        dataset_name="second.yaml",
        actor=staff(owner),
        now=now,
    )

    review.accept_claims(gathered, user=owner, now=now)
    waiting = list(gathered.source_runs.filter(state="queued").values_list("source__name", flat=True))
    work_off(gathered)

    assert waiting == ["second"]
    assert gathered.state == "review"
    assert gathered.source_runs.get(source=source).records == 9


def test_search_again_when_findings_were_seen_then_the_new_ones_are_not(
    gathered: SubjectRequest, owner: User, now: datetime
) -> None:
    review.open_findings(gathered.source_runs.get(), "customers", user=owner, first=0, rows=50, now=now)
    before = Viewing.objects.count()

    review.accept_claims(gathered, user=owner, now=now)
    work_off(gathered)

    assert (before, Viewing.objects.count(), gathered.state) == (1, 0, "review")
