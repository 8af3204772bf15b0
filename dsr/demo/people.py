"""The named people: whom to play in the demo, what to type, and what the copy must then hold, to the row.

``LIVES`` is what they did and is told before anybody else's, so that their rows are the same however many people a shop
gets. ``PEOPLE`` is what README and tests say about them: for every collection of the shop's database and of the
newsletter service the number of rows that are theirs; a collection that is not named has none. Phone numbers end in
0101 to 0109, which nobody else's do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsr.demo.lives import Friend, Home, Life, Purchase

BOSTON = Home("12 Lantern Lane", "Apt 3", "Boston", "MA", "02109", "US")
BROOKLYN = Home("77 Clementine Court", None, "Brooklyn", "NY", "11215", "US")
DULUTH = Home("4 Harbor View Drive", None, "Duluth", "MN", "55802", "US")
PASADENA = Home("1500 Juniper Avenue", None, "Pasadena", "CA", "91101", "US")
MEI = Friend("Mei Tanaka", "mei.tanaka@example.org", "(718) 555-0103", BROOKLYN)
JONAS = Friend("Jonas Weber", "jonas.weber@example.net")


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """``story`` is one line, ``detail`` what to look for. ``counts``: rows by collection of the shop's database;"
    " ``newsletter``: the same for the newsletter service."""

    key: str
    name: str
    shop: str
    email: str
    story: str
    detail: str
    counts: Mapping[str, int] = field(default_factory=dict)
    newsletter: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All rows that are this person's."""
        return sum(self.counts.values()) + sum(self.newsletter.values())


LIVES: Mapping[str, tuple[Life, ...]] = {
    "timelux-boutique": (
        Life(
            "Ada",
            "Lindqvist-Okoro",
            "ada.lindqvist@example.com",
            "(617) 555-0101",
            BOSTON,
            joined_days_ago=1500,
            purchases=(
                Purchase(1460, lines=2, engraving="A & O, always"),
                Purchase(700, gift_to=MEI, is_returned=True),
                Purchase(200),
                Purchase(5, email="Ada.Lindqvist@EXAMPLE.com", as_guest=True),
            ),
            repairs=1,
            appraisals=1,
            cards=1,
            wishes=2,
            reviews=1,
            has_profile=True,
            calls=1,
            strange_calls=1,
            on_catalogue=True,
            notes=1,
            newsletter="ada.lindqvist@example.com",
            newsletter_issues=4,
            newsletter_clicks=1,
        ),
    ),
    "miniluxe": (
        Life(
            "نور",
            "الهاشمي",
            "Nour.AlHashimi@example.net",
            "+1 617 555 0104",
            BOSTON,
            former_email="nour@old.example",
            language="ar",
            joined_days_ago=900,
            purchases=(Purchase(800, lines=2, engraving="حبيبتي نور"), Purchase(30, engraving="=نور+1")),
            wishes=1,
            has_profile=True,
            events=12,
            sms_messages=6,
            newsletter="nour.alhashimi@example.net",
            newsletter_issues=2,
        ),
        Life(
            "Tomás",
            "Rivera-Quiñones",
            "tomas.rivera@example.com",
            "(617) 555-0105",
            BOSTON,
            joined_days_ago=2000,
            purchases=(Purchase(365),),
            newsletter="trivera@old.example",
            newsletter_knows_number=True,
            newsletter_issues=3,
            newsletter_clicks=1,
        ),
        # Ada of TimeLux reads MiniLuxe's newsletter too; that is no business of TimeLux.
        Life(
            "Ada",
            "Lindqvist-Okoro",
            "ada.lindqvist@example.com",
            None,
            BOSTON,
            has_account=False,
            newsletter="ada.lindqvist@example.com",
            newsletter_issues=6,
            newsletter_clicks=2,
        ),
    ),
    "security-jewelers": (
        Life(
            "Rosa",
            "Brandt",
            "rosa.brandt@example.org",
            "218-555-0106",
            DULUTH,
            household="brandt",
            joined_days_ago=3000,
            purchases=(Purchase(2900), Purchase(400, lines=2, engraving="R + E 2025")),
            appraisals=1,
            wishes=1,
            newsletter="rosa.brandt@example.org",
            newsletter_issues=1,
        ),
        Life(
            "Emil",
            "Brandt",
            "emil.brandt@example.org",
            "218-555-0107",
            DULUTH,
            household="brandt",
            joined_days_ago=3000,
            purchases=(Purchase(1200), Purchase(600), Purchase(20, lines=3)),
            repairs=2,
            notes=1,
        ),
    ),
    "cali-jewelz": (
        Life(
            "Priya",
            "Raghunathan",
            "priya.raghunathan@example.com",
            "+12135550108",
            PASADENA,
            former_email="priya@old.example",
            joined_days_ago=3600,
            purchases=tuple(Purchase(3600 - 90 * number, lines=10) for number in range(40)),
            friends=(Friend("Lakshmi Iyer", "lakshmi.iyer@example.net"),),
            repairs=2,
            appraisals=1,
            cards=2,
            wishes=5,
            reviews=3,
            contests=2,
            bought_facts=3,
            has_profile=True,
            events=5000,
            sms_messages=10,
            calls=2,
            on_catalogue=True,
            notes=2,
            newsletter="priya.raghunathan@example.com",
            newsletter_knows_number=True,
            newsletter_issues=6,
            newsletter_clicks=2,
        ),
    ),
    "world-jewels": (
        Life(
            "Walter",
            "Finch",
            "walter.finch@example.com",
            "(213) 555-0109",
            PASADENA,
            joined_days_ago=4380,
            purchases=(Purchase(4380, engraving="W. F. 40 years", paid_by="card"),),
            friends=(JONAS,),
            calls=1,
        ),
        Life("Greta", "Holm", "greta.holm@example.org", None, DULUTH, joined_days_ago=90, friends=(JONAS,)),
        Life(
            "Siobhán",
            "O'Connor",
            "siobhan.oconnor@example.net",
            None,
            DULUTH,
            has_account=False,
            testimonials=1,
        ),
    ),
}

PEOPLE = (
    NamedPerson(
        "ada",
        "Ada Lindqvist-Okoro",
        "timelux-boutique",
        "ada.lindqvist@example.com",
        "has nearly everything: account, guest order, return, repair, gift, newsletter",
        "Has nearly everything: an account, three orders, a fourth as a guest under Ada.Lindqvist@EXAMPLE.com, a"
        " return, a"
        " gift to a friend whose name her copy must hide, a repair, an appraisal with a photograph. She reads the"
        " newsletter"
        " of this shop and of MiniLuxe; only this shop's is here. Give her phone +16175550101 as well and a second"
        " phone"
        " call is found, which nobody had tied to her account.",
        {
            "products": 6,
            "addresses": 1,
            "customers": 1,
            "customer_addresses": 1,
            "orders": 4,
            "order_items": 5,
            "payments": 4,
            "invoices": 4,
            "returns": 1,
            "repairs": 1,
            "appraisals": 1,
            "saved_cards": 1,
            "wish_list_items": 2,
            "reviews": 1,
            "gift_recipients": 1,
            "preferences": 1,
            "catalogue_subscriptions": 1,
            "phone_calls": 1,
            "staff_notes": 1,
        },
        {"issue": 4, "subscriber": 1, "delivery": 4, "click": 1},
    ),
    NamedPerson(
        "mei",
        "Mei Tanaka",
        "timelux-boutique",
        "mei.tanaka@example.org",
        "never bought anything; somebody sent her a gift",
        "Never bought anything: Ada once sent her a gift. She sees that gift, and nothing of Ada's order.",
        {"gift_recipients": 1},
    ),
    NamedPerson(
        "nour",
        "نور الهاشمي",
        "miniluxe",
        "nour.alhashimi@example.net",
        "her name runs from right to left; text messages and a profile",
        "Her name and one engraving run from right to left, another engraving begins with an equals sign, and the shop"
        " writes her address Nour.AlHashimi@example.net. She had nour@old.example before, gets text messages, and has a"
        " profile.",
        {
            "catalog_product_entity": 4,
            "customer_entity": 1,
            "customer_email_history": 1,
            "customer_address_entity": 1,
            "sales_order": 2,
            "sales_order_address": 2,
            "sales_order_item": 3,
            "sales_order_payment": 2,
            "wishlist": 1,
            "wishlist_item": 1,
            "customer_inference": 1,
            "report_event": 12,
            "sms_subscriber": 1,
            "sms_message": 6,
        },
        {"issue": 2, "subscriber": 1, "delivery": 2},
    ),
    NamedPerson(
        "tomas",
        "Tomás Rivera-Quiñones",
        "miniluxe",
        "tomas.rivera@example.com",
        "the newsletter goes to a mailbox that he does not name",
        "The newsletter goes to a mailbox of his that he does not name, trivera@old.example. It is found because the"
        " newsletter service knows his customer number.",
        {
            "catalog_product_entity": 1,
            "customer_entity": 1,
            "customer_address_entity": 1,
            "sales_order": 1,
            "sales_order_address": 1,
            "sales_order_item": 1,
            "sales_order_payment": 1,
        },
        {"issue": 3, "subscriber": 1, "delivery": 3, "click": 1},
    ),
    NamedPerson(
        "rosa",
        "Rosa Brandt",
        "security-jewelers",
        "rosa.brandt@example.org",
        "shares an address with Emil, and nothing else",
        "Lives with Emil Brandt (emil.brandt@example.org) at one row of the address table. His orders and repairs"
        " are not"
        " in her copy, hers not in his; the address is in both.",
        {
            "sales.product": 4,
            "crm.party": 1,
            "crm.postal_address": 1,
            "crm.party_address": 1,
            "crm.mailing_list": 1,
            "sales.customer_order": 2,
            "sales.order_line": 3,
            "sales.payment": 2,
            "sales.invoice": 2,
            "service.appraisal": 1,
            "web.login": 1,
            "web.wish": 1,
        },
        {"issue": 1, "subscriber": 1, "delivery": 1},
    ),
    NamedPerson(
        "emil",
        "Emil Brandt",
        "security-jewelers",
        "emil.brandt@example.org",
        "the other one at Rosa's address",
        "The other one at Rosa's address.",
        {
            "sales.product": 5,
            "crm.party": 1,
            "crm.postal_address": 1,
            "crm.party_address": 1,
            "crm.note": 1,
            "sales.customer_order": 3,
            "sales.order_line": 5,
            "sales.payment": 3,
            "sales.invoice": 3,
            "service.repair": 2,
            "web.login": 1,
        },
    ),
    NamedPerson(
        "priya",
        "Priya Raghunathan",
        "cali-jewelz",
        "priya.raghunathan@example.com",
        "400 order lines and 5,000 visited pages",
        "The heavy one: 40 orders with 400 lines in ten years, 5,000 visited pages, bought-in marketing data,"
        " contests.",
        {
            "Products": 90,
            "Customers": 1,
            "Addresses": 1,
            "Orders": 40,
            "OrderLines": 400,
            "Payments": 40,
            "Repairs": 2,
            "Appraisals": 1,
            "SavedCards": 2,
            "WishLists": 5,
            "Reviews": 3,
            "Referrals": 1,
            "ContestEntries": 2,
            "MarketingData": 3,
            "Profiles": 1,
            "SiteEvents": 5000,
            "SmsSubscribers": 1,
            "SmsMessages": 10,
            "CallLog": 2,
            "CatalogMailings": 1,
            "StaffNotes": 2,
        },
        {"issue": 6, "subscriber": 1, "delivery": 6, "click": 2},
    ),
    NamedPerson(
        "walter",
        "Walter Finch",
        "world-jewels",
        "walter.finch@example.com",
        "bought once, twelve years ago",
        "Bought once, twelve years ago, and told a friend. An old system still holds the card number in clear; no"
        " copy may.",
        {
            "wj_prod": 1,
            "wj_addr": 1,
            "wj_cust": 1,
            "wj_ord": 1,
            "wj_ordline": 1,
            "wj_pay": 1,
            "wj_friend": 1,
            "wj_call": 1,
        },
    ),
    NamedPerson(
        "jonas",
        "Jonas Weber",
        "world-jewels",
        "jonas.weber@example.net",
        "a friend whom two customers told about the shop",
        "Was told about the shop by two customers and never came. He sees both mails, and neither customer's account.",
        {"wj_friend": 2},
    ),
    NamedPerson(
        "siobhan",
        "Siobhán O'Connor",
        "world-jewels",
        "siobhan.oconnor@example.net",
        "wrote a testimonial and has no account",
        "Wrote a testimonial; the apostrophe in her name is real. She has no account.",
        {"wj_testim": 1},
    ),
    NamedPerson(
        "nobody",
        "Nobody",
        "world-jewels",
        "nobody@example.com",
        "is unknown everywhere and gets the same screens",
        "Is known to no shop, here or at any other, and gets the same screens and mails as everybody, with an empty"
        " copy.",
    ),
)
