"""An erasure whose ledger is in a bucket: written down there first, done again from there, and not done while it is away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from dsr import checks
from dsr.lifecycle import State
from dsr.models import Job, SubjectRequest
from dsr.workflow import ledger_upkeep, ledgers, replay
from dsr.workflow.actors import COMMAND
from tests.erasing.conftest import approve, carry_out, change, rows, work_off
from tests.ledger.buckets import BucketServer, bucket_server


@pytest.fixture
def server(settings: Settings) -> Iterator[BucketServer]:
    with bucket_server() as running:
        settings.DSR_LEDGER = running.new_place()
        yield running


def test_erasure_when_the_ledger_is_in_a_bucket_then_is_written_down_there_and_done_again_from_there(
    server: BucketServer, wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)

    assert wanted.state == State.FULFILLED
    assert ledger_upkeep.verify().segments == ledgers.ledger().length() == 3
    change(url, "INSERT INTO newsletter VALUES ('ada@example.com', true, NULL)")
    report = replay.replay(wanted.shop, execute=True, actor=COMMAND, now=now, say=lambda _: None)
    assert report.done.total() == 1
    assert [row[0] for row in rows(url)["newsletter"]] == ["bela@example.org"]
    assert checks.ledger_is_apart(None) == []


def test_erasure_when_the_bucket_is_away_then_nothing_is_erased_and_it_says_so(
    server: BucketServer, wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    approve(wanted, owner, now)
    before = rows(url)
    server.process.kill()
    server.process.wait()

    work_off(wanted)

    assert rows(url) == before
    assert [fault.id for fault in checks.ledger_is_apart(None)] == ["dsr.W010"]
    job = Job.objects.get(subject_request=wanted, kind="erase")
    assert job.state == Job.State.PARKED
    assert "cannot be" in job.error_text
    assert "Nothing" in job.error_text
