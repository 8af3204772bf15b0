"""A small shop that may be changed: the same tables and people as everywhere, made anew for every test."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import RequestType
from dsr.models import Shop, Source, SubjectRequest
from dsr.records import Identity
from dsr.workflow import connections, erasure_approval, intake
from dsr.workflow.actors import COMMAND, staff
from tests.conftest import ADA, work_off
from tests.erasing.processes import starter  # noqa: F401  (a fixture of these tests)
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

SMALL_SHOP = Path(__file__).parent.parent / "small_shop"
TABLES = ("customers", "orders", "order_lines", "gifts", "newsletter")
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def url(erasing_database: str) -> str:
    """The shop's database, as on its first day."""
    with psycopg.connect(erasing_database) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute((SMALL_SHOP / "schema.sql").read_text())
    return erasing_database


@pytest.fixture
def connected(shop: Shop, url: str, now: datetime) -> Source:
    """The shop's database, connected for reading and writing, under a policy that keeps purchases."""
    return connect_for_writing(shop, url, now)


@pytest.fixture
def wanted(connected: Source, owner: User, now: datetime) -> SubjectRequest:
    """Ada's wish to have her data deleted, in review."""
    return wish(connected.shop, owner, now)


def connect_for_writing(shop: Shop, url: str, now: datetime, **texts: str) -> Source:
    """Connect the small shop by an address that may write, and let the shop promise what these tests are about."""
    dataset, overlay = SMALL_SHOP / "shop.yaml", SMALL_SHOP / "shop.dsr.yaml"
    source, _ = connections.add_source(
        shop,
        name="shop",
        url=url,
        write_url=texts.get("write_url", url),
        dataset_text=texts.get("dataset_text", dataset.read_text()),
        dataset_name=dataset.name,
        overlay_text=texts.get("overlay_text", overlay.read_text()),
        overlay_name=overlay.name,
        actor=COMMAND,
        now=now,
    )
    promise(shop, now, retention=[KEEPING, GOING])
    return source


def wish(shop: Shop, owner: User, now: datetime, who: Identity = ADA) -> SubjectRequest:
    """Somebody's wish to have their data deleted, in review."""
    asked = intake.open_request(
        shop=shop,
        request_type=RequestType.ERASURE,
        identities=(who,),
        channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner),
        now=now,
    )
    work_off(asked)
    return asked


def carry_out(wanted: SubjectRequest, owner: User, now: datetime) -> SubjectRequest:
    """Freeze, approve and run."""
    approve(wanted, owner, now)
    work_off(wanted)
    return wanted


def approve(wanted: SubjectRequest, owner: User, now: datetime) -> None:
    """Freeze what is there now, and approve it."""
    plan = erasure_approval.freeze(wanted, actor=staff(owner), now=now)
    erasure_approval.approve(
        wanted, fingerprint=plan.fingerprint, typed_reference=wanted.reference, actor=staff(owner), now=now
    )


def rows(url: str, tables: tuple[str, ...] = TABLES) -> Rows:
    """Everything that stands in the shop's database."""
    with psycopg.connect(url) as connection:
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in tables}


def change(url: str, *statements: str) -> None:
    """Do something in the shop's database, as its own people do."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)
