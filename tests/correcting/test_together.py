"""Several wishes in one request: what each asks for is done, whatever follows from the others."""

from __future__ import annotations

from datetime import datetime

import psycopg
import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.lifecycle import State
from dsr.models import Source
from dsr.workflow import correction_places, corrections, erasure_approval, plans
from dsr.workflow.actors import staff
from dsr.workflow.correction_plans import DrawnCorrection
from dsr.workflow.corrections import Asked
from dsr.workflow.erasure_approval import PlanRefused
from tests.correcting.conftest import Kind, accept, carry_out, rows, wish


@pytest.fixture
def desk(owner: User) -> Client:
    """The owner, signed in."""
    client = Client()
    client.force_login(owner)
    return client


@pytest.mark.parametrize("turned", [False, True])
def test_copy_of_one_wish_when_another_is_about_that_very_field_then_does_not_write_over_it(
    connected: Source, owner: User, now: datetime, url: str, *, turned: bool
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.PHONE, "x"), Asked(Kind.PHONE, "y"))
    decided = [("customers", {"phone": "+1 617 555 0191"}), ("newsletter", {"phone": "617-555-0192"})]
    for number, (collection, to) in enumerate(reversed(decided) if turned else decided, start=1):
        accept(wanted, owner, now, number, collection, to)

    carry_out(wanted, owner, now)

    after = rows(url)
    assert wanted.state == State.FULFILLED
    assert (after["customers"][0][4], after["newsletter"][0][2]) == ("+1 617 555 0191", "617-555-0192")


def test_first_and_last_name_when_two_wishes_exchange_them_then_every_copy_says_it_turned_round(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "Lovelace"), Asked(Kind.NAME, "Ada"))
    accept(wanted, owner, now, 1, "customers", {"first_name": "Lovelace"})
    accept(wanted, owner, now, 2, "customers", {"last_name": "Ada"})

    carry_out(wanted, owner, now)

    after = rows(url)
    assert wanted.state == State.FULFILLED
    assert (*after["customers"][0][2:4], after["customers"][0][6]) == (
        "Lovelace",
        "Ada",
        "lovelace ada ada@example.com",
    )
    assert [row[2] for row in after["addresses"]] == ["Lovelace Ada", "Lovelace Ada", "Bela Lovelace"]
    assert after["newsletter"][0][1] == "Lovelace Ada"


def test_two_names_when_two_wishes_exchange_them_then_each_copy_follows_its_own(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE customers SET first_name = NULL, last_name = NULL WHERE id = 1")
        connection.execute("UPDATE addresses SET name = 'Anna' WHERE id = 5")
        connection.execute("UPDATE addresses SET name = 'Berta' WHERE id = 6")
        connection.execute("INSERT INTO addresses VALUES (8, 1, 'Anna', 's', 'c', 'z'), (9, 1, 'Berta', 's', 'c', 'z')")
    wanted = wish(
        connected.shop, owner, now, Asked(Kind.NAME, "Berta", says="Anna"), Asked(Kind.NAME, "Anna", says="Berta")
    )
    accept(wanted, owner, now, 1, "addresses", {"name": "Berta"})
    accept(wanted, owner, now, 2, "addresses", {"name": "Anna"})

    carry_out(wanted, owner, now)

    assert wanted.state == State.FULFILLED
    assert [(row[0], row[2]) for row in rows(url)["addresses"] if row[1] == 1] == [
        (5, "Berta"), (6, "Anna"), (8, "Berta"), (9, "Anna"),
    ]  # fmt: skip


def test_copy_when_two_wishes_make_different_things_of_it_then_the_plan_asks_and_what_is_said_of_it_counts(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "Ada King"), Asked(Kind.NAME, "Augusta Lovelace"))
    accept(wanted, owner, now, 1, "newsletter", {"full_name": "Ada King"})
    accept(wanted, owner, now, 2, "addresses", {"name": "Augusta Lovelace"})
    told = r"shop, addresses\.name is a copy, and wish 1 and wish 2 would make different things of it"
    with pytest.raises(PlanRefused, match=told):
        erasure_approval.freeze(wanted, actor=staff(owner), now=now)

    item = corrections.items(wanted)[1]
    places = [each for each in correction_places.candidates(wanted, item.row) if each.collection == "addresses"]
    changes = {(each.source.pk, each.collection, each.digest): {"name": "Augusta Lovelace"} for each in places}
    corrections.accept(wanted, item.row, changes, actor=staff(owner), now=now)
    carry_out(wanted, owner, now)

    after = rows(url)
    assert after["newsletter"][0][1] == "Ada King"
    assert [row[2] for row in after["addresses"]] == ["Augusta Lovelace", "Augusta Lovelace", "Bela Lovelace"]


@pytest.mark.parametrize(
    ("new", "first", "last"), [("Ada King", "Ada", "King"), ("Augusta Lovelace", "Augusta", "Lovelace")]
)
def test_whole_name_when_one_part_is_another_word_then_follows_where_the_parts_stand_apart(
    connected: Source, owner: User, now: datetime, url: str, new: str, first: str, last: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, new))
    accept(wanted, owner, now, 1, "newsletter", {"full_name": new})

    carry_out(wanted, owner, now)

    after = rows(url)
    assert wanted.state == State.FULFILLED
    assert (after["newsletter"][0][1], *after["customers"][0][2:4]) == (new, first, last)
    assert after["customers"][1][2:4] == ("Bela", "Lovelace")


@pytest.mark.parametrize("new", ["Augusta King", "Ada von King", "Ada"])
def test_whole_name_when_nobody_can_tell_how_it_is_divided_then_staff_are_asked_to_look(
    connected: Source, owner: User, now: datetime, url: str, desk: Client, new: str
) -> None:
    before = rows(url)["customers"]
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, new))
    accept(wanted, owner, now, 1, "newsletter", {"full_name": new})

    told = "shop, customers: first_name and last_name hold the old name in two parts"
    drawn = plans.draw(wanted, today=now.date())
    assert isinstance(drawn, DrawnCorrection)
    assert [look[: len(told)] for look in drawn.looks] == [told]
    assert told in desk.get(f"/staff/requests/{wanted.reference}/plan/").content.decode()
    carry_out(wanted, owner, now)
    assert (wanted.state, rows(url)["customers"]) == (State.FULFILLED, before)


def test_whole_name_when_its_parts_are_decided_too_then_nobody_has_to_look(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "Augusta King"), Asked(Kind.NAME, "x"))
    accept(wanted, owner, now, 1, "newsletter", {"full_name": "Augusta King"})
    accept(wanted, owner, now, 2, "customers", {"first_name": "Augusta", "last_name": "King"})

    drawn = plans.draw(wanted, today=now.date())

    assert isinstance(drawn, DrawnCorrection)
    assert (drawn.looks, drawn.hindrances) == ((), [])
