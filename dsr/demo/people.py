"""The named people: whom to play in the demo, what to type, and what the copy must then hold, to the row.

For every collection of the shop's database and of the newsletter service the number of rows that are theirs; a
collection that is not named has none. README and tests say the same; what they did stands in ``named_lives.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
        " of this shop and of MiniLuxe; only this shop's is here. One of her two phone calls was tied to nobody: it is found"
        " by the number of the other.",
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
            "phone_calls": 2,
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
