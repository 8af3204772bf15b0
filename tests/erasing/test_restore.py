"""A restore of our own database is noticed, and nothing is shown or done until it is made good."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from dsr.keyring import KeyRing
from dsr.lifecycle import State
from dsr.models import AuditEntry, ErasedIdentity, Job, LedgerPosition, SubjectRequest
from dsr.workflow import ledgers, restores
from dsr.workflow.erasure_approval import newest
from tests.conftest import BELA, work_off
from tests.erasing.conftest import approve, carry_out, change, rows, wish
from tests.erasing.test_replay import restore
from tests.own.dumps import as_text, dump, program, restored


@pytest.fixture(autouse=True)
def guarded(settings: Settings, tmp_path: Path) -> None:
    """As in production, with a ledger of the test's own."""
    settings.MIDDLEWARE = ["dsr.web.restored.ClosedWhileRestored", *settings.MIDDLEWARE]
    settings.DSR_LEDGER = tmp_path / "ledger"


@pytest.fixture(autouse=True)
def positioned(db: None) -> None:
    """A database that knows the ledger from its beginning, whatever tests came before."""
    LedgerPosition.objects.get_or_create(pk=1, defaults={"number": 0})


def replay_ours(*options: str) -> dict[str, Any]:
    out = StringIO()
    call_command("replay", "--ours", *options, stdout=out, stderr=StringIO())
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def seen(path: str) -> tuple[int, str]:
    """By a web server that was started just now."""
    page = Client().get(path)
    return page.status_code, page.content.decode()


def test_our_database_when_all_is_well_then_the_site_is_open(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)

    assert LedgerPosition.objects.get().number == ledgers.ledger().length() == 3
    assert seen("/health/") == (200, '{"status": "green", "fault": ""}')
    assert seen("/small-shop/")[0] == 200


def test_our_database_when_it_knows_less_than_the_ledger_then_everything_is_closed_until_it_is_made_good(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)
    erased = rows(url)
    restore(url)
    LedgerPosition.objects.update(number=0)
    identities = set(ErasedIdentity.objects.values_list("digest", flat=True))
    ErasedIdentity.objects.all().delete()

    assert seen("/health/") == (503, '{"status": "red", "fault": "restored"}')
    status, page = seen("/small-shop/")
    assert (status, "Being repaired" in page) == (503, True)
    with pytest.raises(CommandError, match="replay --ours"):
        call_command("run_worker")

    dry = replay_ours()

    assert (dry["known"], dry["last"], dry["requests"], dry["settled"]) == (0, 3, [wanted.reference], False)
    assert dry["shops"]["small-shop"]["back"]
    assert rows(url) != erased
    assert seen("/small-shop/")[0] == 503

    assert replay_ours("--execute")["settled"] is True

    assert rows(url) == erased
    assert set(ErasedIdentity.objects.values_list("digest", flat=True)) == identities
    recalled = AuditEntry.objects.get(action="erasure.recalled")
    assert (recalled.stream.subject_request, recalled.facts) == (wanted, {"segment": 3})
    assert seen("/health/")[0] == seen("/small-shop/")[0] == 200


def test_our_database_when_a_process_was_killed_after_a_write_then_stays_open_and_the_job_settles_it(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    approve(wanted, owner, now)
    job = Job.objects.get(subject_request=wanted, kind="erase")
    plan = newest(wanted)
    assert plan is not None
    body = {"request": str(wanted.public_id), "kind": ledgers.INTENT, "source": "shop", "step": 1, "rows": []}
    for _ in range(2):  # Killed twice at the same place.
        ledgers.ledger().append("small-shop", json.dumps(body).encode(), at=now, expires_on=now.date())

    assert (job.state, ledgers.ledger().length(), LedgerPosition.objects.get().number) == ("ready", 2, 0)
    assert restores.is_restored() is False
    assert seen("/small-shop/")[0] == 200

    work_off(wanted)

    assert wanted.state == State.FULFILLED
    assert LedgerPosition.objects.get().number == ledgers.ledger().length() == 5


def test_our_database_when_it_lost_two_steps_of_a_request_whose_job_is_there_then_was_restored(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)
    Job.objects.filter(subject_request=wanted, kind="erase").update(state="ready")

    LedgerPosition.objects.update(number=2)
    assert restores.is_restored() is False
    LedgerPosition.objects.update(number=1)
    assert restores.is_restored() is True


CANARIES = (b"Ada Lovelace", b"Ada@Example.com", b"secret-of-ada", b"203.0.113.7", b"Bela Bartok", b"secret-of-bela")


def dumped(url: str, folder: Path, name: str) -> Path:
    file = folder / name
    command = [
        program("pg_dump"),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--file={file}",
        f"--dbname={url}",
    ]
    subprocess.run(command, check=True, timeout=60)
    return file


@pytest.mark.django_db(transaction=True)
def test_both_databases_when_put_back_by_pg_restore_then_are_red_until_replay_and_then_say_nothing(
    own_ring: KeyRing, wanted: SubjectRequest, owner: User, now: datetime, url: str, tmp_path: Path
) -> None:
    bela = wish(wanted.shop, owner, now, BELA)
    ours, theirs = dump(tmp_path, "ours.dump"), dumped(url, tmp_path, "theirs.dump")
    for each in (wanted, bela):
        carry_out(each, owner, now)
        assert each.state == State.FULFILLED
    erased = rows(url)

    change(url, "DROP SCHEMA public CASCADE")
    command = [program("pg_restore"), "--no-owner", "--no-privileges", f"--dbname={url}", str(theirs)]
    change(url, "CREATE SCHEMA public")
    subprocess.run(command, check=False, timeout=60)  # It grumbles that the schema is there.
    as_restored = as_text(dumped(url, tmp_path, "again.dump"))
    assert [each for each in CANARIES if each not in as_restored] == []
    with restored(ours):
        assert SubjectRequest.objects.get(pk=wanted.pk).state == State.REVIEW
        assert seen("/health/")[0] == seen("/small-shop/")[0] == 503

        told = replay_ours("--execute")

        assert (told["settled"], told["shops"]["small-shop"]["refused"]) == (True, [])
        assert seen("/health/")[0] == 200
        assert ErasedIdentity.objects.count() >= 2
    assert rows(url) == erased
    after = as_text(dumped(url, tmp_path, "after.dump"))
    assert [each for each in CANARIES if each in after] == []
