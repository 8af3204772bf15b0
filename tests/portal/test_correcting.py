"""A customer has something corrected: says what is wrong, confirms, and reads what became of it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.lifecycle import RequestType, State
from dsr.models import Notice, Source, SubjectRequest
from dsr.workflow import corrections, notices
from tests.conftest import work_off
from tests.correcting.conftest import accept, carry_out, connected, url  # noqa: F401  (fixtures)

WRONG = {"kind": "name", "says": "Lovelace", "wanted": "King", "why": "I married."}


@pytest.fixture
def changeable(connected: Source) -> Source:  # noqa: F811
    """The shop whose records may be corrected."""
    return connected


def ask(client: Client, source: Source, **more: str) -> SubjectRequest:
    """Through the pages, as a customer does, up to the confirmed request in review."""
    base = f"/{source.shop.slug}/correct-my-data/"
    client.post(base, WRONG | more)
    client.post(f"{base}find/", {"email": "ada@example.com"})
    client.post(f"{base}check/")
    asked = SubjectRequest.objects.get()
    mail = notices.read(Notice.objects.get(kind="confirm"))
    link = next(word for word in mail["text"].split() if "/confirm/" in word)
    client.post(link.partition("privacy.example")[2])
    work_off(asked)
    return asked


def page(client: Client, asked: SubjectRequest) -> str:
    """The request's page."""
    return client.get(f"/{asked.shop.slug}/requests/{asked.reference}/").content.decode()


def test_customer_when_something_is_wrong_then_says_so_and_reads_it_again_before_sending(
    client: Client,
    changeable: Source,
) -> None:
    base = f"/{changeable.shop.slug}/correct-my-data/"
    assert base in client.get(f"/{changeable.shop.slug}/").content.decode()
    client.post(base, WRONG | {"kind_2": "phone", "wanted_2": "0199"})
    client.post(f"{base}find/", {"email": "ada@example.com"})
    check = client.get(f"{base}check/").content.decode()
    for words in ("My name", "It says: Lovelace", "It should say: King", "I married.", "My telephone number", "0199"):
        assert words in check

    asked = ask(client, changeable, kind_2="phone", wanted_2="0199")

    assert (asked.type, asked.state) == (RequestType.CORRECTION, State.REVIEW)
    assert [(each.row.kind, each.says, each.wanted, each.why) for each in corrections.items(asked)] == [
        ("name", "Lovelace", "King", "I married."),
        ("phone", "", "0199", ""),
    ]
    told = page(client, asked)
    assert "We are checking what you told us" in told
    assert "copy" not in told.lower().replace("copyright", "")


def test_customer_when_it_was_corrected_then_reads_old_and_new(
    client: Client,
    changeable: Source,
    owner: User,
) -> None:
    asked = ask(client, changeable)
    accept(asked, owner, asked.received_at, 1, "customers", {"last_name": "King"})

    carry_out(asked, owner, asked.received_at)

    told = page(client, asked)
    assert "We have gone through what you told us" in told
    assert "<del>Lovelace</del> → <ins>King</ins>" in told
    assert "This record says what was so when it was made" in told
    mail = notices.read(Notice.objects.get(kind="corrected"))
    assert "what we corrected and where" in mail["text"]
    assert not [word for word in ("King", "Lovelace", "Ada") if word in mail["text"]]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"kind": "name"}, "Say what it should say, or at least what is wrong"),
        ({"kind": "nonsense", "wanted": "x"}, "Choose something from the list"),
        ({"kind": "name", "wanted": "x" * 501}, "Write at most 500 characters here"),
        (WRONG | {"wanted_2": "x"}, "Choose what it is about"),
        (WRONG | {"kind_3": "phone"}, "Say what it should say, or at least what is wrong"),
    ],
)
def test_form_when_something_is_missing_then_says_what(
    client: Client,
    changeable: Source,
    answers: dict[str, str],
    words: str,
) -> None:
    shown = client.post(f"/{changeable.shop.slug}/correct-my-data/", answers)

    assert shown.status_code == 200
    assert words in shown.content.decode()


def test_pages_when_entered_in_the_middle_then_lead_to_the_beginning(
    client: Client,
    changeable: Source,
) -> None:
    base = f"/{changeable.shop.slug}/correct-my-data/"

    assert client.get(f"{base}find/").headers["Location"] == base
    assert client.get(f"{base}check/").headers["Location"] == f"{base}find/"
    assert client.post(f"{base}check/").headers["Location"] == f"{base}find/"
    assert not SubjectRequest.objects.exists()


def test_customer_when_looking_at_what_was_found_then_sees_it_masked_and_points_at_it(
    client: Client, changeable: Source, owner: User
) -> None:
    asked = ask(client, changeable)
    where = f"/{changeable.shop.slug}/requests/{asked.reference}/what-is-wrong/"
    assert where in page(client, asked)

    shown = client.get(where).content.decode()

    assert "It says: L•••" in shown
    assert "It says: 1••• H••• S•••" in shown
    assert not [word for word in ("Lovelace", "Ada@", "High Street", "0101", "Bela") if word in shown]
    name = re.search(r'name="([0-9a-f]{16}-street)"', shown)
    assert name is not None
    assert client.post(where, {name[1]: "14 High Street"}).status_code == 302
    item = corrections.items(asked)[-1]
    assert (item.row.kind, item.wanted, item.row.collection, item.row.field) == (
        "address", "14 High Street", "addresses", "street",
    )  # fmt: skip
    assert item.row.asked_by == "customer"


def test_customer_when_pointing_at_nothing_then_is_asked_to(client: Client, changeable: Source) -> None:
    asked = ask(client, changeable)

    shown = client.post(f"/{changeable.shop.slug}/requests/{asked.reference}/what-is-wrong/", {"x": "y"})

    assert "Write into at least one field what it should say." in shown.content.decode()


def test_findings_when_somebody_else_looks_then_are_not_there(client: Client, changeable: Source) -> None:
    asked = ask(client, changeable)
    stranger = Client()

    assert stranger.get(f"/{changeable.shop.slug}/requests/{asked.reference}/what-is-wrong/").status_code == 404
