"""A source that is disconnected must not hold a request up in silence, and can be connected again."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import Job, Shop, Source, SourceRun, SubjectRequest
from dsr.sources.base import SourceError
from dsr.workflow import answer, audit, connections, gathering, sealing
from dsr.workflow.actors import COMMAND
from dsr.workflow.connections import AlreadyThere
from dsr.workflow.transitions import WrongState
from tests.conftest import ADA, ask, connect, work_off


@pytest.fixture
def waiting(asked: SubjectRequest, source: Source, now: datetime) -> SourceRun:
    """Ada's request, whose one source was disconnected before it was asked; the job has come to its end."""
    connections.disconnect_source(source, actor=COMMAND, now=now)
    work_off(asked)
    return asked.source_runs.get()


def test_a_disconnected_source_when_its_job_comes_then_nothing_is_read_and_the_run_says_why(
    waiting: SourceRun, asked: SubjectRequest
) -> None:
    assert (waiting.state, waiting.error_code, waiting.records) == ("failed", "disconnected", 0)
    assert waiting.error_text == "It was disconnected before it answered."
    assert (asked.state, Job.objects.get(subject_request=asked).state) == ("gathering", "parked")


def test_going_on_without_it_when_staff_decide_then_review_begins_and_the_copy_says_so(
    waiting: SourceRun, asked: SubjectRequest, now: datetime
) -> None:
    gathering.go_on_without(waiting, actor=COMMAND, now=now)

    asked.refresh_from_db()
    searched = answer.freeze(asked, approved_at=now, now=now).searched
    assert asked.state == "review"
    assert [(place.answer, place.reason) for place in searched] == [
        ("not_searched", "It was disconnected before it answered.")
    ]
    assert "source.left_out" in [entry.action for entry in audit.entries_of(asked)]


def test_going_on_without_it_when_it_is_connected_then_it_is_refused(
    waiting: SourceRun, source: Source, asked: SubjectRequest, now: datetime
) -> None:
    Source.objects.filter(pk=source.pk).update(is_active=True)

    with pytest.raises(WrongState):
        gathering.go_on_without(waiting, actor=COMMAND, now=now)

    asked.refresh_from_db()
    assert asked.state == "gathering"


def test_going_on_without_it_when_another_source_still_works_then_the_request_waits_for_that(
    shop: Shop, source: Source, shop_url: str, owner: User, now: datetime
) -> None:
    other = connect_second(shop, shop_url, now)
    asked = ask(shop, ADA, now, owner)
    connections.disconnect_source(other, actor=COMMAND, now=now)
    second = asked.source_runs.get(source=other)
    gathering.give_up(second.pk, "stopped", now)

    gathering.go_on_without(second, actor=COMMAND, now=now)

    asked.refresh_from_db()
    before = asked.state
    work_off(asked)
    assert (before, asked.state) == ("gathering", "review")


def test_a_source_when_it_is_connected_again_then_it_keeps_its_versions_and_answers(
    waiting: SourceRun, source: Source, asked: SubjectRequest, now: datetime
) -> None:
    connections.reconnect_source(source, actor=COMMAND, now=now)
    gathering.retry(waiting, actor=COMMAND, now=timezone.now())
    work_off(asked)

    source.refresh_from_db()
    waiting.refresh_from_db()
    assert (source.is_active, source.versions.count()) == (True, 1)
    assert (asked.state, waiting.state, waiting.error_text) == ("review", "done", "")


def test_a_source_when_its_database_is_gone_then_it_stays_disconnected(source: Source, now: datetime) -> None:
    connections.disconnect_source(source, actor=COMMAND, now=now)
    nowhere = sealing.seal_credential("postgresql://u:p@127.0.0.1:1/nowhere", owner=str(source))
    Source.objects.filter(pk=source.pk).update(sealed_url=nowhere)
    source.refresh_from_db()

    with pytest.raises(SourceError):
        connections.reconnect_source(source, actor=COMMAND, now=now)

    source.refresh_from_db()
    assert not source.is_active


def test_a_new_source_when_a_disconnected_one_has_its_name_then_the_way_back_is_told(
    shop: Shop, source: Source, shop_url: str, now: datetime
) -> None:
    connections.disconnect_source(source, actor=COMMAND, now=now)

    with pytest.raises(AlreadyThere, match="connect it again, its versions are kept"):
        connect(shop, "shop", shop_url, now)


def connect_second(shop: Shop, url: str, now: datetime) -> Source:
    """A second source of the shop, on the same database under another key."""
    first = connections.current_version(shop.sources.get())
    text = first.dataset_text.replace("small_shop", "second_shop")
    made, _ = connections.add_source(
        shop, name="second", url=url, dataset_text=text, dataset_name="second.yaml", actor=COMMAND, now=now
    )
    return made
