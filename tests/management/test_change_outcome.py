"""A decision of one's own from the command line: as on the screen, by somebody, with a reason that only the person reads."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from dsr.lifecycle import State
from dsr.models import AuditEntry, KeptRecord, OutcomeChange, SubjectRequest
from tests.erasing.conftest import carry_out, connected, rows, url, wanted  # noqa: F401  (fixtures)
from tests.management.test_erasing_commands import run

REASON = "Miss Lovelace is owed a voucher."
KEEP = ("--outcome", "keep", "--reason", REASON, "--until", "2027-05-01")


def change(asked: SubjectRequest, *options: str, collection: str = "newsletter") -> dict[str, object]:
    where = ("--source", "shop", "--collection", collection)
    return run("change_outcome", asked.reference, *where, *options, "--as", "olga")


def test_outcome_when_changed_then_is_planned_so_and_the_log_has_no_word_of_the_reason(
    wanted: SubjectRequest,  # noqa: F811
    owner: User,
    now: datetime,
    url: str,  # noqa: F811
) -> None:
    assert run("plan_erasure", wanted.reference)["totals"] == {"delete": 2, "keep": 7}

    said = change(wanted, *KEEP)

    assert said == {
        "reference": wanted.reference, "source": "shop", "collection": "newsletter", "record": "every", "outcome": "keep",
        "until": "2027-05-01",
    }  # fmt: skip
    assert run("plan_erasure", wanted.reference)["totals"] == {"delete": 1, "keep": 8}
    entry = AuditEntry.objects.get(stream__subject_request=wanted, action="outcome.changed")
    assert (entry.facts["action"], entry.actor) == ("keep", f"command:{owner.pk}")
    assert REASON not in str(entry.facts)
    carry_out(wanted, owner, now)
    assert wanted.state == State.FULFILLED
    assert "ada@example.com" in [row[0] for row in rows(url)["newsletter"]]
    assert KeptRecord.objects.filter(collection="newsletter", rule__startswith="staff-decision").count() == 1


def test_outcome_when_it_shall_follow_the_rule_again_then_does(wanted: SubjectRequest, owner: User) -> None:  # noqa: F811
    change(wanted, *KEEP)
    assert OutcomeChange.objects.count() == 1

    change(wanted, "--outcome", "rule")

    assert run("plan_erasure", wanted.reference)["totals"] == {"delete": 2, "keep": 7}
    with pytest.raises(CommandError, match="it follows the rule already"):
        change(wanted, "--outcome", "rule")


def test_outcome_of_one_record_when_changed_then_the_others_follow_the_rule(
    wanted: SubjectRequest,  # noqa: F811
    owner: User,
) -> None:
    orders = [
        each for each in run("plan_erasure", wanted.reference, "--rows")["rows"] if each["collection"] == "orders"
    ]
    assert [each["action"] for each in orders] == ["keep", "keep"]

    change(wanted, "--record", orders[0]["digest"], "--outcome", "delete", "--reason", REASON, collection="orders")

    planned = {each["digest"]: each["action"] for each in run("plan_erasure", wanted.reference, "--rows")["rows"]}
    assert {planned[each["digest"]] for each in orders[1:]} == {"keep"}
    assert planned[orders[0]["digest"]] != "keep"


@pytest.mark.parametrize(
    ("options", "collection", "says"),
    [
        (("--outcome", "keep", "--reason", REASON), "newsletter", "Nothing is kept without an end"),
        (("--outcome", "delete"), "newsletter", "Say why"),
        (("--outcome", "delete", "--reason", REASON, "--until", "2027-05-01"), "newsletter", "Only what stays has a last day"),
        (("--outcome", "correct", "--reason", REASON), "newsletter", "A record is deleted, made anonymous"),
        (("--outcome", "delete", "--reason", REASON), "newsletters", "No records were found in 'newsletters' of shop"),
        (("--outcome", "delete", "--reason", REASON, "--record", "0" * 64), "newsletter", "That record was not found"),
        (("--outcome", "keep", "--reason", REASON, "--until", "soon"), "newsletter", "'soon' is no day"),
    ],
)  # fmt: skip
def test_outcome_when_it_cannot_be_then_says_why_and_decides_nothing(
    wanted: SubjectRequest,  # noqa: F811
    owner: User,
    options: tuple[str, ...],
    collection: str,
    says: str,
) -> None:
    with pytest.raises(CommandError) as refused:
        change(wanted, *options, collection=collection)

    assert says in str(refused.value)
    assert OutcomeChange.objects.count() == 0
