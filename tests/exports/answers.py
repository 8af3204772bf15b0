"""Frozen answers for the tests of the package: Ada Okafor's at a jeweller's, and any other by its rows."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from dsr.exports.files import BuiltFile
from dsr.exports.package import Limits, Renderer, build_package
from dsr.exports.pdf import UNAVAILABLE, PdfError, PdfLimits
from dsr.exports.snapshot import (
    CategoryCard,
    CollectionCard,
    FieldCard,
    Redaction,
    RequestCard,
    Row,
    SearchedPlace,
    ShopCard,
    Snapshot,
)

MADE_AT = datetime(2026, 1, 6, 19, 5, tzinfo=UTC)

SHOP = ShopCard(
    slug="cali-jewelz",
    name="Cali Jewelz",
    accent="#7a1f3d",
    postal_address=("Cali Jewelz Privacy", "418 Orange Avenue", "Long Beach, CA 90802", "USA"),
    email="privacy@cali-jewelz.example",
    phone="+1 562 555 0142",
    phone_hours="Monday to Friday, 9 to 17",
    policy_url="https://cali-jewelz.example/privacy",
    complaint_body="the California Privacy Protection Agency",
    complaint_url="https://cppa.ca.gov/webapplications/complaint",
)
REQUEST = RequestCard(
    reference="CJ-7F3K-29QD",
    type="access",
    regime="us-ca-ccpa",
    received_at=datetime(2025, 12, 18, 17, 30, tzinfo=UTC),
    due_on=date(2026, 2, 1),
    approved_at=datetime(2026, 1, 6, 18, 55, tzinfo=UTC),
    time_zone="America/Los_Angeles",
    locale="en-US",
    identities=(("E-mail", "ada.okafor@example.org"), ("Telephone", "+1 562 555 0199")),
)
CATEGORIES = (
    CategoryCard(
        "contact",
        "Contact details",
        "Your name and the ways to reach you, as you gave them to us.",
        "To recognise you, to answer you and to send you what you bought.",
        ("Our hosting company", "UPS, for deliveries"),
        "Until you close your account, then three years.",
    ),
    CategoryCard(
        "purchases",
        "Purchases",
        "What you bought, what it cost and where it went.",
        "To fulfil our contract with you, for guarantees and for the tax office.",
        ("UPS, for deliveries", "Stripe, for payments", "Our tax adviser"),
        "Seven years after the purchase.",
    ),
    CategoryCard("wishes", "Wish lists and reviews", "What you marked or wrote.", "To show it to you and others.", ()),
    CategoryCard(
        "browsing", "Visits", "Pages you opened while signed in.", "To see which pieces interest our visitors.", ()
    ),
    CategoryCard("marketing", "Newsletter", "Whether you receive our newsletter.", "To send it.", ("Mailpost Inc.",)),
)


def card(
    collection: str,
    title: str,
    category: str,
    fields: str,
    *,
    source: str = "shop",
    rows: int = 0,
    found: int | None = None,
    description: str = "",
    time_zone: str = "",
) -> CollectionCard:
    """A collection; ``fields`` reads ``name:type Label, …`` with type and label optional."""
    return CollectionCard(
        source=source,
        source_title={"shop": "Web shop", "news": "Newsletter service"}.get(source, source),
        collection=collection,
        title=title,
        description=description,
        category=category,
        fields=tuple(_field(each.strip()) for each in fields.split(",")),
        time_zone=time_zone,
        found=rows if found is None else found,
        rows=rows,
    )


def _field(text: str) -> FieldCard:
    name, _, label = text.partition(" ")
    name, _, kind = name.partition(":")
    return FieldCard(name, label or name.replace("_", " ").capitalize(), kind or "text", ("user.contact",))


def snapshot_of(
    rows: Mapping[CollectionCard, Sequence[Mapping[str, Any] | Row]],
    *,
    redactions: tuple[Redaction, ...] = (),
    blobs: Mapping[str, bytes] | None = None,
    **changes: Any,
) -> Snapshot:
    """An answer with these rows; counts follow from them unless the card says that more was found."""
    cards = {
        replace(each, rows=len(content), found=max(each.found, len(content))): content for each, content in rows.items()
    }

    def read(wanted: CollectionCard) -> Iterator[Row]:
        for each in cards[wanted]:
            yield each if isinstance(each, Row) else Row(each)

    def open_blob(sha256: str) -> Iterator[bytes]:
        return iter([(blobs or {})[sha256]])

    made = Snapshot(
        shop=SHOP,
        request=REQUEST,
        categories=CATEGORIES,
        collections=tuple(cards),
        searched=_searched(tuple(cards)),
        redactions=redactions,
        made_at=MADE_AT,
        rows=read,
        blob=open_blob,
    )
    return replace(made, **changes)


def _searched(cards: tuple[CollectionCard, ...]) -> tuple[SearchedPlace, ...]:
    found: dict[str, int] = {}
    for each in cards:
        found[each.source] = found.get(each.source, 0) + each.found
    titles = {each.source: each.source_title for each in cards}
    return tuple(
        SearchedPlace(name, titles[name], "found" if rows else "nothing", datetime(2026, 1, 5, 20, 1, tzinfo=UTC), rows)
        for name, rows in found.items()
    )


class Memory:
    """Keeps a package's files in memory, by name, in the order in which they were opened."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def open(self, name: str) -> _MemoryFile:
        """A new file."""
        assert name not in self.files
        self.files[name] = b""
        return _MemoryFile(lambda content: self.files.__setitem__(name, content))


class _MemoryFile(io.BytesIO):
    def __init__(self, keep: Callable[[bytes], None]) -> None:
        super().__init__()
        self._keep = keep

    def close(self) -> None:
        if not self.closed:
            self._keep(self.getvalue())
        super().close()


def no_renderer(_html: str, _limits: PdfLimits) -> bytes:
    """A machine without Pango, on which everything but the PDF is as fast as it can be."""
    raise PdfError(UNAVAILABLE, "no libraries")


def package_of(
    snapshot: Snapshot, *, render: Renderer = no_renderer, limits: Limits | None = None
) -> tuple[dict[str, bytes], list[BuiltFile]]:
    """The files of the answer's package, and what build_package says of them. With ``copy.html`` unless told."""
    memory = Memory()
    built = build_package(snapshot, memory.open, render=render, limits=limits)
    return memory.files, built


ORDERS = card(
    "orders",
    "Orders",
    "purchases",
    "number Order number,placed_at:datetime Placed,state State,total:number Total,currency Currency,note Your note,"
    "gift_message Gift message,handled_by Handled by,paid:boolean Paid,extras:json Extras",
    description="Every order you placed, signed in or as a guest.",
    time_zone="America/Los_Angeles",
)
LINES = card(
    "order_lines", "Order lines", "purchases", "order Order,item Article,quantity:integer Quantity,price:number Price"
)
CUSTOMER = card(
    "customers",
    "Customer account",
    "contact",
    "id:integer Customer number,name Name,email E-mail,phone Telephone,born_on:date Date of birth,"
    "joined_at:datetime Customer since,language Language,password Password,vip:boolean VIP customer",
)
ADDRESSES = card(
    "addresses",
    "Addresses",
    "contact",
    "kind Kind,street Street,city City,postcode Postal code,country Country,phone Telephone",
)
CARDS = card("saved_cards", "Saved cards", "purchases", "brand Brand,last4 Last four digits,expires Expires")
WISHES = card("wish_list", "Wish list", "wishes", "item Article,added_on:date Added")
REVIEWS = card(
    "reviews", "Reviews", "wishes", "item Article,stars:integer Stars,text Your review,written_on:date Written"
)
VISITS = card("page_views", "Page views", "browsing", "at:datetime When,page Page,device Device")
RETURNS = card("returns", "Returns", "purchases", "order Order,reason Reason")
REPAIRS = card("repairs", "Repairs and appraisals", "purchases", "item Article,received_on:date Received,report Report")
NEWS = card("subscribers", "Newsletter subscriptions", "marketing", "email E-mail,since:date Since", source="news")
CATALOGUE = card("catalogue", "Catalogue by post", "marketing", "address Address", source="news")


def ada(**changes: Any) -> Snapshot:
    """Ada Okafor's answer: 12 collections, 60 rows, fields hidden, one row left out, two places empty."""
    pieces = ("Gold ring “Aurora”, size 54", "Pearl earrings", "Watch strap, brown", "Silver chain 45 cm", "Engraving")
    orders = [
        Row(
            {
                "number": f"10{number:04}",
                "placed_at": f"20{14 + number}-0{1 + number % 9}-1{number % 10}T1{number % 10}:0{number % 10}:00",
                "state": "delivered" if number % 4 else "returned",
                "total": f"{129 + 310 * number}.50",
                "currency": "USD",
                "note": "Please ring twice.\nThe dog is friendly." if number % 5 == 0 else "",
                "gift_message": "Happy birthday, dear Bela!" if number % 4 == 0 else None,
                "handled_by": "Jo",
                "paid": True,
                "extras": {"wrapping": {"paper": "blue", "ribbon": True}, "codes": ["SPRING", "VIP5"]}
                if number == 3
                else None,
            },
            {"handled_by": "staff_member"} | ({"gift_message": "other_person"} if number % 4 == 0 else {}),
        )
        for number in range(11)
    ]
    lines = [
        {
            "order": f"10{number // 2:04}",
            "item": pieces[number % 5],
            "quantity": 1 + number % 2,
            "price": f"{99 + number}.00",
        }
        for number in range(22)
    ]
    customer = Row(
        {
            "id": 20417,
            "name": "Ada Okafor",
            "email": "Ada.Okafor@example.org",
            "phone": "+1 562 555 0199",
            "born_on": "1984-02-29",
            "joined_at": "2014-03-01T08:15:00+00:00",
            "language": "en",
            "password": None,
            "vip": False,
        },
        {"password": "never_export"},
    )
    review = (
        "I wear it every day. The clasp is a little stiff, but the shop adjusted it while I waited, and the engraving "
        "is exactly as I had drawn it."
    )
    rows: dict[CollectionCard, list[Any]] = {
        CUSTOMER: [customer],
        ADDRESSES: [
            {"kind": kind, "street": street, "city": city, "postcode": code, "country": "USA", "phone": None}
            for kind, street, city, code in (
                ("home", "12 Grand Avenue, Apartment 4", "Long Beach", "90802"),
                ("work", "1 World Trade Center", "Long Beach", "90831"),
            )
        ],
        ORDERS: orders,
        LINES: lines,
        CARDS: [{"brand": "Visa", "last4": "4242", "expires": "2027-08"}],
        RETURNS: [{"order": "100004", "reason": "Too small"}, {"order": "100008", "reason": "Changed my mind"}],
        REPAIRS: [],
        WISHES: [{"item": piece, "added_on": f"2025-11-0{number + 1}"} for number, piece in enumerate(pieces)],
        REVIEWS: [{"item": pieces[0], "stars": 5, "text": review, "written_on": "2024-06-01"}],
        VISITS: [
            {
                "at": f"2025-12-{10 + number}T20:1{number % 10}:30+00:00",
                "page": f"/rings/aurora?page={number}",
                "device": "iPhone",
            }
            for number in range(14)
        ],
        NEWS: [{"email": "ada.okafor@example.org", "since": "2019-05-20"}],
        CATALOGUE: [],
    }
    rows = {replace(each, found=3) if each is RETURNS else each: content for each, content in rows.items()}
    other, staff, never = "other_person", "staff_member", "never_export"
    redactions = (
        Redaction("shop", "customers", "password", 1, never, "We hold this but never send it out."),
        Redaction("shop", "orders", "handled_by", 11, staff, "This names a member of our staff who acted for us."),
        Redaction(
            "shop", "orders", "gift_message", 3, other, "This is about another person.", ("a" * 64, "b" * 64, "c" * 64)
        ),
        Redaction("shop", "returns", "", 1, "not_about_you", "This turned out not to be about you.", ("d" * 64,)),
    )
    return snapshot_of(rows, redactions=redactions, **changes)
