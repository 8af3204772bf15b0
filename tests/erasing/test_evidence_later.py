"""A pack that is made long after the answer holds still: the ledger was mended, and the signing key is another one."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from pytest_django.fixtures import Settings

from dsr import crypto
from dsr.exports import check_audit
from dsr.keyring import KeyRing
from dsr.models import PlanStep, RecipientInstruction, SubjectRequest
from dsr.workflow import evidence, ledger_mending, ledger_position, ledgers, recipients, timeline
from dsr.workflow.actors import staff
from tests.conftest import work_off
from tests.erasing.conftest import carry_out
from tests.erasing.test_evidence import wanted

__all__ = ["wanted"]


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """A ledger of this test's own, in which somebody else was written down before."""
    settings.DSR_LEDGER = tmp_path / "ledger"
    return settings.DSR_LEDGER


def written_before(now: datetime) -> None:
    ledgers.ledger().append("another", b"before", at=now, expires_on=now.date())
    ledger_position.note_end(1)


def numbers() -> list[tuple[int | None, int | None]]:
    return [(each.intent, each.outcome) for each in PlanStep.objects.all()]


@pytest.mark.parametrize("lost", ["[2-9]", "[3-9]"], ids=["both entries", "the outcome alone"])
def test_pack_when_the_ledger_was_mended_then_holds_as_before_and_says_so(
    folder: Path, wanted: SubjectRequest, owner: User, now: datetime, lost: str
) -> None:
    written_before(now)
    carry_out(wanted, owner, now)
    before = evidence.contents(wanted, now=now)
    proved = numbers()
    for path in folder.glob(f"0000000{lost}.json"):
        path.unlink()

    ledger_mending.mend(execute=True, now=now)
    mended = evidence.contents(wanted, now=now)
    recipients.answer(
        wanted.recipient_instructions.get(), RecipientInstruction.Answer.DONE, actor=staff(owner), now=now
    )
    work_off(wanted)

    assert numbers() != proved
    assert mended["proof.json"] == before["proof.json"]
    for files in (before, mended, evidence.contents(wanted, now=now)):
        assert list(check_audit.pack_faults(files)) == []
    assert said_in(mended, "erasure.entries_lost") == proved
    assert said_in(mended, "erasure.written_anew") == numbers()
    told = [each.sentence for each in timeline.for_staff(wanted)]
    assert "shop: of its entries 2 and 3 the erasure ledger had lost the last or both" in told


@pytest.fixture
def rotated(own_ring: KeyRing) -> Callable[[], None]:
    """Puts a newer signing key into this test's own ring."""

    def rotate() -> None:
        content = json.loads(own_ring.path.read_text())
        content["signing"]["2"] = base64.b64encode(crypto.new_key()).decode()
        own_ring.path.write_text(json.dumps(content))

    return rotate


def test_pack_when_signed_before_the_newest_key_was_made_then_still_holds(
    rotated: Callable[[], None], wanted: SubjectRequest, owner: User, now: datetime, tmp_path: Path
) -> None:
    carry_out(wanted, owner, now)
    older, newer = tmp_path / "older.zip", tmp_path / "newer.zip"
    call("evidence", wanted.reference, "--out", str(older))
    rotated()
    call("evidence", wanted.reference, "--out", str(newer))
    first, second = call("verify_evidence")["public_keys"].values()

    assert [f"signed by {first}" in call("verify_evidence", str(older))["says"], first != second] == [True, True]
    assert f"signed by {second}" in call("verify_evidence", str(newer))["says"]
    both = ("--public-key", first, "--public-key", second)
    assert checked(older, *both)[0] == checked(newer, *both, "--head", str(older))[0] == 0
    code, said = checked(older, "--public-key", second)
    assert (code, said.splitlines()[0]) == (1, "manifest.json: the pack is signed with another key than you trust")
    code, said = checked(newer, "--public-key", second, "--head", str(older))
    assert (code, said.splitlines()[1:]) == (1, [f"{older}: the head is signed with another key than you trust"])
    assert checked(older, "--public-key", "no key")[0] == 2


def call(*command: str) -> dict[str, Any]:
    out = StringIO()
    call_command(*command, stdout=out)
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def checked(path: Path, *more: str) -> tuple[int, str]:
    """Exit code and words of the checker, which knows nothing of ours."""
    command = [sys.executable, "-I", check_audit.__file__, str(path), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


def said_in(files: dict[str, bytes], action: str) -> list[tuple[int, int]]:
    entries = json.loads(files["chain.json"])["entries"]
    return [(each["facts"]["intent"], each["facts"]["outcome"]) for each in entries if each["action"] == action]
