"""Who is told of a correction, and where: nothing is revealed to a mailbox that nobody proved, or that is itself wrong."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.lifecycle import RequestType, State
from dsr.models import Notice, Shop, Source, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import correction_mails, corrections, intake, notices, verification
from dsr.workflow.actors import staff
from dsr.workflow.corrections import Asked
from tests.conftest import ADA, work_off
from tests.correcting.conftest import Kind, accept, carry_out, wish

NUMBER = Identity(IdentityKind.CUSTOMER_NUMBER, "1")
NEW = Identity(IdentityKind.EMAIL, "king@example.com")


def told(wanted: SubjectRequest, kind: Notice.Kind) -> list[dict[str, str]]:
    """The mails of one kind."""
    return [notices.read(each) for each in wanted.notices.filter(kind=kind)]


def confirmed(
    shop: Shop, now: datetime, *asked: Asked, who: Identity = ADA, also: tuple[Identity, ...] = ()
) -> SubjectRequest:
    """A request whose first mailbox was proved by our link."""
    made = wish(shop, None, now, *asked, who=who, also=also)
    link = verification.new_link(made, expires_at=now.replace(year=2027), now=now)
    verification.confirm_by_token(link.split("/")[-2], now=now)
    work_off(made)
    return made


def of_the_shop(shop: Shop, owner: User, now: datetime, *who: Identity) -> SubjectRequest:
    """A correction that the shop wants by itself, in review."""
    made = intake.open_request(
        shop=shop, request_type=RequestType.CORRECTION, identities=who, channel=SubjectRequest.Channel.SHOP,
        proved_to=staff(owner), actor=staff(owner), now=now,
    )  # fmt: skip
    work_off(made)
    return made


def test_letter_when_the_mailbox_is_wrong_and_was_only_named_then_no_link_goes_there_and_staff_write_a_letter(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.EMAIL, "king@example.com"))
    assert not correction_mails.must_be_written_to(wanted)
    accept(wanted, owner, now, 1, "customers", {"email": "king@example.com"})

    carry_out(wanted, owner, now)

    assert wanted.state == State.FULFILLED
    assert told(wanted, Notice.Kind.CORRECTED) == []
    assert correction_mails.must_be_written_to(wanted)
    assert not verification.send_again(wanted, now=now)
    assert not wanted.notices.exists()


def test_letter_when_another_proved_mailbox_stays_then_goes_there(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.EMAIL, "king@example.com"), also=(NEW,))
    accept(wanted, owner, now, 1, "customers", {"email": "king@example.com"})

    carry_out(wanted, owner, now)

    (mail,) = told(wanted, Notice.Kind.CORRECTED)
    assert mail["to"] == "king@example.com"
    assert "/confirm/" in mail["text"]


def test_letter_when_the_person_confirmed_by_the_mailbox_that_goes_then_goes_there_all_the_same(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = confirmed(connected.shop, now, Asked(Kind.EMAIL, "king@example.com"))
    accept(wanted, owner, now, 1, "customers", {"email": "king@example.com"}, proved_otherwise=True)

    carry_out(wanted, owner, now)

    assert [mail["to"] for mail in told(wanted, Notice.Kind.CORRECTED)] == ["ada@example.com"]


def test_link_when_another_address_is_only_claimed_then_goes_to_the_proved_one(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = confirmed(connected.shop, now, Asked(Kind.NAME, "King"), also=(NEW,))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    carry_out(wanted, owner, now)

    assert correction_mails.mailbox(wanted) == "ada@example.com"


def test_person_when_known_by_number_alone_then_staff_are_told_to_write_a_letter(
    connected: Source, owner: User, now: datetime, client: Client
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"), who=NUMBER)
    client.force_login(owner)

    page = client.get(f"/staff/requests/{wanted.reference}/").content.decode()

    assert "Write them a letter when it is done." in page


def test_shop_when_it_proposes_then_tells_once_without_a_link_and_without_a_value(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = of_the_shop(connected.shop, owner, now, ADA)
    assert told(wanted, Notice.Kind.PROPOSED) == []

    corrections.add_in_review(wanted, Asked(Kind.NAME, "King", says="Lovelace"), actor=staff(owner), now=now)
    corrections.add_in_review(wanted, Asked(Kind.PHONE, "0199"), actor=staff(owner), now=now)

    (mail,) = told(wanted, Notice.Kind.PROPOSED)
    assert mail["to"] == "ada@example.com"
    assert "do not want us to change anything, tell us" in mail["text"]
    _refuse_secrets(mail)


def test_shop_when_it_corrected_then_tells_without_a_link_and_the_mailbox_opens_nothing(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = of_the_shop(connected.shop, owner, now, ADA)
    corrections.add_in_review(wanted, Asked(Kind.NAME, "King", says="Lovelace"), actor=staff(owner), now=now)
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    carry_out(wanted, owner, now)

    (mail,) = told(wanted, Notice.Kind.CORRECTED)
    assert mail["to"] == "ada@example.com"
    assert "If you want to read the letter, or do not agree" in mail["text"]
    _refuse_secrets(mail)
    assert not verification.send_again(wanted, now=now)
    assert not correction_mails.must_be_written_to(wanted)


@pytest.mark.parametrize("who", [ADA, NUMBER])
def test_shop_when_it_corrects_the_mailbox_itself_or_knows_none_then_staff_write_a_letter(
    connected: Source, owner: User, now: datetime, who: Identity
) -> None:
    wanted = of_the_shop(connected.shop, owner, now, who)
    corrections.add_in_review(wanted, Asked(Kind.EMAIL, "king@example.com"), actor=staff(owner), now=now)
    accept(wanted, owner, now, 1, "customers", {"email": "king@example.com"})

    carry_out(wanted, owner, now)

    assert wanted.state == State.FULFILLED
    assert told(wanted, Notice.Kind.CORRECTED) == []
    assert correction_mails.must_be_written_to(wanted) is True


def _refuse_secrets(mail: dict[str, str]) -> None:
    said = mail["subject"] + mail["text"] + mail["html"]
    assert not [word for word in ("King", "Lovelace", "0199", "/confirm/", "My name") if word in said]
