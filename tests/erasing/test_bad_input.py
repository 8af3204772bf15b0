"""Databases that lie, copy, forbid or change under a run: nothing is said to be done that is not, and nothing is half done."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import ErasurePlan, Job, KeptRecord, PlanStep, Shop, Source, SubjectRequest
from dsr.workflow import erasure_approval, holds, letters
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.holds import HoldRefused
from dsr.workflow.transitions import WrongState
from tests.conftest import BELA, work_off
from tests.erasing.conftest import SMALL_SHOP, approve, carry_out, change, connect_for_writing, rows, wish
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING

LIES = (
    "CREATE FUNCTION lie() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE TRIGGER lying BEFORE DELETE ON newsletter FOR EACH ROW EXECUTE FUNCTION lie()",
)
HIDES = (
    (
        "CREATE FUNCTION put_back() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO newsletter VALUES (OLD.email, false, NULL); RETURN OLD; END'"
    ),
    "CREATE TRIGGER hiding AFTER DELETE ON newsletter FOR EACH ROW EXECUTE FUNCTION put_back()",
)
AUDIT = """
      - name: audit_rows
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
"""
COPIES = (
    "CREATE TABLE audit_rows (id serial PRIMARY KEY, email text)",
    (
        "CREATE FUNCTION copy_row() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO audit_rows (email) VALUES (OLD.email); RETURN OLD; END'"
    ),
    "CREATE TRIGGER copying AFTER DELETE ON newsletter FOR EACH ROW EXECUTE FUNCTION copy_row()",
)
COPIES_ITSELF = "CREATE TRIGGER copying_itself AFTER DELETE ON audit_rows FOR EACH ROW EXECUTE FUNCTION copy_row()"


def step_of(wanted: SubjectRequest) -> PlanStep:
    return PlanStep.objects.get(plan__subject_request=wanted)


def job_of(wanted: SubjectRequest) -> Job:
    return Job.objects.get(subject_request=wanted, kind="erase")


@pytest.mark.parametrize("trigger", [LIES, HIDES], ids=["did nothing", "put it back"])
def test_source_when_it_says_yes_and_it_is_not_so_then_the_request_is_not_fulfilled_and_says_why(
    wanted: SubjectRequest, owner: User, now: datetime, url: str, trigger: tuple[str, ...]
) -> None:
    change(url, *trigger)
    before = rows(url)

    carry_out(wanted, owner, now)

    assert wanted.state == State.FULFILLING
    assert job_of(wanted).state == Job.State.PARKED
    assert job_of(wanted).error_text
    assert "newsletter" in step_of(wanted).error_text
    assert "ada@example.com" in [row[0] for row in rows(url)["newsletter"]]
    if trigger is LIES:  # The source itself noticed: all of it or nothing.
        assert rows(url) == before


@pytest.mark.parametrize("address", ["none", "reading"])
def test_source_when_nobody_may_write_to_it_then_nothing_is_changed_and_it_says_what_is_needed(
    shop: Shop, url: str, owner: User, now: datetime, address: str
) -> None:
    source = connect_for_writing(shop, url, now)
    if address == "none":
        Source.objects.filter(pk=source.pk).update(sealed_write_url=None)
    else:
        change(url, "REVOKE DELETE ON newsletter FROM CURRENT_USER")
    wanted, before = wish(shop, owner, now), rows(url)

    carry_out(wanted, owner, now)

    assert (wanted.state, rows(url)) == (State.FULFILLING, before)
    assert step_of(wanted).error_code == ("read_only" if address == "none" else "denied")
    assert "shop" in step_of(wanted).error_text


def audited(shop: Shop, url: str, now: datetime, *more: str) -> Source:
    """A shop whose database copies every deleted newsletter row into a table that is described."""
    change(url, *COPIES, *more)
    overlay = (SMALL_SHOP / "shop.dsr.yaml").read_text() + "  audit_rows: {record_class: newsletter_subscription}\n"
    return connect_for_writing(
        shop, url, now, dataset_text=(SMALL_SHOP / "shop.yaml").read_text().rstrip() + AUDIT, overlay_text=overlay
    )


def test_trigger_when_it_copies_rows_into_a_described_table_then_the_copies_go_too(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    audited(shop, url, now)

    wanted = carry_out(wish(shop, owner, now), owner, now)

    assert wanted.state == State.FULFILLED
    assert rows(url, ("audit_rows",)) == {"audit_rows": []}
    assert step_of(wanted).passes == 1


def test_trigger_when_it_copies_its_own_copies_then_the_run_ends_and_says_that_something_copies(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    audited(shop, url, now, COPIES_ITSELF)

    wanted = carry_out(wish(shop, owner, now), owner, now)

    assert wanted.state == State.FULFILLING
    assert step_of(wanted).error_code == "refills"
    assert "A trigger of the database copies them" in step_of(wanted).error_text


def test_table_when_nobody_declared_it_then_nothing_is_erased_before_somebody_does(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    approve(wanted, owner, now)
    change(url, COPIES[0])
    before = rows(url)

    work_off(wanted)

    assert (wanted.state, rows(url)) == (State.APPROVED, before)
    assert "audit_rows" in job_of(wanted).error_text


def test_unique_index_when_two_people_are_made_anonymous_then_both_can_be(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    change(url, "CREATE UNIQUE INDEX ON customers (lower(email))", "CREATE UNIQUE INDEX ON newsletter (lower(email))")
    connect_for_writing(shop, url, now)
    anonymous = {**GOING, "then": "anonymise", "record_classes": [*GOING["record_classes"], "order", "order_line"]}
    promise(shop, now, retention=[anonymous])
    first = carry_out(wish(shop, owner, now), owner, now)
    second = carry_out(wish(shop, owner, now, who=BELA), owner, now)

    assert [first.state, second.state] == [State.FULFILLED, State.FULFILLED]
    emails = [row[1] for row in rows(url)["customers"]]
    assert len({*emails}) == 2
    assert not [email for email in emails if "@" in email]
    assert [row[2:4] for row in rows(url)["customers"]] == [(None, None), (None, None)]


def test_row_when_a_value_changed_since_the_plan_then_it_runs_and_when_an_outcome_did_then_it_does_not(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, url, now)
    wanted = wish(shop, owner, now)
    approve(wanted, owner, now)
    change(
        url,
        "UPDATE customers SET name = 'Ada King' WHERE id = 1",
        "UPDATE orders SET placed_on = '2021-01-01' WHERE id = 10",
    )
    before = rows(url)

    work_off(wanted)

    plan = ErasurePlan.objects.get()
    assert (wanted.state, plan.state, rows(url)) == (State.REVIEW, ErasurePlan.State.OUTDATED, before)
    # The order has another last day now, and so have its lines. That Ada has another name matters to nobody.
    assert sorted({words.partition(":")[0] for words in plan.changes}) == ["order_lines", "orders"]
    carry_out(wanted, owner, now)
    assert wanted.state == State.FULFILLED


def test_new_row_when_its_kind_is_removed_then_joins_and_when_its_kind_stays_then_stops_the_run(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    approve(wanted, owner, now)
    change(url, "INSERT INTO orders VALUES (12, 1, NULL, 7, '2026-11-02', NULL)")
    work_off(wanted)
    assert wanted.state == State.REVIEW

    approve(wanted, owner, now)
    change(url, "INSERT INTO customers VALUES (3, 'ada@example.com', 'Ada again', NULL, 'x', now())")
    work_off(wanted)

    assert wanted.state == State.FULFILLED
    assert [row[0] for row in rows(url)["customers"]] == [2]


def test_hold_when_placed_between_approval_and_run_then_the_record_stays_with_that_ground(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    approve(wanted, owner, now)
    (placed,) = holds.place(
        wanted, source_name="shop", collection="newsletter", ground="Court of Boston, 12-345", actor=COMMAND, now=now
    )

    work_off(wanted)

    # Another outcome than the approved one: it is shown, not run.
    assert wanted.state == State.REVIEW
    carry_out(wanted, owner, now)
    assert wanted.state == State.FULFILLED
    kept = KeptRecord.objects.get(digest=placed.digest)
    assert (kept.rule, kept.basis, kept.event) == ("legal-hold", "", "hold_lifted")
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    assert [line.ground for line in letter.blocks[1].lines if line.title == "Newsletter"] == ["Court of Boston, 12-345"]
    assert "ada@example.com" in [row[0] for row in rows(url)["newsletter"]]


def test_hold_when_it_names_a_record_of_somebody_else_then_is_refused(wanted: SubjectRequest, now: datetime) -> None:
    with pytest.raises(HoldRefused, match="Not found in 'newsletter' of shop: 1 of these"):
        holds.place(
            wanted, source_name="shop", collection="newsletter", ground="x", digests=["0" * 64], actor=COMMAND, now=now
        )


def test_approval_when_given_twice_then_the_second_finds_nothing_to_approve(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    approve(wanted, owner, now)
    plan = ErasurePlan.objects.get()

    with pytest.raises(WrongState, match="decided during review"):
        erasure_approval.approve(
            wanted, fingerprint=plan.fingerprint, typed_reference=wanted.reference, actor=staff(owner), now=now
        )


def test_run_when_started_twice_then_the_second_changes_nothing(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)
    after, kept = rows(url), KeptRecord.objects.count()

    work_off(wanted)

    assert (rows(url), KeptRecord.objects.count()) == (after, kept)


def test_hold_when_it_stands_then_its_ground_is_nowhere_in_our_database_but_sealed(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    ground = "Claim of the neighbour Ferreira"
    (placed,) = holds.place(wanted, source_name="shop", collection="newsletter", ground=ground, actor=COMMAND, now=now)

    carry_out(wanted, owner, now)

    assert holds.ground_of(placed) == ground
    assert wanted.state == State.FULFILLED
    plan = erasure_approval.newest(wanted)
    assert plan is not None
    clear = [
        plan.outcomes,
        *plan.steps.values_list("outcomes", flat=True),
        *KeptRecord.objects.values_list("basis", flat=True),
    ]
    assert "legal-hold" in str(clear)
    assert "Ferreira" not in str(clear)
    assert b"Ferreira" not in bytes(placed.sealed_ground or b"")
