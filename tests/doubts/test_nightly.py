"""The nightly look: what it puts before staff, what goes by itself, how much of it there may be, and what it never tells."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from dsr import jobs
from dsr.keyring import KeyRing
from dsr.lifecycle import RequestType
from dsr.models import (
    AuditEntry,
    Doubt,
    DoubtPosition,
    ErasedIdentity,
    Hold,
    Job,
    KeptRecord,
    LearntIdentity,
    Shop,
    Source,
    SubjectRequest,
)
from dsr.records import Identity, IdentityKind
from dsr.workflow import connections, daily, doubt_looks, doubts, forgetting, intake, sealing
from dsr.workflow.actors import COMMAND, SYSTEM, staff
from tests.doubts.conftest import DATASET, ONLY_ADDRESSES, OVERLAY, Do, connect, described_anew, look, waiting

ALL = [
    "addresses.postcode incomplete C-1/2",
    "addresses.postcode incomplete C-2/1",
    "addresses.postcode incomplete C-2/2",
    "customers.card_until outdated C-1",
    "customers.email wrong C-1",
    "customers.phone incomplete C-3",
    "customers.phone outdated C-1",
    "houses.city incomplete 1",
]
"""Of Dora's account, which is closed, and of the house of two people nothing is asked."""


def test_values_when_they_are_in_doubt_then_wait_for_staff_once(connected: Source, now: datetime) -> None:
    first = look(connected, now)
    second = look(connected, now + timedelta(hours=1))

    assert (first, second) == ((8, 0), (0, 0))
    assert waiting(connected) == ALL


@pytest.mark.parametrize("place", ["postgresql", "mariadb", "sqlite"], indirect=True)
def test_values_when_the_database_is_another_then_are_the_same(
    place: tuple[str, Do], shop: Shop, now: datetime
) -> None:
    url, do = place
    source = connect(shop, url, now)

    assert look(source, now) == (8, 0)
    assert waiting(source) == ALL
    do("UPDATE addresses SET postcode = '1' WHERE customer_number = 'C-2'")
    assert look(source, now) == (0, 2)
    assert waiting(source) == [each for each in ALL if "C-2" not in each]


def test_value_when_the_shop_mends_it_then_goes_by_itself_and_does_not_come_back_for_the_same_mail(
    connected: Source, do: Do, now: datetime
) -> None:
    look(connected, now)
    do("UPDATE customers SET email = 'ada@new.example', card_until = '2030-01-01' WHERE number = 'C-1'")
    do("UPDATE customers SET confirmed_on = '2026-01-06' WHERE number = 'C-1'")
    do("UPDATE addresses SET postcode = '02109' WHERE customer_number = 'C-1'")
    do("DELETE FROM addresses WHERE customer_number = 'C-2' AND line = 1")

    assert look(connected, now) == (0, 5)
    assert look(connected, now) == (0, 0)
    left = ["addresses.postcode incomplete C-2/2", "customers.phone incomplete C-3", "houses.city incomplete 1"]
    assert waiting(connected) == left
    do("UPDATE customers SET bounced_at = '2026-01-05' WHERE number = 'C-1'")
    assert look(connected, now) == (1, 0)
    assert waiting(connected) == sorted([*left, "customers.email wrong C-1"])


def test_value_when_it_is_left_as_it_is_then_comes_back_only_once_it_says_something_else(
    connected: Source, do: Do, owner: User, now: datetime
) -> None:
    look(connected, now)
    for doubt in Doubt.objects.filter(digest__in=Doubt.objects.filter(field="card_until").values("digest")):
        doubts.dismiss(doubt, ground="is_right", actor=staff(owner), now=now)

    for night in range(1, 4):
        assert look(connected, now + timedelta(hours=night)) == (0, 0)
    do("UPDATE customers SET card_until = '2025-06-01', email = 'ada@new.example' WHERE number = 'C-1'")
    assert look(connected, now) == (2, 0)
    assert {"customers.card_until outdated C-1", "customers.email wrong C-1"} <= set(waiting(connected))
    facts = AuditEntry.objects.filter(action="shop.doubt_dismissed").values_list("facts", flat=True)
    assert {(each["field"], each["because"], each["ground"]) for each in facts} == {
        ("card_until", "outdated", "is_right"), ("email", "wrong", "is_right"), ("phone", "outdated", "is_right"),
    }  # fmt: skip


def test_shop_when_as_many_wait_as_may_then_gets_no_more_and_each_row_has_its_turn_as_some_go(
    connected: Source, do: Do, settings: Settings, now: datetime
) -> None:
    settings.DSR_MOST_DOUBTS = 3
    do("DELETE FROM addresses")
    do("INSERT INTO addresses SELECT 'C-2', n, 'x', NULL FROM generate_series(1, 8) AS n")
    described_anew(connected, "collections:\n" + ONLY_ADDRESSES, now)
    nights = []
    for night in range(4):
        look(connected, now + timedelta(hours=night))
        nights.append([int(each.rpartition("/")[2]) for each in waiting(connected)])
        do(f"UPDATE addresses SET postcode = '1' WHERE line IN ({nights[-1][0]}, {nights[-1][-1]})")

    assert nights == [[1, 2, 3], [2, 4, 5], [4, 6, 7], [6, 8]]


def test_table_when_a_look_may_pass_few_rows_then_is_looked_through_in_several_nights(
    connected: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.workflow.doubt_looks.STRETCH", 2)
    found = []
    for night in range(4):
        look(connected, now + timedelta(hours=night))
        found.append([each for each in waiting(connected) if each.startswith("addresses")])

    assert [len(each) for each in found] == [1, 3, 3, 3]


def test_rule_when_it_is_declared_no_more_then_takes_its_doubts_along(connected: Source, now: datetime) -> None:
    look(connected, now)
    described_anew(connected, "collections: {houses: {ownership: attached}}", now)

    assert look(connected, now) == (0, 8)
    assert not Doubt.objects.exists()
    assert not DoubtPosition.objects.exists()


def test_record_when_it_is_held_or_kept_then_is_not_shown_and_is_once_it_is_free(
    connected: Source, now: datetime
) -> None:
    look(connected, now)
    held, kept = Doubt.objects.get(field="card_until"), Doubt.objects.filter(collection="addresses")[0]
    place = {"source": connected, "digest": held.digest, "collection": "customers"}
    Hold.objects.create(shop=connected.shop, made_by="staff:1", made_at=now, **place)
    KeptRecord.objects.create(
        shop=connected.shop, source=connected, collection="addresses", digest=kept.digest, sealed_key=b"", action="keep",
        record_class="address", policy_number=1, rule="r", basis_code="b", basis="b", kept_at=now,
    )  # fmt: skip

    assert look(connected, now) == (0, 4)
    assert waiting(connected) == ALL[1:3] + ["customers.phone incomplete C-3", "houses.city incomplete 1"]
    Hold.objects.update(lifted_at=now)
    KeptRecord.objects.update(state="gone")
    assert look(connected, now) == (4, 0)
    assert waiting(connected) == ALL


@pytest.mark.parametrize("right", [RequestType.ERASURE, RequestType.CORRECTION, RequestType.ACCESS])
def test_record_when_its_person_has_asked_for_more_than_a_copy_then_is_not_shown(
    connected: Source, owner: User, now: datetime, right: RequestType
) -> None:
    intake.open_request(
        shop=connected.shop,
        request_type=right,
        identities=(Identity(IdentityKind.EMAIL, "ada@example.com"),),
        channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner),
        actor=staff(owner),
        now=now,
    )

    look(connected, now)

    without_ada = [each for each in ALL if "C-1" not in each and "houses" not in each]
    assert waiting(connected) == (ALL if right is RequestType.ACCESS else without_ada)


def test_source_when_it_cannot_be_read_then_the_reason_is_told_and_what_waits_stays(
    connected: Source, do: Do, now: datetime
) -> None:
    look(connected, now)
    do("ALTER TABLE customers RENAME TO clients")

    looked = doubt_looks.look(connected.shop, actor=SYSTEM, now=now)

    assert list(looked.failed) == ["shop"]
    assert "customers" in looked.failed["shop"]
    assert waiting(connected) == ALL


def test_source_when_it_is_asked_no_more_then_its_doubts_are_let_go(connected: Source, now: datetime) -> None:
    look(connected, now)
    connections.disconnect_source(connected, actor=COMMAND, now=now)

    doubt_looks.look(connected.shop, actor=SYSTEM, now=now)

    assert not Doubt.objects.exists()
    assert not DoubtPosition.objects.exists()


def plain(row: tuple[object, ...]) -> list[str]:
    """A row of ours as text, its bytes too."""
    return [bytes(each).decode("latin-1") if isinstance(each, memoryview) else str(each) for each in row]


def test_nobody_when_doubts_are_looked_for_then_is_named_in_jobs_log_audit_or_our_own_tables(
    connected: Source, do: Do, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = ("Ada@Example.com", "Ada Lovelace", '"C-1"', "617 555 0101")
    stands = json.dumps(do("SELECT * FROM customers"), default=str)
    assert all(secret in stands for secret in secrets)
    with caplog.at_level(logging.DEBUG):
        daily.ask(now)
        job = Job.objects.get(kind="look_for_doubts")
        getattr(jobs, job.kind)(job.pk)
    assert set(ALL) <= set(waiting(connected))

    told = json.dumps(
        [
            *Job.objects.values_list("kind", "key", "target_id", "error_text"),
            *AuditEntry.objects.values_list("action", "facts"),
            *caplog.messages,
            *(plain(row) for rows in (Doubt, DoubtPosition) for row in rows.objects.values_list()),
        ],
        default=str,
    )
    assert '"found": ' in told
    assert [secret for secret in secrets if re.search(secret, told, re.IGNORECASE)] == []
    assert doubts.shown(Doubt.objects.get(field="email")).value == "A•••@E•••.com"


def test_doubt_when_its_month_is_over_then_is_sealed_anew_as_long_as_it_is_looked_at(
    own_ring: KeyRing, connected: Source, do: Do, now: datetime
) -> None:
    do("UPDATE customers SET card_until = '2099-01-01' WHERE number = 'C-2'")
    look(connected, now)
    before = set(Doubt.objects.values_list("key_month", flat=True))
    look(connected, now + timedelta(days=40))

    forgetting.forget_expired(now + timedelta(days=70))

    after = set(Doubt.objects.values_list("key_month", flat=True))
    assert max(before) < min(after)
    assert not own_ring.months_before(min(after).replace(day=1) - timedelta(days=40))
    assert waiting(connected) == ALL
    assert look(connected, now + timedelta(days=70)) == (0, 0)
    forgetting.forget_expired(now + timedelta(days=140))
    assert not Doubt.objects.exists()


@pytest.mark.parametrize("is_learnt", [False, True])
def test_record_when_its_person_is_known_by_what_an_open_erasure_learnt_or_was_erased_then_is_not_shown(
    connected: Source, owner: User, now: datetime, is_learnt: bool
) -> None:
    ada = Identity(IdentityKind.EMAIL, "ada@example.com")
    if is_learnt:
        other = Identity(IdentityKind.EMAIL, "ada@old.example")
        made = intake.open_request(
            shop=connected.shop, request_type=RequestType.ERASURE, identities=(other,), proved_to=staff(owner),
            channel=SubjectRequest.Channel.PHONE, actor=staff(owner), now=now,
        )  # fmt: skip
        LearntIdentity.objects.create(
            subject_request=made, source=connected, via="x", step=1, kind="email", sealed=b"", learnt_at=now,
            digest=sealing.lookup_digest(made, ada),
        )  # fmt: skip
    else:
        digest = sealing.identity_digest(connected.shop, ada)
        ErasedIdentity.objects.create(shop=connected.shop, kind="email", digest=digest, erased_at=now)

    look(connected, now)

    assert waiting(connected) == [each for each in ALL if "C-1" not in each and "houses" not in each]


def test_look_when_keys_of_months_are_gone_then_finds_everything_anew(
    own_ring: KeyRing, connected: Source, settings: Settings, now: datetime
) -> None:
    settings.DSR_MOST_DOUBTS = 3
    look(connected, now)
    later = now + timedelta(days=70)
    own_ring.destroy_months_before(forgetting.month_of(later))
    settings.DSR_MOST_DOUBTS = 50

    assert look(connected, later) == (9, 3)
    assert waiting(connected) == sorted([*ALL, "customers.card_until outdated C-2"])


def test_table_when_it_is_given_another_key_then_its_doubts_are_found_by_that(
    connected: Source, do: Do, settings: Settings, now: datetime
) -> None:
    look(connected, now)
    do("ALTER TABLE houses DROP CONSTRAINT houses_pkey")
    do("ALTER TABLE houses ADD PRIMARY KEY (street)")
    before = "{name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}"
    after = "{name: id, data_categories: [user.unique_id], fides_meta: {data_type: integer}}"
    street = "{name: street, data_categories: [user.contact.address.street]}"
    dataset = DATASET.replace(before, after, 1).replace(street, street[:-1] + ", fides_meta: {primary_key: true}}", 1)
    described_anew(connected, OVERLAY, now, dataset)

    assert look(connected, now) == (1, 1)
    assert "houses.city incomplete 12 High Street" in waiting(connected)
