"""Corrections on the staff side: noted, compared with what was found, followed or refused, planned, carried out, told."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.lifecycle import State
from dsr.models import AuditEntry, Notice, Shop, Source, SubjectRequest
from dsr.workflow import corrections, notices
from dsr.workflow.corrections import Asked
from tests.conftest import work_off
from tests.correcting.conftest import Kind, connected, rows, url, wish  # noqa: F401  (fixtures)
from tests.staff.conftest import text


@pytest.fixture
def changeable(connected: Source) -> Source:  # noqa: F811
    """The shop whose records may be corrected."""
    return connected


@pytest.fixture
def wanted(connected: Source, owner: User, now: datetime) -> SubjectRequest:  # noqa: F811
    """Ada says that her name is King by now, and that her telephone is wrong."""
    return wish(
        connected.shop, owner, now,
        Asked(Kind.NAME, "King", says="Lovelace", why="I married."), Asked(Kind.PHONE, "0"),
    )  # fmt: skip


def fields(page: str) -> dict[str, str]:
    """The values that a page lets be changed, by collection and field."""
    found = re.findall(r'name="(to\|[^"]+)" value="([^"]*)"', page)
    return dict(found)


def address(page: str, collection: str, field: str) -> str:
    """The name under which a form sends the first such value."""
    return next(name for name in fields(page) if name.endswith(f"|{field}|{collection}"))


def test_wish_when_opened_then_stands_beside_what_was_found_and_is_filled_in_where_it_is_meant(
    desk: Client, wanted: SubjectRequest
) -> None:
    page = text(desk.get(f"/staff/requests/{wanted.reference}/corrections/1/"))

    shown = [(name.split("|")[4], name.split("|")[3], value) for name, value in fields(page).items()]
    assert shown == [
        ("customers", "first_name", "Ada"), ("customers", "last_name", "King"), ("addresses", "name", "Ada Lovelace"),
        ("addresses", "name", "Ada Lovelace"), ("newsletter", "full_name", "Ada Lovelace"), ("orders", "name", "Ada Lovelace"),
    ]  # fmt: skip
    assert "says now: Lovelace" in page
    assert "says what was so at the time" in page
    assert "Bela" not in page
    seen = AuditEntry.objects.filter(stream__subject_request=wanted, action="findings.viewed")
    assert {each.facts["collection"] for each in seen} == {"customers", "addresses", "newsletter", "orders"}


def test_wishes_when_decided_planned_and_approved_then_are_carried_out_and_told(
    desk: Client,
    wanted: SubjectRequest,
    url: str,  # noqa: F811
) -> None:
    base = f"/staff/requests/{wanted.reference}"
    assert "Decide what is right" in text(desk.get(f"{base}/"))
    page = text(desk.get(f"{base}/corrections/1/"))
    followed = desk.post(f"{base}/corrections/1/", fields(page), follow=True)
    assert "Wish 1 is followed." in text(followed)
    refused = desk.post(
        f"{base}/corrections/2/refuse/", {"ground": "no_proof", "reason": "0 is no number."}, follow=True
    )
    assert "Wish 2 is refused." in text(refused)

    plan = text(desk.get(f"{base}/plan/"))
    assert "What would be written" in plan
    assert re.search(r"Last name.*?Lovelace.*?King", plan, re.DOTALL)
    assert "This record says what was so when it was made, so we leave it as it was." in plan
    desk.post(f"{base}/plan/freeze/")
    frozen = text(desk.get(f"{base}/plan/"))
    fingerprint = re.search(r'name="fingerprint" value="([0-9a-f]{64})"', frozen)
    assert fingerprint is not None
    desk.post(f"{base}/plan/approve/", {"fingerprint": fingerprint[1], "typed_reference": wanted.reference})
    work_off(wanted)

    assert wanted.state == State.FULFILLED
    assert rows(url)["customers"][0][3] == "King"
    after = text(desk.get(f"{base}/plan/"))
    assert re.search(r"Corrected, read again.*?Last name.*?Lovelace.*?King", after, re.DOTALL)
    story = text(desk.get(f"{base}/"))
    assert re.search(
        r"looked again: 4 corrected, 1 left as they were.*?<del>Lovelace</del> → <ins>King</ins>", story, re.DOTALL
    )
    log = AuditEntry.objects.filter(stream__subject_request=wanted)
    assert not [each for each in log if "King" in str(each.facts) or "Lovelace" in str(each.facts)]


def test_wish_when_two_have_its_page_open_and_both_decide_then_the_second_is_told(
    desk: Client, wanted: SubjectRequest
) -> None:
    base = f"/staff/requests/{wanted.reference}/corrections/1/"
    page = text(desk.get(base))
    read = re.search(r'name="read" value="(\d+)"', page)
    assert read is not None
    sent = fields(page) | {"read": read[1]}
    assert "Wish 1 is followed." in text(desk.post(base, sent, follow=True))

    again = text(desk.post(base, sent | {address(page, "customers", "last_name"): "Byron"}))
    refused = text(desk.post(f"{base}refuse/", {"ground": "is_right", "read": read[1]}, follow=True))

    for told in (again, refused):
        assert "Somebody else decided about wish 1 meanwhile. Look at it again." in told
    assert [change.fields["last_name"][1] for change in corrections.wanted_of(wanted)] == ["King"]


def test_wish_when_followed_in_part_then_needs_a_ground_and_stands_so_on_the_list(
    desk: Client, wanted: SubjectRequest
) -> None:
    base = f"/staff/requests/{wanted.reference}/corrections/"
    typed = fields(text(desk.get(f"{base}1/"))) | {"partly_because": "We write no titles."}

    without = text(desk.post(f"{base}1/", typed))
    followed = text(desk.post(f"{base}1/", typed | {"partly_ground": "is_right"}, follow=True))

    assert "say what is not followed, and choose the ground" in without
    assert "Accepted in part" in followed
    assert "Not followed: We write no titles. What stands there is right" in followed


def test_statement_when_told_after_the_answer_then_stands_beside_it(desk: Client, wanted: SubjectRequest) -> None:
    base = f"/staff/requests/{wanted.reference}"
    for number in (1, 2):
        desk.post(f"{base}/corrections/{number}/refuse/", {"ground": "is_right"})

    noted = desk.post(f"{base}/corrections/2/statement/", {"statement": "It never was mine."}, follow=True)

    assert "The person holds against it: It never was mine." in text(noted)


def test_record_when_chosen_under_findings_then_becomes_a_wish_about_it(desk: Client, wanted: SubjectRequest) -> None:
    base, run = f"/staff/requests/{wanted.reference}", wanted.source_runs.get()
    page = text(desk.get(f"{base}/findings/{run.pk}/addresses/"))
    digests = re.findall(r'corrections/\d+/addresses/">.*?name="digest" value="([0-9a-f]{64})"', page, re.DOTALL)
    assert len(digests) == 2

    opened = desk.post(f"{base}/corrections/{run.pk}/addresses/", {"digest": digests[1]}, follow=True)

    assert [(name.split("|")[3], value) for name, value in fields(text(opened)).items()] == [
        ("name", "Ada Lovelace"), ("street", "7 Work Yard"), ("city", "Boston"), ("zip", "02109"),
    ]  # fmt: skip
    assert corrections.undecided(wanted) == 3


def test_wish_when_noted_by_staff_then_is_asked_what_it_says(desk: Client, wanted: SubjectRequest) -> None:
    base = f"/staff/requests/{wanted.reference}/corrections/"

    empty = desk.post(base, {"kind": "name", "says": "", "wanted": "", "why": ""})
    noted = desk.post(
        base, {"kind": "address", "says": "", "wanted": "14 High Street", "why": "told by telephone"}, follow=True
    )

    assert "Say what is wrong, or what it should say." in text(empty)
    assert "12 High Street" in text(noted)


def test_value_when_it_does_not_fit_then_says_which_and_keeps_what_was_typed(
    desk: Client, wanted: SubjectRequest
) -> None:
    base = f"/staff/requests/{wanted.reference}/corrections/1/"
    page = text(desk.get(base))
    long = "K" * 21

    answer = text(desk.post(base, fields(page) | {address(page, "customers", "last_name"): long}))

    assert "customers.last_name holds at most 20 characters, and this has 21." in answer
    assert f'value="{long}"' in answer
    assert corrections.undecided(wanted) == 2


def test_corrections_when_it_is_no_correction_then_are_not_there(desk: Client, gathered: SubjectRequest) -> None:
    assert desk.get(f"/staff/requests/{gathered.reference}/corrections/").status_code == 404


def logged(desk: Client, shop: Shop, channel: str, **more: str) -> SubjectRequest:
    """What staff write down of a call or a letter, or by themselves; gathered."""
    said = {"shop": shop.pk, "type": "correction", "channel": channel, "received_at": "2026-01-06T09:00"}
    desk.post("/staff/requests/new/", said | {"email": "ada@example.com"} | more)
    made = SubjectRequest.objects.get()
    work_off(made)
    return made


def corrected(desk: Client, asked: SubjectRequest, **wish: str) -> None:
    """Noted, followed in the customer's record, frozen, approved and run."""
    base = f"/staff/requests/{asked.reference}"
    page = text(desk.post(f"{base}/corrections/", {"says": "", "why": ""} | wish, follow=True))
    changed = fields(page) | {address(page, "customers", "last_name"): wish["wanted"]}
    desk.post(f"{base}/corrections/1/", changed)
    desk.post(f"{base}/plan/freeze/")
    fingerprint = re.search(r'name="fingerprint" value="([0-9a-f]{64})"', text(desk.get(f"{base}/plan/")))
    assert fingerprint is not None
    desk.post(f"{base}/plan/approve/", {"fingerprint": fingerprint[1], "typed_reference": asked.reference})
    work_off(asked)


def test_change_when_it_came_by_mail_then_is_logged_and_carried_out(
    desk: Client,
    changeable: Source,
    url: str,  # noqa: F811
) -> None:
    asked = logged(desk, changeable.shop, "email", is_proved="on")

    corrected(desk, asked, kind="name", wanted="King", why="so she wrote on 6 January")

    assert (asked.channel, asked.state) == ("email", State.FULFILLED)
    after = rows(url)
    assert [after["customers"][0][3], *(row[2] for row in after["addresses"][:2])] == ["King", "Ada King", "Ada King"]


def test_mistake_when_the_shop_finds_it_itself_then_is_corrected_and_the_person_is_told(
    desk: Client,
    changeable: Source,
    url: str,  # noqa: F811
) -> None:
    asked = logged(desk, changeable.shop, "shop")

    corrected(desk, asked, kind="name", wanted="Lovelace-King")

    assert (asked.channel, asked.state) == ("shop", State.FULFILLED)
    assert rows(url)["customers"][0][3] == "Lovelace-King"
    mail = notices.read(Notice.objects.get(kind="corrected"))
    assert mail["to"] == "ada@example.com"
    assert "what we noticed might be wrong in your data" in mail["text"]
    assert not Notice.objects.filter(kind="confirm").exists()


def test_shop_when_it_wants_something_else_by_itself_then_is_told_that_the_person_must_ask(
    desk: Client, changeable: Source
) -> None:
    said = {"shop": changeable.shop.pk, "type": "erasure", "channel": "shop", "received_at": "2026-01-06T09:00"}
    page = text(desk.post("/staff/requests/new/", said | {"email": "ada@example.com"}))

    assert "By itself the shop corrects; everything else is asked for by the person" in page
    assert not SubjectRequest.objects.exists()
