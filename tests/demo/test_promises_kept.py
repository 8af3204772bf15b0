"""Promises about the copy, kept with the data of the demo shops: what a named person must find in it, under which words."""

from __future__ import annotations

import pytest

from dsr.policy.loader import parse_profile
from dsr.policy.schema import Profile
from dsr.records import Identity, IdentityKind, Person, Record
from dsr.sources.registry import open_source
from tests.demo.conftest import DemoServer, rows
from tests.demo.test_datasets import described
from tests.demo.test_people import SHOP_BY_SLUG, gather, person_of


def profile_of(slug: str) -> Profile:
    shop = SHOP_BY_SLUG[slug]
    return parse_profile(shop.profile.read_text(), shop.profile.name)


def found_by(server: DemoServer, slug: str, kind: IdentityKind, value: str) -> list[Record]:
    """What the shop's own database gives for one identifier."""
    with open_source("sql", "shop", server.shops[slug], described(SHOP_BY_SLUG[slug])[0]) as source:
        return list(source.gather(source.locate(Person((Identity(kind, value),)), {})))


def of(records: list[Record], collection: str) -> list[Record]:
    return [record for record in records if record.key.collection == collection]


def headings(slug: str) -> dict[str, str]:
    """Each collection of the shop's database and the title of the category under which its records are shown."""
    own, theirs = described(SHOP_BY_SLUG[slug])[0], profile_of(slug)
    return {
        collection.name: theirs.category_of(
            own.overlay.of(collection.name).record_class,
            tuple(name for field in collection.fields for name in field.data_categories),
        ).title
        for dataset in own.datasets
        for collection in dataset.collections
    }


@pytest.mark.parametrize(
    ("slug", "collection", "email", "secret"),
    [
        ("timelux-boutique", "customers", "SELECT email, ssn FROM customers WHERE ssn IS NOT NULL", "ssn"),
        ("world-jewels", "wj_cust", "SELECT email, ssn FROM wj_cust WHERE ssn IS NOT NULL", "ssn"),
        ("timelux-boutique", "saved_cards",
         "SELECT c.email, s.token FROM saved_cards s JOIN customers c ON c.id = s.customer_id", "token"),
    ],
)  # fmt: skip
def test_secret_when_the_shop_holds_it_then_the_copy_says_so_and_does_not_have_it(
    demo_server: DemoServer, slug: str, collection: str, email: str, secret: str
) -> None:
    asked, value = rows(demo_server.shops[slug], email)[0]

    found = found_by(demo_server, slug, IdentityKind.EMAIL, str(asked))

    held = [record for record in of(found, collection) if secret in record.held]
    assert [record.values[secret] for record in held] == [None] * len(held)
    assert held
    assert str(value) not in str([dict(record.values) for record in found])


def test_copy_of_miniluxe_when_sorted_then_its_own_seven_categories_have_the_records() -> None:
    theirs = profile_of("miniluxe")
    seven = [each.title for each in theirs.categories[:7]]
    filled = set(headings("miniluxe").values())

    assert seven == [
        "Contact information", "Financial information", "Identifiers", "Geolocation data",
        "Internet and other electronic activity", "Commercial information", "Inferences",
    ]  # fmt: skip
    assert set(seven) - filled == {"Geolocation data"}
    assert headings("miniluxe")["customer_inference"] == "Inferences"


def test_nour_when_gathered_then_number_wording_trigger_and_reading_of_text_messages_are_there(
    demo_server: DemoServer,
) -> None:
    found, _ = gather(demo_server, person_of("nour"))

    [subscription], messages = of(found, "sms_subscriber"), of(found, "sms_message")
    columns = {name for record in (subscription, messages[0]) for name in record.values}
    assert {"phone", "opt_in_text", "trigger_name", "read_at"} <= columns
    assert subscription.values["phone"]
    assert subscription.values["opt_in_text"]
    assert any(message.values["trigger_name"] for message in messages)
    assert any(message.values["read_at"] for message in messages)
    assert headings("miniluxe")["sms_message"] == "Contact information"


def test_applicant_when_gathered_by_the_address_of_the_application_then_it_is_found(demo_server: DemoServer) -> None:
    email = rows(demo_server.shops["miniluxe"], "SELECT email FROM job_application LIMIT 1")[0][0]

    found = found_by(demo_server, "miniluxe", IdentityKind.EMAIL, str(email))

    assert [record.values["email"] for record in of(found, "job_application")] == [email]
    assert headings("miniluxe")["job_application"] == "Applications, surveys and other records"


def test_nour_when_gathered_then_each_order_says_how_it_was_paid_and_no_card_number(demo_server: DemoServer) -> None:
    found, _ = gather(demo_server, person_of("nour"))

    payments = of(found, "sales_order_payment")
    assert len(payments) == 2
    assert all(payment.values["method"] for payment in payments)
    assert all(len(str(payment.values["cc_last_4"] or "")) in (0, 4) for payment in payments)


def test_caller_when_searched_by_the_number_alone_then_the_call_that_nobody_tied_to_anyone_is_found(
    demo_server: DemoServer,
) -> None:
    typed = "(206) 555-0190"
    statement = 'SELECT "CallId" FROM "CallLog" WHERE "CustomerId" IS NULL AND "CallerNumber" = %(typed)s'
    calls = [number for (number,) in rows(demo_server.shops["cali-jewelz"], statement, typed=typed)]

    found = of(found_by(demo_server, "cali-jewelz", IdentityKind.PHONE, "+12065550190"), "CallLog")

    assert calls
    assert [call.values["CallId"] for call in found] == calls
    assert headings("cali-jewelz")["CallLog"] == "Conversations with customer service"


CALI = {
    "Returns": "Purchases, returns and exchanges",
    "StaffNotes": "Conversations with customer service",
    "CallLog": "Conversations with customer service",
    "SiteEvents": "Automatic information",
    "ContestEntries": "Surveys and contests",
    "MarketingData": "Profile and marketing data",
}


def test_priya_when_gathered_then_gender_occupation_and_conversations_are_there(demo_server: DemoServer) -> None:
    found, _ = gather(demo_server, person_of("priya"))

    [account] = of(found, "Customers")
    assert {"Gender", "Occupation"} <= set(account.values)
    assert all(note.values["Body"] for note in of(found, "StaffNotes"))
    assert len(of(found, "StaffNotes")) == 2
    assert all(bought.values["Vendor"] for bought in of(found, "MarketingData"))
    assert len(of(found, "MarketingData")) == 3
    assert {name: headings("cali-jewelz")[name] for name in CALI} == CALI


def test_somebody_when_something_was_sent_back_then_it_is_there(demo_server: DemoServer) -> None:
    email = rows(
        demo_server.shops["cali-jewelz"],
        'SELECT o."Email" FROM "Returns" r JOIN "Orders" o ON o."OrderId" = r."OrderId" WHERE o."Email" IS NOT NULL',
    )[0][0]

    assert of(found_by(demo_server, "cali-jewelz", IdentityKind.EMAIL, str(email)), "Returns")


def test_priya_when_gathered_then_her_visits_carry_address_and_browser(demo_server: DemoServer) -> None:
    found, _ = gather(demo_server, person_of("priya"))

    visits = of(found, "SiteEvents")
    assert len(visits) == 5000
    assert all(visit.values["IpAddress"] and visit.values["Browser"] for visit in visits)


def test_entrant_when_gathered_then_the_copy_says_whether_the_sponsor_got_the_entry(demo_server: DemoServer) -> None:
    found, _ = gather(demo_server, person_of("priya"))

    entries = of(found, "ContestEntries")
    sponsors = [each.recipients for each in profile_of("cali-jewelz").categories if each.key == "contests"]
    assert len(entries) == 2
    assert all("Sponsor" in entry.values for entry in entries)
    assert sponsors == [("The contest's sponsor, where one is named",)]


def test_order_at_world_jewels_when_shown_then_carrier_and_gateway_are_named() -> None:
    theirs = profile_of("world-jewels")
    named = {each.title: each.recipients for each in theirs.categories}

    assert named[headings("world-jewels")["wj_ord"]] == (
        "FedEx, which delivers orders",
        "Authorize.net, which checks and charges cards",
    )
    assert named[headings("world-jewels")["wj_pay"]] == named["Orders"]
