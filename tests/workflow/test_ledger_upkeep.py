"""The ledger of the installation: found by its settings, verified by command and every night, shortened in time."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from dsr import crypto
from dsr.keyring import KeyRing
from dsr.ledger import Ledger
from dsr.models import Job, Shop
from dsr.workflow import daily, ledger_upkeep, ledgers, queue, sealing, shops
from tests.promising import promise

LAST_DAY = date(2026, 9, 30)


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DSR_LEDGER = tmp_path / "ledger"
    return settings.DSR_LEDGER


@pytest.fixture
def ledger(folder: Path, now: datetime) -> Ledger:
    """Three entries, the first of which is needed for a month less."""
    ledger = ledgers.ledger()
    for day in (date(2026, 8, 31), LAST_DAY, LAST_DAY):
        ledger.append("ada", b"{}", at=now, expires_on=day)
    return ledger


def verify(capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, object]:
    if code:
        with pytest.raises(SystemExit) as ended:
            call_command("ledger", "verify")
        assert ended.value.code == code
    else:
        call_command("ledger", "verify")
    content: dict[str, object] = json.loads(capsys.readouterr().out)
    return content


def tend(at: datetime) -> Job:
    """Tonight's job, done."""
    daily.ask(at)
    job = Job.objects.get(kind="tend_ledger", key=f"ledger:{at:%Y-%m-%d}")
    queue.perform(job.pk, ledger_upkeep.tend_ledger, queue.leave_it_parked, lambda: at)
    job.refresh_from_db()
    return job


def test_a_whole_ledger_is_verified(db: None, ledger: Ledger, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(capsys) == {
        "folder": str(folder),
        "segments": 3,
        "first": 1,
        "last": 3,
        "checkpoint": 0,
        "torn_last": "",
        "set_aside": [],
        "faults": [],
    }


def test_a_changed_entry_is_named_and_ends_the_command_with_1(
    db: None, ledger: Ledger, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "00000002.json"
    path.write_text(path.read_text().replace(str(LAST_DAY), "2026-12-31"))

    (fault,) = verify(capsys, code=1)["faults"]

    assert fault.startswith(f"{path}, line 9: ")


def test_a_ledger_of_another_key_ring_is_a_plain_error(
    db: None, ledger: Ledger, own_ring: KeyRing, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="Put back the key ring that belongs to this ledger"):
        call_command("ledger", "verify")


def test_the_ledger_of_the_settings_is_opened_with_the_rings_newest_key(
    folder: Path, own_ring: KeyRing, now: datetime
) -> None:
    ledgers.ledger().append("ada", b"older", at=now, expires_on=LAST_DAY)
    content = json.loads(own_ring.path.read_text())
    content["ledger"]["2"] = content["hash"]["1"]
    own_ring.path.write_text(json.dumps(content, indent=2))

    ledgers.ledger().append("ada", b"newer", at=now, expires_on=LAST_DAY)

    keys = [json.loads((folder / f"0000000{number}.json").read_text())["key"][:2] for number in (1, 2)]
    assert keys == ["1:", "2:"]
    assert [entry.body for entry in ledgers.ledger().entries()] == [b"older", b"newer"]


def test_every_night_the_ledger_is_shortened_behind_a_checkpoint_of_ours(
    db: None, ledger: Ledger, folder: Path, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    job = tend(now.replace(year=2026, month=9, day=15))

    assert job.state == "done"
    assert [entry.number for entry in ledgers.ledger().entries()] == [2, 3]
    assert verify(capsys)["checkpoint"] == 1
    _, seed = sealing.ring().latest("signing")
    stranger = Ledger(folder, sealing.ring().all_versions("ledger"), version="1", public_keys=[crypto.public_key(seed)])
    assert stranger.length() == 3


def test_a_ledger_that_was_changed_is_seen_in_the_night_and_not_shortened(
    db: None, ledger: Ledger, folder: Path, now: datetime
) -> None:
    (folder / "00000002.json").unlink()

    job = tend(now.replace(year=2026, month=9, day=15))

    assert job.state == "parked"
    assert "00000002.json, line 1: the file is missing" in job.error_text
    assert (folder / "00000001.json").exists()


def test_entry_when_backups_are_kept_longer_by_now_then_stays_as_long_as_they_do(shop: Shop, now: datetime) -> None:
    daily = {"key": "daily", "what": "Copies of the shop", "every_days": 1, "kept_days": 30}
    promise(shop, now, backups=[daily])
    last_day = ledgers.needed_until(shops.profile_of(shop, now), now.date())
    assert last_day == now.date() + timedelta(days=30 + 1) + ledgers.MARGIN
    ledgers.ledger().append(shop.slug, b"{}", at=now, expires_on=last_day)

    promise(shop, now + timedelta(days=1), backups=[{**daily, "kept_days": 365}])

    assert ledger_upkeep.expire(now + timedelta(days=365 + 1) + ledgers.MARGIN) == 0
    assert ledger_upkeep.expire(now + timedelta(days=365 + 2) + ledgers.MARGIN) == 1
