"""What happens in the shop between approval and change: the run goes by what is so then, and touches nobody else's row.

The shop's database is there but cannot be written to, so that a run has begun and nothing is done; then the shop goes on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import AuditEntry, Job, KeptRecord, PlanStep, Shop, Source, SubjectRequest
from dsr.records import PlanRow
from dsr.sources.base import SourceError
from dsr.workflow import (
    connections,
    erasure,
    erasure_again,
    erasure_steps,
    expansion,
    finishing,
    holds,
    ledgers,
    letters,
)
from dsr.workflow.actors import COMMAND
from tests.conftest import work_off
from tests.erasing.conftest import approve, carry_out, change, connect_for_writing, rows, wish
from tests.erasing.test_bad_input import HIDES, audited, job_of, step_of
from tests.erasing.test_finishing import MUCH_LATER, THE_DAY_AFTER
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

ANONYMOUS = {**GOING, "then": "anonymise"}
ADA, ZOE = 1, "INSERT INTO customers VALUES (1, 'zoe@stranger.org', 'Zoe Stranger', NULL, 'x', now())"
CALLS = """
CREATE TABLE calls (id integer PRIMARY KEY, phone text, said text);
CREATE INDEX c ON calls (phone);
INSERT INTO calls VALUES (1, '+1 617 555 0101', 'Where is it?'), (2, '+1 617 555 8888', 'Ada again'),
    (3, '+1 617 555 0102', 'Bela here');
"""
CALLS_DATASET = """
dataset:
  - fides_key: calls
    name: Calls
    collections:
      - name: calls
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - {name: phone, data_categories: [user.contact.phone_number], fides_meta: {identity: phone_number, data_type: string}}
          - {name: said, data_categories: [user.content], fides_meta: {data_type: string}}
"""
CALLS_OVERLAY = "collections:\n  calls: {record_class: newsletter_subscription, ownership: owned}\n"


def begin(wanted: SubjectRequest, owner: User, now: datetime) -> None:
    """Approve and begin; the source cannot be written to meanwhile."""
    approve(wanted, owner, now)
    source = Source.objects.get(shop=wanted.shop, name="shop")
    Source.objects.filter(pk=source.pk).update(sealed_write_url=None)
    work_off(wanted)
    Source.objects.filter(pk=source.pk).update(sealed_write_url=source.sealed_write_url)
    assert (wanted.state, step_of(wanted).applied_at) == (State.FULFILLING, None)


def go_on(wanted: SubjectRequest, now: datetime) -> PlanStep:
    """Let the run go on; its step."""
    erasure.go_on(wanted, now + timedelta(minutes=5))
    work_off(wanted)
    return step_of(wanted)


def test_number_when_it_was_given_to_somebody_else_then_their_row_stays_and_the_run_says_so(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    begin(wanted, owner, now)
    change(url, "UPDATE orders SET customer_id = NULL WHERE customer_id = 1", "DELETE FROM customers WHERE id = 1", ZOE)
    before = [row for row in rows(url)["customers"] if row[0] == ADA]
    assert before[0][2] == "Zoe Stranger"

    step = go_on(wanted, now)

    assert [row for row in rows(url)["customers"] if row[0] == ADA] == before
    assert (wanted.state, step.error_code) == (State.FULFILLING, "not_done")
    assert "names somebody else" in step.error_text


def test_order_when_it_was_handed_to_somebody_else_then_it_stays_with_its_lines(
    shop: Shop, owner: User, now: datetime, url: str
) -> None:
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[{**GOING, "record_classes": [*GOING["record_classes"], "order", "order_line"]}])
    wanted = wish(shop, owner, now)
    begin(wanted, owner, now)
    change(url, "UPDATE orders SET guest_email = 'bela@example.org' WHERE id = 11")
    before = rows(url)

    go_on(wanted, now)

    left = rows(url)
    assert wanted.state == State.FULFILLED
    assert left["orders"][1:] == before["orders"][1:]
    assert left["orders"][0] != before["orders"][0]
    assert [row for row in before["order_lines"] if row[1] != 10] == left["order_lines"]


def test_kept_order_when_its_number_was_given_again_then_no_night_touches_it_and_somebody_is_told(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)
    change(
        url,
        "DELETE FROM order_lines WHERE order_id = 10",
        "DELETE FROM gifts WHERE order_id = 10",
        "DELETE FROM orders WHERE id = 10",
        "INSERT INTO orders VALUES (10, 2, NULL, 55, '2026-12-01', 'Bela asked for a box')",
        "INSERT INTO order_lines VALUES (100, 10, 'Box', 'For Bela')",
    )
    before = rows(url)

    for night in (THE_DAY_AFTER, MUCH_LATER):
        report = finishing.finish(wanted.shop, now=night, execute=True)
        assert [row for row in rows(url)["orders"] if row[0] == 10] == [row for row in before["orders"] if row[0] == 10]
        assert (100, 10, "Box", "For Bela") in rows(url)["order_lines"]

    assert dict(report.given_away) == {("shop", "orders"): 1, ("shop", "order_lines"): 1}
    finishing.finish(wanted.shop, now=MUCH_LATER, execute=True, let_go=True)
    assert finishing.finish(wanted.shop, now=MUCH_LATER, execute=True).given_away.total() == 0


def test_order_when_placed_meanwhile_then_is_kept_as_such_orders_are_and_the_rest_is_done(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    begin(wanted, owner, now)
    change(url, "INSERT INTO orders VALUES (12, 1, NULL, 7, '2026-11-02', NULL)")

    go_on(wanted, now)

    assert wanted.state == State.FULFILLED
    assert [row[0] for row in rows(url)["customers"]] == [2]
    assert (12, None) in [row[:2] for row in rows(url)["orders"]]
    kept = KeptRecord.objects.filter(collection="orders").order_by("until")
    assert [each.until.year for each in kept if each.until] == [2027, 2033, 2033]


def test_order_when_opened_meanwhile_then_the_account_stays_until_it_is_closed(
    shop: Shop, owner: User, now: datetime, url: str
) -> None:
    connect_for_writing(shop, url, now)
    blocker = {
        "key": "open_order",
        "record_class": "order",
        "until_fact": "ordered_on",
        "blocks": ["account", "newsletter_subscription"],
        "sentence": {"en": "An order is open."},
    }
    promise(shop, now, retention=[KEEPING, GOING], blockers=[blocker])
    change(url, "UPDATE orders SET placed_on = '2020-01-01' WHERE id = 11")
    wanted = wish(shop, owner, now)
    begin(wanted, owner, now)
    assert {each["action"] for each in step_of(wanted).outcomes if each["collection"] == "customers"} == {"delete"}
    change(url, "INSERT INTO orders VALUES (12, NULL, 'ada@example.com', 7, NULL, NULL)")

    go_on(wanted, now)

    assert wanted.state == State.FULFILLED
    assert [row[0] for row in rows(url)["customers"]] == [1, 2]
    kept = KeptRecord.objects.filter(collection__in=("customers", "newsletter"))
    assert {(each.collection, each.event) for each in kept} == {
        ("customers", "closed:open_order"),
        ("newsletter", "closed:open_order"),
    }


def test_hold_when_placed_after_the_run_began_then_its_record_and_what_it_needs_stay(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    begin(wanted, owner, now)
    holds.place(wanted, source_name="shop", collection="orders", ground="Court", actor=COMMAND, now=now)
    before = [row for row in rows(url)["orders"] if row[0] in (10, 11)]

    go_on(wanted, now)

    left = rows(url)
    assert wanted.state == State.FULFILLED
    assert [row for row in left["orders"] if row[0] in (10, 11)] == before
    assert [row[0] for row in left["customers"]] == [1, 2]  # The order that nobody may change leads to it.
    assert "Ada" not in str(left["customers"][0])
    bodies = [entry.body.decode() for entry in ledgers.ledger().entries(after=1)]
    assert any('"spared"' in body for body in bodies)


def test_value_when_it_came_meanwhile_then_goes_too(shop: Shop, owner: User, now: datetime, url: str) -> None:
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[KEEPING, ANONYMOUS])
    change(url, "UPDATE customers SET phone = NULL, name = NULL WHERE id = 1")
    wanted = wish(shop, owner, now)
    begin(wanted, owner, now)
    change(url, "UPDATE customers SET name = 'Ada Lovelace' WHERE id = 1")

    go_on(wanted, now)

    assert wanted.state == State.FULFILLED
    assert "Lovelace" not in str(rows(url)["customers"])


def test_new_row_when_its_rule_was_not_approved_then_is_told_of_and_not_touched(
    shop: Shop, owner: User, now: datetime, url: str
) -> None:
    change(url, "DELETE FROM newsletter WHERE email = 'ada@example.com'")
    connect_for_writing(shop, url, now)
    other = {**GOING, "key": "other", "record_classes": ["newsletter_subscription"]}
    promise(shop, now, retention=[KEEPING, {**GOING, "record_classes": ["account", "gift_recipient"]}, other])
    wanted = wish(shop, owner, now)
    begin(wanted, owner, now)
    change(url, "INSERT INTO newsletter VALUES ('ada@example.com', true, NULL)")

    step = go_on(wanted, now)

    assert wanted.state == State.FULFILLED
    assert ("ada@example.com", True, None) in rows(url)["newsletter"]
    assert step.proof["new"] == 1
    assert AuditEntry.objects.get(stream=wanted.audit_stream, action="erasure.proved").facts["new"] == 1


def test_new_rows_when_they_are_too_many_then_none_joins_and_they_are_told_of(
    wanted: SubjectRequest, owner: User, now: datetime, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure_again, "MOST_JOINING", 1)
    begin(wanted, owner, now)
    again = "INSERT INTO customers VALUES ({}, 'ada@example.com', 'Ada again', NULL, 'x', now())"
    change(url, again.format(3), again.format(4))

    step = go_on(wanted, now)

    assert wanted.state == State.FULFILLED
    assert [row[0] for row in rows(url)["customers"]] == [2, 3, 4]
    assert step.proof["new"] == 2


def test_row_when_it_names_a_further_telephone_then_the_run_ends_and_says_that_there_is_one(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    begin(wanted, owner, now)
    change(url, "INSERT INTO newsletter VALUES ('Ada@example.com', true, NULL)")
    change(url, "UPDATE customers SET phone = '+1 617 555 7777' WHERE id = 1")
    change(url, "INSERT INTO customers VALUES (5, 'ada@example.com', 'Ada', '+1 617 555 8888', 'x', now())")

    step = go_on(wanted, now)

    assert wanted.state == State.FULFILLED
    assert [row[0] for row in rows(url)["customers"]] == [2]
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    assert (step.proof["further"], letter.learnt_since) == (2, 2)
    assert AuditEntry.objects.get(stream=wanted.audit_stream, action="erasure.proved").facts["further"] == 2
    learnt = {each.identity.value for each in expansion.learnt_by(wanted)}
    assert {"+16175557777", "+16175558888"} <= learnt  # What named them is gone.


def test_telephone_when_another_source_names_it_meanwhile_then_what_it_leads_to_goes_as_well(
    shop: Shop, url: str, owner: User, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "calls.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(CALLS)
    connect_for_writing(shop, url, now)
    address = f"sqlite:///{path}"
    connections.add_source(
        shop, name="calls", url=address, write_url=address, dataset_text=CALLS_DATASET, dataset_name="c.yaml",
        overlay_text=CALLS_OVERLAY, overlay_name="c.dsr.yaml", actor=COMMAND, now=now,
    )  # fmt: skip
    wanted = wish(shop, owner, now)
    approve(wanted, owner, now)
    addresses = {source.pk: source.sealed_write_url for source in shop.sources.all()}
    shop.sources.update(sealed_write_url=None)
    work_off(wanted)
    for key, sealed in addresses.items():
        Source.objects.filter(pk=key).update(sealed_write_url=sealed)
    change(url, "INSERT INTO customers VALUES (5, 'ada@example.com', 'Ada', '+1 617 555 8888', 'x', now())")
    with sqlite3.connect(path) as connection:
        said = [what for (what,) in connection.execute("SELECT said FROM calls ORDER BY id")]
    assert said == ["Where is it?", "Ada again", "Bela here"]

    erasure.go_on(wanted, now + timedelta(minutes=5))
    work_off(wanted)

    with sqlite3.connect(path) as connection:
        assert [what for (what,) in connection.execute("SELECT said FROM calls ORDER BY id")] == ["Bela here"]
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    assert (wanted.state, letter.learnt_since) == (State.FULFILLED, 1)


def test_run_when_what_hindered_it_is_out_of_the_way_then_goes_on_and_ends(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    change(url, *HIDES)
    carry_out(wanted, owner, now)
    assert (wanted.state, step_of(wanted).error_code) == (State.FULFILLING, "not_done")
    change(url, "DROP TRIGGER hiding ON newsletter")

    go_on(wanted, now)

    assert wanted.state == State.FULFILLED
    assert [row[0] for row in rows(url)["newsletter"]] == ["bela@example.org"]


def test_run_when_it_was_killed_after_rows_joined_then_they_go_when_it_goes_on(
    shop: Shop, owner: User, now: datetime, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited(shop, url, now)
    wanted = wish(shop, owner, now)
    really, asked = erasure_steps.carry_out, []

    def away_at_the_second(source: Source, plan: Sequence[PlanRow]) -> dict[str, int]:
        asked.append(len(plan))
        if len(asked) == 2:
            raise SourceError("shop is away", code="unavailable", permanent=False)
        return really(source, plan)

    monkeypatch.setattr(erasure_steps, "carry_out", away_at_the_second)
    carry_out(wanted, owner, now)
    assert (step_of(wanted).passes, step_of(wanted).state) == (1, PlanStep.State.WAITING)
    assert rows(url, ("audit_rows",)) == {"audit_rows": [(1, "ada@example.com")]}
    PlanStep.objects.filter(plan__subject_request=wanted).update(error_code="", error_text="")  # As after a kill.
    Job.objects.filter(subject_request=wanted, kind="erase").update(run_after=now)

    go_on(wanted, now)

    assert (wanted.state, job_of(wanted).state) == (State.FULFILLED, Job.State.DONE)
    assert rows(url, ("audit_rows",)) == {"audit_rows": []}


def test_text_key_when_the_database_puts_the_old_one_back_then_is_not_done(
    shop: Shop, owner: User, now: datetime, url: str
) -> None:
    change(
        url,
        "CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.email := OLD.email; RETURN NEW; END'",
        "CREATE TRIGGER undoing BEFORE UPDATE ON newsletter FOR EACH ROW EXECUTE FUNCTION undo()",
    )
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[KEEPING, ANONYMOUS])

    wanted = carry_out(wish(shop, owner, now), owner, now)

    assert "ada@example.com" in str(rows(url)["newsletter"])
    assert (wanted.state, step_of(wanted).error_code) == (State.FULFILLING, "not_done")
