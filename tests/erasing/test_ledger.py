"""A run without its ledger does not begin: a full disk, a changed entry, entries that were taken away."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from dsr.ledger import LedgerTampered
from dsr.lifecycle import State
from dsr.models import Job, SubjectRequest
from dsr.workflow import ledger_upkeep, ledgers, parked
from dsr.workflow.actors import staff
from tests.conftest import work_off
from tests.erasing.conftest import approve, carry_out, rows


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DSR_LEDGER = tmp_path / "ledger"
    return settings.DSR_LEDGER


def test_erasure_when_the_ledger_cannot_be_written_then_nothing_is_erased_until_it_can(
    folder: Path, wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    before = rows(url)
    folder.write_text("in the way")

    carry_out(wanted, owner, now)

    assert rows(url) == before
    assert wanted.state != State.FULFILLED
    job = Job.objects.get(subject_request=wanted, kind="erase")
    assert (job.state, "nothing was erased" in job.error_text) == ("parked", True)

    folder.unlink()
    parked.try_again(job, actor=staff(owner), now=now)
    work_off(wanted)

    assert wanted.state == State.FULFILLED
    assert rows(url) != before


def test_erasure_when_the_ledgers_last_entry_was_changed_then_nothing_is_erased(
    folder: Path, wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    ledgers.ledger().append("another", b"{}", at=now, expires_on=now.date())
    path = folder / "00000001.json"
    path.write_text(path.read_text().replace("another", "nobody"))
    before = rows(url)

    carry_out(wanted, owner, now)

    assert rows(url) == before
    assert f"{path}, line 9" in Job.objects.get(subject_request=wanted, kind="erase").error_text


def test_ledger_when_entries_that_the_database_knows_were_taken_away_then_takes_no_more_and_says_so(
    folder: Path, wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)
    known = ledgers.known_number()
    assert ledger_upkeep.verify().last >= known == 2
    for path in folder.glob("0000000[2-9].json"):
        path.unlink()

    with pytest.raises(LedgerTampered, match="ends with number 1, but number 2 was written"):
        ledger_upkeep.verify()
    with pytest.raises(LedgerTampered, match="ends with number 1, but number 2 was written"):
        ledgers.write_suppression(wanted, ["1:abc"], now=now)
    assert ledgers.ledger().length() == 1


def test_ledger_when_an_erasure_was_written_down_then_its_files_name_nobody(
    folder: Path, wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    approve(wanted, owner, now)
    work_off(wanted)

    opened = b"".join(entry.body for entry in ledgers.ledger().entries())
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    for telling in (str(wanted.public_id).encode(), b'"customers"', b'"email"'):
        assert telling in opened
        assert telling not in written
