"""A pack that is made long after the answer holds still: the ledger was mended, and the signing key is another one."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from dsr.exports import check_audit
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
        assert list(check_audit.pack_faults(files, None)) == []
    assert said_in(mended, "erasure.entries_lost") == proved
    assert said_in(mended, "erasure.written_anew") == numbers()
    told = [each.sentence for each in timeline.for_staff(wanted)]
    assert "shop: of its entries 2 and 3 the erasure ledger had lost the last or both" in told


def said_in(files: dict[str, bytes], action: str) -> list[tuple[int, int]]:
    entries = json.loads(files["chain.json"])["entries"]
    return [(each["facts"]["intent"], each["facts"]["outcome"]) for each in entries if each["action"] == action]
