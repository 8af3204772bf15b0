"""Data that may be wrong or old, at the desk: shown, looked into, left as it is, and mended as far as the person's mail."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsr.lifecycle import RequestType, State
from dsr.models import AuditEntry, Doubt, Hold, Membership, Notice, Shop, Source, SubjectRequest
from dsr.records import IdentityKind
from dsr.workflow import correction_mails, corrections, doubt_corrections, doubts, notices, sealing, shops
from dsr.workflow.actors import staff
from dsr.workflow.doubts import DoubtRefused
from tests.conftest import work_off
from tests.doubts.conftest import Do, connected, do, look, url  # noqa: F401  (fixtures)
from tests.staff.conftest import signed_in, text
from tests.staff.test_correction_views import address, fields


@pytest.fixture
def found(connected: Source, now: datetime) -> Source:  # noqa: F811
    """The shop, looked through one night."""
    look(connected, now)
    return connected


def doubt(field: str, because: str) -> Doubt:
    return Doubt.objects.get(field=field, because=because)


def look_into(desk: Client, it: Doubt) -> str:
    return text(desk.post(f"/staff/doubts/{it.pk}/look-into/", follow=True))


def test_page_when_values_are_in_doubt_then_says_which_where_and_why_and_nobodys_name(
    desk: Client,
    found: Source,
    do: Do,  # noqa: F811
) -> None:
    page = text(desk.get("/staff/doubts/"))
    seen = " ".join(re.sub(r"<[^>]+>", " ", page).split())

    assert page.count("Look into it") == 8
    assert re.search(
        r"Email Accounts Doubtful shop Probably wrong Bounced at: Friday 2 January( 2026)? A•••@E•••.com", seen
    )
    assert "Phone Accounts Doubtful shop Probably out of date Confirmed on: Friday 1 May 2020 +• ••• ••• ••01" in seen
    assert "Card valid until Accounts Doubtful shop Probably out of date says Monday 5 January" in seen
    assert "Postcode Addresses Doubtful shop Missing" in seen
    assert do("SELECT email, name FROM customers WHERE number = 'C-1'") == [("Ada@Example.com", "Ada Lovelace")]
    assert not re.search(r"Ada@|Lovelace|C-1|0101", page)


def test_navigation_when_nothing_is_looked_for_then_has_no_link(desk: Client, connected: Source, now: datetime) -> None:  # noqa: F811
    before = text(desk.get("/staff/"))
    assert "Nobody looks for it yet." in text(desk.get("/staff/doubts/"))
    look(connected, now)

    assert "Data in doubt" not in before
    assert '<a class="nav-item-link" href="/staff/doubts/">' in text(desk.get("/staff/"))
    Doubt.objects.all().delete()
    assert "Nothing is in doubt." in text(desk.get("/staff/doubts/"))


def test_look_when_something_is_wrong_then_goes_by_the_desk_into_the_shop_and_to_the_person(
    desk: Client,
    found: Source,
    do: Do,  # noqa: F811
    now: datetime,
) -> None:
    do("UPDATE customers SET bounced_at = NULL WHERE number = 'C-1'")
    look(found, now)
    page = look_into(desk, doubt("card_until", "outdated"))

    assert "with everything that is in doubt in this record (2 fields). The person is told of it." in page
    made = SubjectRequest.objects.get()
    assert (made.type, made.channel) == (RequestType.CORRECTION, SubjectRequest.Channel.SHOP)
    work_off(made)
    wishes = corrections.items(made)
    assert {(each.row.source, each.row.collection, each.why) for each in wishes} == {
        (found, "customers", "We noticed that it is probably out of date.")
    }
    assert [(each.row.field, each.says) for each in wishes] == [
        ("card_until", "2026-01-05"), ("phone", "+1 617 555 0101"),
    ]  # fmt: skip
    base = f"/staff/requests/{made.reference}"
    for number, field, to in ((1, "card_until", "2030-12-31"), (2, "phone", "")):
        page = text(desk.get(f"{base}/corrections/{number}/"))
        typed = {name: value for name, value in fields(page).items() if f"|{field}|" not in name}
        told = text(
            desk.post(f"{base}/corrections/{number}/", typed | {address(page, "customers", field): to}, follow=True)
        )
        assert f"Wish {number} is followed." in told
    desk.post(f"{base}/plan/freeze/")
    fingerprint = re.search(r'name="fingerprint" value="([0-9a-f]{64})"', text(desk.get(f"{base}/plan/")))
    assert fingerprint is not None
    desk.post(f"{base}/plan/approve/", {"fingerprint": fingerprint[1], "typed_reference": made.reference})
    work_off(made)

    assert made.state == State.FULFILLED
    (ada, bela, *_) = do("SELECT card_until, phone FROM customers ORDER BY number")
    assert (str(ada[0]), ada[1], str(bela[0]), bela[1]) == ("2030-12-31", None, "2026-01-06", "+1 617 555 0102")
    for kind in ("proposed", "corrected"):
        assert notices.read(Notice.objects.get(kind=kind))["to"] == "ada@example.com"
    look(found, now)
    assert set(Doubt.objects.filter(collection="customers").values_list("field", "because")) == {
        ("phone", "incomplete")
    }


def test_mailbox_when_mail_came_back_from_it_then_it_is_mended_and_not_written_to(desk: Client, found: Source) -> None:
    told = look_into(desk, doubt("email", "wrong"))
    made = SubjectRequest.objects.get()
    work_off(made)

    assert sealing.person_of(made, "US").values(IdentityKind.EMAIL) == ()
    assert sealing.person_of(made, "US").values(IdentityKind.CUSTOMER_NUMBER) == ("C-1",)
    assert made.state == State.REVIEW
    assert not Notice.objects.exists()
    assert "No mail reaches the person: a letter will have to be written." in told
    assert correction_mails.must_be_written_to(made)


def test_button_when_pressed_twice_then_opens_one_request_and_says_so(desk: Client, found: Source) -> None:
    it = doubt("card_until", "outdated")
    look_into(desk, it)

    again = look_into(desk, it)

    made = SubjectRequest.objects.get()
    assert f"Somebody looks into this already: {made.reference}." in again
    entries = AuditEntry.objects.filter(action="shop.doubt_taken_up")
    assert sorted(each.facts["field"] for each in entries) == ["card_until", "email", "phone"]
    assert {each.actor for each in entries} == {f"staff:{User.objects.get(username='rita').pk}"}


def test_record_when_it_was_mended_or_is_gone_between_look_and_click_then_nothing_is_opened(
    desk: Client,
    found: Source,
    do: Do,  # noqa: F811
) -> None:
    card, mail = doubt("card_until", "outdated"), doubt("email", "wrong")
    missing = doubt("phone", "incomplete")
    do("UPDATE customers SET card_until = NULL, email = 'ada@new.example' WHERE number = 'C-1'")
    do("DELETE FROM customers WHERE number = 'C-3'")

    for each in (card, mail, missing):
        assert "The record was mended or is gone since it was found" in look_into(desk, each)

    assert not SubjectRequest.objects.exists()
    assert not Doubt.objects.filter(pk__in=[card.pk, mail.pk, missing.pk]).exists()


def test_record_when_a_hold_came_or_it_became_two_peoples_then_says_why_not(
    desk: Client,
    found: Source,
    do: Do,  # noqa: F811
    now: datetime,
) -> None:
    card = doubt("card_until", "outdated")
    place = {"source": found, "digest": card.digest, "collection": "customers"}
    Hold.objects.create(shop=found.shop, made_by="staff:1", made_at=now, **place)
    do("UPDATE customers SET house_id = 1 WHERE number = 'C-2'")

    assert "A hold forbids any change of this record." in look_into(desk, card)
    assert "The record is several people&#x27;s" in look_into(desk, doubt("city", "incomplete"))
    assert not SubjectRequest.objects.exists()


def test_record_when_one_of_its_doubts_has_settled_then_the_others_alone_are_looked_into(
    desk: Client,
    found: Source,
    do: Do,  # noqa: F811
) -> None:
    do("UPDATE customers SET card_until = '2099-01-01' WHERE number = 'C-1'")
    doubts.dismiss(doubt("phone", "outdated"), ground="is_right", actor=staff(User.objects.get()), now=timezone.now())

    page = look_into(desk, doubt("email", "wrong"))

    assert "with this field." in page
    assert [each.field for each in SubjectRequest.objects.get().correction_items.all()] == ["email"]
    assert sorted(Doubt.objects.filter(collection="customers").values_list("field", "state")) == [
        ("email", "taken_up"), ("phone", "dismissed"), ("phone", "open"),
    ]  # fmt: skip


def test_shop_when_its_database_is_away_then_the_page_says_so(desk: Client, found: Source, do: Do) -> None:  # noqa: F811
    do("ALTER TABLE customers RENAME TO clients")

    page = look_into(desk, doubt("card_until", "outdated"))

    assert "customers" in page
    assert not SubjectRequest.objects.exists()
    assert doubt("card_until", "outdated").state == Doubt.State.OPEN


def test_value_when_it_is_left_as_it_is_then_goes_from_the_list_with_its_ground(
    desk: Client, found: Source, now: datetime
) -> None:
    it = doubt("card_until", "outdated")

    without = text(desk.post(f"/staff/doubts/{it.pk}/leave/", {"ground": ""}, follow=True))
    left = text(desk.post(f"/staff/doubts/{it.pk}/leave/", {"ground": "history"}, follow=True))
    again = text(desk.post(f"/staff/doubts/{it.pk}/leave/", {"ground": "is_right"}, follow=True))

    assert "Choose why it is left as it is" in without
    assert "Left as it is. It is not shown again as long as it says the same." in left
    assert left.count("Look into it") == 7
    assert "Somebody else decided about this meanwhile." in again
    assert AuditEntry.objects.get(action="shop.doubt_dismissed").facts["ground"] == "history"
    assert look(found, now) == (0, 0)


def test_value_when_it_is_another_shops_then_is_neither_seen_nor_decided(
    found: Source, other_shop: Shop, now: datetime
) -> None:
    stranger = User.objects.create_user("sam")
    shops.give_role(stranger, Membership.Role.OWNER, other_shop)
    desk, it = signed_in(stranger), doubt("card_until", "outdated")

    page = text(desk.get("/staff/doubts/"))
    answers = [
        desk.post(f"/staff/doubts/{it.pk}/{step}/", {"ground": "is_right"}).status_code
        for step in ("look-into", "leave")
    ]

    assert "Look into it" not in page
    assert "Nobody looks for it yet." in page
    assert answers == [404, 404]
    assert doubt("card_until", "outdated").state == Doubt.State.OPEN
    assert not SubjectRequest.objects.exists()


def test_page_when_it_is_opened_then_asks_as_much_for_many_as_for_one(desk: Client, found: Source) -> None:
    desk.get("/staff/doubts/")
    with CaptureQueriesContext(connection) as many:
        desk.get("/staff/doubts/")
    Doubt.objects.exclude(pk=doubt("email", "wrong").pk).delete()
    with CaptureQueriesContext(connection) as one:
        desk.get("/staff/doubts/")

    assert len(many) == len(one)


@pytest.mark.django_db(transaction=True)
def test_button_when_six_press_it_at_once_then_one_request_is_opened(found: Source, owner: User, now: datetime) -> None:
    it = doubt("card_until", "outdated")

    def press(_number: int) -> str:
        try:
            doubt_corrections.look_into(
                Doubt.objects.select_related("source__shop").get(pk=it.pk), actor=staff(owner), now=now
            )
        except DoubtRefused:
            return "told"
        finally:
            connection.close()
        return "opened"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(press, range(6)))

    assert outcomes == ["opened"] + ["told"] * 5
    assert SubjectRequest.objects.count() == 1
