from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from dsr.demo.named_lives import LIVES
from dsr.demo.people import PEOPLE, NamedPerson
from dsr.demo.shops import SHOPS, DemoShop
from dsr.demo.world import build_world
from dsr.records import Identity, IdentityKind, Person, Record
from dsr.sources.registry import open_source
from tests.demo.conftest import PEOPLE as PEOPLE_A_SHOP
from tests.demo.conftest import TODAY, DemoServer, rows
from tests.demo.plain_sql import PLAIN
from tests.demo.test_datasets import described

SHOP_BY_SLUG = {shop.slug: shop for shop in SHOPS}
every_person = pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.key)


def gather(server: DemoServer, person: NamedPerson) -> tuple[list[Record], list[Record]]:
    """What the app's own sources find: in the shop's database, and with its links in the newsletter service."""
    shop = SHOP_BY_SLUG[person.shop]
    own, newsletter = described(shop)
    subject = Person((Identity(IdentityKind.EMAIL, person.email),))
    with open_source("sql", "shop", server.shops[shop.slug], own, exposed=newsletter.needed_links) as source:
        located = source.locate(subject, {})
        found = list(source.gather(located))
    with open_source("sql", "newsletter", server.newsletters[shop.slug], newsletter) as source:
        return found, list(source.gather(source.locate(subject, located.links)))


def counted(records: list[Record]) -> dict[str, int]:
    names = [record.key.collection for record in records]
    return {name: names.count(name) for name in dict.fromkeys(names)}


def counted_plainly(connection: psycopg.Connection, place: str, email: str) -> dict[str, int]:
    """What the statements written by hand count, without the collections where that is nothing."""
    columns = ", ".join(f"({statement})" for statement in PLAIN[place].values())
    row = connection.execute(f"SELECT {columns}".encode(), {"email": email}).fetchone()
    assert row is not None
    return {name: rows for name, rows in zip(PLAIN[place], row, strict=True) if rows}


def person_of(key: str) -> NamedPerson:
    return next(person for person in PEOPLE if person.key == key)


@every_person
def test_named_person_when_counted_in_plain_sql_then_the_story_is_true(
    person: NamedPerson, demo_server: DemoServer
) -> None:
    with psycopg.connect(demo_server.shops[person.shop]) as connection:
        assert counted_plainly(connection, person.shop, person.email) == dict(person.counts)
    if person.key != "tomas":  # His mailbox there is another one: only his customer number leads to it.
        with psycopg.connect(demo_server.newsletters[person.shop]) as connection:
            assert counted_plainly(connection, "newsletter", person.email) == dict(person.newsletter)


@every_person
def test_named_person_when_gathered_then_the_copy_holds_exactly_the_rows_of_the_story(
    person: NamedPerson, demo_server: DemoServer
) -> None:
    found, sent = gather(demo_server, person)

    assert counted(found) == dict(person.counts)
    assert counted(sent) == dict(person.newsletter)


def test_tomas_when_gathered_then_the_newsletter_is_found_by_customer_number(demo_server: DemoServer) -> None:
    _, sent = gather(demo_server, person_of("tomas"))

    [subscriber] = [record for record in sent if record.key.collection == "subscriber"]
    assert subscriber.values["email"] == "trivera@old.example"


def test_ada_when_gathered_then_the_call_nobody_tied_to_her_is_found_by_its_number(demo_server: DemoServer) -> None:
    found, _ = gather(demo_server, person_of("ada"))

    calls = [record.values for record in found if record.key.collection == "phone_calls"]
    assert sorted(call["customer_id"] is None for call in calls) == [False, True]


def test_mei_when_gathered_then_nothing_of_the_buyer_is_found(demo_server: DemoServer) -> None:
    found, _ = gather(demo_server, person_of("mei"))

    [gift] = found
    assert gift.values["recipient_name"] == "Mei Tanaka"
    assert "Lindqvist" not in str(dict(gift.values))


def test_rosa_when_gathered_then_she_shares_only_the_address_with_emil(demo_server: DemoServer) -> None:
    hers, _ = gather(demo_server, person_of("rosa"))
    his, _ = gather(demo_server, person_of("emil"))

    shared = {record.key.digest for record in hers} & {record.key.digest for record in his}
    collections = {record.key.collection for record in hers if record.key.digest in shared}
    assert collections <= {"crm.postal_address", "sales.product"}
    assert "crm.postal_address" in collections
    assert "Emil" not in str([dict(record.values) for record in hers])


def test_walter_when_gathered_then_the_card_number_of_the_shop_is_not_in_his_copy(demo_server: DemoServer) -> None:
    url, card = demo_server.shops["world-jewels"], "4111111111111111"
    statement = "SELECT p.card_no FROM wj_pay p JOIN wj_ord o USING (ord_no) WHERE o.email = %(email)s"
    assert rows(url, statement, email="walter.finch@example.com") == [(card,)]

    found, _ = gather(demo_server, person_of("walter"))

    [payment] = [record for record in found if record.key.collection == "wj_pay"]
    assert (payment.values["card_no"], payment.held) == (None, ("card_no",))
    assert card not in str([dict(record.values) for record in found])


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)
def test_anybody_when_gathered_then_it_is_what_plain_sql_counts(shop: DemoShop, demo_server: DemoServer) -> None:
    """Every fifth person of the shop: members, guests, recipients, friends, old and new addresses."""
    world = build_world(shop.slug, shop.prefix, PEOPLE_A_SHOP, TODAY, LIVES[shop.slug], keeps_events=shop.keeps_events)
    emails = [account.email for account in world.accounts] + [order.email for order in world.orders]
    emails += [account.former_email for account in world.accounts if account.former_email]
    emails += [gift.email for gift in world.gifts if gift.email] + [friend.friend_email for friend in world.referrals]
    asked = sorted({email.lower() for email in emails})[::5]
    url, own = demo_server.shops[shop.slug], described(shop)[0]

    with psycopg.connect(url) as connection, open_source("sql", "shop", url, own) as source:
        for email in asked:
            found = source.gather(source.locate(Person((Identity(IdentityKind.EMAIL, email),)), {}))
            assert counted(list(found)) == counted_plainly(connection, shop.slug, email), email
    assert len(asked) > 25


def test_people_when_listed_then_every_story_fits_a_line() -> None:
    assert [person.key for person in PEOPLE if len(person.story) > 80 or "\n" in person.story] == []


def test_docs_when_read_then_they_tell_every_person_as_the_code_does() -> None:
    text = " ".join((Path(__file__).parents[2] / "docs" / "demo_people.md").read_text().split())
    names = {shop.slug: shop.name for shop in SHOPS}

    for person in PEOPLE:
        assert f"| {person.name} | {names[person.shop]} | `{person.email}` | {person.total:,} |" in text
        assert person.detail in text
        assert all(f"{name} {rows:,}" in text for name, rows in {**person.counts, **person.newsletter}.items())
