"""A backup that is put back does not bring back who was erased."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from dsr.models import AuditEntry, DatasetVersion, ErasedIdentity, SubjectRequest
from dsr.policy.schema import Profile
from dsr.records import Action, PlanRow, RecordKey
from dsr.workflow import holds, ledgers, shops
from dsr.workflow.actors import staff
from tests.erasing.conftest import SMALL_SHOP, Rows, carry_out, change, rows


@pytest.fixture
def erased(wanted: SubjectRequest, owner: User, now: datetime) -> SubjectRequest:
    return carry_out(wanted, owner, now)


def replay(*options: str, code: int = 0) -> dict[str, Any]:
    """``code``: what the command exits with."""
    out = StringIO()
    with pytest.raises(SystemExit) if code else nullcontext():
        call_command("replay", "small-shop", *options, stdout=out, stderr=StringIO())
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def restore(url: str) -> Rows:
    """The shop's database as on its first day, as its backup holds it."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute((SMALL_SHOP / "schema.sql").read_text())
    return rows(url)


def test_replay_when_the_shop_was_restored_then_erases_again_and_nothing_else(erased: SubjectRequest, url: str) -> None:
    as_erased = rows(url)
    as_restored = restore(url)
    assert as_restored != as_erased

    dry = replay()

    assert rows(url) == as_restored
    assert {(each["collection"], each["action"], each["records"]) for each in dry["back"]} == {
        ("customers", "delete", 1), ("newsletter", "delete", 1), ("orders", "anonymise", 2),
    }  # fmt: skip
    assert dry["done"] == []

    done = replay("--execute")

    assert rows(url) == as_erased
    assert (done["back"], done["done"], done["refused"]) == (dry["back"], dry["back"], [])
    assert replay("--execute")["back"] == []
    facts = AuditEntry.objects.filter(action="shop.replayed").latest("pk").facts
    nothing = dict.fromkeys(("records", "refused", "unreachable", "strangers"), 0)
    assert facts == {"shop": "small-shop", "entries": 1, "gone": "", **nothing}


def test_replay_when_the_ledger_was_cut_short_then_does_nothing_and_says_so(erased: SubjectRequest, url: str) -> None:
    as_restored = restore(url)
    folder = Path(settings.DSR_LEDGER)
    assert Client().get("/health/").json() == {"status": "green", "fault": ""}

    (folder / "00000003.json").unlink()

    with pytest.raises(CommandError, match="ends with number 2, but number 3 was written before"):
        replay("--execute")
    shutil.rmtree(folder)
    with pytest.raises(CommandError, match="ends with number 0, but number 3 was written before"):
        replay()
    assert rows(url) == as_restored
    assert Client().get("/health/").json() == {"status": "red", "fault": "ledger"}


def test_replay_when_a_row_names_somebody_else_then_leaves_it_with_what_hangs_on_it_and_names_it(
    erased: SubjectRequest, url: str
) -> None:
    """Ada had changed her address after the backup and before she was erased, or her number was given to somebody new."""
    restore(url)
    change(url, "UPDATE customers SET email = 'ada@maiden.example' WHERE id = 1")
    as_restored = rows(url)
    told = [f"{erased.reference} (entry 1): 'customers' id 1 names somebody else by now."]

    assert replay(code=1)["strangers"][:1] == told
    done = replay("--execute", code=1)

    assert done["strangers"][:1] == told
    assert all("ada" not in each.lower() for each in done["strangers"])
    assert done["refused"] == []
    assert rows(url)["customers"] == as_restored["customers"]


def test_replay_when_the_backup_was_made_after_the_erasure_then_has_nothing_to_do(
    erased: SubjectRequest, url: str
) -> None:
    restore(url)
    done_at = list(ledgers.ledger().entries())[1].at

    assert replay("--snapshot-taken", (done_at + timedelta(microseconds=1)).isoformat())["entries"] == 0
    assert replay("--snapshot-taken", done_at.isoformat())["entries"] == 1


def test_replay_when_a_stranger_refers_to_a_row_then_says_so_and_does_the_others(
    erased: SubjectRequest, owner: User, url: str, now: datetime
) -> None:
    bela = PlanRow(RecordKey("shop", "newsletter", (("email", "bela@example.org"),)), Action.DELETE)
    ledgers.write_due(erased.shop, "shop", [bela], _profile(erased), now=now)
    restore(url)
    change(url, "CREATE TABLE strangers (customer integer REFERENCES customers)", "INSERT INTO strangers VALUES (1)")

    told = replay("--execute", code=1)

    assert [each.partition(":")[0] for each in told["refused"]] == [f"{erased.reference} (entry 1)"]
    assert "strangers" in told["refused"][0]
    assert [row[0] for row in rows(url)["newsletter"]] == ["ada@example.com"]


def test_replay_when_a_row_is_under_a_hold_then_leaves_it(
    erased: SubjectRequest, owner: User, url: str, now: datetime
) -> None:
    as_restored = restore(url)
    holds.place(erased, source_name="shop", collection="orders", ground="A court", actor=staff(owner), now=now)

    told = replay("--execute", code=1)

    assert told["held"] == [{"source": "shop", "collection": "orders", "records": 2}]
    assert rows(url)["orders"] == as_restored["orders"]
    assert "orders" in told["refused"][0]  # The customer, whose orders are there.


def test_replay_when_a_value_was_corrected_twice_then_the_newest_stands(
    erased: SubjectRequest, url: str, now: datetime
) -> None:
    bela = RecordKey("shop", "customers", (("id", 2),))
    for name in ("Wrong", "Bela Right"):
        row = PlanRow(bela, Action.CORRECT, {"name": name})
        ledgers.write_due(erased.shop, "shop", [row], _profile(erased), now=now)
    restore(url)

    told = replay("--execute")

    assert [each["records"] for each in told["back"] if each["action"] == "correct"] == [1]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT name FROM customers WHERE id = 2").fetchall() == [("Bela Right",)]


@pytest.mark.parametrize(
    ("name", "renamed", "place", "standing"),
    [
        ("newsletter", "news", "'newsletter'", "newsletter"),
        ("guest_email", "guest_mail", "'orders.guest_email'", "orders"),
    ],
)
def test_replay_when_the_description_lost_a_name_since_then_says_what_it_did_not_look_for_and_does_the_rest(
    erased: SubjectRequest, url: str, name: str, renamed: str, place: str, standing: str
) -> None:
    as_erased = rows(url)
    restore(url)
    version = DatasetVersion.objects.get()
    assert f"name: {name}" in version.dataset_text
    DatasetVersion.objects.update(
        dataset_text=version.dataset_text.replace(f"name: {name}", f"name: {renamed}"),
        overlay_text=version.overlay_text.replace(f"{name}:", f"{renamed}:"),
    )
    if name in as_erased:
        change(url, f"ALTER TABLE {name} RENAME TO {renamed}")
    else:
        change(url, f"ALTER TABLE {standing} RENAME {name} TO {renamed}")

    told = replay("--execute", code=1)

    assert f"speak of {place}, which" in told["refused"][0]
    change(
        url,
        f"ALTER TABLE {renamed} RENAME TO {name}"
        if name in as_erased
        else f"ALTER TABLE {standing} RENAME {renamed} TO {name}",
    )
    after = rows(url)
    assert after.pop(standing) != as_erased[standing]
    assert after == {table: found for table, found in as_erased.items() if table != standing}
    DatasetVersion.objects.update(dataset_text=version.dataset_text, overlay_text=version.overlay_text)
    replay("--execute")
    assert rows(url) == as_erased


def test_replay_when_no_moment_is_named_then_warns_of_those_who_came_anew(erased: SubjectRequest) -> None:
    for options, is_told in (((), True), (("--snapshot-taken", "2026-01-01T00:00+00:00"), False)):
        told = StringIO()
        call_command("replay", "small-shop", *options, stdout=StringIO(), stderr=told)
        assert ("signed up again" in told.getvalue()) == is_told


def test_replay_when_our_database_lost_who_was_erased_then_knows_them_again(erased: SubjectRequest, url: str) -> None:
    before = set(ErasedIdentity.objects.values_list("digest", flat=True))
    assert before
    ErasedIdentity.objects.all().delete()

    assert replay()["suppressions"] == len(before)
    assert not ErasedIdentity.objects.exists()
    replay("--execute")

    assert set(ErasedIdentity.objects.values_list("digest", flat=True)) == before


def _profile(subject_request: SubjectRequest) -> Profile:
    return shops.profile_in(subject_request.policy_version)
