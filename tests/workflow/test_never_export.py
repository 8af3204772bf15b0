"""What a shop's own policy lets into no copy is neither stored nor released, and the copy says that it is held."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import Source, SubjectRequest
from dsr.records import Record, RecordKey
from dsr.workflow import chunks, fulfilment, review
from dsr.workflow.actors import staff
from dsr.workflow.never_export import without
from tests.conftest import ADA, ask, work_off
from tests.promising import promise

ENGRAVING = "A & B <3"


@pytest.fixture
def reserved(source: Source, owner: User, now: datetime) -> SubjectRequest:
    """Ada's request in a shop whose policy keeps private words and addresses of connections from every copy."""
    promise(source.shop, now, never_export=["user.content", "user.device"])
    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)
    return asked


def engravings(subject_request: SubjectRequest) -> list[object]:
    run = subject_request.source_runs.get()
    return [row.values["engraving"] for row in chunks.read(run, "order_lines")]


def test_category_when_no_policy_names_it_then_its_values_are_in_the_findings(gathered: SubjectRequest) -> None:
    assert ENGRAVING in engravings(gathered)


def test_category_when_the_policy_names_a_parent_of_it_then_its_values_stay_in_the_shop(
    reserved: SubjectRequest,
) -> None:
    run = reserved.source_runs.get()
    lines = list(chunks.read(run, "order_lines"))

    assert engravings(reserved) == [None] * 3
    assert {name for row in lines for name in row.held} == {"engraving"}
    assert all(row.values["title"] for row in lines)
    assert run.held["customers"] == {"password_hash": 1}
    assert run.held["order_lines"]["engraving"] == sum("engraving" in row.held for row in lines)


def test_category_when_the_policy_names_it_then_the_copy_says_that_it_is_held(
    reserved: SubjectRequest, owner: User, now: datetime
) -> None:
    review.approve(reserved, actor=staff(owner), now=now)
    work_off(reserved)
    files = {
        file.name: b"".join(fulfilment.open_file(file, now=timezone.now())) for file in reserved.package.files.all()
    }

    data = json.loads(files["data.json"])
    told = {(each["collection"], each["field"], each["ground"]) for each in data["redactions"]}
    assert {("order_lines", "engraving", "never_export"), ("orders", "note", "never_export")} <= told
    assert [row["engraving"] for row in data["sources"]["shop"]["order_lines"]] == [None] * 3
    assert [name for name, content in files.items() if ENGRAVING.encode() in content] == []


KEY = RecordKey("shop", "papers", (("id", 1),))


def test_value_when_it_was_too_large_for_its_row_then_it_stays_in_the_shop_too() -> None:
    scan = Record(
        KEY, {"id": 1, "scan": {"$file": "x"}, "text": {"$file": "y"}}, oversized={"scan": b"1", "text": b"2"}
    )

    kept = without(scan, {"scan"})

    assert (kept.values, kept.held) == ({"id": 1, "scan": None, "text": {"$file": "y"}}, ("scan",))
    assert kept.oversized == {"text": b"2"}


def test_row_when_it_has_no_value_there_then_nothing_is_said_to_be_held() -> None:
    empty = Record(KEY, {"id": 1, "scan": None}, held=("token",))

    assert without(empty, {"scan"}) is empty
    assert without(Record(KEY, {"id": 1, "scan": "x"}, held=("token",)), {"scan"}).held == ("token", "scan")
