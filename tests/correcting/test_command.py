"""``correct``, and the evidence pack of a correction."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsr.exports import check_audit
from dsr.lifecycle import State
from dsr.models import Source, SubjectRequest
from dsr.workflow import evidence
from dsr.workflow.corrections import Asked
from tests.conftest import work_off
from tests.correcting.conftest import Kind, accept, carry_out, rows, wish


def run(command: str, *arguments: str, **options: Any) -> dict[str, Any]:
    """What a command prints."""
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, **options)
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


@pytest.fixture
def wanted(connected: Source, owner: User, now: datetime) -> SubjectRequest:
    return wish(connected.shop, owner, now, Asked(Kind.NAME, "King", says="Lovelace"), Asked(Kind.PHONE, "0"))


def test_correct_when_decided_by_command_then_is_carried_out_like_on_screen(
    wanted: SubjectRequest, url: str, owner: User
) -> None:
    reference = wanted.reference
    assert [each["wanted"] for each in run("correct", reference)["wishes"]] == ["King", "0"]
    records = run("correct", reference, wish=1)["records"]
    assert [(each["collection"], each["is_history"]) for each in records][::4] == [
        ("customers", False),
        ("orders", True),
    ]

    run("correct", reference, wish=1, field="shop.customers.last_name", to="King", username="olga")
    run("correct", reference, wish=2, refuse="no_proof", reason="0 is no number.", username="olga")
    said = run("correct", reference, field="shop.customers.born", to="1985-12-11", username="olga")
    assert [each["state"] for each in said["wishes"]] == ["accepted", "refused", "accepted"]
    plan = run("plan_erasure", reference, freeze=True, username="olga")
    run("approve_erasure", reference, username="olga", fingerprint=plan["fingerprint"])
    work_off(wanted)

    assert wanted.state == State.FULFILLED
    assert [str(value) for value in rows(url)["customers"][0][3:6:2]] == ["King", "1985-12-11"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"field": "shop.addresses.name", "to": "Ada King"}, r"2 records have shop\.addresses\.name: add --record"),
        ({"field": "shop.customers.nonsense", "to": "x"}, r"No record that was found has shop\.customers\.nonsense"),
        ({"field": "customers", "to": "x"}, r"Write --field SOURCE\.COLLECTION\.FIELD and --to TEXT"),
        ({"field": "shop.customers.last_name"}, r"Write --field SOURCE\.COLLECTION\.FIELD and --to TEXT"),
        ({"refuse": "no_proof", "wish": 7}, "has no wish 7"),
        ({"refuse": "no_proof", "wish": 1, "username": None}, "Say who decides: --as STAFF"),
        ({"refuse": "no_proof"}, r"Say which wish is meant: --wish N\. There are: 1, 2"),
        ({"field": "shop.customers.last_name", "to": "Kong", "wish": 0}, r"has no wish 0\. There are: 1, 2"),
        ({"wish": 1, "to": "Kong"}, "--to is not heeded without --field"),
        ({"wish": 1, "record": "ab", "partly": "x"}, "--record and --partly are not heeded without --field"),
        ({"wish": 1, "reason": "x"}, "--reason is not heeded without --refuse"),
        ({"wish": 1}, "--as is not heeded without --field, --refuse or --statement"),
        (
            {"wish": 1, "field": "shop.customers.last_name", "to": "King", "refuse": "history"},
            "--field and --to are not heeded with --refuse",
        ),
        (
            {"wish": 1, "field": "shop.customers.last_name", "to": "King", "statement": "No!"},
            "--field and --to are not heeded with --statement",
        ),
        ({"wish": 1, "field": "shop.customers.last_name", "to": "K", "reason": "x"}, "--reason is not heeded"),
    ],
)
def test_correct_when_something_is_wrong_then_says_what_and_decides_nothing(
    wanted: SubjectRequest, owner: User, options: dict[str, Any], why: str
) -> None:
    with pytest.raises(CommandError, match=why):
        run("correct", wanted.reference, **({"username": "olga"} | options))

    assert list(wanted.correction_items.values_list("number", "state")) == [(1, "open"), (2, "open")]


def test_correct_when_what_it_shall_say_does_not_fit_then_no_wish_is_left_behind(
    wanted: SubjectRequest, owner: User
) -> None:
    before = wanted.correction_items.count()

    with pytest.raises(CommandError):
        run("correct", wanted.reference, field="shop.customers.email", to="not an address", username="olga")

    assert wanted.correction_items.count() == before == 2


def test_evidence_when_a_correction_was_proved_then_holds_and_names_no_value(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    accept(wanted, owner, now, 1, "customers", {"last_name": "Quasimodo"})
    run(
        "correct", wanted.reference, wish=2, refuse="no_proof", reason="Nobody named Quasimodo called.", username="olga"
    )
    carry_out(wanted, owner, now)

    files = evidence.contents(wanted, now=now)

    every = b"\n".join(content for name, content in files.items() if name.endswith(".json"))
    assert wanted.reference.encode() in every
    assert not [word for word in (b"Quasimodo", b"Lovelace", b"ada@") if word in every]
    assert list(check_audit.pack_faults(files)) == []
    for name, change, fault in EDITED:
        content = json.loads(files[name])
        change(content)
        found = list(check_audit.pack_faults(files | {name: json.dumps(content).encode()}))
        assert any(fault in each for each in found), (name, found)


EDITED: list[tuple[str, Callable[[Any], None], str]] = [
    ("letter.json", lambda said: said["left"].clear(), "0 left as they were, and the proof has 1"),
    ("letter.json", lambda said: said["corrections"].clear(), "what it says was corrected is not what the proof says"),
    (
        "plan.json",
        lambda said: [each.update(action="keep") for each in said["outcomes"]],
        "was corrected, and the plan did not say so",
    ),
    ("proof.json", lambda said: said["steps"][0]["proof"]["outcomes"].clear(), "says 0 for correct, and the chain 4"),
]
"""What somebody who would like to have done something else might write, and what the checker says to it."""
