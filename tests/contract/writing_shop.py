"""The shop that changes are tried on, written once for every database: odd names, keys and types, and four people.

Ada asks. Bela, Cleo and ``ADA@example.com.evil.example`` are the neighbours: their rows stand in ``NEIGHBOURS`` and are
filled in first, so that what the database holds without Ada can be compared byte by byte with what is left of her.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    UUID,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

HERE = Path(__file__).parent
WIDE = [f"c{number}" for number in range(1, 151)]

metadata = MetaData()
anycase = (
    String(200)
    .with_variant(postgresql.VARCHAR(200, collation="anycase"), "postgresql")
    .with_variant(sqlite.VARCHAR(200, collation="NOCASE"), "sqlite")
    .with_variant(mysql.VARCHAR(200, collation="utf8mb4_general_ci"), "mysql", "mariadb")
)
exactcase = (
    String(200)
    .with_variant(postgresql.VARCHAR(200, collation="C"), "postgresql")
    .with_variant(mysql.VARCHAR(200, collation="utf8mb4_bin"), "mysql", "mariadb")
)
document = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
words = JSON(none_as_null=True).with_variant(postgresql.ARRAY(Text), "postgresql")
key = Uuid().with_variant(UUID(), "mysql", "mariadb")
moment = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")

user = Table(
    "user",
    metadata,
    Column("id", key, primary_key=True),
    Column("email", anycase),
    Column("status", Enum("new", "good", "it's", name="status")),
    Column("balance", Numeric(30, 10)),
    Column("rating", Float),
    Column("points", BigInteger),
    Column("is_member", Boolean),
    Column("born_on", Date),
    Column("joined_at", moment),
    Column("avatar", LargeBinary),
    Column("profile", document),
    Column("notes", Text),
    Column("sizes", words),
    Column("password", String(100)),
    Column("referred_by", ForeignKey("user.id")),
)
order = Table(
    "order",
    metadata,
    Column("group", String(20), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("user_id", ForeignKey("user.id")),
    Column("select", exactcase),
    Column("total", Numeric(12, 2)),
)
line = Table(
    "order line",
    metadata,
    Column("group", String(20), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column('the "engraved" text', Text),
    Column("größe", String(20)),
    Column("it's a gift", Boolean),
    ForeignKeyConstraint(["group", "number"], ["order.group", "order.number"]),
)
subscriber = Table("subscriber", metadata, Column("email", exactcase, primary_key=True), Column("name", String(50)))
visit = Table("visit", metadata, Column("user_id", key), Column("page", anycase), Column("seconds", Float))
tag = Table("tag", metadata, Column("id", Integer, primary_key=True), Column("word", String(50)))
user_tag = Table(
    "user_tag",
    metadata,
    Column("user_id", ForeignKey("user.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)
note = Table(
    "note",
    metadata,
    Column("code", String(20), primary_key=True),
    Column("user_id", ForeignKey("user.id")),
    Column("answers", ForeignKey("crm.note.code", ondelete="CASCADE")),
    Column("text", Text),
    schema="crm",
)
wide = Table(
    "wide",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("user_id", key),
    *(Column(c, Text) for c in WIDE),
)

ADA, BELA, CLEO, EVIL = (uuid.UUID(int=number << 64 | 0xADA) for number in (1, 2, 3, 4))
SIZES = ["S", 'X "L"', "\\", None]
PROFILE = {
    "name": "Ada Ö",
    "address": {"city": "Reno", "zip": "01234"},
    "phones": [{"kind": "home", "number": "1"}, {"kind": "work", "number": "2"}],
    "big": 12345678901234567,
}


def _user(key: uuid.UUID, email: str, referred_by: uuid.UUID | None = None) -> dict[str, Any]:
    return {
        "id": key,
        "email": email,
        "status": "it's",
        "balance": Decimal("12345678901234567890.0123456789") if key == ADA else Decimal("1.5"),
        "rating": 0.1,
        "points": 2**53 + 1,
        "is_member": True,
        "born_on": date(1990, 2, 28),
        "joined_at": datetime(2024, 1, 2, 3, 4, 5, 678901, UTC),
        "avatar": b"\x00\xff'\"\\",
        "profile": PROFILE,
        "notes": None,
        "sizes": SIZES,
        "password": "hash-of-" + email,
        "referred_by": referred_by,
    }


Rows = list[tuple[Table, list[dict[str, Any]]]]

NEIGHBOURS: Rows = [
    (tag, [{"id": 1, "word": "gold"}, {"id": 2, "word": "silver"}]),
    (
        user,
        [
            _user(BELA, "bela@example.org"),
            _user(CLEO, "not-ada@example.com", BELA),
            _user(EVIL, "ADA@example.com.evil.example"),
        ],
    ),
    (
        order,
        [
            {"group": "a", "number": 2, "user_id": BELA, "select": "ADA", "total": Decimal("7.00")},
            {"group": "b", "number": 1, "user_id": CLEO, "select": "ada", "total": Decimal("8.00")},
        ],
    ),
    (
        line,
        [
            {
                "group": group,
                "number": number,
                "position": 1,
                'the "engraved" text': "x",
                "größe": "5",
                "it's a gift": False,
            }
            for group, number in (("a", 2), ("b", 1))
        ],
    ),
    (subscriber, [{"email": "bela@example.org", "name": "Bela"}, {"email": "adA@example.community", "name": "no"}]),
    (
        visit,
        [
            {"user_id": BELA, "page": "/rings", "seconds": 0.1},
            {"user_id": BELA, "page": "/rings", "seconds": 0.1},
            {"user_id": None, "page": "/rings", "seconds": None},
        ],
    ),
    (user_tag, [{"user_id": BELA, "tag_id": 1}, {"user_id": CLEO, "tag_id": 2}]),
    (note, [{"code": "N-2", "user_id": BELA, "answers": None, "text": "from Bela"}]),
    (wide, [{"id": 2**60, "user_id": BELA, **dict.fromkeys(WIDE, "b")}]),
]
ADAS: Rows = [
    (user, [_user(ADA, "Ada@Example.COM", BELA)]),
    (
        order,
        [
            {"group": "a", "number": 1, "user_id": ADA, "select": "Ada", "total": Decimal("12.30")},
            {"group": "b", "number": 2, "user_id": ADA, "select": None, "total": Decimal("0.00")},
        ],
    ),
    (
        line,
        [
            {
                "group": "a",
                "number": 1,
                "position": 1,
                'the "engraved" text': "for A'da",
                "größe": "7",
                "it's a gift": True,
            },
            {"group": "a", "number": 1, "position": 2, 'the "engraved" text': None, "größe": "ø", "it's a gift": None},
        ],
    ),
    (subscriber, [{"email": "aDa@example.com", "name": "Ada"}]),
    (
        visit,
        [
            {"user_id": ADA, "page": "/rings", "seconds": 0.1},
            {"user_id": ADA, "page": "/rings", "seconds": 0.1},
            {"user_id": ADA, "page": "/Rings", "seconds": 0.1},
            {"user_id": ADA, "page": None, "seconds": None},
        ],
    ),
    (user_tag, [{"user_id": ADA, "tag_id": 1}, {"user_id": ADA, "tag_id": 2}]),
    (
        note,
        [
            {"code": "N-1", "user_id": ADA, "answers": None, "text": "first"},
            {"code": "n-3", "user_id": ADA, "answers": "N-1", "text": "answer to myself"},
            {"code": "N-4", "user_id": ADA, "answers": "n-3", "text": None},
        ],
    ),
    (wide, [{"id": 2**60 + 1, "user_id": ADA, **{name: f"{name} of Ada" for name in WIDE}}]),
]
ADA_AS_USER: dict[str, dict[str, Any]] = {
    "id": {"": str(ADA), "sqlite": ADA.hex},
    "email": {"": "Ada@Example.COM"},
    "status": {"": "it's"},
    "balance": {"": "12345678901234567890.0123456789", "sqlite": 12345678901234567890.0123456789},
    "rating": {"": 0.1},
    "points": {"": str(2**53 + 1)},
    "is_member": {"": True, "sqlite": 1, "mysql": 1},
    "born_on": {"": "1990-02-28"},
    "joined_at": {
        "": "2024-01-02T03:04:05.678901+00:00",
        "sqlite": "2024-01-02 03:04:05.678901",
        "mysql": "2024-01-02T03:04:05.678901",
    },
    "avatar": {"": "AP8nIlw="},
    "profile": {
        "": {**PROFILE, "big": "12345678901234567"},
        "sqlite": json.dumps(PROFILE),
        "mysql": json.dumps(PROFILE),
    },
    "notes": {"": None},
    "sizes": {"": SIZES, "sqlite": json.dumps(SIZES), "mysql": json.dumps(SIZES)},
    "password": {"": None},
    "referred_by": {"": str(BELA), "sqlite": BELA.hex},
}
"""What a gather says of Ada, in portable values; by dialect where databases differ, under "" everywhere else."""

ADAS_LINES: list[dict[str, dict[str, Any]]] = [
    {
        "group": {"": "a"},
        "number": {"": 1},
        "position": {"": 1},
        'the "engraved" text': {"": "for A'da"},
        "größe": {"": "7"},
        "it's a gift": {"": True, "sqlite": 1, "mysql": 1},
    },
    {
        "group": {"": "a"},
        "number": {"": 1},
        "position": {"": 2},
        'the "engraved" text': {"": None},
        "größe": {"": "ø"},
        "it's a gift": {"": None},
    },
]

CORRECTED: dict[str, dict[str, Any]] = {
    "email": {"": "ada@new.example"},
    "status": {"": "good"},
    "balance": {"": "-0.0000000001", "sqlite": -1e-10},
    "rating": {"": 2.5},
    "points": {"": str(-(2**62))},
    "is_member": {"": False, "sqlite": 0, "mysql": 0},
    "born_on": {"": "1899-12-31"},
    "joined_at": {
        "": "2025-07-01T12:00:00.000001+00:00",
        "sqlite": "2025-07-01 12:00:00.000001",
        "mysql": "2025-07-01T12:00:00.000001",
    },
    "avatar": {"": "AAEC/w=="},
    "profile": {
        "": {"name": "Ada'", "list": [1, None, {"a": "b"}]},
        "sqlite": '{"name": "Ada"}',
        "mysql": '{"name": "Ada"}',
    },
    "notes": {"": "line one\nline two ☃ ' \" \\"},
    "sizes": {"": ["a,b", "", None, "{}"], "sqlite": '["a,b", "", null]', "mysql": '["a,b", "", null]'},
    "referred_by": {"": None},
}

COUNTS = {"user": 1, "order": 2, "order line": 2, "subscriber": 1, "visit": 4, "user_tag": 2, "tag": 2, "crm.note": 3}
COUNTS["wide"] = 1
LOOKUPS = {"tag"}


def dataset_text() -> str:
    """The dataset beside this file with the 150 columns."""
    text = (HERE / "writing_shop.yaml").read_text(encoding="utf-8")
    return text + "".join(f"          - {{name: {name}, data_categories: [user.content]}}\n" for name in WIDE)
