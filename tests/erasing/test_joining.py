"""New rows join a run by an approved rule, but not more than so many: at its beginning and over all of its looks."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import ErasurePlan, Source, SubjectRequest
from dsr.workflow.erasure_again import MOST_JOINING, joined
from tests.conftest import work_off
from tests.erasing.conftest import approve, change, rows
from tests.erasing.test_bad_input import step_of
from tests.erasing.test_meanwhile import begin, go_on


def more_accounts(url: str, first: int, count: int) -> None:
    """Accounts of Ada's that nobody knew of."""
    numbers = f"generate_series({first}, {first + count - 1}) AS n"
    change(url, f"INSERT INTO customers SELECT n, 'ada@example.com', 'Ada again', NULL, 'x', now() FROM {numbers}")


def look_once_more(wanted: SubjectRequest, now: datetime) -> None:
    """Let the run go on while the source can be read and not written to."""
    address = Source.objects.get(shop=wanted.shop).sealed_write_url
    Source.objects.update(sealed_write_url=None)
    step = go_on(wanted, now)
    Source.objects.update(sealed_write_url=address)
    assert (step.error_code, step.applied_at) == ("read_only", None)


@pytest.mark.parametrize("too_many", [0, 1])
def test_new_rows_when_the_run_begins_then_so_many_join_and_with_one_more_nothing_is_done(
    wanted: SubjectRequest, owner: User, now: datetime, url: str, too_many: int
) -> None:
    approve(wanted, owner, now)
    more_accounts(url, 1001, MOST_JOINING + too_many)
    before = rows(url)

    work_off(wanted)

    plan = ErasurePlan.objects.get()
    if too_many:
        assert (wanted.state, plan.state, rows(url)) == (State.REVIEW, ErasurePlan.State.OUTDATED, before)
        assert plan.changes == ["customers: a new record, which would be: delete (rest) (501 times)"]
    else:
        assert (wanted.state, plan.state) == (State.FULFILLED, ErasurePlan.State.PROVED)
        assert [row[0] for row in rows(url)["customers"]] == [2]


def test_new_rows_when_they_come_between_the_looks_then_those_that_joined_before_count(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    begin(wanted, owner, now)
    more_accounts(url, 1001, MOST_JOINING - 1)
    look_once_more(wanted, now)
    assert joined(step_of(wanted)) == MOST_JOINING - 1
    more_accounts(url, 3001, 2)
    before = rows(url)["customers"]
    assert len(before) == 2 + MOST_JOINING + 1

    step = go_on(wanted, now)

    assert wanted.state == State.FULFILLED
    assert [row[0] for row in rows(url)["customers"]] == [2, 3001, 3002]
    assert step.proof["new"] == 2
