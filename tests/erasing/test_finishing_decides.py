"""What the nightly job decides about each kept record: by the promise that kept it, never silently, person by person."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from dsr.models import AuditStream, Job, KeptRecord, MatchQuestion, Shop, Source, SubjectRequest
from dsr.records import Action
from dsr.workflow import connections, erasure_approval, finishing, ledgers, queue, review
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.queue import Work
from tests.conftest import ADA, BELA, work_off
from tests.erasing.conftest import SMALL_SHOP, carry_out, change, connect_for_writing, rows, wish
from tests.erasing.test_finishing import THE_DAY_AFTER, erased  # noqa: F401  (a fixture)
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

OVERLAY = (SMALL_SHOP / "shop.dsr.yaml").read_text()
DATASET = (SMALL_SHOP / "shop.yaml").read_text()


def describe_anew(shop: Shop, now: datetime, overlay: str) -> None:
    """Publish another overlay of the small shop."""
    assert overlay != OVERLAY
    connections.change_source(
        shop.sources.get(), dataset_text=DATASET, dataset_name="shop.yaml", overlay_text=overlay,
        overlay_name="shop.dsr.yaml", actor=COMMAND, now=now,
    )  # fmt: skip


def test_kept_orders_when_their_table_is_called_otherwise_by_now_then_go_by_what_was_promised_of_them(
    erased: SubjectRequest,  # noqa: F811
    url: str,
    now: datetime,
) -> None:
    assert rows(url)["orders"][0][3] is not None
    describe_anew(erased.shop, now, OVERLAY.replace("record_class: order,", "record_class: sale,"))

    done = finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True)

    assert (done.refused, dict(done.erased)) == ({}, {("shop", "orders"): 1, ("shop", "order_lines"): 2})
    assert rows(url)["orders"][0][1:] == (None,) * 5


def test_kept_records_when_nothing_says_what_becomes_of_them_then_stay_and_staff_are_told(
    erased: SubjectRequest,  # noqa: F811
    url: str,
) -> None:
    before = rows(url)
    KeptRecord.objects.filter(collection="order_lines").update(record_class="mystery")

    job = the_nights_job(erased.shop)

    assert job.state == Job.State.PARKED
    assert (
        "shop: 3 of 'order_lines' were left as they are: The policy of Small Shop has no retention rule"
        in job.error_text
    )
    assert "'mystery'" in job.error_text
    assert rows(url)["order_lines"] == before["order_lines"]
    assert rows(url)["orders"][0][1:] == (None,) * 5, "what is decided about is finished all the same"


def test_kept_records_when_their_table_is_a_lookup_by_now_then_stay_and_staff_are_told(
    erased: SubjectRequest,  # noqa: F811
    now: datetime,
) -> None:
    looked_up = OVERLAY.replace("order_lines: {record_class: order_line, ownership: attached}",
                                "order_lines: {record_class: order_line, ownership: lookup}")  # fmt: skip
    describe_anew(erased.shop, now, looked_up)

    job = the_nights_job(erased.shop)

    assert job.state == Job.State.PARKED
    assert "shop: 3 of 'order_lines' were left as they are: its description calls them nobody's" in job.error_text


def the_nights_job(shop: Shop) -> Job:
    """The nightly job of a shop, done the day after the first records' last day."""
    job = queue.enqueue(Work.FINISH_DUE, target_id=shop.pk, now=THE_DAY_AFTER, key="finish")
    queue.perform(job.pk, finishing.finish_due, queue.leave_it_parked, lambda: THE_DAY_AFTER)
    job.refresh_from_db()
    return job


def test_record_when_a_colleague_decided_to_keep_it_until_a_day_then_stays_through_that_day_and_goes(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    erasure_approval.change_outcome(
        wanted, source=wanted.shop.sources.get(), collection="newsletter", action=Action.KEEP, until=date(2026, 5, 1),
        reason="We owe you a voucher.", actor=staff(owner), now=now,
    )  # fmt: skip
    carry_out(wanted, owner, now)
    beside = KeptRecord.objects.filter(until=None)
    assert beside.exists(), "what waits for an event is looked at every night, with everything else of its person"

    for night in (now + timedelta(days=1), datetime(2026, 5, 1, 12, tzinfo=UTC)):
        assert finishing.finish(wanted.shop, now=night, execute=True).total == 0
    assert [row[0] for row in rows(url)["newsletter"]] == ["ada@example.com", "bela@example.org"]

    done = finishing.finish(wanted.shop, now=datetime(2026, 5, 2, 12, tzinfo=UTC), execute=True)
    assert dict(done.erased) == {("shop", "newsletter"): 1}
    assert [row[0] for row in rows(url)["newsletter"]] == ["bela@example.org"]


def test_kept_records_when_the_logs_of_two_people_are_gone_then_what_one_has_open_holds_up_nothing_of_the_other(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, url, now)
    # Bela's is not delivered yet; Ada's were long ago.
    change(
        url,
        "UPDATE orders SET placed_on = NULL WHERE id = 20",
        "UPDATE orders SET placed_on = '2025-11-01' WHERE id = 11",
    )
    undelivered = {"key": "undelivered", "record_class": "order", "until_fact": "ordered_on", "blocks": ["order"]}
    promise(shop, now, retention=[KEEPING, GOING], blockers=[undelivered])
    for who in (ADA, BELA):
        carry_out(wish(shop, owner, now, who), owner, now)
    assert {"closed:undelivered", ""} == set(
        KeptRecord.objects.waiting().filter(collection="orders").values_list("event", flat=True)
    )
    AuditStream.objects.update(subject_request=None)
    SubjectRequest.objects.all().delete()
    assert set(KeptRecord.objects.values_list("subject_request", flat=True)) == {None}

    done = finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert (done.erased["shop", "orders"], done.erased["shop", "order_lines"], dict(done.moved_on)) == (1, 2, {})
    assert [row[0] for row in rows(url)["orders"] if row[3] is not None] == [11, 20]
    assert KeptRecord.objects.waiting().values("person").distinct().count() == 2


@pytest.mark.parametrize(("first", "then"), [(30, 400), (400, 30)])
def test_finished_record_when_backups_are_kept_otherwise_by_now_then_is_in_the_ledger_until_the_longer_of_both_ends(
    connected: Source, owner: User, now: datetime, first: int, then: int
) -> None:
    shop = connected.shop
    promise(shop, now, backups=[nightly(first)])
    carry_out(wish(shop, owner, now), owner, now)
    promise(shop, now + timedelta(days=1), backups=[nightly(then)])

    finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    number = (
        KeptRecord.objects.filter(state=KeptRecord.State.FINISHED).values_list("intent", flat=True).distinct().get()
    )
    (entry,) = [each for each in ledgers.ledger().entries() if each.number == number]
    assert entry.expires_on == THE_DAY_AFTER.date() + timedelta(days=400 + 1) + ledgers.MARGIN


def test_finished_records_when_different_promises_kept_them_then_are_in_the_ledger_until_the_longest_of_all_ends(
    connected: Source, owner: User, now: datetime
) -> None:
    shop = connected.shop
    for number, (who, days) in enumerate([(ADA, 30), (BELA, 400)]):
        promise(shop, now + timedelta(days=number), backups=[nightly(days)])
        carry_out(wish(shop, owner, now + timedelta(days=number), who), owner, now + timedelta(days=number))
    promise(shop, now + timedelta(days=2), backups=[nightly(30)])
    night = datetime(2029, 5, 6, 18, tzinfo=UTC)

    done = finishing.finish(shop, now=night, execute=True)

    assert done.erased["shop", "orders"] == 2
    number = (
        KeptRecord.objects.filter(state=KeptRecord.State.FINISHED).values_list("intent", flat=True).distinct().get()
    )
    (entry,) = [each for each in ledgers.ledger().entries() if each.number == number]
    assert entry.expires_on == night.date() + timedelta(days=400 + 1) + ledgers.MARGIN


def nightly(days: int) -> dict[str, object]:
    return {"key": "nightly", "what": "Copies", "every_days": 1, "kept_days": days}


def test_record_of_two_people_when_the_second_is_erased_too_then_neither_of_their_records_waits_for_ever(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    change(url, "UPDATE orders SET guest_email = 'bela@example.org', placed_on = '2021-02-01' WHERE id = 10")
    shop, night = connected.shop, datetime(2028, 2, 2, 18, tzinfo=UTC)
    carry_out(without_doubt(wish(shop, owner, now), owner, now), owner, now)
    theirs = KeptRecord.objects.filter(collection="orders", rule="shared-record")
    assert theirs.count() == 1

    later = now + timedelta(days=1)
    carry_out(without_doubt(wish(shop, owner, later, BELA), owner, later), owner, later)
    assert KeptRecord.objects.waiting().filter(collection="orders", digest=theirs.get().digest).count() == 2

    soon = finishing.finish(shop, now=now + timedelta(days=2), execute=True)
    assert (soon.refused, soon.given_away.total()) == ({}, 0)
    ended = finishing.finish(shop, now=night, execute=True)
    assert (ended.refused, ended.given_away.total()) == ({}, 0)
    assert rows(url)["orders"][0][1:] == (None,) * 5
    assert not KeptRecord.objects.waiting().filter(until__lt=night.date()).exists()


def without_doubt(asked: SubjectRequest, owner: User, now: datetime) -> SubjectRequest:
    """Nobody who agrees only weakly is the same person."""
    for question in asked.match_questions.unanswered():
        review.answer_match(question, MatchQuestion.Answer.OTHER, user=owner, actor=staff(owner), now=now)
        work_off(asked)
    return asked
