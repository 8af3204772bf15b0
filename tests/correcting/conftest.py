"""A small shop in which Ada's name, address and telephone stand in several places, some of them history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import RequestType
from dsr.models import CorrectionItem, Shop, Source, SubjectRequest
from dsr.records import Identity
from dsr.workflow import connections, correction_places, corrections, erasure_approval, intake
from dsr.workflow.actors import COMMAND, CUSTOMER, staff
from dsr.workflow.corrections import Asked
from tests.conftest import ADA, work_off
from tests.promising import promise

HERE = Path(__file__).parent
TABLES = ("customers", "addresses", "orders", "newsletter", "gifts")
KEEPING: dict[str, Any] = {
    "key": "purchases",
    "record_classes": ["order"],
    "keep": {"years": 7},
    "from_facts": ["ordered_on"],
    "then": "anonymise",
    "is_history": True,
    "basis": {"code": "CA-d8", "citation": "26 CFR 1.6001-1"},
    "is_published": True,
}
GOING: dict[str, Any] = {
    "key": "rest",
    "record_classes": ["account", "address", "newsletter_subscription", "gift_recipient"],
    "then": "delete",
}
Kind = CorrectionItem.Kind


@pytest.fixture
def url(erasing_database: str) -> str:
    """The shop's database, as on its first day."""
    make(erasing_database)
    return erasing_database


def make(url: str) -> None:
    """The shop as on its first day, in the place of whatever is there."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute((HERE / "schema.sql").read_text())


@pytest.fixture
def connected(shop: Shop, url: str, now: datetime) -> Source:
    """The shop's database, connected for reading and writing; what belongs to a purchase is history."""
    return connect(shop, url, now)


def connect(
    shop: Shop,
    url: str,
    now: datetime,
    *,
    described: Mapping[str, str] | None = None,
    overlaid: Mapping[str, str] | None = None,
    **profile: Any,
) -> Source:
    """Connect it under the name *shop*. ``described``: what stands otherwise in its dataset; ``overlaid``: in its overlay."""
    dataset, overlay = HERE / "shop.yaml", HERE / "shop.dsr.yaml"
    source, _ = connections.add_source(
        shop,
        name="shop",
        url=url,
        write_url=url,
        dataset_text=_otherwise(dataset.read_text(), described or {}),
        dataset_name=dataset.name,
        overlay_text=_otherwise(overlay.read_text(), overlaid or {}),
        overlay_name=overlay.name,
        actor=COMMAND,
        now=now,
    )
    promise(shop, now, **({"retention": [KEEPING, GOING]} | profile))
    return source


def _otherwise(text: str, said: Mapping[str, str]) -> str:
    for before, after in said.items():
        assert before in text
        text = text.replace(before, after)
    return text


def wish(
    shop: Shop, owner: User | None, now: datetime, *asked: Asked, who: Identity = ADA, also: Sequence[Identity] = ()
) -> SubjectRequest:
    """Somebody's wish to have something corrected, in review; proved to ``owner``, or by the mailbox where there is none."""
    made = intake.open_request(
        shop=shop,
        request_type=RequestType.CORRECTION,
        identities=(who, *also),
        channel=SubjectRequest.Channel.PHONE if owner else SubjectRequest.Channel.PORTAL,
        proved_to=staff(owner) if owner else None,
        wishes=asked,
        actor=CUSTOMER,
        now=now,
    )
    work_off(made)
    return made


def accept(
    wanted: SubjectRequest, owner: User, now: datetime, number: int, collection: str, to: Mapping[str, str], **more: Any
) -> None:
    """Accept wish ``number`` in the first record of a collection that holds something of its kind."""
    item = corrections.items(wanted)[number - 1]
    found = correction_places.candidates(wanted, item.row, item.says)
    place = next(each for each in found if each.collection == collection)
    changes = {(place.source.pk, place.collection, place.digest): to}
    corrections.accept(wanted, item.row, changes, actor=staff(owner), now=now, **more)


def carry_out(wanted: SubjectRequest, owner: User, now: datetime) -> SubjectRequest:
    """Freeze, approve and run."""
    plan = erasure_approval.freeze(wanted, actor=staff(owner), now=now)
    erasure_approval.approve(
        wanted, fingerprint=plan.fingerprint, typed_reference=wanted.reference, actor=staff(owner), now=now
    )
    work_off(wanted)
    return wanted


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that stands in the shop's database."""
    with psycopg.connect(url) as connection:
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in TABLES}
