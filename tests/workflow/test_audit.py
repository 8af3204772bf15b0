import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from dsr.management.commands.migrate import give_rights
from dsr.models import AuditEntry, AuditStream, Job, Shop, SubjectRequest
from dsr.workflow import anchors, audit, daily, queue
from dsr.workflow.actors import SYSTEM
from tests.conftest import ADA, ask


def test_facts_may_carry_listed_keys_alone(asked: SubjectRequest, now: datetime) -> None:
    with pytest.raises(audit.NotAllowedInAudit, match="email"):
        audit.record(asked, "request.approved", actor=SYSTEM, now=now, facts={"email": "x"})


@pytest.mark.parametrize("text", ["ada@example.com", "x" * 201])
def test_a_fact_that_looks_like_an_address_or_prose_is_refused(asked: SubjectRequest, now: datetime, text: str) -> None:
    with pytest.raises(audit.NotAllowedInAudit):
        audit.record(asked, "source.failed", actor=SYSTEM, now=now, facts={"code": text})


def test_every_action_is_listed_once_and_has_a_sentence_for_staff_or_belongs_to_a_shop() -> None:
    from_requests = {name for name in audit.ACTIONS if name.split(".")[0] not in {"shop", "policy"}}

    set_up = {
        f"source.{step}" for step in ("connected", "changed", "disconnected", "reconnected", "drafted", "checked")
    }

    assert from_requests - set(audit_sentences()) == set_up


def audit_sentences() -> dict[str, str]:
    from dsr.workflow.timeline import FOR_STAFF  # noqa: PLC0415  beside its only use

    return FOR_STAFF


def test_no_personal_data_stands_in_the_log_after_a_whole_gathering(gathered: SubjectRequest) -> None:
    told = json.dumps([[entry.actor, entry.facts] for entry in audit.entries_of(gathered)]).lower()

    assert "small" not in told
    assert "ada" not in told.replace('"addition', "")
    assert "example.com" not in told


@pytest.mark.parametrize("statement", ["UPDATE dsr_auditentry SET actor = 'x'", "DELETE FROM dsr_auditentry"])
def test_entries_can_be_neither_changed_nor_removed(asked: SubjectRequest, statement: str) -> None:
    before = AuditEntry.objects.count()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert AuditEntry.objects.count() == before > 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE dsr_auditentry SET actor = 'x'",
        "DELETE FROM dsr_auditentry",
        "TRUNCATE dsr_auditentry",
        "ALTER TABLE dsr_auditentry DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DELETE FROM dsr_auditstream",
    ],
)
def test_the_role_of_the_app_may_only_add(statement: str) -> None:
    give_rights(settings.APP_ROLE)
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"

    with psycopg.connect(url) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("SELECT count(*) FROM dsr_auditentry")  # It may read ...
        session.execute(statement)  # type: ignore[arg-type]  # ... and not this.


def test_an_untouched_log_has_no_faults(gathered: SubjectRequest) -> None:
    assert list(anchors.faults()) == []
    assert AuditEntry.objects.filter(stream__subject_request=gathered).count() > 4


@pytest.mark.parametrize(
    ("forgery", "message"),
    [
        ("UPDATE dsr_auditentry SET facts = '{\"records\": 0}' WHERE number = 3", "the entry was changed"),
        ("UPDATE dsr_auditentry SET at = at + interval '1 second' WHERE number = 2", "the entry was changed"),
        ("DELETE FROM dsr_auditentry WHERE number = 2", "entry 2 is missing"),
        ("DELETE FROM dsr_auditentry WHERE number > 2", "the head says"),
    ],
)
def test_a_forgery_by_the_owner_of_the_table_is_found(gathered: SubjectRequest, forgery: str, message: str) -> None:
    stream = AuditStream.objects.get(subject_request=gathered)
    unlock_the_table()
    with connection.cursor() as cursor:
        cursor.execute(f"{forgery} AND stream_id = %s", [stream.pk])

    found = [fault.message for fault in anchors.faults([stream])]

    assert any(message in text for text in found), found


def test_a_chain_that_was_rewritten_whole_is_found_by_yesterdays_anchor(
    gathered: SubjectRequest, now: datetime
) -> None:
    stream = AuditStream.objects.get(subject_request=gathered)
    anchor_at(now)
    unlock_the_table()
    rewrite_without_the_last_entry(stream)
    unanchored = [fault for fault in anchors.faults([stream]) if "anchored" not in fault.message]

    found = [fault.message for fault in anchors.faults([stream])]

    assert unanchored == []
    assert found == ["the chain does not contain the head that was anchored outside"]


def test_an_anchor_that_was_edited_is_refused(gathered: SubjectRequest, now: datetime) -> None:
    anchor_at(now + timedelta(days=400))
    (file,) = Path(settings.DSR_ANCHORS).glob("2027-02-*.json")
    text = file.read_text()
    file.write_text(text.replace("request:", "request;"))

    with pytest.raises(queue.FinalFault, match="not signed"):
        list(anchors.faults())
    file.unlink()


def test_the_stand_alone_checker_accepts_the_export_and_finds_a_change(
    gathered: SubjectRequest, tmp_path: Path
) -> None:
    call_command("verify_audit", gathered.reference, export=tmp_path)
    chain = tmp_path / "chain.json"
    bare = [sys.executable, "-I", "-S", str(tmp_path / "check_audit.py"), str(chain)]
    good = subprocess.run(bare, capture_output=True, text=True, check=False)
    chain.write_text(chain.read_text().replace('"channel": "portal"', '"channel": "letter"'))
    bad = subprocess.run(bare, capture_output=True, text=True, check=False)

    assert (good.returncode, "all as written" in good.stdout) == (0, True)
    assert (bad.returncode, "entry 1 was changed" in bad.stdout) == (1, True)


def test_two_requests_have_chains_of_their_own(source: object, shop: Shop, now: datetime) -> None:
    first, second = ask(shop, ADA, now), ask(shop, ADA, now)

    numbers = [[entry.number for entry in audit.entries_of(each)] for each in (first, second)]

    assert numbers[0] == numbers[1] == list(range(1, len(numbers[0]) + 1))


def unlock_the_table() -> None:
    """What only the owner of the table can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE dsr_auditentry DISABLE TRIGGER dsr_audit_append_only")


def anchor_at(now: datetime) -> None:
    daily.ask(now)
    job = Job.objects.get(key=f"anchor:{now:%Y-%m-%d}")
    queue.perform(job.pk, anchors.anchor_audit, queue.leave_it_parked, lambda: now)


def rewrite_without_the_last_entry(stream: AuditStream) -> None:
    """What somebody with the owner's password and our code could do: a shorter chain that is whole in itself."""
    last = stream.entries.order_by("number").last()
    assert last is not None
    last.delete()
    AuditStream.objects.filter(pk=stream.pk).update(length=stream.length - 1, head=last.previous)
    stream.refresh_from_db()
