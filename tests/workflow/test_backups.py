"""The register of backups: last proved is the last try that worked, and a year later another is asked for."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from dsr.models import AuditEntry, BackupTrial, Shop
from dsr.workflow import backups
from dsr.workflow.actors import COMMAND
from dsr.workflow.backups import TrialRefused
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

BACKUPS = [
    {"key": "nightly", "what": "Copies of the shop", "every_days": 1, "kept_days": 35},
    {"key": "weekly", "what": "Copies of the pictures", "every_days": 7, "kept_days": 90},
]


@pytest.fixture
def backed_up(shop: Shop, now: datetime) -> Shop:
    promise(shop, now, retention=[KEEPING, GOING], backups=BACKUPS)
    return shop


def tried(shop: Shop, day: date, now: datetime, *, key: str = "nightly", worked: bool = True) -> BackupTrial:
    words = "" if worked else "The archive was cut short"
    return backups.note(shop, key, tried_on=day, has_worked=worked, words=words, actor=COMMAND, now=now)


def standing(shop: Shop, now: datetime) -> dict[str, tuple[date | None, bool]]:
    return {
        each.backup.key: (each.proved.tried_on if each.proved else None, each.is_due)
        for each in backups.register(shop, now)
    }


def test_backup_when_it_was_put_back_then_is_proved_for_a_year_and_the_other_is_not(
    backed_up: Shop, now: datetime
) -> None:
    assert standing(backed_up, now) == {"nightly": (None, True), "weekly": (None, True)}
    day = now.date()

    tried(backed_up, day, now)

    assert standing(backed_up, now) == {"nightly": (day, False), "weekly": (None, True)}
    assert standing(backed_up, now + timedelta(days=364))["nightly"] == (day, False)
    assert standing(backed_up, now + timedelta(days=367))["nightly"] == (day, True)
    entry = AuditEntry.objects.get(action="shop.backup_tried")
    assert entry.facts == {"shop": backed_up.slug, "backup": "nightly", "on": str(day), "worked": True}


def test_try_when_it_failed_then_proves_nothing_and_its_words_are_sealed(backed_up: Shop, now: datetime) -> None:
    before = tried(backed_up, now.date() - timedelta(days=2), now)

    failed = tried(backed_up, now.date() - timedelta(days=1), now, worked=False)

    assert standing(backed_up, now)["nightly"] == (before.tried_on, True)
    assert backups.words_of(failed) == "The archive was cut short"
    assert failed.sealed_note is not None
    assert b"archive" not in bytes(failed.sealed_note)


@pytest.mark.parametrize(
    ("key", "ahead", "worked", "why"),
    [
        ("hourly", 0, True, "names no backups 'hourly'. It names: nightly, weekly"),
        ("nightly", 2, True, "has not come yet"),
        ("nightly", 0, False, "Say what did not work"),
    ],
)
def test_try_when_it_cannot_be_then_is_refused_with_the_reason(
    backed_up: Shop, now: datetime, key: str, ahead: int, worked: bool, why: str
) -> None:
    with pytest.raises(TrialRefused, match=why):
        backups.note(
            backed_up, key, tried_on=now.date() + timedelta(days=ahead), has_worked=worked, actor=COMMAND, now=now
        )
    assert not BackupTrial.objects.exists()


def test_command_when_a_backup_was_proved_then_writes_it_down_and_shows_the_register(backed_up: Shop) -> None:
    out = StringIO()

    call_command("backups", backed_up.slug, "--proved", "weekly", "--on", "2026-01-05", stdout=out)

    shown = {each["key"]: each for each in json.loads(out.getvalue())["backups"]}
    assert (shown["weekly"]["last_proved"], shown["weekly"]["by"]) == ("2026-01-05", "command")
    assert (shown["nightly"]["last_proved"], shown["nightly"]["is_due"]) == (None, True)
    with pytest.raises(CommandError, match="on which day"):
        call_command("backups", backed_up.slug, "--proved", "weekly", stdout=StringIO())
