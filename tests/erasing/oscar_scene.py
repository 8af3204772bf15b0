"""A copy of the Oscar shop with Ada in every corner, her erasure, and dumps of everything before and after."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection as ours

from dsr.demo.build import END_SESSIONS
from dsr.lifecycle import RequestType, State
from dsr.models import KeptRecord, Shop, SubjectRequest
from dsr.records import Action, Identity, IdentityKind, PlanRow, normalise_email
from dsr.workflow import connections, erasure_approval, erasure_files, erasure_steps, intake
from dsr.workflow.actors import COMMAND, staff
from tests.conftest import work_off
from tests.erasing.canaries import Key, Table, alone, canaries, hits, read, tables
from tests.erasing.conftest import change
from tests.oscar_shop.database import template_of
from tests.oscar_shop.names import ADA_EMAIL, BELA_EMAIL
from tests.promising import promise

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
COPY = f"erasing_oscar_{os.getpid()}"
NOW = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
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
ACCOUNTS_WAIT = [
    {
        "key": "accounts", "record_classes": ["account"], "keep": {"years": 3}, "from_facts": ["last_active_on"],
        "meanwhile": "deactivated", "then": "delete", "basis": TAX, "is_published": True,
    },
    {"key": "rest", "record_classes": [each for each in CLASSES if each != "account"], "then": "delete"},
]  # fmt: skip
PHONE, BIRTHDAY, UPLOAD = "+442079460815", "1815-12-10", "Ada.csv"
ADAS = "(SELECT id FROM auth_user WHERE lower(email) = 'ada.byron@example.com')"
FURNISH = (
    f"UPDATE address_useraddress SET phone_number = '{PHONE}' WHERE user_id IN {ADAS}",
    f"UPDATE address_useraddress SET notes = notes || ', born {BIRTHDAY}' WHERE user_id IN {ADAS}",
    f"UPDATE communication_email SET body_text = 'Happy birthday ({BIRTHDAY})! We rang {PHONE}.' WHERE user_id IN {ADAS}",
    f"""UPDATE basket_lineattribute SET value = '{{"text": "{BIRTHDAY}, call {PHONE}"}}' WHERE line_id IN
        (SELECT l.id FROM basket_line l JOIN basket_basket b ON b.id = l.basket_id WHERE b.owner_id IN {ADAS})""",
    "UPDATE offer_rangeproductfileupload SET filepath = ltrim(filepath, '/')",
)
"""What ``tests/oscar_shop`` has no place for: a telephone number and a birthday of Ada's alone, and the name of an upload."""
UPLOADS = "subject_class: staff, ownership: owned, files: {filepath: uploads}}"
HOLD_PHONE = {"address_useraddress", "communication_email", "basket_lineattribute"}
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

NAMING = frozenset({normalise_email(ADA_EMAIL), "ada-surname", "1 ada street", "friend.of.ada@example.net"})
OF_SOMEBODY_ELSE_TOO = {
    "order_shippingaddress": {"ada-surname", "1 ada street"},
    "wishlists_wishlistsharedemail": {normalise_email(ADA_EMAIL), "friend.of.ada@example.net"},
    "django_session": {normalise_email(ADA_EMAIL)},
}
"""Where what names Ada stays when everything of hers goes: shared rows, and a browser's session, which is signed and encoded and
so not searched. It ends by itself; the example says that the shop clears them daily."""


@pytest.fixture
def oscar(db: None) -> Iterator[str]:
    """A copy of the Oscar shop that may be changed."""
    server = os.environ["DEMO_SHOPS_URL"]
    template = template_of(server)
    with psycopg.connect(server.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
        connection.execute(END_SESSIONS, [COPY])
        connection.execute(f"DROP DATABASE IF EXISTS {COPY}")
        connection.execute(f"CREATE DATABASE {COPY} TEMPLATE {template}")
    url = server.rpartition("/")[0] + f"/{COPY}"
    change(url, *FURNISH)
    yield url
    with psycopg.connect(server.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
        connection.execute(END_SESSIONS, [COPY])
        connection.execute(f"DROP DATABASE {COPY}")


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """What was uploaded to the shop, by Ada and by her neighbour."""
    folder = tmp_path / "media" / "uploads"
    folder.mkdir(parents=True)
    (folder / UPLOAD).write_text(f"sku,for\nR1,{ADA_EMAIL} {PHONE} {BIRTHDAY}\n")
    (folder / "Bela.csv").write_text(f"sku,for\nR1,{BELA_EMAIL}\n")
    return folder.parent


def connect(shop: Shop, oscar: str, media: Path, retention: list[dict[str, object]]) -> None:
    """Connect both apps of the Oscar shop by the published examples, with the folder of its uploads."""
    for name, file in (("web", "oscar"), ("news", "django_newsletter")):
        dataset, overlay = EXAMPLES / f"{file}.yaml", EXAMPLES / f"{file}.dsr.yaml"
        text = overlay.read_text()
        if name == "web":
            text = text.replace(
                "subject_class: staff, ownership: owned}",
                "subject_class: staff, ownership: owned, files: {filepath: uploads}}",
            )
            assert "files:" in text
        source, _ = connections.add_source(
            shop, name=name, url=oscar, write_url=oscar, dataset_text=dataset.read_text(), dataset_name=dataset.name,
            overlay_text=text, overlay_name=overlay.name, actor=COMMAND, now=NOW,
        )  # fmt: skip
        erasure_files.place(source, str(media), actor=COMMAND, now=NOW)
    promise(shop, NOW, retention=retention)


def erased(shop: Shop, oscar: str, media: Path, owner: User, retention: list[dict[str, object]]) -> SubjectRequest:
    """Ada's request, carried out."""
    now = NOW
    connect(shop, oscar, media, retention)
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


UNSEARCHED = {"django_admin_log"}
"""What staff did in the shop's admin site; the example says why it is not searched."""


def naming(found: Mapping[str, Table]) -> dict[str, list[str]]:
    """The rows that name Ada, by table, without what is somebody else's."""
    hits = {}
    for table, content in found.items():
        if table in UNSEARCHED:
            continue
        every = ["\t".join(row) for row in content.rows.values()]
        cut = [(line, line) for line in every]
        for words in OF_OTHERS:
            cut = [(line, rest.replace(words, "")) for line, rest in cut]
        if named := [line for line, rest in cut if NAMES_ADA.search(rest)]:
            hits[table] = named
    return hits


def row_plans(asked: SubjectRequest, shop_tables: Mapping[str, Table]) -> dict[tuple[str, Key], tuple[PlanRow, str]]:
    """What the run was to do, by table and key, and what had been decided about the row."""
    steps = erasure_approval.newest(asked).steps.all()  # type: ignore[union-attr]  # it has just been run
    return {
        (each.row.key.collection, shop_tables[each.row.key.collection].key_of(dict(each.row.key.columns))): (
            each.row, step.outcomes[each.outcome]["action"],
        )
        for step in steps
        for each in erasure_steps.rows_of(step)
    }  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """The shop before and after an erasure, and what was planned in between."""

    asked: SubjectRequest
    before: dict[str, Table]
    after: dict[str, Table]
    planned: dict[tuple[str, Key], tuple[PlanRow, str]]
    uploads_before: dict[str, str | bytes]
    uploads_after: dict[str, str | bytes]

    def removed(self) -> list[str]:
        """Every value that was to go."""
        found: list[str] = []
        for (name, key), (row, _) in self.planned.items():
            table = self.before[name]
            cells = dict(zip(table.columns, table.rows[key], strict=True))
            found += cells.values() if row.action is Action.DELETE else [cells[each] for each in row.changes]
        return found

    def staying(self) -> str:
        """What stood in rows of nobody's plan, and what was decided to stay in the others."""
        lines = []
        for name, table in self.before.items():
            for key, values in table.rows.items():
                row, _ = self.planned.get((name, key), (None, ""))
                if row is None or row.action is not Action.DELETE:
                    gone = row.changes if row else {}
                    cells = zip(table.columns, values, strict=True)
                    lines.append("\t".join(value for column, value in cells if column not in gone))
        return "\n".join(lines)

    def canaries(self) -> frozenset[str]:
        """What was to go and stands nowhere else. Numbers and days only where it is known that they are the person's alone."""
        removed, staying = self.removed(), self.staying()
        own = hits({PHONE, BIRTHDAY}, "\n".join(removed))
        return alone(canaries(removed) | own, staying)


def raw(found: Mapping[str, Table]) -> dict[str, str]:
    """Each table's dump."""
    return {name: "\n".join("\t".join(row) for row in table.rows.values()) for name, table in found.items()}


def scene_of(shop: Shop, url: str, media: Path, owner: User, retention: list[dict[str, object]]) -> Scene:
    before, uploads = tables(url), our_files(media)
    asked = erased(shop, url, media, owner, retention)
    return Scene(asked, before, tables(url), row_plans(asked, before), uploads, our_files(media))


def left_of(sought: frozenset[str], dumps: Mapping[str, str | bytes]) -> dict[str, frozenset[str]]:
    """What of it stands where."""
    return {name: found for name, dump in dumps.items() if (found := found_in(sought, dump))}


def found_in(sought: frozenset[str], dump: str | bytes) -> frozenset[str]:
    return hits(sought, read(dump))


def assert_others_are_as_they_were(scene: Scene) -> None:
    """Every row that was not planned, and every column of a planned row that was to stay, byte for byte."""
    for name, table in scene.before.items():
        was = {key: row for key, row in table.rows.items() if (name, key) not in scene.planned}
        now = {key: row for key, row in scene.after[name].rows.items() if (name, key) not in scene.planned}
        assert now == was, name
    for (name, key), (planned, _) in scene.planned.items():
        table, here = scene.before[name], scene.after[name].rows.get(key)
        if planned.action is Action.DELETE:
            assert here is None, name
            continue
        assert here is not None, name
        cells = zip(table.columns, table.rows[key], here, strict=True)
        assert [column for column, was, is_now in cells if was != is_now and column not in planned.changes] == [], name


def assert_kept_have_rule_and_day(scene: Scene) -> list[KeptRecord]:
    kept = list(KeptRecord.objects.filter(subject_request=scene.asked))
    decided = [1 for _, action in scene.planned.values() if action in ("keep", "deactivate")]
    assert len(kept) == len(decided)
    assert [each for each in kept if not each.rule or (each.until is None and not each.event)] == []
    return kept


def our_tables() -> dict[str, str | bytes]:
    """Our own tables as dumped."""
    with ours.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name: copied(cursor, name) for (name,) in cursor.fetchall()}


def copied(cursor: Any, table: str) -> bytes:
    with cursor.connection.cursor().copy(f'COPY "{table}" TO STDOUT') as copy:
        return b"".join(bytes(piece) for piece in copy)


def our_files(folder: Path) -> dict[str, str | bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def mailed(each: Any) -> bytes:
    """A mail as it is sent but for whom it goes to, and its parts as they are read."""
    message = each.message()
    del message["To"]
    parts = [part.get_payload(decode=True) or b"" for part in message.walk()]
    return b"\n".join([message.as_bytes(), *parts])
