"""Cali Jewelz keeps past purchases and takes them out of use: who was erased there is in no list and in no daily work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.demo.registration import register
from dsr.lifecycle import State
from dsr.models import KeptRecord, SubjectRequest
from dsr.workflow import finishing
from dsr.workflow.actors import COMMAND
from tests.demo.conftest import DemoServer, rows
from tests.demo.test_erasures import Copies, carried_out, copies, everything, opened  # noqa: F401  (a fixture)
from tests.demo.test_people import SHOP_BY_SLUG, person_of

PURCHASES = ("Orders", "OrderLines", "Payments", "Returns")
MARKETING = ("Customers", "SmsSubscribers", "CatalogMailings", "MarketingData", "Profiles")
WITH_OPEN_RETURN = """
SELECT lower(o."Email"), r."ReturnId" FROM "Returns" r JOIN "Orders" o USING ("OrderId")
WHERE r."ClosedAt" IS NULL AND o."CustomerId" IS NOT NULL ORDER BY 1 LIMIT 1
"""
NO_TRACE = ("Email", "Phone", "IpAddress", "Note")

pytestmark = pytest.mark.django_db


@pytest.fixture
def urls(demo_server: DemoServer, copies: Copies) -> dict[str, str]:  # noqa: F811
    return {
        "shop": copies[demo_server.shops["cali-jewelz"]],
        "newsletter": copies[demo_server.newsletters["cali-jewelz"]],
    }


def erased(urls: dict[str, str], email: str, owner: User, now: datetime) -> SubjectRequest:
    """Somebody's erasure by the shop's own policy, carried out."""
    demo = SHOP_BY_SLUG["cali-jewelz"]
    shop = register(demo, shop_url=urls["shop"], newsletter_url=urls["newsletter"], actor=COMMAND, now=now)
    asked = opened(shop, replace(person_of("priya"), email=email), owner, now)
    carried_out(asked, owner)
    assert asked.state == State.FULFILLED
    return asked


def in_use(url: str) -> dict[str, int]:
    """How many rows of past purchases are in the shop's daily work, by table."""
    return {name: len(rows(url, f'SELECT 1 FROM "{name}" WHERE "IsActive"')) for name in PURCHASES}


def test_person_when_erased_then_past_purchases_are_out_of_use_without_contact_and_every_list_is_without_her(
    urls: dict[str, str], owner: User, now: datetime
) -> None:
    email = person_of("priya").email
    lists = {name: len(rows(urls["shop"], f'SELECT 1 FROM "{name}"')) for name in MARKETING}
    before, texts = in_use(urls["shop"]), "\n".join(everything(urls["shop"]).values()).lower()
    assert email in texts
    assert "priya" in "\n".join(everything(urls["newsletter"]).values()).lower()

    asked = erased(urls, email, owner, now)

    kept = KeptRecord.objects.filter(subject_request=asked)
    counted = {name: kept.filter(collection=name).count() for name in PURCHASES}
    assert set(kept.exclude(rule="shared-record").values_list("action", flat=True)) == {"deactivate"}
    assert min(counted["Orders"], counted["OrderLines"], counted["Payments"]) > 0
    assert {name: before[name] - count for name, count in in_use(urls["shop"]).items()} == counted
    assert {name: lists[name] - len(rows(urls["shop"], f'SELECT 1 FROM "{name}"')) for name in MARKETING} == {
        "Customers": 0, "SmsSubscribers": 1, "CatalogMailings": 1, "MarketingData": 3, "Profiles": 1,
    }  # fmt: skip
    # A friend whom she told of the shop is still there, and so is the shell of her account: it takes no marketing.
    shell = 'SELECT "Email", "WantsEmails", "WantsMailings", "WantsCalls" FROM "Customers" WHERE "FirstName" = %(gone)s'
    assert rows(urls["shop"], shell, gone="[erased]") == [("[erased]", False, False, False)]
    for name in ("shop", "newsletter"):
        assert "priya.raghunathan" not in "\n".join(everything(urls[name]).values()).lower()
    reach = 'SELECT "Email", "Phone", "IpAddress"::text, "Note", "Total", "ShipName" FROM "Orders" WHERE NOT "IsActive"'
    for mail, phone, address, note, total, name in rows(urls["shop"], reach):
        assert ("@" in str(mail), phone, note) == (False, None, None)
        assert address != ""
        assert (bool(total), name) == (True, "Priya Raghunathan")


def test_person_when_something_is_on_its_way_back_then_is_deactivated_once_that_is_settled_and_forgotten_at_the_end(
    urls: dict[str, str], owner: User, now: datetime
) -> None:
    [(email, number)] = rows(urls["shop"], WITH_OPEN_RETURN)
    wants = 'SELECT "WantsEmails" OR "WantsMailings" OR "WantsCalls" FROM "Customers" WHERE lower("Email") = %(email)s'
    before = in_use(urls["shop"])

    asked = erased(urls, str(email), owner, now)

    waiting = KeptRecord.objects.waiting().filter(subject_request=asked)
    waiting = waiting.exclude(rule="shared-record")
    assert set(waiting.values_list("event", flat=True)) == {"closed:open_return"}
    assert in_use(urls["shop"]) == before
    assert rows(urls["shop"], wants, email=email) == [(True,)]

    with psycopg.connect(urls["shop"]) as connection:
        connection.execute('UPDATE "Returns" SET "ClosedAt" = now() WHERE "ReturnId" = %s', [number])
    settled = finishing.finish(asked.shop, now=datetime.now(UTC) + timedelta(days=1), execute=True)

    assert settled.refused == {}
    assert in_use(urls["shop"]) != before
    assert str(email) not in "\n".join(everything(urls["shop"]).values()).lower()
    assert set(waiting.values_list("action", "rule")) == {("deactivate", "past_purchases")}
    assert {name: before[name] - count for name, count in in_use(urls["shop"]).items()} == {
        name: waiting.filter(collection=name).count() for name in PURCHASES
    }

    names = 'SELECT DISTINCT "ShipName", "ShipStreet" FROM "Orders" WHERE NOT "IsActive"'
    assert "[erased]" not in {name for name, _ in rows(urls["shop"], names)}

    ended = finishing.finish(asked.shop, now=datetime.now(UTC) + timedelta(days=8 * 366), execute=True)

    assert (ended.refused, waiting.count()) == ({}, 0)
    assert ended.total > 0
    assert rows(urls["shop"], names) == [("[erased]", "[erased]")]
