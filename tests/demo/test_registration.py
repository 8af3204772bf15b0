from __future__ import annotations

from datetime import datetime

import pytest

from dsr.demo.registration import register
from dsr.demo.shops import SHOPS
from dsr.models import AuditEntry, Shop
from dsr.workflow import connections
from dsr.workflow.actors import COMMAND
from dsr.workflow.shops import profile_of
from tests.demo.conftest import DemoServer


def register_all(server: DemoServer, now: datetime) -> None:
    for demo in SHOPS:
        urls = (server.shops[demo.slug], server.newsletters[demo.slug])
        register(demo, shop_url=urls[0], newsletter_url=urls[1], actor=COMMAND, now=now)


@pytest.mark.django_db(transaction=True)
def test_register_when_called_then_each_shop_has_its_policy_and_two_sources(
    demo_server: DemoServer, now: datetime
) -> None:
    register_all(demo_server, now)

    found = {shop.slug: [source.name for source in shop.sources.order_by("pk")] for shop in Shop.objects.all()}
    assert found == {demo.slug: ["shop", "newsletter"] for demo in SHOPS}
    assert [profile_of(Shop.objects.get(slug=demo.slug), now).name for demo in SHOPS] == [demo.name for demo in SHOPS]


@pytest.mark.django_db(transaction=True)
def test_register_when_called_again_then_nothing_changes(demo_server: DemoServer, now: datetime) -> None:
    register_all(demo_server, now)
    entries = AuditEntry.objects.count()

    register_all(demo_server, now)

    assert AuditEntry.objects.count() == entries > 0
    assert {source.versions.count() for shop in Shop.objects.all() for source in shop.sources.all()} == {1}


@pytest.mark.django_db(transaction=True)
def test_register_when_the_database_moved_then_the_source_follows(demo_server: DemoServer, now: datetime) -> None:
    demo, here = SHOPS[0], (demo_server.shops[SHOPS[0].slug], demo_server.newsletters[SHOPS[0].slug])
    register(demo, shop_url=here[0], newsletter_url=here[1], actor=COMMAND, now=now)
    elsewhere = here[0] + "?application_name=moved"

    shop = register(demo, shop_url=elsewhere, newsletter_url=here[1], actor=COMMAND, now=now)

    assert connections.url_of(shop.sources.get(name="shop")) == elsewhere
    assert connections.url_of(shop.sources.get(name="newsletter")) == here[1]
