"""A real shop that this project did not write: after an erasure nothing of the person is left, and nobody else has changed.

Each scan first proves that it finds the person in the same dump taken before.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection as ours

from dsr.demo.build import END_SESSIONS
from dsr.lifecycle import RequestType, State
from dsr.models import KeptRecord, Shop, SubjectRequest
from dsr.records import Action, Identity, IdentityKind, normalise_email
from dsr.workflow import connections, erasure_approval, erasure_steps, intake
from dsr.workflow.actors import COMMAND, staff
from tests.conftest import work_off
from tests.oscar_shop.database import ensure_shop
from tests.oscar_shop.names import ADA_EMAIL
from tests.promising import promise

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
COPY = f"erasing_oscar_{os.getpid()}"
ADA = Identity(IdentityKind.EMAIL, normalise_email(ADA_EMAIL))
CLASSES = (
    "account", "address", "order", "order_note", "message", "payment", "order_address", "invoice", "saved_card", "basket",
    "wish_list", "product_alert", "review", "behaviour", "supplier", "staff_activity", "newsletter_subscription", "newsletter",
    "newsletter_issue", "newsletter_delivery",
)  # fmt: skip
TAX = {"code": "CA-d8", "citation": "26 CFR 1.6001-1"}
PURCHASES = ("order", "invoice", "payment")
EVERYTHING_GOES = [{"key": "all", "record_classes": list(CLASSES), "then": "delete"}]
PURCHASES_STAY = [
    {
        "key": "purchases", "record_classes": list(PURCHASES), "keep": {"years": 7}, "from_facts": ["ordered_on", "paid_on"],
        "at_once": ["user.contact.email", "user.contact.phone_number", "user.content"], "then": "anonymise", "basis": TAX,
        "is_published": True,
    },
    {"key": "rest", "record_classes": [each for each in CLASSES if each not in PURCHASES], "then": "delete"},
]  # fmt: skip
NAMES_ADA = re.compile(r"(?<![a-z])ada(?![a-z])", re.IGNORECASE)
"""Ada's name and her address in any spelling; ``adabyron`` is a stranger."""
OF_OTHERS = (
    "ada.byron@example.com.attacker.test", "not-ada.byron@example.com", "ada_byron@example.com",
    "ada.byron+gifts@example.com", "Bela says that Ada Byron referred her", "Written by Ada about Bela's order",
    "Ada to Bela",
)  # fmt: skip
"""What names her and is somebody else's: strangers' addresses, notes in Bela's order, a message in Bela's inbox."""
SHARED = {"order_shippingaddress": 1, "wishlists_wishlistsharedemail": 3}
"""Rows that are somebody else's too: the address of an order of Bela's, the friends to whom Ada (on two accounts) showed a wish
list, and the entry that says that Bela showed hers to Ada."""


@pytest.fixture
def oscar(db: None) -> Iterator[str]:
    """A copy of the Oscar shop that may be changed."""
    server = os.environ["DEMO_SHOPS_URL"]
    template = ensure_shop(server).rpartition("/")[2]
    with psycopg.connect(server.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
        connection.execute(END_SESSIONS, [COPY])
        connection.execute(f"DROP DATABASE IF EXISTS {COPY}")
        connection.execute(END_SESSIONS, [template])
        connection.execute(f"CREATE DATABASE {COPY} TEMPLATE {template}")
    yield server.rpartition("/")[0] + f"/{COPY}"
    with psycopg.connect(server.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
        connection.execute(END_SESSIONS, [COPY])
        connection.execute(f"DROP DATABASE {COPY}")


def erased(shop: Shop, oscar: str, owner: User, retention: list[dict[str, object]]) -> SubjectRequest:
    """Ada's request, carried out."""
    now = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
    for name, file in (("web", "oscar"), ("news", "django_newsletter")):
        dataset, overlay = EXAMPLES / f"{file}.yaml", EXAMPLES / f"{file}.dsr.yaml"
        connections.add_source(
            shop, name=name, url=oscar, write_url=oscar, dataset_text=dataset.read_text(), dataset_name=dataset.name,
            overlay_text=overlay.read_text(), overlay_name=overlay.name, actor=COMMAND, now=now,
        )  # fmt: skip
    promise(shop, now, retention=retention)
    asked = intake.open_request(
        shop=shop, request_type=RequestType.ERASURE, identities=(ADA,), channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner), now=now,
    )  # fmt: skip
    work_off(asked)
    plan = erasure_approval.freeze(asked, actor=staff(owner), now=now)
    erasure_approval.approve(
        asked, fingerprint=plan.fingerprint, typed_reference=asked.reference, actor=staff(owner), now=now
    )
    work_off(asked)
    stuck = [*asked.jobs.exclude(error_text="").values_list("error_text", flat=True), *_faults(asked)]
    assert asked.state == State.FULFILLED, stuck
    return asked


def _faults(asked: SubjectRequest) -> list[str]:
    plan = erasure_approval.newest(asked)
    return [*plan.changes, *(step.error_text for step in plan.steps.all())] if plan else []


def dump(url: str) -> dict[str, list[str]]:
    """Every row of every table as the database writes it."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename), tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        ).fetchall()
        return {plain: lines(connection, quoted) for quoted, plain in names}


def lines(connection: psycopg.Connection, table: str) -> list[str]:
    with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
        return sorted(b"".join(bytes(piece) for piece in copy).decode().splitlines())


OF_BELA = re.compile(r"(?<![a-z])bela(?![a-z])", re.IGNORECASE)
UNSEARCHED = {"django_admin_log"}
"""What staff did in the shop's admin site; the example says why it is not searched."""


def naming(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """The rows that name Ada, by table, without what is somebody else's."""
    hits = {}
    for table, every in found.items():
        if table in UNSEARCHED:
            continue
        cut = [(line, line) for line in every]
        for words in OF_OTHERS:
            cut = [(line, rest.replace(words, "")) for line, rest in cut]
        if named := [line for line, rest in cut if NAMES_ADA.search(rest)]:
            hits[table] = named
    return hits


def changed_by(asked: SubjectRequest) -> Counter[str]:
    """How many rows of each table the run deleted or changed."""
    steps = erasure_approval.newest(asked).steps.all()  # type: ignore[union-attr]  # it has just been run
    rows = [each.row for step in steps for each in erasure_steps.rows_of(step)]
    return Counter(row.key.collection for row in rows if row.action is not Action.KEEP)


def everything_of_ours(folder: Path) -> bytes:
    """Our own tables as dumped, the files of packages, ledger and logs, and every mail that left."""
    with ours.cursor() as cursor:
        cursor.execute("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'")
        names = [row[0] for row in cursor.fetchall()]
        tables = []
        for name in names:
            with cursor.connection.cursor().copy(f"COPY {name} TO STDOUT") as copy:
                tables.append(b"".join(bytes(piece) for piece in copy))
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    mails = [f"{each.subject} {each.body}".encode() for each in mail.outbox]
    return b"\n".join([*tables, *files, *mails])


def test_oscar_when_everything_goes_then_nobody_names_the_person_and_nobody_else_changed(
    shop: Shop, oscar: str, owner: User
) -> None:
    before = dump(oscar)
    assert len(naming(before)) > 20

    asked = erased(shop, oscar, owner, EVERYTHING_GOES)

    after = dump(oscar)
    assert {table: len(rows) for table, rows in naming(after).items()} == SHARED
    shared = KeptRecord.objects.filter(subject_request=asked, rule="shared-record")
    assert set(SHARED) <= set(shared.values_list("collection", flat=True))
    gone = {table: [row for row in rows if row not in set(after[table])] for table, rows in before.items()}
    planned = changed_by(asked)
    assert {table for table, rows in gone.items() if len(rows) > planned[table]} == set()
    assert not [row for rows in gone.values() for row in rows if OF_BELA.search(row)]


def test_oscar_when_purchases_stay_then_each_has_its_rule_and_day_and_only_they_name_the_person(
    shop: Shop, oscar: str, owner: User
) -> None:
    before = dump(oscar)

    asked = erased(shop, oscar, owner, PURCHASES_STAY)

    after = dump(oscar)
    left = naming(after)
    kept = KeptRecord.objects.filter(subject_request=asked)
    assert {each.rule for each in kept} <= {"purchases", "shared-record"}
    assert not [each for each in kept if each.until is None and not each.event]
    assert set(left) <= set(kept.values_list("collection", flat=True))
    stays = "\n".join(row for table, rows in left.items() for row in rows if table not in SHARED)
    assert "1 Ada Street" in stays  # the invoice's address is kept with the invoice
    assert ADA_EMAIL.lower() not in stays.lower()
    assert len(after["order_order"]) == len(before["order_order"])


def test_our_own_house_when_the_erasure_is_done_then_holds_nothing_of_the_person_in_clear(
    shop: Shop, oscar: str, owner: User
) -> None:
    mail.outbox.clear()
    erased(shop, oscar, owner, EVERYTHING_GOES)

    # Ledger, packages, anchors and logs of this session.
    held = everything_of_ours(Path(settings.DSR_LEDGER).parent)

    assert asked_reference(held)
    secrets = (ADA_EMAIL.lower(), "ada-surname", "1 ada street", "tok-ada", "friend.of.ada")
    assert [secret for secret in secrets if secret.encode() in held.lower()] == []


def asked_reference(held: bytes) -> bool:
    """That the scan sees our tables at all."""
    return SubjectRequest.objects.get().reference.encode() in held
