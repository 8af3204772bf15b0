"""Two who act at the same moment, each over a connection of its own: the person who stops an erasure and the job that begins it,
and two erasures of one person."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection

from dsr import jobs
from dsr.lifecycle import State
from dsr.models import AuditEntry, Job, KeptRecord, PlanStep, Shop, SubjectRequest
from dsr.workflow import ledgers, review
from dsr.workflow.actors import CUSTOMER
from dsr.workflow.transitions import WrongState
from tests.conftest import work_off
from tests.erasing.at_once import on_a_connection_of_its_own, until_somebody_waits
from tests.erasing.conftest import approve, connect_for_writing, rows, wish
from tests.erasing.test_bad_input import job_of
from tests.own.dumps import address_of


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["the person", "the job"])
def test_stop_when_it_comes_at_the_moment_the_job_begins_then_one_counts_and_the_other_is_told(
    wanted: SubjectRequest, owner: User, now: datetime, url: str, first: str
) -> None:
    approve(wanted, owner, now)
    before, ours = rows(url), address_of(connection.settings_dict["NAME"])
    known = len(list(ledgers.ledger().entries()))
    same = SubjectRequest.objects.get(pk=wanted.pk)
    acts = {
        "the person": lambda at: at(review.withdraw, same, actor=CUSTOMER, now=now),
        "the job": lambda at: at(jobs.erase, job_of(wanted).pk),
    }
    order = sorted(acts, key=lambda who: who != first)

    done: dict[str, Future[Any]] = {}
    with psycopg.connect(ours) as lock, ThreadPoolExecutor(2) as both:
        lock.execute("SELECT FROM dsr_subjectrequest WHERE id = %s FOR NO KEY UPDATE", [wanted.pk])
        for place, who in enumerate(order, start=1):
            done[who] = acts[who](lambda *given, **named: both.submit(on_a_connection_of_its_own, *given, **named))
            until_somebody_waits(ours, place)
        lock.rollback()

    wanted.refresh_from_db()
    done["the job"].result()
    if first == "the person":
        done["the person"].result()
        assert (wanted.state, job_of(wanted).state, rows(url)) == (State.WITHDRAWN, Job.State.DONE, before)
        assert not PlanStep.objects.exists()
        assert len(list(ledgers.ledger().entries())) == known
    else:
        with pytest.raises(WrongState, match="has just been moved by somebody else"):
            done["the person"].result()
        assert (wanted.state, job_of(wanted).state) == (State.FULFILLED, Job.State.DONE)
        assert [row[0] for row in rows(url)["customers"]] == [2]
    said = set(AuditEntry.objects.filter(stream=wanted.audit_stream).values_list("action", flat=True))
    assert said & {"request.withdrawn", "erasure.started"} == {
        "request.withdrawn" if first == "the person" else "erasure.started"
    }


@pytest.mark.django_db(transaction=True)
def test_erasures_when_two_of_one_person_run_at_once_then_both_end_as_if_one_had_come_after_the_other(
    shop: Shop, owner: User, now: datetime, url: str
) -> None:
    connect_for_writing(shop, url, now)
    asked = [wish(shop, owner, now) for _ in range(2)]
    for each in asked:
        approve(each, owner, now)
    before = rows(url)

    with psycopg.connect(url) as lock, ThreadPoolExecutor(2) as both:
        # Both have begun and looked; neither has changed anything.
        lock.execute("SELECT FROM newsletter FOR UPDATE")
        running = [both.submit(on_a_connection_of_its_own, jobs.erase, job_of(each).pk) for each in asked]
        until_somebody_waits(url, 2)
        assert PlanStep.objects.filter(applied_at=None).count() == 2
        assert rows(url) == before
        lock.rollback()
    for each in running:
        each.result()

    for each in asked:
        work_off(each)
        assert (each.state, job_of(each).error_text) == (State.FULFILLED, "")
    after = rows(url)
    assert after["customers"] == before["customers"][1:]
    assert after["newsletter"] == before["newsletter"][1:]
    assert [row[:3] for row in after["orders"]] == [(10, None, None), (11, None, None), before["orders"][2][:3]]
    assert (after["order_lines"], after["gifts"]) == (before["order_lines"], before["gifts"])
    kept = [
        set(KeptRecord.objects.filter(subject_request=each).values_list("collection", "digest", "until"))
        for each in asked
    ]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 7
