"""A shop that this project did not write: what is gathered, beside plain SQL, table by table and row by row."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from dsr.records import Identity, IdentityKind, Person, Record, normalise_email, portable
from dsr.sources import registry
from dsr.sources.registry import Description
from tests.oscar_shop.names import ADA_EMAIL, BELA_EMAIL, STRANGERS

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"

USERS = "SELECT id FROM auth_user WHERE lower(email) = %(email)s"
ORDERS = f"SELECT id FROM order_order WHERE user_id IN ({USERS}) OR lower(guest_email) = %(email)s"
LINES = f"SELECT id FROM order_line WHERE order_id IN ({ORDERS})"
BASKETS = f"""SELECT id FROM basket_basket WHERE owner_id IN ({USERS})
              UNION SELECT basket_id FROM order_order WHERE id IN ({ORDERS})"""
BASKET_LINES = f"SELECT id FROM basket_line WHERE basket_id IN ({BASKETS})"
WISHES = f"SELECT id FROM wishlists_wishlist WHERE owner_id IN ({USERS})"
PARTNERS = f"SELECT partner_id FROM partner_partner_users WHERE user_id IN ({USERS})"
BY_USER = f"user_id IN ({USERS})"
BY_USER_OR_EMAIL = f"user_id IN ({USERS}) OR lower(email) = %(email)s"
BY_ORDER = f"order_id IN ({ORDERS})"
BY_LINE = f"line_id IN ({LINES})"
SUBSCRIPTIONS = f"SELECT id FROM newsletter_subscription WHERE {BY_USER_OR_EMAIL}"

PERSONAL = {
    "auth_user": f"id IN ({USERS})",
    "auth_user_groups": BY_USER,
    "auth_user_user_permissions": BY_USER,
    "address_useraddress": BY_USER,
    "order_order": f"id IN ({ORDERS})",
    "order_line": BY_ORDER,
    "order_lineattribute": BY_LINE,
    "order_lineprice": BY_LINE,
    "order_surcharge": BY_ORDER,
    "order_orderdiscount": BY_ORDER,
    "order_orderlinediscount": BY_LINE,
    "order_ordernote": BY_ORDER,
    "order_orderstatuschange": BY_ORDER,
    "order_communicationevent": BY_ORDER,
    "order_paymentevent": BY_ORDER,
    "order_paymenteventquantity": BY_LINE,
    "order_shippingevent": BY_ORDER,
    "order_shippingeventquantity": BY_LINE,
    "order_shippingaddress": f"id IN (SELECT shipping_address_id FROM order_order WHERE id IN ({ORDERS}))",
    "order_billingaddress": f"id IN (SELECT billing_address_id FROM order_order WHERE id IN ({ORDERS}))",
    "payment_source": BY_ORDER,
    "payment_transaction": f"source_id IN (SELECT id FROM payment_source WHERE {BY_ORDER})",
    "payment_bankcard": BY_USER,
    "basket_basket": f"id IN ({BASKETS})",
    "basket_line": f"id IN ({BASKET_LINES})",
    "basket_lineattribute": f"line_id IN ({BASKET_LINES})",
    "basket_basket_vouchers": f"basket_id IN ({BASKETS})",
    "wishlists_wishlist": f"id IN ({WISHES})",
    "wishlists_line": f"wishlist_id IN ({WISHES})",
    "wishlists_wishlistsharedemail": f"wishlist_id IN ({WISHES}) OR lower(email) = %(email)s",
    "reviews_productreview": BY_USER_OR_EMAIL,
    "reviews_vote": BY_USER,
    "communication_email": BY_USER_OR_EMAIL,
    "communication_notification": f"recipient_id IN ({USERS})",
    "customer_productalert": BY_USER_OR_EMAIL,
    "voucher_voucherapplication": BY_USER,
    "analytics_userrecord": BY_USER,
    "analytics_userproductview": BY_USER,
    "analytics_usersearch": BY_USER,
    "partner_partner_users": BY_USER,
    "partner_partner": f"id IN ({PARTNERS})",
    "partner_partneraddress": f"partner_id IN ({PARTNERS})",
    "offer_rangeproductfileupload": f"uploaded_by_id IN ({USERS})",
}
"""Every table of section 8.1 that holds people, and which of its rows are a person's, in the shop's own terms."""

LOOKUPS = {
    "auth_group": f"id IN (SELECT group_id FROM auth_user_groups WHERE {BY_USER})",
    "address_country": "true",
    "order_paymenteventtype": "true",
    "order_shippingeventtype": "true",
    "payment_sourcetype": "true",
    "voucher_voucher": "true",
    "catalogue_product": "true",
}
"""What explains the person's rows."""

NEWSLETTER = {
    "newsletter_subscription": BY_USER_OR_EMAIL,
    "newsletter_submission_subscriptions": f"subscription_id IN ({SUBSCRIPTIONS})",
}
NEWSLETTER_LOOKUPS = {"newsletter_submission": "true", "newsletter_message": "true", "newsletter_newsletter": "true"}

HELD = {
    "auth_user": {"password"},
    "payment_bankcard": {"number", "partner_reference"},
    "customer_productalert": {"key"},
    "newsletter_subscription": {"activation_code"},
}
"""What may be in no output."""


def example(name: str, *others: str) -> Description:
    """An example dataset with its overlay."""
    return registry.load(
        (EXAMPLES / f"{name}.yaml").read_text(),
        (EXAMPLES / f"{name}.dsr.yaml").read_text(),
        dataset_file=f"{name}.yaml",
        others=tuple((EXAMPLES / f"{other}.yaml").read_text() for other in others),
    )


@pytest.fixture(scope="module")
def oscar() -> Description:
    return example("oscar")


@pytest.fixture(scope="module")
def newsletter() -> Description:
    return example("django_newsletter", "oscar")


def person(email: str) -> Person:
    return Person((Identity(IdentityKind.EMAIL, normalise_email(email)),))


def gathered(url: str, oscar: Description, newsletter: Description, email: str) -> dict[str, list[Record]]:
    """Both sources, the newsletter with what the shop found."""
    found: dict[str, list[Record]] = {}
    with registry.open_source("sql", "oscar", url, oscar, exposed=newsletter.needed_links) as shop:
        located = shop.locate(person(email), {})
        for record in shop.gather(located):
            found.setdefault(record.key.collection, []).append(record)
    with registry.open_source("sql", "newsletter", url, newsletter) as letters:
        for record in letters.gather(letters.locate(person(email), located.links)):
            found.setdefault(record.key.collection, []).append(record)
    return found


def key_of(table: str) -> str:
    return "iso_3166_1_a2" if table == "address_country" else "id"


def selected(url: str, table: str, condition: str, email: str) -> list[dict[str, object]]:
    """The same rows by plain SQL and the driver's own types."""
    with psycopg.connect(url, row_factory=dict_row, options="-c timezone=UTC") as connection:
        query = f"SELECT * FROM {table} WHERE {condition} ORDER BY {key_of(table)}"
        rows = connection.execute(query, {"email": email}).fetchall()
    return [{name: portable(value) for name, value in row.items()} for row in rows]


EVERY = {**PERSONAL, **NEWSLETTER, **LOOKUPS, **NEWSLETTER_LOOKUPS}


@pytest.mark.parametrize("email", [ADA_EMAIL, BELA_EMAIL])
def test_everything_of_a_person_is_gathered_and_equals_plain_sql(
    oscar_url: str, oscar: Description, newsletter: Description, email: str
) -> None:
    found = gathered(oscar_url, oscar, newsletter, email)

    assert set(found) == set(EVERY)
    for table, condition in EVERY.items():
        expected = selected(oscar_url, table, f"({condition})", email.lower())
        for row in expected:
            row.update(dict.fromkeys(HELD.get(table, ())))
        rows = [dict(record.values) for record in found[table]]
        assert expected, table
        assert sorted(rows, key=lambda row: row[key_of(table)]) == expected, table


@pytest.mark.parametrize("table", [*PERSONAL, *NEWSLETTER])
def test_every_table_has_rows_of_ada_and_of_others(oscar_url: str, table: str) -> None:
    """What the test above compares is there: without a neighbour's row it could not tell a leak."""
    condition = EVERY[table]
    assert selected(oscar_url, table, f"({condition})", ADA_EMAIL.lower())
    assert selected(oscar_url, table, f"NOT coalesce(({condition}), false)", ADA_EMAIL.lower())


def test_neither_copy_holds_a_row_of_the_other(oscar_url: str, oscar: Description, newsletter: Description) -> None:
    keys = {
        email: {record.key.digest for rows in gathered(oscar_url, oscar, newsletter, email).values() for record in rows}
        for email in (ADA_EMAIL, BELA_EMAIL)
    }
    names = {
        (record.key.collection, record.values.get("line1"), record.values.get("name"))
        for rows in gathered(oscar_url, oscar, newsletter, ADA_EMAIL).values()
        for record in rows
        if record.key.digest in keys[BELA_EMAIL] and record.key.collection not in (*LOOKUPS, *NEWSLETTER_LOOKUPS)
    }
    # The one address row with two people's orders, and Bela's list that was shared with Ada.
    assert names == {
        ("order_shippingaddress", "1 Ada Street", None),
        ("wishlists_wishlistsharedemail", None, None),
    }


def test_an_address_of_two_orders_does_not_lead_to_the_other_order(
    oscar_url: str, oscar: Description, newsletter: Description
) -> None:
    shared = selected(
        oscar_url,
        "order_shippingaddress",
        "id IN (SELECT shipping_address_id FROM order_order GROUP BY 1 HAVING count(*) = 2)",
        "",
    )
    owners = selected(oscar_url, "order_order", f"shipping_address_id = {shared[0]['id']}", "")
    found = gathered(oscar_url, oscar, newsletter, ADA_EMAIL)

    assert len({order["user_id"] for order in owners}) == 2
    assert shared[0]["id"] in [record.values["id"] for record in found["order_shippingaddress"]]
    assert len({order["id"] for order in owners} & {record.values["id"] for record in found["order_order"]}) == 1


@pytest.mark.parametrize("email", STRANGERS)
def test_an_address_that_only_looks_like_adas_is_not_hers(
    oscar_url: str, oscar: Description, newsletter: Description, email: str
) -> None:
    theirs = gathered(oscar_url, oscar, newsletter, email)["reviews_productreview"]
    hers = gathered(oscar_url, oscar, newsletter, ADA_EMAIL)["reviews_productreview"]

    assert [record.values["email"] for record in theirs] == [email]
    assert email not in [record.values["email"] for record in hers]


def test_a_note_stays_with_its_order_and_not_with_its_writer(
    oscar_url: str, oscar: Description, newsletter: Description
) -> None:
    about_bela = selected(
        oscar_url, "order_ordernote", "message LIKE 'Bela says%%' OR message LIKE 'Written by Ada%%'", ""
    )
    written = gathered(oscar_url, oscar, newsletter, "cleo@shop.test")
    ada = gathered(oscar_url, oscar, newsletter, ADA_EMAIL)["order_ordernote"]

    assert len(about_bela) == 2
    assert {row["id"] for row in about_bela}.isdisjoint(record.values["id"] for record in ada)
    assert set(written) == {"auth_user"}


def test_secrets_are_named_and_never_shown(oscar_url: str, oscar: Description, newsletter: Description) -> None:
    stored = selected(oscar_url, "payment_bankcard", "true", "")
    found = gathered(oscar_url, oscar, newsletter, ADA_EMAIL)

    assert {str(row["number"])[-4:] for row in stored} == {"1111"}
    for table, columns in HELD.items():
        for record in found[table]:
            assert set(record.held) <= columns
            assert [record.values[column] for column in sorted(columns)] == [None] * len(columns)
    assert set(found["payment_bankcard"][0].held) == {"number", "partner_reference"}


def test_the_examples_agree_with_the_migrated_shop(oscar_url: str, oscar: Description, newsletter: Description) -> None:
    assert registry.survey("sql", "oscar", oscar_url, oscar).problems == ()
    assert registry.survey("sql", "newsletter", oscar_url, newsletter).problems == ()
