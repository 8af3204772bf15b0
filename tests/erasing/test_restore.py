"""A restore of our own database is noticed, and nothing is shown or done until it is made good."""

from __future__ import annotations

import json
import subprocess
from contextlib import nullcontext
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from dsr.keyring import KeyRing
from dsr.lifecycle import State
from dsr.management.commands import run_worker
from dsr.models import AuditEntry, ErasedIdentity, Job, KeptRecord, LedgerPosition, Source, SubjectRequest
from dsr.workflow import finishing, kept_rows, ledger_upkeep, ledgers, restores
from dsr.workflow.actors import COMMAND
from dsr.workflow.erasure_approval import newest
from tests.conftest import BELA, work_off
from tests.erasing.conftest import approve, carry_out, change, rows, wish
from tests.erasing.test_replay import restore
from tests.own.dumps import as_text, dump, program, restored


@pytest.fixture(autouse=True)
def positioned(db: None) -> None:
    """A database that knows the ledger from its beginning, whatever tests came before."""
    LedgerPosition.objects.get_or_create(pk=1, defaults={"number": 0})


def replay_ours(*options: str, code: int = 0) -> dict[str, Any]:
    """``code``: what the command exits with. ``told`` is what it says beside."""
    out, beside = StringIO(), StringIO()
    with pytest.raises(SystemExit) if code else nullcontext():
        call_command("replay", "--ours", *options, stdout=out, stderr=beside)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told | {"told": beside.getvalue()}


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
    identities = set(ErasedIdentity.objects.values_list("digest", "kind"))
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
    assert set(ErasedIdentity.objects.values_list("digest", "kind")) == identities
    recalled = AuditEntry.objects.get(action="erasure.recalled")
    assert (recalled.stream.subject_request, recalled.facts) == (wanted, {"segment": 3})
    assert seen("/health/")[0] == seen("/small-shop/")[0] == 200


def test_our_database_when_what_it_lost_has_expired_then_is_noticed_all_the_same(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)
    last = max(entry.expires_on for entry in ledgers.ledger().entries())
    assert ledger_upkeep.expire(datetime.combine(last, time(12), UTC) + timedelta(days=1)) == 3
    assert restores.is_restored() is False

    LedgerPosition.objects.update(number=0)

    assert (seen("/health/")[0], seen("/small-shop/")[0]) == (503, 503)
    made_good = replay_ours("--execute")
    assert (made_good["expired"], made_good["settled"]) == (3, True)
    assert "3 entries that it does not know have expired" in made_good["told"]
    assert seen("/health/")[0] == 200


def test_our_database_when_a_source_is_not_there_under_its_name_then_stays_closed_until_somebody_says_that_it_is_gone(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)
    restore(url)
    LedgerPosition.objects.update(number=0)
    with pytest.raises(CommandError, match="shop is connected"):
        call_command("replay", "small-shop", "--gone", "shop")
    assert replay_ours("--gone", "shop")["shops"]["small-shop"]["back"], "a source that is there cannot be given up"
    Source.objects.filter(name="shop").update(name="web")

    left = replay_ours("--execute", code=1)

    assert left["settled"] is False
    assert "shop: the shop has no source of that name" in left["shops"]["small-shop"]["refused"][0]
    assert seen("/small-shop/")[0] == 503
    assert replay_ours("--execute", "--gone", "shop")["settled"] is True
    assert AuditEntry.objects.filter(action="shop.replayed").latest("pk").facts["gone"] == "shop"
    assert seen("/small-shop/")[0] == 200


def test_our_database_when_somebody_may_have_come_anew_since_then_says_so_before_they_are_erased(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)
    change(url, "INSERT INTO newsletter VALUES ('ada@example.com', true, NULL)")
    LedgerPosition.objects.update(number=0)

    dry = replay_ours()

    assert [each["collection"] for each in dry["shops"]["small-shop"]["back"]] == ["newsletter"]
    assert "Who signed up again since" in dry["told"]
    later = (max(entry.at for entry in ledgers.ledger().entries()) + timedelta(microseconds=1)).isoformat()
    assert replay_ours("--snapshot-taken", later)["shops"]["small-shop"]["back"] == []


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


def test_our_database_when_it_was_put_back_then_nothing_more_is_erased_that_would_hide_it(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)
    bela = wish(wanted.shop, owner, now, BELA)
    approve(bela, owner, now)
    before = rows(url)
    LedgerPosition.objects.update(number=0)

    work_off(bela)

    job = Job.objects.get(subject_request=bela, kind="erase")
    assert (job.state, "put back from a backup" in job.error_text) == ("parked", True)
    KeptRecord.objects.update(until="2026-01-01")
    report = finishing.finish(wanted.shop, now=datetime.fromisoformat("2036-01-06T09:00+00:00"), execute=True)
    assert "put back from a backup" in report.refused["shop"]
    assert rows(url) == before
    assert (LedgerPosition.objects.get().number, ledgers.ledger().length()) == (0, 3)
    assert restores.is_restored() is True


def test_worker_when_our_database_is_put_back_under_it_then_stops(
    wanted: SubjectRequest, owner: User, now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    carry_out(wanted, owner, now)
    monkeypatch.setattr(run_worker, "LOOK_SECONDS", 0)
    with (tmp_path / "note").open("w") as note:
        LedgerPosition.objects.update(number=0)
        with pytest.raises(CommandError, match="No job is done now"):
            run_worker.Supervisor(note)._watch()


def test_our_database_when_it_lost_what_stays_then_knows_it_again_with_its_rule_and_day(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)
    named = [field.name for field in KeptRecord._meta.fields if field.name not in {"id", "sealed_key"}]
    kept = list(KeptRecord.objects.order_by("digest").values(*named))
    keys = kept_rows.rows_of(KeptRecord.objects.select_related("source"))
    assert {each["collection"] for each in kept} == {"orders", "order_lines", "gifts"}
    KeptRecord.objects.all().delete()
    LedgerPosition.objects.update(number=0)

    assert replay_ours()["kept"] == len(kept)
    assert not KeptRecord.objects.exists()
    assert replay_ours("--execute")["kept"] == len(kept)

    assert [each | {"kept_at": None} for each in KeptRecord.objects.order_by("digest").values(*named)] == [
        each | {"kept_at": None} for each in kept
    ]
    assert kept_rows.rows_of(KeptRecord.objects.select_related("source")) == keys
    LedgerPosition.objects.update(number=0)
    assert replay_ours("--execute")["kept"] == 0


def test_our_database_when_the_month_of_what_stays_is_over_then_seals_it_by_a_later_one(
    own_ring: KeyRing, wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)
    count = KeptRecord.objects.count()
    KeptRecord.objects.all().delete()
    LedgerPosition.objects.update(number=0)
    later = list(ledgers.ledger().entries())[-1].at + timedelta(days=100)
    own_ring.destroy_months_before(later.date().replace(day=1))

    told = restores.recover(snapshot_taken=None, execute=True, actor=COMMAND, now=later, say=str)

    assert told.kept == count > 0
    assert len(kept_rows.rows_of(KeptRecord.objects.select_related("source"))) == count


def test_our_database_when_an_entry_is_of_an_older_form_then_is_read_all_the_same(
    wanted: SubjectRequest, now: datetime
) -> None:
    body = {"kind": "suppression", "request": str(wanted.public_id), "digests": ["1:abc"]}
    ledgers.ledger().append("small-shop", json.dumps(body).encode(), at=now, expires_on=now.date())
    Job.objects.all().delete()
    assert restores.is_restored() is True

    assert replay_ours("--execute")["settled"] is True

    assert list(ErasedIdentity.objects.values_list("digest", "kind")) == [("1:abc", "")]


def test_our_database_when_rows_are_back_that_went_before_its_backup_then_stays_closed_until_somebody_says_why(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)
    later = wish(wanted.shop, owner, now, BELA)
    carry_out(later, owner, now)
    erased = rows(url)
    restore(url)
    LedgerPosition.objects.update(number=3)
    entries = list(ledgers.ledger().entries())
    ours_began = entries[3].at - timedelta(microseconds=1)

    told = replay_ours("--execute")

    assert (told["settled"], list(told["older"])) == (False, ["small-shop"])
    assert rows(url) != erased
    assert seen("/health/")[0] == 503

    with_theirs = replay_ours("--execute", "--snapshot-taken", entries[0].at.isoformat())

    assert (with_theirs["settled"], with_theirs["older"]) == (True, {})
    assert rows(url) == erased
    LedgerPosition.objects.update(number=3)
    assert replay_ours("--execute", "--snapshot-taken", ours_began.isoformat())["settled"] is True


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
