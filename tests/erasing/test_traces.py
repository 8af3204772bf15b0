"""Databases that write down what is taken from them: nothing is said to be gone that stands in a history, a note or a copy.

What came with the change is told by what was there before, which is noted once and never anew.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import KeptRecord, PlanStep, Shop
from dsr.workflow import connections, erasure_steps, finishing, letters
from dsr.workflow.actors import COMMAND
from tests.erasing.conftest import SMALL_SHOP, carry_out, change, connect_for_writing, rows, wish
from tests.erasing.test_bad_input import AUDIT, audited, step_of
from tests.erasing.test_finishing import MUCH_LATER
from tests.erasing.test_meanwhile import begin, go_on
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

HISTORY = """
      - name: history
        fields:
          - {{name: id, data_categories: [system.operations], fides_meta: {{primary_key: true, data_type: integer}}}}
          - name: of_id
            data_categories: [user.unique_id]
            fides_meta: {{data_type: integer, references: [{{dataset: small_shop, field: {parent}.id, direction: from}}]}}
          - {{name: old, data_categories: [user.contact.email], fides_meta: {{data_type: string}}}}
"""
LOGGED = {"key": "logged", "record_classes": ["security_log"], "then": "delete"}
NOTES = "BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.guest_email IS NOT NULL AND NEW.guest_email IS NULL)"


def trigger(name: str, when: str, does: str) -> tuple[str, str]:
    """A trigger of the shop's database, by what it does."""
    body = f"BEGIN {does} RETURN coalesce(NEW, OLD); END".replace("'", "''")
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS '{body}'",
        f"CREATE TRIGGER {name}_it {when} EXECUTE FUNCTION {name}()",
    )


def logging_shop(shop: Shop, url: str, now: datetime, then: str = "delete") -> None:
    """A shop whose database copies each deleted newsletter row into a log that a rule of its own is about."""
    source = audited(shop, url, now)
    owned = "  audit_rows: {record_class: security_log, ownership: owned, subject_class: customer}\n"
    connections.change_source(
        source,
        dataset_text=(SMALL_SHOP / "shop.yaml").read_text().rstrip() + AUDIT,
        dataset_name="shop.yaml",
        overlay_text=(SMALL_SHOP / "shop.dsr.yaml").read_text() + owned,
        overlay_name="shop.dsr.yaml",
        actor=COMMAND,
        now=now,
    )
    logged = (
        LOGGED if then == "delete" else {**KEEPING, "key": "logged", "record_classes": ["security_log"], "at_once": []}
    )
    promise(shop, now, retention=[KEEPING, GOING, logged])


def history_of(shop: Shop, url: str, now: datetime, parent: str) -> None:
    """A shop with a table that refers to ``parent`` and whose class goes at once."""
    change(
        url, "CREATE TABLE history (id serial PRIMARY KEY, of_id integer, old text)", "CREATE INDEX ON history (of_id)"
    )
    connect_for_writing(
        shop,
        url,
        now,
        dataset_text=(SMALL_SHOP / "shop.yaml").read_text().rstrip() + HISTORY.format(parent=parent),
        overlay_text=(SMALL_SHOP / "shop.dsr.yaml").read_text()
        + "  history: {record_class: newsletter_subscription, ownership: attached}\n",
    )


def copies_in(url: str) -> list[str]:
    return [email for _, email in rows(url, ("audit_rows",))["audit_rows"]]


@pytest.mark.parametrize("interrupted", ["before the proof", "at the proof", "by nothing"])
def test_copy_when_the_run_is_tried_again_then_it_is_a_copy_still(
    shop: Shop, url: str, owner: User, now: datetime, interrupted: str
) -> None:
    logging_shop(shop, url, now)
    wanted = wish(shop, owner, now)
    if interrupted == "before the proof":
        begin(wanted, owner, now)
        change(url, *trigger("lie", "BEFORE DELETE ON customers FOR EACH ROW", "RAISE 'not now';"))
        go_on(wanted, now)
        assert (step_of(wanted).progress["done"], copies_in(url)) == (0, [])
        change(url, "DROP TRIGGER lie_it ON customers")
        go_on(wanted, now)
    else:
        carry_out(wanted, owner, now)
    if interrupted == "at the proof":  # As a kill between the commit of the change and the proof leaves it.
        PlanStep.objects.filter(plan__subject_request=wanted).update(error_code="", error_text="")
        go_on(wanted, now)

    step = step_of(wanted)
    assert (wanted.state, step.state, step.error_code) == (State.FULFILLING, PlanStep.State.APPLIED, "refills")
    assert "1 of 'audit_rows'" in step.error_text
    assert copies_in(url) == ["ada@example.com"]


def test_copy_when_the_trigger_is_gone_then_the_run_ends_only_once_the_copy_is_too(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    logging_shop(shop, url, now)
    wanted = carry_out(wish(shop, owner, now), owner, now)
    change(url, "DROP TRIGGER copying ON newsletter")

    for _ in range(2):
        assert go_on(wanted, now).error_code == "refills"
        assert (wanted.state, copies_in(url)) == (State.FULFILLING, ["ada@example.com"])

    change(url, "DELETE FROM audit_rows")
    go_on(wanted, now)
    assert wanted.state == State.FULFILLED


def test_copy_when_a_rule_keeps_such_rows_then_stays_once_somebody_has_seen_it_and_is_told_of(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    logging_shop(shop, url, now, then="keep")
    wanted = carry_out(wish(shop, owner, now), owner, now)
    assert (wanted.state, step_of(wanted).error_code) == (State.FULFILLING, "refills")
    change(url, "DROP TRIGGER copying ON newsletter")

    step = go_on(wanted, now)

    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    assert (wanted.state, step.proof["new"], letter.came_since) == (State.FULFILLED, 1, 1)


def test_what_was_there_before_when_written_down_then_is_sealed(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    logging_shop(shop, url, now)
    wanted = carry_out(wish(shop, owner, now), owner, now)

    step = step_of(wanted)
    seen = erasure_steps.seen_of(step)
    assert seen is not None
    assert "ada@example.com" in seen.taken
    assert b"ada@example.com" not in bytes(step.sealed_seen or b"")


@pytest.mark.parametrize("parent", ["customers", "orders"])
def test_history_when_it_refers_to_a_row_then_what_a_trigger_writes_there_is_found(
    shop: Shop, url: str, owner: User, now: datetime, parent: str
) -> None:
    history_of(shop, url, now, parent)
    writes = "INSERT INTO history (of_id, old) VALUES (OLD.id, row_to_json(OLD)::text);"
    when = "AFTER DELETE ON customers" if parent == "customers" else "AFTER UPDATE ON orders"
    change(url, *trigger("keep_old", f"{when} FOR EACH ROW", writes))

    wanted = carry_out(wish(shop, owner, now), owner, now)

    assert "ada@example.com" in str(rows(url, ("history",))).lower()
    assert (wanted.state, step_of(wanted).error_code) == (State.FULFILLING, "refills")
    assert "'history'" in step_of(wanted).error_text
    change(url, "DROP TRIGGER keep_old_it ON " + parent, "DELETE FROM history")
    go_on(wanted, now)
    assert wanted.state == State.FULFILLED


def test_new_row_when_it_refers_to_a_row_that_stays_and_says_nothing_old_then_is_told_of_as_new(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    history_of(shop, url, now, "orders")
    change(
        url,
        *trigger(
            "note_it", "AFTER UPDATE ON orders FOR EACH ROW", "INSERT INTO history (of_id, old) VALUES (OLD.id, 'x');"
        ),
    )

    wanted = carry_out(wish(shop, owner, now), owner, now)

    assert len(rows(url, ("history",))["history"]) == 2
    assert (wanted.state, step_of(wanted).proof["new"]) == (State.FULFILLED, 2)


@pytest.mark.parametrize(
    ("place", "when", "does"),
    [
        ("'orders' in note", NOTES, "NEW.note := coalesce(NEW.note, '') || ' was ' || OLD.guest_email;"),
        (
            "'order_lines' in engraving",
            "AFTER DELETE ON customers FOR EACH ROW",
            "UPDATE order_lines SET engraving = 'for ' || OLD.email WHERE id = 110;",
        ),
    ],
    ids=["same row", "another row"],
)
def test_old_value_when_a_trigger_writes_it_into_a_row_that_stays_then_is_not_done(
    shop: Shop, url: str, owner: User, now: datetime, place: str, when: str, does: str
) -> None:
    change(url, *trigger("remember", when, does))
    connect_for_writing(shop, url, now)

    wanted = carry_out(wish(shop, owner, now), owner, now)

    left = {name: here for name, here in rows(url).items() if name in ("orders", "order_lines")}
    assert "ada@example.com" in str(left).lower()
    assert (wanted.state, step_of(wanted).error_code) == (State.FULFILLING, "not_done")
    assert f"1 of {place}" in step_of(wanted).error_text
    change(url, "UPDATE orders SET note = NULL WHERE id = 11", "UPDATE order_lines SET engraving = NULL WHERE id = 110")
    go_on(wanted, now)
    assert wanted.state == State.FULFILLED


def test_old_value_when_the_plan_keeps_it_in_that_row_then_the_row_may_say_it_anew(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    change(
        url,
        "UPDATE orders SET note = 'Ring for Ada Lovelace' WHERE id = 10",
        *trigger("upper_it", "BEFORE UPDATE ON orders FOR EACH ROW", "NEW.note := 'Note: ' || NEW.note;"),
    )
    connect_for_writing(shop, url, now)

    wanted = carry_out(wish(shop, owner, now), owner, now)

    assert rows(url)["orders"][0][5] == "Note: Ring for Ada Lovelace"
    assert wanted.state == State.FULFILLED


def test_kept_row_when_a_trigger_takes_it_along_then_is_told_and_never_said_to_stay(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    change(url, *trigger("tidy", "AFTER DELETE ON customers FOR EACH ROW", "DELETE FROM order_lines WHERE id = 110;"))
    connect_for_writing(shop, url, now)
    wanted = carry_out(wish(shop, owner, now), owner, now)
    assert 110 not in [row[0] for row in rows(url)["order_lines"]]
    assert (wanted.state, step_of(wanted).error_code) == (State.FULFILLING, "lost")
    assert "1 of 'order_lines'" in step_of(wanted).error_text

    step = go_on(wanted, now)

    assert (wanted.state, step.proof["gone"]) == (State.FULFILLED, 1)
    assert KeptRecord.objects.filter(collection="order_lines").count() == 2


def finishing_shop(shop: Shop, url: str, now: datetime, *triggers: str) -> None:
    """A shop that keeps orders whole for their time, and whose database does something when they are changed then."""
    audited(shop, url, now)
    change(url, "DROP TRIGGER copying ON newsletter", *triggers)
    promise(shop, now, retention=[{**KEEPING, "at_once": []}, GOING])


def test_kept_record_when_its_time_is_over_and_a_trigger_copies_it_then_the_night_says_so(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    writes = "INSERT INTO audit_rows (email) VALUES (OLD.guest_email);"
    copying = trigger("copy_order", "AFTER UPDATE ON orders FOR EACH ROW WHEN (OLD.guest_email IS NOT NULL)", writes)
    finishing_shop(shop, url, now)
    wanted = carry_out(wish(shop, owner, now), owner, now)
    assert wanted.state == State.FULFILLED
    assert rows(url)["orders"][1][2] == "ADA@example.com"
    change(url, *copying)

    report = finishing.finish(shop, now=MUCH_LATER, execute=True)

    assert rows(url)["orders"][1][2] is None
    assert copies_in(url) == ["ADA@example.com"]
    assert "1 of 'audit_rows'" in report.refused["shop"]


def test_kept_record_when_its_time_is_over_and_a_trigger_notes_it_in_the_row_then_the_night_says_so(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    finishing_shop(shop, url, now)
    carry_out(wish(shop, owner, now), owner, now)
    change(url, *trigger("remember", NOTES, "NEW.note := ' was ' || OLD.guest_email;"))

    report = finishing.finish(shop, now=MUCH_LATER, execute=True)

    assert rows(url)["orders"][1][5] == " was ADA@example.com"
    assert report.refused["shop"]


def test_kept_record_when_its_time_is_over_and_others_name_the_same_then_the_night_is_as_ever(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    finishing_shop(shop, url, now)
    carry_out(wish(shop, owner, now), owner, now)
    change(url, "INSERT INTO audit_rows (email) VALUES ('ADA@example.com')")

    report = finishing.finish(shop, now=MUCH_LATER, execute=True)

    assert (report.refused, report.total) == ({}, 5)
    assert copies_in(url) == ["ADA@example.com"]
