"""Databases that forbid, undo or repeat what was corrected: nothing is half done, and whoever reads on is told why."""

from __future__ import annotations

from datetime import datetime

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import PlanStep, Source, SubjectRequest
from dsr.records import Action
from dsr.workflow import erasure_approval, erasure_steps, holds, letters
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.correction_places import CorrectionRefused
from dsr.workflow.corrections import Asked
from tests.conftest import work_off
from tests.correcting.conftest import Kind, accept, carry_out, rows, wish


def change(url: str, *statements: str) -> None:
    """Do something in the shop's database, as its own people do."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)


def step_of(wanted: SubjectRequest) -> PlanStep:
    plan = erasure_approval.newest(wanted)
    assert plan is not None
    return plan.steps.get()


def test_value_when_it_must_not_repeat_and_somebody_has_it_then_nothing_is_written_and_the_step_says_why(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    change(url, "CREATE UNIQUE INDEX ON customers (phone)")
    before = rows(url)
    wanted = wish(connected.shop, owner, now, Asked(Kind.PHONE, "+1 617 555 0102"), Asked(Kind.NAME, "King"))
    accept(wanted, owner, now, 1, "customers", {"phone": "+1 617 555 0102"})
    accept(wanted, owner, now, 2, "customers", {"last_name": "King"})

    carry_out(wanted, owner, now)

    step = step_of(wanted)
    assert (rows(url), wanted.state, step.state) == (before, State.FULFILLING, PlanStep.State.FAILED)
    assert "shop" in step.error_text
    assert "0102" not in step.error_text


def test_database_when_it_puts_the_old_value_back_then_the_request_is_not_fulfilled(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    change(
        url,
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.last_name := OLD.last_name; RETURN NEW; END $$",
        "CREATE TRIGGER keeps BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION keep()",
    )
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    carry_out(wanted, owner, now)

    step = step_of(wanted)
    assert (wanted.state, step.error_code) == (State.FULFILLING, "not_done")
    assert "1 of 'customers' do not hold in last_name what was written" in step.error_text


def test_import_when_it_writes_the_old_value_anew_each_time_then_says_so(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    change(
        url,
        "CREATE FUNCTION copy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO addresses SELECT "
        "(SELECT max(id) + 1 FROM addresses), 1, 'Ada Lovelace', 's', 'c', 'z'; RETURN NULL; END $$",
        "CREATE TRIGGER copies AFTER UPDATE ON addresses FOR EACH STATEMENT EXECUTE FUNCTION copy()",
    )
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    carry_out(wanted, owner, now)

    step = step_of(wanted)
    assert (wanted.state, step.error_code) == (State.FULFILLING, "refills")
    assert "gets the old value again and again in new rows: 1 of 'addresses'" in step.error_text


def test_hold_when_placed_between_approval_and_run_then_that_record_stays_and_the_letter_says_so(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})
    plan = erasure_approval.freeze(wanted, actor=staff(owner), now=now)
    erasure_approval.approve(
        wanted, fingerprint=plan.fingerprint, typed_reference=wanted.reference, actor=staff(owner), now=now
    )
    holds.place(wanted, source_name="shop", collection="newsletter", ground="a claim", actor=COMMAND, now=now)

    work_off(wanted)

    after = rows(url)
    if wanted.state == State.REVIEW:  # Seen before anything began: the plan is drawn anew, with the hold in it.
        carry_out(wanted, owner, now)
        after = rows(url)
    assert wanted.state == State.FULFILLED
    assert (after["customers"][0][3], after["newsletter"][0][1]) == ("King", "Ada Lovelace")
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    assert [(each.title, each.ends) for each in letter.left if "legal" in each.sentence] == [
        ("Newsletter", "until that reason has ended")
    ]
    assert {each.row.action for each in erasure_steps.rows_of(step_of(wanted))} == {Action.CORRECT, Action.KEEP}


def test_wishes_when_they_contradict_each_other_then_the_second_is_not_followed(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"), Asked(Kind.NAME, "Byron"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    with pytest.raises(CorrectionRefused, match=r"Wish 1 says already what customers\.last_name shall be"):
        accept(wanted, owner, now, 2, "customers", {"last_name": "Byron"})
    accept(wanted, owner, now, 2, "customers", {"last_name": "King", "first_name": "Augusta"})


def test_text_when_it_is_strange_then_arrives_as_it_is(connected: Source, owner: User, now: datetime, url: str) -> None:
    strange = r"K\1&<b>ñ $é'"
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, strange))
    accept(wanted, owner, now, 1, "customers", {"last_name": strange})

    carry_out(wanted, owner, now)

    after = rows(url)
    assert (wanted.state, after["customers"][0][3]) == (State.FULFILLED, strange)
    assert after["customers"][0][6] == f"ada {strange.lower()} ada@example.com"
    assert after["newsletter"][0][1] == f"Ada {strange}"


def test_record_when_the_shop_removes_it_during_the_run_then_the_letter_and_the_timeline_do_not_tell_it_as_corrected(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    change(
        url,
        "CREATE FUNCTION removes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM addresses WHERE id = 6; "
        "RETURN NULL; END $$",
        "CREATE TRIGGER removes AFTER UPDATE ON addresses FOR EACH STATEMENT EXECUTE FUNCTION removes()",
    )
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    carry_out(wanted, owner, now)

    step = step_of(wanted)
    planned = [each.row.key.collection for each in erasure_steps.rows_of(step) if each.row.action is Action.CORRECT]
    assert (planned.count("addresses"), step.proof["gone"]) == (2, 1)
    assert [row[0] for row in rows(url)["addresses"]] == [5, 7]
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    told = {each.title: each.records for each in letter.corrections}
    assert told == {"Customers": 1, "Addresses": 1, "Newsletter": 1}
    assert {each.title: each.records for each in letters.change_lines(step.plan, source="shop")} == told
