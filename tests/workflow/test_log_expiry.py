"""The bare log of a request goes after 24 months: its chain whole, by the owner's function, and a signed tombstone stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from dsr.management.commands.migrate import give_rights
from dsr.models import (
    AuditEntry,
    AuditStream,
    AuditTombstone,
    ErasedIdentity,
    ErasurePlan,
    KeptRecord,
    Shop,
    SourceRun,
    SubjectRequest,
)
from dsr.workflow import anchors, audit, forgetting, log_expiry, shops
from dsr.workflow.actors import COMMAND, SYSTEM
from dsr.workflow.transitions import Step, advance
from tests.conftest import ADA, ask, connect
from tests.workflow.test_audit import anchor_at

LONG_AGO = datetime(2022, 3, 1, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("own_ring")


@pytest.fixture
def old_shop(db: None) -> Shop:
    return shops.add_shop(slug="old-shop", name="Old Shop", actor=COMMAND, now=LONG_AGO)


def lapsed(shop: Shop, at: datetime) -> SubjectRequest:
    """A request that ended on its own day."""
    made = ask(shop, ADA, at)
    with transaction.atomic():
        advance(made, Step.LAPSE, action="request.lapsed", actor=SYSTEM, now=at)
    return made


@pytest.fixture
def old(old_shop: Shop) -> SubjectRequest:
    """A request that ended in 2022 and was forgotten since."""
    made = lapsed(old_shop, LONG_AGO)
    assert forgetting.forget_expired(LONG_AGO + timedelta(days=300)).forgotten == (made.reference,)
    return SubjectRequest.objects.get(pk=made.pk)


def test_our_own_profile_keeps_the_log_for_two_years() -> None:
    assert log_expiry.months_kept() == 24


def test_a_log_whose_time_is_over_leaves_a_tombstone(old: SubjectRequest) -> None:
    stream = old.audit_stream
    assert stream.entries.count() == stream.length > 3

    told = log_expiry.remove_expired(timezone.now())

    assert told == ["old-shop"]
    assert not SubjectRequest.objects.filter(pk=old.pk).exists()
    assert not AuditStream.objects.filter(pk=stream.pk).exists()
    assert not AuditEntry.objects.filter(stream_id=stream.pk).exists()
    stone = AuditTombstone.objects.get()
    assert (stone.entries, stone.head) == (stream.length, stream.head)
    assert str(old.public_id) not in json.dumps([stone.stream_digest, stone.head])
    assert stone.last_at == LONG_AGO


def test_what_an_erasure_left_behind_outlives_its_requests_log(old: SubjectRequest, shop_url: str) -> None:
    source = connect(old.shop, "shop", shop_url, LONG_AGO)
    of_request = {"shop": old.shop, "subject_request": old}
    of_record = {"source": source, "collection": "orders", "digest": "0" * 64}
    KeptRecord.objects.create(**of_request, **of_record, sealed_key=b"x", policy_number=1, kept_at=LONG_AGO)
    ErasedIdentity.objects.create(**of_request, kind="email", digest="1:x", erased_at=LONG_AGO)
    SourceRun.objects.create(subject_request=old, source=source, dataset_version=source.versions.get())
    ErasurePlan.objects.create(
        subject_request=old, number=1, as_of=LONG_AGO.date(), sealed=b"", frozen_at=LONG_AGO
    ).steps.create(source=source, number=1)

    log_expiry.remove_expired(timezone.now())

    assert not SubjectRequest.objects.filter(pk=old.pk).exists()
    assert KeptRecord.objects.get().subject_request is None
    assert ErasedIdentity.objects.get().subject_request is None


def test_the_shops_own_chain_says_that_a_log_went(old: SubjectRequest) -> None:
    entries = old.audit_stream.length
    log_expiry.remove_expired(timezone.now())

    last = AuditEntry.objects.filter(stream__name="shop:old-shop").order_by("number").last()

    assert last is not None
    assert (last.action, last.facts) == ("shop.log_expired", {"shop": "old-shop", "entries": entries})


def test_a_log_goes_after_24_months_and_not_a_day_before(old: SubjectRequest) -> None:
    day = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)

    assert [log_expiry.would_remove(each) for each in (day, day + timedelta(seconds=1))] == [[], ["old-shop"]]


def test_the_dry_run_of_one_night_tells_of_both_halves(old_shop: Shop) -> None:
    lapsed(old_shop, LONG_AGO)
    now = timezone.now()
    told = log_expiry.would_remove(now)
    forgetting.forget_expired(now)

    assert told == log_expiry.remove_expired(now) == ["old-shop"]


def test_what_is_not_forgotten_or_not_closed_keeps_its_log(old_shop: Shop) -> None:
    lapsed(old_shop, LONG_AGO)
    ask(old_shop, ADA, LONG_AGO)

    assert log_expiry.remove_expired(timezone.now()) == []
    assert SubjectRequest.objects.count() == 2


def test_a_young_neighbour_keeps_every_entry(old: SubjectRequest, old_shop: Shop) -> None:
    young = lapsed(old_shop, timezone.now() - timedelta(days=3))
    before = list(young.audit_stream.entries.values())

    log_expiry.remove_expired(timezone.now())

    assert list(young.audit_stream.entries.values()) == before != []


@pytest.mark.parametrize("statement", ["DELETE FROM dsr_auditentry WHERE number = 2", "DELETE FROM dsr_auditentry"])
def test_a_part_of_a_chain_never_goes_not_even_by_the_owner(old: SubjectRequest, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_databases_own_function_refuses_a_young_chain_and_a_shops(old_shop: Shop) -> None:
    young = lapsed(old_shop, timezone.now())
    young_chain = AuditStream.objects.get(subject_request=young)
    shop_chain = AuditStream.objects.get(name="shop:old-shop")

    for chain in (young_chain, shop_chain):
        with pytest.raises(DatabaseError, match="24 months"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT dsr_audit_remove(%s)", [chain.pk])


def test_without_a_tombstone_that_agrees_nothing_goes(old: SubjectRequest) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT dsr_audit_remove(%s)", [old.audit_stream.pk])


@pytest.mark.django_db(transaction=True)
def test_the_role_of_the_app_may_have_an_old_chain_removed_and_no_tombstone(old: SubjectRequest) -> None:
    give_rights(settings.APP_ROLE)
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"
    log_expiry.tombstones.put(old.audit_stream, last_at=LONG_AGO, now=timezone.now())

    with psycopg.connect(url) as session:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
            session.execute("DELETE FROM dsr_audittombstone")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
            session.execute("DELETE FROM dsr_auditentry WHERE stream_id = %s", [old.audit_stream.pk])
        session.execute("SELECT dsr_audit_remove(%s)", [old.audit_stream.pk])

    assert not AuditEntry.objects.filter(stream_id=old.audit_stream.pk).exists()


def test_an_anchored_chain_that_went_is_no_fault_and_one_that_vanished_is(old: SubjectRequest) -> None:
    name = old.audit_stream.name
    anchor_at(LONG_AGO)
    log_expiry.remove_expired(timezone.now())
    good = list(anchors.faults())
    AuditTombstone.objects.all().delete()

    bad = list(anchors.faults())

    assert good == []
    assert bad == [anchors.Fault(name, 0, "the stream was anchored and is gone")]


@pytest.mark.parametrize(
    ("forgery", "message"),
    [
        ({"entries": 2}, "not signed"),
        ({"head": "0" * 64}, "not signed"),
        ({"removed_at": LONG_AGO}, "not signed"),
        ({"entries": 2}, "contradicts"),
    ],
)
def test_a_forged_tombstone_is_found(old: SubjectRequest, forgery: dict[str, object], message: str) -> None:
    anchor_at(LONG_AGO)
    log_expiry.remove_expired(timezone.now())
    AuditTombstone.objects.update(**forgery)

    assert any(message in fault.message for fault in anchors.faults())


def test_the_stand_alone_checker_reads_tombstones_and_finds_a_change(old: SubjectRequest, tmp_path: Path) -> None:
    log_expiry.remove_expired(timezone.now())
    call_command("verify_audit", export=tmp_path)
    chain = tmp_path / "chain.json"
    bare = [sys.executable, "-I", "-S", str(tmp_path / "check_audit.py"), str(chain)]
    good = subprocess.run(bare, capture_output=True, text=True, check=False)
    content = json.loads(chain.read_text())
    content["tombstones"][0]["length"] += 1
    chain.write_text(json.dumps(content))
    bad = subprocess.run(bare, capture_output=True, text=True, check=False)

    assert (good.returncode, "removed whole on" in good.stdout) == (0, True)
    assert (bad.returncode, "the signature of the tombstone does not hold" in bad.stdout) == (1, True)


def test_the_facts_of_a_removed_log_are_listed() -> None:
    assert audit.ACTIONS["shop.log_expired"] == {"shop", "entries"}
