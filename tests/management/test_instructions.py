"""The command-line twins of *Partners told*."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from dsr.keyring import KeyRing
from dsr.lifecycle import State
from dsr.models import RecipientInstruction, Shop, SubjectRequest
from dsr.workflow import forgetting, recipients
from dsr.workflow.actors import COMMAND
from tests.conftest import ADA, BELA, ask
from tests.partners import of, publish


@pytest.fixture
def told(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    profile = publish(shop, now)
    asked = ask(shop, ADA, now, owner)
    with transaction.atomic():
        recipients.instruct(asked, profile.recipients, now=now)
    return asked


def run(command: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def test_instructions_when_listed_then_each_says_how_it_stands(told: SubjectRequest, now: datetime) -> None:
    days = (timezone.now().date() - now.date()).days

    said = run("instructions", told.reference.lower())

    assert said["pending"] == 3
    assert said["recipients"][1] == {
        "recipient": "letters",
        "name": "Letters & Sons",
        "kind": "erase",
        "way": "email",
        "state": "to_send",
        "answer": None,
        "due_on": "2026-01-20",
        "asked_at": None,
        "answered_at": None,
        "answered_by": None,
        "never_answered_on": None,
        "reminded": 0,
        "days_waiting": days,
        "is_overdue": True,
        "letter": "is being told to delete what it got",
    }
    assert ADA.value not in str(said)


def test_instructions_when_no_request_is_named_then_all_that_owe_an_answer_are_shown(
    told: SubjectRequest, owner: User, now: datetime
) -> None:
    recipients.answer(of(told, "pay"), RecipientInstruction.Answer.DONE, actor=COMMAND, now=now)
    ask(told.shop, BELA, now, owner)

    said = run("instructions")

    assert said["pending"] == 2
    assert [(each["shop"], each["reference"], each["recipient"]) for each in said["recipients"]] == [
        ("small-shop", told.reference, "carrier"),
        ("small-shop", told.reference, "letters"),
    ]


def test_instructions_when_the_request_is_forgotten_then_say_who_never_answered_and_no_more_that_it_owes(
    own_ring: KeyRing, told: SubjectRequest, now: datetime
) -> None:
    run("answer_instruction", told.reference, "carrier", "told")
    assert run("instructions")["pending"] == 3
    told.state = State.FULFILLED
    told.save()
    later = now + timedelta(days=3000)
    forgetting.forget_expired(later)

    said = run("instructions", told.reference)

    assert (run("instructions")["pending"], said["pending"]) == (0, 0)
    assert {each["never_answered_on"] for each in said["recipients"]} == {f"{later:%Y-%m-%d}"}
    assert {(each["days_waiting"], each["is_overdue"]) for each in said["recipients"]} == {(None, False)}
    assert [each["letter"] for each in said["recipients"]][:2] == [
        "was told to delete what it got, and never answered",
        "was never told to delete what it got",
    ]
    for word in ("told", "done"):
        with pytest.raises(CommandError, match="nobody knows any more whom it was about"):
            run("answer_instruction", told.reference, "letters", word)


def test_answer_when_written_down_by_command_then_the_list_and_the_count_follow(told: SubjectRequest) -> None:
    run("answer_instruction", told.reference, "carrier", "told")
    assert of(told, "carrier").state == "sent"

    said = run("answer_instruction", told.reference, "carrier", "cannot", "--why", "Customs.", "--as", "olga")

    assert (said["answer"], said["pending"]) == ("cannot", 2)
    assert of(told, "carrier").answered_by.startswith("command:")
    letter = run("instructions", told.reference)["recipients"][0]
    assert (letter["letter"], letter["days_waiting"]) == ("says that it cannot delete what it got: “Customs.”", None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ups", "done"), "There are: carrier, letters, pay."),
        (("courts", "done"), "No recipient 'courts' was told"),
        (("carrier", "cannot"), "Say why it cannot"),
        (("carrier", "done", "--as", "nobody"), "no member of staff 'nobody'"),
    ],
)
def test_answer_when_it_cannot_be_written_down_then_says_why(
    told: SubjectRequest, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        run("answer_instruction", told.reference, *arguments)

    assert recipients.pending(told) == 3
