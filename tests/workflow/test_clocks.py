"""What people do to a request's clock: extend once, ask and wait, go on, acknowledge; and whom the person may turn to."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection

from dsr.lifecycle import RequestType
from dsr.models import ClockPause, Extension, Notice, Shop, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import audit, clocks, intake, notices, review, timeline, verification
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.transitions import WrongState
from tests.conftest import ADA, ask
from tests.promising import promise

REASON = "Your data lies in seven places & one of them is a card index."
QUESTION = "Which of your two accounts do you mean?"
IDENTITY = ClockPause.Why.IDENTITY
DUE, EXTENDED = date(2026, 2, 6), date(2026, 4, 6)


@pytest.fixture
def european(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    """Ada's request of 6 January under the EU's month."""
    promise(shop, now, regimes=["eu_gdpr"], promised=None)
    return ask(shop, ADA, now, owner)


@pytest.fixture
def californian(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    """Ada's request of 6 January under California's 45 days."""
    promise(shop, now, regimes=["us_ca"], promised=None)
    return ask(shop, ADA, now, owner)


def mails(subject_request: SubjectRequest, kind: Notice.Kind) -> list[dict[str, str]]:
    return [notices.read(each) for each in subject_request.notices.filter(kind=kind)]


def facts(subject_request: SubjectRequest, action: str) -> list[dict[str, audit.Fact]]:
    return [dict(each.facts) for each in audit.entries_of(subject_request) if each.action == action]


def stands(subject_request: SubjectRequest) -> tuple[object, ...]:
    """Everything that a refused change must leave alone."""
    fresh = SubjectRequest.objects.get(pk=subject_request.pk)
    return (
        fresh.due_on,
        fresh.regime,
        Extension.objects.count(),
        ClockPause.objects.count(),
        subject_request.notices.count(),
        len(list(audit.entries_of(subject_request))),
    )


def test_extension_when_in_time_then_moves_the_date_and_writes_to_the_person_why(
    european: SubjectRequest, owner: User, now: datetime
) -> None:
    assert european.due_on == DUE

    made = clocks.extend(european, reason=REASON, actor=staff(owner), now=now + timedelta(days=20))

    assert (european.due_on, made.from_on, made.until_on) == (EXTENDED, DUE, EXTENDED)
    (mail,) = mails(european, Notice.Kind.EXTENDED)
    assert mail["to"] == "ada@example.com"
    assert REASON in mail["text"]
    assert REASON.replace("&", "&amp;") in mail["html"]
    assert "by Monday 6 April at the latest, not by Friday 6 February" in mail["text"]
    assert made.notice == european.notices.get(kind=Notice.Kind.EXTENDED)
    assert facts(european, "request.extended") == [
        {"regime": "eu_gdpr", "from_on": "2026-02-06", "due_on": "2026-04-06", "is_mailed": True}
    ]
    assert timeline.for_the_person(european)[-1].sentence == (
        "We need longer: the answer is due on 6 April 2026, not on 6 February 2026."
    )


def test_reason_when_stored_then_is_sealed_and_can_be_read_again(
    european: SubjectRequest, owner: User, now: datetime
) -> None:
    made = clocks.extend(european, reason=f"  {REASON}\n", actor=staff(owner), now=now)
    asked = clocks.pause(european, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=now)

    assert b"card index" not in bytes(made.sealed_reason) + bytes(asked.sealed_reason)
    assert (clocks.reason_of(made), clocks.reason_of(asked)) == (REASON, QUESTION)
    assert "card index" not in json.dumps([each.facts for each in audit.entries_of(european)])


def test_extension_when_made_twice_then_the_second_is_told(
    european: SubjectRequest, owner: User, now: datetime
) -> None:
    clocks.extend(european, reason=REASON, actor=staff(owner), now=now)
    before = stands(european)

    with pytest.raises(WrongState, match="extended already"):
        clocks.extend(european, reason=REASON, actor=staff(owner), now=now)

    assert stands(european) == before


@pytest.mark.django_db(transaction=True)
def test_extension_when_many_press_at_once_then_one_counts(european: SubjectRequest, now: datetime) -> None:
    def press(_: int) -> str:
        try:
            clocks.extend(SubjectRequest.objects.get(pk=european.pk), reason=REASON, actor=COMMAND, now=now)
        except WrongState:
            return "told"
        finally:
            connection.close()
        return "extended"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(press, range(6)))

    assert outcomes == ["extended"] + ["told"] * 5
    assert len(mails(european, Notice.Kind.EXTENDED)) == len(facts(european, "request.extended")) == 1


def test_extension_on_the_last_day_then_counts_and_a_day_later_not(
    european: SubjectRequest, owner: User, now: datetime
) -> None:
    last_minute = datetime(2026, 2, 6, 23, 59, tzinfo=UTC)
    before = stands(european)

    with pytest.raises(clocks.TooLate, match="2026-02-06"):
        clocks.extend(european, reason=REASON, actor=staff(owner), now=last_minute + timedelta(minutes=1))
    assert stands(european) == before
    clocks.extend(european, reason=REASON, actor=staff(owner), now=last_minute)

    assert european.due_on == EXTENDED


def test_extension_when_the_shop_promised_the_date_itself_then_is_refused(
    shop: Shop, owner: User, now: datetime
) -> None:
    twenty = {"respond": {"count": 20, "unit": "calendar_day"}}
    promise(shop, now, regimes=["eu_gdpr"], promised=twenty)
    asked = ask(shop, ADA, now, owner)
    before = stands(asked)

    with pytest.raises(clocks.NotAllowed, match="own promise"):
        clocks.extend(asked, reason=REASON, actor=staff(owner), now=now)

    assert stands(asked) == before


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 2001])
def test_change_when_it_says_nothing_or_a_book_then_is_refused(
    european: SubjectRequest, owner: User, now: datetime, reason: str
) -> None:
    before = stands(european)

    with pytest.raises(clocks.NoReason):
        clocks.extend(european, reason=reason, actor=staff(owner), now=now)
    with pytest.raises(clocks.NoReason):
        clocks.pause(european, why=IDENTITY, reason=reason, actor=staff(owner), now=now)

    assert stands(european) == before


def test_change_when_the_request_is_closed_then_is_refused(
    european: SubjectRequest, owner: User, now: datetime
) -> None:
    review.withdraw(european, actor=staff(owner), now=now)
    before = stands(european)

    for change in (
        lambda: clocks.extend(european, reason=REASON, actor=staff(owner), now=now),
        lambda: clocks.pause(european, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=now),
        lambda: clocks.resume(european, actor=staff(owner), now=now),
        lambda: clocks.acknowledge(european, actor=staff(owner), now=now),
    ):
        with pytest.raises(WrongState, match="withdrawn"):
            change()

    assert stands(european) == before


def test_person_when_no_mailbox_is_known_then_the_extension_says_that_nobody_wrote(
    shop: Shop, owner: User, now: datetime
) -> None:
    promise(shop, now, regimes=["eu_gdpr"], promised=None)
    asked = intake.open_request(
        shop=shop,
        request_type=RequestType.ACCESS,
        identities=(Identity(IdentityKind.PHONE, "+16175550101"),),
        channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner),
        now=now,
    )

    made = clocks.extend(asked, reason=REASON, actor=staff(owner), now=now)

    assert made.notice is None
    assert timeline.for_staff(asked)[-1].sentence.endswith("there is no address to write to: tell the person")


def test_pause_when_the_statute_has_one_then_asks_by_mail_and_the_reply_moves_the_date(
    european: SubjectRequest, owner: User, now: datetime
) -> None:
    asked_at, replied_at = now + timedelta(days=3), now + timedelta(days=10)

    clocks.pause(european, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=asked_at)
    assert clocks.open_pause(european) is not None
    clocks.resume(european, actor=staff(owner), now=replied_at)

    (mail,) = mails(european, Notice.Kind.QUESTION)
    assert QUESTION in mail["text"]
    assert european.due_on == date(2026, 2, 13)  # Seven days later.
    assert clocks.open_pause(european) is None
    assert facts(european, "clock.paused") == [{"regime": "eu_gdpr", "why": "identity"}]
    assert facts(european, "clock.resumed") == [{"regime": "eu_gdpr", "due_on": "2026-02-13"}]


def test_pause_when_the_statute_has_none_then_is_refused_and_nothing_is_mailed(
    californian: SubjectRequest, owner: User, now: datetime
) -> None:
    before = stands(californian)

    with pytest.raises(clocks.NotAllowed, match="2026-02-20"):
        clocks.pause(californian, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=now)

    assert stands(californian) == before


def test_clock_when_it_stands_still_then_is_neither_stopped_again_nor_extended(
    european: SubjectRequest, owner: User, now: datetime
) -> None:
    clocks.pause(european, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=now)
    before = stands(european)

    with pytest.raises(WrongState, match="stands still since 2026-01-06"):
        clocks.pause(european, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=now)
    with pytest.raises(WrongState, match="stands still"):
        clocks.extend(european, reason=REASON, actor=staff(owner), now=now)

    assert stands(european) == before


def test_clock_when_it_goes_on_then_a_second_reply_changes_nothing(
    european: SubjectRequest, owner: User, now: datetime
) -> None:
    clocks.pause(european, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=now)
    clocks.resume(european, actor=staff(owner), now=now + timedelta(days=2))
    before = stands(european)

    with pytest.raises(WrongState, match="does not stand still"):
        clocks.resume(european, actor=staff(owner), now=now + timedelta(days=9))

    assert stands(european) == before


def test_clock_when_it_has_run_out_then_cannot_stand_still(european: SubjectRequest, owner: User) -> None:
    with pytest.raises(clocks.TooLate, match="2026-02-06"):
        clocks.pause(
            european, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=datetime(2026, 2, 7, 0, 1, tzinfo=UTC)
        )


def test_clock_when_it_stands_still_past_its_date_then_is_not_overdue(
    european: SubjectRequest, owner: User, now: datetime
) -> None:
    much_later = date(2026, 5, 1)
    assert european.is_overdue(much_later)

    clocks.pause(european, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=now)

    assert european.is_paused
    assert not SubjectRequest.objects.overdue(much_later).exists()
    assert not SubjectRequest.objects.nearly_late(DUE).exists()
    assert (european.is_overdue(much_later), european.is_nearly_late(DUE)) == (False, False)
    clocks.resume(european, actor=staff(owner), now=now + timedelta(days=100))
    assert (european.is_paused, european.due_on) == (False, date(2026, 5, 18))  # A hundred days: Sunday, so Monday.


def test_clock_when_it_stands_still_within_an_extension_then_the_long_date_is_the_one_that_waits(
    european: SubjectRequest, owner: User, now: datetime
) -> None:
    clocks.extend(european, reason=REASON, actor=staff(owner), now=now)
    in_march = datetime(2026, 3, 2, 12, tzinfo=UTC)

    clocks.pause(european, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=in_march)

    assert (european.is_paused, european.due_on) == (True, EXTENDED)
    clocks.resume(european, actor=staff(owner), now=in_march + timedelta(days=9))
    # Nine days after 6 April, Easter Monday in Europe but not at a shop elsewhere.
    assert (european.is_paused, european.due_on) == (False, date(2026, 4, 15))


def test_clock_when_another_statute_may_apply_that_knows_no_pause_then_that_one_runs_on(
    shop: Shop, owner: User, now: datetime
) -> None:
    promise(shop, now, regimes=["eu_gdpr", "us_ca"], promised=None)
    asked = ask(shop, ADA, now, owner)
    assert (asked.regime, asked.due_on) == ("eu_gdpr", DUE)

    clocks.pause(asked, why=IDENTITY, reason=QUESTION, actor=staff(owner), now=now)

    assert (asked.regime, asked.due_on, asked.is_paused) == ("us_ca", date(2026, 2, 20), False)
    assert asked.is_overdue(date(2026, 2, 21))
    clocks.resume(asked, actor=staff(owner), now=now + timedelta(days=4))
    assert (asked.regime, asked.due_on) == ("eu_gdpr", date(2026, 2, 10))


def test_acknowledgement_when_the_person_confirms_then_the_mail_counts(shop: Shop, now: datetime) -> None:
    promise(shop, now, promised={"acknowledge": {"count": 2, "unit": "calendar_day"}})
    asked = ask(shop, ADA, now)
    code = next(word for word in notices.read(asked.notices.get())["text"].split() if word.isdigit() and len(word) == 6)
    assert (asked.acknowledged_at, asked.acknowledge_by) == (None, date(2026, 1, 8))
    later = now + timedelta(days=1)

    verification.confirm_by_code(asked, code, now=later)

    asked.refresh_from_db()
    assert asked.acknowledged_at == later
    assert facts(asked, "request.acknowledged") == [{"is_late": False}]


def test_acknowledgement_when_staff_give_it_late_then_it_is_mailed_and_late(
    shop: Shop, owner: User, now: datetime
) -> None:
    promise(shop, now, promised={"acknowledge": {"count": 2, "unit": "calendar_day"}})
    asked = ask(shop, ADA, now, owner)
    assert asked.acknowledged_at is None

    clocks.acknowledge(asked, actor=staff(owner), now=now + timedelta(days=3))

    assert asked.acknowledged_at == now + timedelta(days=3)
    assert len(mails(asked, Notice.Kind.CONFIRMED)) == 1
    assert facts(asked, "request.acknowledged") == [{"is_late": True}]
    with pytest.raises(WrongState, match="already"):
        clocks.acknowledge(asked, actor=staff(owner), now=now + timedelta(days=4))


@pytest.mark.parametrize(
    ("channel", "is_told"), [("phone", True), ("counter", True), ("letter", False), ("email", False)]
)
def test_acknowledgement_when_somebody_speaks_with_the_person_then_that_counts(
    shop: Shop, owner: User, now: datetime, channel: str, is_told: bool
) -> None:
    asked = intake.open_request(
        shop=shop,
        request_type=RequestType.ACCESS,
        identities=(ADA,),
        channel=SubjectRequest.Channel(channel),
        proved_to=staff(owner),
        now=now,
    )

    assert (asked.acknowledged_at == now) == is_told


def test_outside_body_when_nobody_acknowledged_in_time_then_may_be_turned_to(
    shop: Shop, owner: User, now: datetime
) -> None:
    body = {"body": "The Liaison", "url": "https://liaison.example/", "after": ["not_acknowledged"]}
    promise(shop, now, promised={"acknowledge": {"count": 2, "unit": "calendar_day"}}, escalation=body)
    asked = ask(shop, ADA, now, owner)
    in_time, too_late = now + timedelta(days=2), now + timedelta(days=3)

    assert clocks.escalation_of(asked, now=in_time) is None
    found = clocks.escalation_of(asked, now=too_late)
    assert found is not None
    assert (found.body, found.url) == ("The Liaison", "https://liaison.example/")
    promise(shop, too_late, escalation=body | {"url": "https://moved.example/"})
    moved = clocks.escalation_of(asked, now=too_late)
    assert moved is not None
    assert moved.url == "https://moved.example/"
    clocks.acknowledge(asked, actor=staff(owner), now=too_late)
    assert clocks.escalation_of(asked, now=too_late) is None


def test_outside_body_when_the_shop_names_it_for_other_things_then_is_not_shown(
    shop: Shop, owner: User, now: datetime
) -> None:
    body = {"body": "The Liaison", "after": ["not_satisfied"]}
    promise(shop, now, promised={"acknowledge": {"count": 2, "unit": "calendar_day"}}, escalation=body)
    asked = ask(shop, ADA, now, owner)

    assert asked.is_unacknowledged(date(2026, 1, 9))
    assert clocks.escalation_of(asked, now=now + timedelta(days=3)) is None


def test_lists_when_asked_about_a_day_then_tell_near_from_late(european: SubjectRequest, now: datetime) -> None:
    aim = european.target_on
    assert aim is not None
    assert aim < DUE
    days = {
        aim - timedelta(days=1): (False, False),
        aim: (True, False),
        DUE: (True, False),
        DUE + timedelta(days=1): (False, True),
    }

    for day, (near, late) in days.items():
        requests = SubjectRequest.objects
        assert (requests.nearly_late(day).exists(), requests.overdue(day).exists()) == (near, late)
        assert (european.is_nearly_late(day), european.is_overdue(day)) == (near, late)
