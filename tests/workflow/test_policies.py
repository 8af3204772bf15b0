"""Versions of a policy: from when, by whom, material or not, and that nobody changes one afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from dsr.lifecycle import RequestType
from dsr.models import AuditEntry, PolicyVersion, Shop, SubjectRequest
from dsr.policy.loader import ProfileError
from dsr.workflow import intake, policies
from dsr.workflow.actors import COMMAND, staff
from tests.conftest import ADA, ask


def revised(shop: Shop, word: str) -> str:
    """The shop's first text with one line more."""
    return shop.policy_versions.get(number=1).text + f"\n# {word}\n"


def numbers(shop: Shop, *moments: datetime) -> list[int]:
    return [policies.in_force(shop, moment).number for moment in moments]


def test_version_when_published_then_says_when_by_whom_and_that_it_is_not_material(
    shop: Shop, owner: User, now: datetime
) -> None:
    made = policies.publish(shop, profile_text=revised(shop, "second"), actor=staff(owner), now=now)

    made.refresh_from_db()
    assert (made.number, made.in_force_from, made.published_by) == (2, now, f"staff:{owner.pk}")
    assert (made.is_material, made.notice_proofs) == (False, [])
    assert len(made.digest) == 64
    told = AuditEntry.objects.filter(action="policy.published").latest("number")
    assert told.facts == {
        "shop": "small-shop",
        "number": 2,
        "digest": made.digest,
        "in_force_from": now.isoformat(),
        "is_material": False,
        "notices": 0,
    }


def test_version_when_published_for_a_later_day_then_is_in_force_from_that_moment(shop: Shop, now: datetime) -> None:
    later = now + timedelta(days=30)

    policies.publish(shop, profile_text=revised(shop, "june"), actor=COMMAND, now=now, in_force_from=later)

    just_before = later - timedelta(microseconds=1)
    assert numbers(shop, now - timedelta(days=900), now, just_before, later) == [1, 1, 1, 2]


def test_version_when_another_overtakes_it_then_each_is_in_force_in_its_own_time(shop: Shop, now: datetime) -> None:
    june, may = now + timedelta(days=60), now + timedelta(days=30)
    policies.publish(shop, profile_text=revised(shop, "june"), actor=COMMAND, now=now, in_force_from=june)

    policies.publish(shop, profile_text=revised(shop, "may"), actor=COMMAND, now=now, in_force_from=may)

    assert numbers(shop, now, may, june) == [1, 3, 2]


def test_version_when_the_text_is_the_one_in_force_then_nothing_is_published(shop: Shop, now: datetime) -> None:
    first = policies.in_force(shop, now)

    again = policies.publish(shop, profile_text=first.text, actor=COMMAND, now=now + timedelta(days=1))

    assert (again, PolicyVersion.objects.count()) == (first, 1)


def test_version_when_the_text_is_wrong_then_nothing_is_published(shop: Shop, now: datetime) -> None:
    with pytest.raises(ProfileError):
        policies.publish(shop, profile_text="shop: small-shop", actor=COMMAND, now=now)

    assert PolicyVersion.objects.count() == 1


@pytest.mark.parametrize("statement", ["UPDATE dsr_policyversion SET text = 'x'", "DELETE FROM dsr_policyversion"])
def test_version_when_somebody_changes_it_then_the_database_refuses(shop: Shop, now: datetime, statement: str) -> None:
    before = policies.in_force(shop, now).text

    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert policies.in_force(shop, now).text == before


def test_version_when_a_request_arrived_meanwhile_then_may_not_begin_before_it(
    shop: Shop, owner: User, now: datetime
) -> None:
    asked = ask(shop, ADA, now, owner)
    text = revised(shop, "from last week")
    week_ago, later = now - timedelta(days=7), now + timedelta(hours=1)

    with pytest.raises(policies.NotPublished, match=asked.reference):
        policies.publish(shop, profile_text=text, actor=COMMAND, now=later, in_force_from=week_ago)

    assert PolicyVersion.objects.count() == 1
    since = now + timedelta(minutes=1)
    made = policies.publish(shop, profile_text=text, actor=COMMAND, now=later, in_force_from=since)
    assert made.in_force_from == since


def test_request_when_a_letter_is_logged_late_then_keeps_the_version_of_the_day_it_arrived(
    shop: Shop, owner: User, now: datetime
) -> None:
    policies.publish(shop, profile_text=revised(shop, "new"), actor=COMMAND, now=now + timedelta(days=3))

    letter = intake.open_request(
        shop=shop,
        request_type=RequestType.ACCESS,
        identities=(ADA,),
        channel=SubjectRequest.Channel.LETTER,
        received_at=now + timedelta(days=2),
        proved_to=staff(owner),
        now=now + timedelta(days=4),
    )

    assert letter.policy_version.number == 1
    assert numbers(shop, now + timedelta(days=4)) == [2]


def test_moment_when_before_the_first_version_then_the_first_holds(shop: Shop) -> None:
    assert numbers(shop, datetime(2011, 11, 23, tzinfo=UTC)) == [1]


def test_proof_when_the_place_is_unknown_or_the_day_to_come_then_is_refused(shop: Shop, now: datetime) -> None:
    text = revised(shop, "material")
    for proof, message in (
        (policies.NoticeProof("billboard", date(2026, 1, 5)), "no place"),
        (policies.NoticeProof("home_page", date(2026, 1, 7)), "future"),
    ):
        with pytest.raises(policies.NotPublished, match=message):
            policies.publish(shop, profile_text=text, actor=COMMAND, now=now, is_material=True, proofs=(proof,))
