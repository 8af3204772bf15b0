from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import RequestType
from dsr.models import Shop, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import identities, intake, policies, sealing, shops
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.identities import BadIdentity
from tests.conftest import ADA, ask
from tests.promising import promise


def test_the_address_is_sealed_and_found_by_its_hash(shop: Shop, owner: User, now: datetime) -> None:
    asked = ask(shop, ADA, now, owner)

    assert sealing.person_of(asked, "US").identities == (ADA,)
    assert b"ada@example.com" not in bytes(asked.sealed_identities)
    assert list(SubjectRequest.objects.found_by(sealing.identity_digests(shop, ADA))) == [asked]


def test_another_shop_hashes_the_same_address_otherwise(
    shop: Shop, other_shop: Shop, owner: User, now: datetime
) -> None:
    ask(shop, ADA, now, owner)

    assert not SubjectRequest.objects.found_by(sealing.identity_digests(other_shop, ADA)).exists()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-02-28"),
        (datetime(2024, 1, 31, 12, tzinfo=UTC), "2024-02-29"),
        (datetime(2026, 3, 1, 3, tzinfo=UTC), "2026-03-28"),  # In New York it is still 28 February.
    ],
)
def test_the_answer_is_due_one_calendar_month_after_receipt_where_the_shop_is(
    other_shop: Shop, owner: User, now: datetime, received: datetime, due: str
) -> None:
    month = {"respond": {"count": 1, "unit": "month"}}
    promise(other_shop, now, time_zone="America/New_York", promised=month, regimes=None)
    assert shops.profile_of(other_shop, now).time_zone == "America/New_York"

    made = intake.open_request(
        shop=other_shop,
        request_type=RequestType.ACCESS,
        identities=(ADA,),
        channel=SubjectRequest.Channel.LETTER,
        received_at=received,
        proved_to=staff(owner),
        now=max(now, received),
    )

    assert made.due_on.isoformat() == due


def test_a_request_keeps_the_policy_version_it_was_received_under(shop: Shop, owner: User, now: datetime) -> None:
    asked = ask(shop, ADA, now, owner)
    text = policies.in_force(shop, now).text + "\n# revised\n"

    policies.publish(shop, profile_text=text, actor=COMMAND, now=now)

    asked.refresh_from_db()
    assert (asked.policy_version.number, policies.in_force(shop, now).number) == (1, 2)


def test_a_thousand_identities_are_refused(shop: Shop, now: datetime) -> None:
    many = tuple(Identity(IdentityKind.EMAIL, f"a{number}@example.com") for number in range(1000))

    with pytest.raises(intake.BadIdentities, match="between 1 and 10"):
        intake.open_request(
            shop=shop,
            request_type=RequestType.ACCESS,
            identities=many,
            channel=SubjectRequest.Channel.PORTAL,
            now=now,
        )
    assert not SubjectRequest.objects.exists()


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (IdentityKind.EMAIL, "  Ada@Example.COM ", "ada@example.com"),
        (IdentityKind.EMAIL, "ada@bücher.example", "ada@xn--bcher-kva.example"),
        (IdentityKind.EMAIL, "ａｄａ@example.com", "ada@example.com"),
        (IdentityKind.PHONE, "(617) 555-0101", "+16175550101"),
        (IdentityKind.PHONE, "+44 20 7946 0018", "+442079460018"),
        (IdentityKind.CUSTOMER_NUMBER, " 0042 ", "0042"),
    ],
)
def test_an_identifier_is_read_into_its_one_form(kind: IdentityKind, text: str, value: str) -> None:
    assert identities.read(kind, text, "US") == Identity(kind, value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (IdentityKind.EMAIL, ""),
        (IdentityKind.EMAIL, "ada"),
        (IdentityKind.EMAIL, "ada@example.com\nbcc: bela@example.org"),
        (IdentityKind.EMAIL, "ada\x00@example.com"),
        (IdentityKind.EMAIL, "a" * 10_000_000),
        (IdentityKind.PHONE, "call me"),
        (IdentityKind.PHONE, "123"),
    ],
)
def test_what_cannot_be_an_identifier_is_refused_with_words(kind: IdentityKind, text: str) -> None:
    with pytest.raises(BadIdentity, match=r"\w+"):
        identities.read(kind, text, "US")


def test_references_are_unlike_each_other_and_hold_no_letters_that_sound_alike(
    shop: Shop, owner: User, now: datetime
) -> None:
    references = {ask(shop, ADA, now, owner).reference for _ in range(20)}

    assert len(references) == 20
    assert not any(letter in reference[3:] for reference in references for letter in "ILOU")
