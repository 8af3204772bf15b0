"""A run without its ledger does not begin: a full disk, a changed entry, entries that were taken away."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from dsr.keyring import KeyRing
from dsr.ledger import LedgerTampered
from dsr.lifecycle import State
from dsr.models import Job, PlanStep, SubjectRequest
from dsr.workflow import ledger_position, ledger_upkeep, ledgers, parked
from dsr.workflow.actors import staff
from tests.conftest import work_off
from tests.erasing.conftest import approve, carry_out, change, rows


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
    assert (job.state, "Nothing is erased" in job.error_text) == ("parked", True)

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
    assert ledger_upkeep.verify().last == known == 3
    (folder / "00000003.json").unlink()  # Who may not come back: no row of ours has its number.

    with pytest.raises(LedgerTampered, match="ends with number 2, but number 3 was written"):
        ledger_upkeep.verify()
    with pytest.raises(LedgerTampered, match="ends with number 2, but number 3 was written"):
        ledgers.write_suppression(wanted, {"1:abc": "email"}, now=now)
    with pytest.raises(CommandError, match="ends with number 2, but our database knows of 3"):
        call("replay", "--ours")
    assert ledgers.ledger().length() == 2


def test_ledger_when_its_newest_copy_is_too_old_then_what_is_missing_is_written_anew(
    folder: Path, wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    ledgers.ledger().append("another", b"before", at=now, expires_on=now.date())
    ledger_position.note_end(1)
    carry_out(wanted, owner, now)
    lost = [entry.body for entry in ledgers.ledger().entries(after=1)]
    assert len(lost) == 3
    for path in folder.glob("0000000[2-9].json"):
        path.unlink()
    step, said = f"{wanted.reference} shop", call("ledger", "mend")
    assert (said["steps"], said["people"], said["executed"]) == ([step], [wanted.reference], False)
    with pytest.raises(LedgerTampered):
        ledger_upkeep.verify()

    written = call("ledger", "mend", "--execute")

    assert (written["steps"], written["people"], written["executed"]) == ([step], [wanted.reference], True)
    assert set(lost) == {entry.body for entry in ledgers.ledger().entries(after=1)}
    assert ledger_upkeep.verify().last >= ledgers.known_number() > 1
    again = call("ledger", "mend")
    assert (again["steps"], again["people"], again["forgotten"], again["finished_records"]) == ([], [], [], 0)


def test_ledger_when_all_of_it_was_lost_then_is_begun_anew(
    folder: Path, wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)
    lost = [entry.body for entry in ledgers.ledger().entries()]
    shutil.rmtree(folder)

    call("ledger", "mend", "--execute")

    assert set(lost) == {entry.body for entry in ledgers.ledger().entries()}


def destroyed(ring: KeyRing, month: date) -> None:
    ring.destroy_months_before(month + timedelta(days=40))


def made_anew(ring: KeyRing, month: date) -> None:
    ring.path.unlink()
    KeyRing.create(ring.path, demo=True)


@pytest.mark.parametrize("lose", [destroyed, made_anew])
def test_ledger_when_mended_after_a_request_was_forgotten_then_says_what_could_come_back(
    own_ring: KeyRing,
    folder: Path,
    wanted: SubjectRequest,
    owner: User,
    now: datetime,
    lose: Callable[[KeyRing, date], None],
) -> None:
    carry_out(wanted, owner, now)
    shutil.rmtree(folder)
    lose(own_ring, wanted.key_month)

    said = call("ledger", "mend", "--execute")

    assert (said["steps"], said["forgotten"]) == ([], [f"{wanted.reference} shop"])
    # The keyed hashes are not the request's: by them the person is still known if they come back.
    assert said["people"] == [wanted.reference]
    assert ledger_upkeep.verify().last == 1


def test_ledger_when_a_run_was_interrupted_and_its_intent_lost_then_the_run_writes_it_again(
    folder: Path, wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    approve(wanted, owner, now)
    change(
        url,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$",
        "CREATE TRIGGER refuse BEFORE DELETE ON customers FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    work_off(wanted)
    assert [(step.state, step.intent) for step in PlanStep.objects.all()] == [("failed", 1)]
    shutil.rmtree(folder)

    assert call("ledger", "mend", "--execute")["steps"] == []
    assert [step.intent for step in PlanStep.objects.all()] == [None]
    change(url, "DROP TRIGGER refuse ON customers")
    parked.try_again(Job.objects.get(subject_request=wanted, kind="erase"), actor=staff(owner), now=now)
    work_off(wanted)

    assert wanted.state == State.FULFILLED
    assert [(step.intent, step.outcome) for step in PlanStep.objects.all()] == [(1, 2)]


def call(*command: str) -> dict[str, Any]:
    """What a command answers."""
    out = StringIO()
    call_command(*command, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


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
