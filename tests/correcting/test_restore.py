"""Backups, really: both databases put back by ``pg_restore`` after people were erased and others corrected."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.keyring import KeyRing
from dsr.lifecycle import RequestType, State
from dsr.models import AuditEntry, ErasedIdentity, Shop, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import intake
from dsr.workflow.actors import staff
from dsr.workflow.corrections import Asked
from tests.conftest import work_off
from tests.correcting.conftest import Kind, accept, carry_out, connect, make, rows, wish
from tests.erasing.test_replay import replay
from tests.erasing.test_restore import dumped, replay_ours, seen
from tests.own.dumps import as_text, dump, program, restored

GOING = {
    "key": "everything",
    "record_classes": ["account", "address", "newsletter_subscription", "gift_recipient", "order"],
    "then": "delete",
}
OLD, NEW, GONE = "Oldlace", "Newking", "Goneby"


def settle_in(url: str, name: str, first: int, people: int) -> list[Identity]:
    """People of one name with a number, each in four tables."""
    found = []
    with psycopg.connect(url) as connection:
        for number in range(first, first + people):
            email, last = f"{name.lower()}{number}@example.net", f"{name}{number}"
            values = {"id": number, "email": email, "last": last, "name": f"Ann {last}"}
            connection.execute(
                "INSERT INTO customers VALUES (%(id)s, %(email)s, 'Ann', %(last)s, NULL, NULL, lower(%(name)s), NULL)",
                values,
            )
            connection.execute("INSERT INTO addresses VALUES (%(id)s, %(id)s, %(name)s, '1 Lane', 'Troy', '1')", values)
            connection.execute(
                "INSERT INTO orders VALUES (%(id)s, %(id)s, '2020-02-01', %(name)s, '1 Lane', 'Troy', '1')", values
            )
            connection.execute("INSERT INTO newsletter VALUES (%(email)s, %(name)s, NULL)", values)
            found.append(Identity(IdentityKind.EMAIL, email))
    return found


def erasure(shop: Shop, owner: User, now: datetime, who: Identity) -> SubjectRequest:
    """Somebody's wish to have everything deleted, in review."""
    made = intake.open_request(
        shop=shop,
        request_type=RequestType.ERASURE,
        identities=(who,),
        channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner),
        now=now,
    )
    work_off(made)
    return made


def put_back(url: str, file: Path) -> None:
    """The shop's database as ``pg_restore`` makes it from a dump."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    command = [program("pg_restore"), "--no-owner", "--no-privileges", f"--dbname={url}", str(file)]
    subprocess.run(command, check=False, timeout=120)  # It grumbles that the schema is there.


@pytest.mark.parametrize("people", [2, pytest.param(50, marks=pytest.mark.torture)])
@pytest.mark.django_db(transaction=True)
def test_backups_when_put_back_then_nobody_is_back_and_every_correction_stands_again(
    own_ring: KeyRing, shop: Shop, owner: User, now: datetime, url: str, tmp_path: Path, people: int
) -> None:
    source = connect(shop, url, now, retention=[GOING])
    gone = [erasure(source.shop, owner, now, who) for who in settle_in(url, GONE, 100, people)]
    wrong = [
        wish(source.shop, owner, now, Asked(Kind.NAME, f"{NEW}{number}"), Asked(Kind.EMAIL, f"new{number}@example.net"), who=who)
        for number, who in enumerate(settle_in(url, OLD, 1000, people), start=1000)
    ]  # fmt: skip
    ours, theirs = dump(tmp_path, "ours.dump"), dumped(url, tmp_path, "theirs.dump")
    for each in gone:
        carry_out(each, owner, now)
    for number, each in enumerate(wrong, start=1000):
        accept(each, owner, now, 1, "customers", {"last_name": f"{NEW}{number}"})
        accept(each, owner, now, 2, "customers", {"email": f"new{number}@example.net"})
        carry_out(each, owner, now)
    assert {each.state for each in (*gone, *wrong)} == {State.FULFILLED}
    done = rows(url)

    put_back(url, theirs)
    before = as_text(dumped(url, tmp_path, "again.dump"))
    assert (before.count(GONE.encode()), before.count(OLD.encode()), before.count(NEW.encode())) == (
        4 * people, 4 * people, 0,
    )  # fmt: skip
    with restored(ours):
        assert {each.state for each in SubjectRequest.objects.all()} == {State.REVIEW}
        assert seen("/health/")[0] == seen("/small-shop/")[0] == 503

        told = replay_ours("--execute")

        assert (told["settled"], told["shops"]["small-shop"]["refused"]) == (True, [])
        assert seen("/health/")[0] == 200
        assert ErasedIdentity.objects.count() >= people
        recalled = AuditEntry.objects.filter(action__endswith=".recalled").values_list("action", flat=True)
        assert sorted(recalled) == ["correction.recalled"] * people + ["erasure.recalled"] * people
    assert rows(url) == done
    after = as_text(dumped(url, tmp_path, "after.dump")).lower()
    assert [name for name in (GONE, OLD) if name.lower().encode() in after] == []
    assert after.count(NEW.lower().encode()) == 5 * people


def test_replay_when_a_person_was_corrected_and_then_erased_then_its_dry_run_says_what_it_does(
    shop: Shop, owner: User, now: datetime, url: str
) -> None:
    connect(shop, url, now, retention=[GOING])
    as_made = rows(url)
    corrected = wish(shop, owner, now, Asked(Kind.EMAIL, "ada@new.example"))
    accept(corrected, owner, now, 1, "newsletter", {"email": "ada@new.example"}, proved_otherwise=True)
    carry_out(corrected, owner, now)
    again = erasure(shop, owner, now, Identity(IdentityKind.EMAIL, "ada@new.example"))
    carry_out(again, owner, now)
    assert (corrected.state, again.state) == (State.FULFILLED, State.FULFILLED)
    erased = rows(url)
    make(url)
    assert rows(url) == as_made != erased

    dry, done = replay(), replay("--execute")

    assert {each["action"] for each in dry["back"]} == {"correct", "delete"}
    assert (dry["back"], dry["strangers"]) == (done["done"], [])
    assert rows(url) == erased


def test_replay_when_a_corrected_key_stands_and_the_old_one_is_somebody_elses_then_leaves_both(
    shop: Shop, owner: User, now: datetime, url: str
) -> None:
    connect(shop, url, now)
    corrected = wish(shop, owner, now, Asked(Kind.EMAIL, "ada@new.example"))
    accept(corrected, owner, now, 1, "newsletter", {"email": "ada@new.example"}, proved_otherwise=True)
    carry_out(corrected, owner, now)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO newsletter VALUES ('ada@example.com', 'Carla Neu', NULL)")
    before = rows(url)

    told = replay("--execute")

    assert (told["back"], told["refused"], rows(url)) == ([], [], before)
