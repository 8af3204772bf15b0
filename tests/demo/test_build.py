from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from dsr import embedded
from dsr.demo.build import DemoServerError, build_shops, database_url
from dsr.demo.shops import NEWSLETTER_DATABASE, SHOPS
from tests.demo.conftest import PEOPLE, TODAY, DemoServer, number, rows

BASE = Path(__file__).resolve().parents[2]
TIMELUX = "timelux-boutique"


def test_build_when_everything_is_there_then_nothing_is_made(demo_server: DemoServer) -> None:
    names = [shop.database for shop in SHOPS] + [NEWSLETTER_DATABASE]

    said = demo_server.build()

    assert said == [f"{demo_server.prefix}{name}: is there" for name in names]


def test_build_when_interrupted_then_that_database_is_made_anew(demo_server: DemoServer) -> None:
    url = demo_server.shops[TIMELUX]
    before = number(url, "SELECT count(*) FROM reviews")
    with psycopg.connect(url) as connection:  # A killed build leaves a database without its marker.
        connection.execute("COMMENT ON SCHEMA public IS NULL")
        connection.execute("DELETE FROM reviews")
    assert before > 0
    idle = psycopg.connect(url)  # A worker that still has the shop open must not stand in the way.

    said = demo_server.build()

    idle.close()
    assert [line.endswith("is there") for line in said] == [False, True, True, True, True, True]
    assert number(url, "SELECT count(*) FROM reviews") == before


def test_build_when_people_changed_something_then_it_stays_on_another_day(demo_server: DemoServer) -> None:
    url = demo_server.shops["miniluxe"]
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE customer_entity SET firstname = 'Changed' WHERE entity_id = 5")

    build_shops(demo_server.admin_url, PEOPLE, TODAY.replace(day=24), lambda _: None, prefix=demo_server.prefix)

    assert rows(url, "SELECT firstname FROM customer_entity WHERE entity_id = 5") == [("Changed",)]


def test_build_when_role_is_superuser_then_refused_with_the_remedy() -> None:
    superuser = embedded.ensure_running(BASE).admin_url

    with pytest.raises(DemoServerError, match="DEMO_SHOPS_URL a role with CREATEDB that is no superuser"):
        build_shops(superuser, 0, TODAY, lambda _: None, prefix="never_made_")


def test_newsletter_when_a_shop_connects_then_it_sees_its_own_rows_only(demo_server: DemoServer) -> None:
    seen = {slug: rows(url, "SELECT DISTINCT shop FROM subscriber") for slug, url in demo_server.newsletters.items()}
    whole = database_url(demo_server.admin_url, demo_server.prefix + NEWSLETTER_DATABASE)

    assert seen == {slug: [(slug,)] for slug in demo_server.newsletters}
    assert number(whole, "SELECT count(*) FROM subscriber") == 0  # Whoever names no shop sees none.
