"""A customer has their data deleted: asks, confirms, may stop it, and reads the letter."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.lifecycle import RequestType, State
from dsr.models import Notice, RecipientInstruction, Shop, SubjectRequest
from dsr.workflow import erasure_approval, notices, recipients
from dsr.workflow.actors import staff
from tests.conftest import work_off
from tests.erasing.conftest import connect_for_writing, rows, url  # noqa: F401  (fixtures)
from tests.promising import promise

Answer = RecipientInstruction.Answer
CAPTION = "ada@example.com"
CARRIER = [{"key": "carrier", "name": "The carrier", "kind": "processor", "gets": ["order"]}]


@pytest.fixture
def writable(shop: Shop, url: str, now: datetime) -> Shop:  # noqa: F811
    connect_for_writing(shop, url, now)
    promise(shop, now + timedelta(minutes=1), approval={"cooling_off_days": 3})
    return shop


def ask_to_delete(client: Client, shop: Shop) -> SubjectRequest:
    """Through the pages, as a customer does, up to the confirmed request in review."""
    client.post(f"/{shop.slug}/delete-my-data/", {"email": CAPTION})
    client.post(f"/{shop.slug}/delete-my-data/check/")
    asked = SubjectRequest.objects.get()
    mail = notices.read(Notice.objects.get(kind="confirm"))
    link = next(word for word in mail["text"].split() if "/confirm/" in word)
    client.post(link.partition("privacy.example")[2])
    work_off(asked)
    return asked


def test_customer_when_asking_for_deletion_then_reads_what_will_happen_and_the_request_is_an_erasure(
    client: Client, writable: Shop
) -> None:
    start = client.get(f"/{writable.slug}/").content.decode()
    client.post(f"/{writable.slug}/delete-my-data/", {"email": CAPTION})
    check = client.get(f"/{writable.slug}/delete-my-data/check/").content.decode()

    assert f"/{writable.slug}/delete-my-data/" in start
    assert "To have the data deleted that" in check
    assert "What is deleted cannot be brought back." in check
    asked = ask_to_delete(client, writable)
    assert (asked.type, asked.state) == (RequestType.ERASURE, State.REVIEW)
    page = client.get(f"/{writable.slug}/requests/{asked.reference}/").content.decode()
    assert "We are checking what we found" in page
    assert "copy" not in page.lower().replace("copyright", "")


def test_customer_when_the_plan_is_approved_then_may_stop_it_and_nothing_is_deleted(
    client: Client,
    writable: Shop,
    owner: User,
    url: str,  # noqa: F811
) -> None:
    asked, before = ask_to_delete(client, writable), rows(url)
    plan = erasure_approval.freeze(asked, actor=staff(owner), now=asked.received_at)
    now = asked.received_at + timedelta(minutes=5)
    erasure_approval.approve(asked, fingerprint=plan.fingerprint, actor=staff(owner), now=now)
    place = f"/{writable.slug}/requests/{asked.reference}/"

    page = client.get(place).content.decode()
    assert "until then you can still stop this request" in page
    assert "Nothing of yours is deleted" in client.get(f"{place}stop/").content.decode()
    client.post(f"{place}stop/")

    asked.refresh_from_db()
    assert (asked.state, rows(url)) == (State.WITHDRAWN, before)
    assert not asked.jobs.filter(kind="erase", state="ready").exists()
    assert "You took this request back" in client.get(place).content.decode()


def test_stranger_when_they_try_to_stop_somebodys_request_then_cannot(client: Client, writable: Shop) -> None:
    asked = ask_to_delete(client, writable)

    answer = Client().post(f"/{writable.slug}/requests/{asked.reference}/stop/")

    asked.refresh_from_db()
    assert (answer.status_code, asked.state) == (404, State.REVIEW)


def deleted(client: Client, shop: Shop, owner: User, now: datetime, **promised: object) -> SubjectRequest:
    """Asked for through the pages, approved and done at once."""
    promise(shop, now + timedelta(minutes=2), approval={"cooling_off_days": 0}, **promised)
    asked = ask_to_delete(client, shop)
    plan = erasure_approval.freeze(asked, actor=staff(owner), now=asked.received_at)
    erasure_approval.approve(asked, fingerprint=plan.fingerprint, actor=staff(owner), now=asked.received_at)
    work_off(asked)
    return asked


def test_customer_when_a_partner_has_not_answered_then_neither_page_nor_mail_says_that_it_is_done(
    client: Client, writable: Shop, owner: User, now: datetime
) -> None:
    asked = deleted(client, writable, owner, now, recipients=CARRIER)
    place = f"/{writable.slug}/requests/{asked.reference}/"
    waits = "This is not complete yet: 1 of those who got your data from us has not answered."

    page, mail = client.get(place).content.decode(), notices.read(Notice.objects.get(kind="erased"))

    assert asked.state == State.FULFILLED
    assert "We have done our part, and wait for others" in page
    assert waits in page
    assert "We have done what you asked" not in page
    for text in (mail["text"], mail["html"]):
        assert "We have done our part of your request" in text
        assert waits in text
        assert "We have carried out" not in text

    recipients.answer(asked.recipient_instructions.get(), Answer.DONE, actor=staff(owner), now=now)
    work_off(asked)

    page = client.get(place).content.decode()
    assert "We have done what you asked" in page
    assert "it is number 2 and replaces the earlier ones" in page
    again = client.get(f"{place}files/letter.json")
    assert json.loads(b"".join(again.streaming_content))["pending"] == 0  # type: ignore[attr-defined]  # it streams


def test_customer_when_reading_the_letter_then_the_page_says_whom_to_ask_and_where_to_complain(
    client: Client, writable: Shop, owner: User, now: datetime
) -> None:
    said = {
        "contacts": {"emails": ["privacy@small.example"]},
        "escalation": {"body": "TRUSTe", "url": "https://truste.example"},
    }
    asked = deleted(client, writable, owner, now, **said)

    page = client.get(f"/{writable.slug}/requests/{asked.reference}/").content.decode()

    letter = page.partition('id="letter-title"')[2].partition("</section>")[0]
    assert "<p>Ask us: privacy@small.example.</p>" in letter
    assert '<a href="https://truste.example" rel="noopener">TRUSTe</a>' in letter
    assert "You may also complain to the data protection authority" in letter
    assert "to the Information Commissioner&#x27;s Office (ico.org.uk)" in letter
    assert "<h3>Others who got your data from us</h3>" in letter
    assert "Nobody had to be told" in letter


def test_customer_when_everything_is_done_then_reads_the_letter_and_can_take_it_home(
    client: Client,
    writable: Shop,
    owner: User,
    now: datetime,
) -> None:
    asked = deleted(client, writable, owner, now)

    page = client.get(f"/{writable.slug}/requests/{asked.reference}/").content.decode()
    stop = client.get(f"/{writable.slug}/requests/{asked.reference}/stop/")

    assert asked.state == State.FULFILLED
    assert "We have done what you asked" in page
    assert "Deleted: 2 records" in page
    assert "1 February 2027" in page
    assert stop.status_code == 302
    pdf = client.get(f"/{writable.slug}/requests/{asked.reference}/files/letter.pdf")
    assert b"".join(pdf.streaming_content)[:5] == b"%PDF-"  # type: ignore[attr-defined]  # a streaming response has it
