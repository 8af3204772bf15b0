"""What a shop knows, before any shop's own table names: one tuple type per kind of record.

The five demo shops keep the same kinds of facts under different names. The story of a person is told once in these
rows (``world.py``) and written down five ways (``layouts/``). Ids are counted from 1 per kind and shop; a layout may
turn them into UUIDs or texts. Moments are aware and in UTC; a layout may drop the zone as its shop does.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class Product(NamedTuple):
    id: int
    sku: str
    name: str
    metal: str
    price: Decimal


class Address(NamedTuple):
    """A place. Two people of one household have the same row where a shop keeps addresses apart from people."""

    id: int
    name: str
    street: str
    unit: str | None
    city: str
    region: str
    postcode: str
    country: str

    @property
    def one_line(self) -> str:
        """The place as people write it in one field."""
        parts = (self.street, self.unit, f"{self.postcode} {self.city}", self.country)
        return ", ".join(part for part in parts if part)

    @property
    def two_lines(self) -> str:
        """Street and unit as Magento keeps them."""
        return "\n".join(part for part in (self.street, self.unit) if part)


class Owner(NamedTuple):
    """Whose account a row hangs on; both None where it hangs on nobody's."""

    id: int | None = None
    number: str | None = None


NOBODY = Owner()


class Account(NamedTuple):
    id: int
    number: str
    email: str
    former_email: str | None
    first: str
    last: str
    phone: str | None
    password_hash: str
    reset_token: str | None
    tax_number: str | None
    birthday: date | None
    gender: str | None
    occupation: str | None
    language: str
    address: Address
    created_at: datetime
    seen_at: datetime
    wants_email: bool
    wants_post: bool
    wants_calls: bool
    remark: str | None

    @property
    def owner(self) -> Owner:
        return Owner(self.id, self.number)

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def bounced_at(self) -> datetime | None:
        """When a mail to this account came back; few have changed their mailbox without a word."""
        return self.seen_at if self.id % 150 == 40 else None


class Order(NamedTuple):
    """A guest's order has no owner; ``email`` is what was typed at the checkout, in that spelling."""

    id: int
    number: str
    owner: Owner
    email: str
    name: str
    phone: str | None
    address: Address
    placed_at: datetime
    state: str
    goods: Decimal
    tax: Decimal
    shipping: Decimal
    total: Decimal
    ip: str
    customer_note: str | None
    staff_note: str | None

    @property
    def is_guest(self) -> bool:
        return self.owner.id is None


class Line(NamedTuple):
    id: int
    order: Order
    position: int
    product: Product
    quantity: int
    price: Decimal
    ring_size: str | None
    engraving: str | None

    @property
    def options(self) -> str:
        """What was chosen for the piece, as a JSON text."""
        chosen = {"ring_size": self.ring_size, "engraving": self.engraving}
        return json.dumps({name: value for name, value in chosen.items() if value}, ensure_ascii=False)


class Payment(NamedTuple):
    id: int
    order: Order
    method: str
    reference: str
    last_four: str | None
    amount: Decimal
    paid_at: datetime

    @property
    def test_card(self) -> str | None:
        """A payment network's published test number, for the shop that keeps numbers in clear: every card of it."""
        return "4111111111111111" if self.last_four else None


class Invoice(NamedTuple):
    number: str
    order: Order
    issued_on: date
    billed_to: str
    billing_address: str
    total: Decimal


class Return(NamedTuple):
    id: int
    order: Order
    position: int
    asked_at: datetime
    reason: str
    state: str
    refund: Decimal | None
    closed_at: datetime | None


class Repair(NamedTuple):
    id: int
    owner: Owner
    item: str
    problem: str
    engraving: str | None
    received_on: date
    returned_on: date | None
    price: Decimal
    goldsmith: str
    remark: str | None


class Appraisal(NamedTuple):
    id: int
    owner: Owner
    item: str
    value: Decimal
    appraised_on: date
    appraiser: str
    photo: bytes


class SavedCard(NamedTuple):
    id: int
    owner: Owner
    token: str
    brand: str
    last_four: str
    holder: str
    expires: str
    allowed_at: datetime


class Wish(NamedTuple):
    id: int
    owner: Owner
    product: Product
    added_at: datetime
    is_public: bool
    note: str | None


class Review(NamedTuple):
    id: int
    owner: Owner
    email: str
    shown_name: str
    product: Product
    stars: int
    title: str
    body: str
    posted_at: datetime


class Testimonial(NamedTuple):
    id: int
    email: str
    shown_name: str
    body: str
    written_at: datetime
    consent_at: datetime | None
    is_published: bool


class Gift(NamedTuple):
    id: int
    order: Order
    name: str
    email: str | None
    phone: str | None
    address: Address
    message: str
    takes_offers: bool


class Referral(NamedTuple):
    id: int
    owner: Owner
    friend_name: str
    friend_email: str
    message: str
    sent_at: datetime
    followed_at: datetime | None


class ContestEntry(NamedTuple):
    id: int
    owner: Owner
    email: str
    name: str
    phone: str | None
    postcode: str
    contest: str
    sponsor: str
    answer: str
    entered_at: datetime


class BoughtFact(NamedTuple):
    """Something about a customer that the shop bought in or had from an affiliate."""

    id: int
    owner: Owner
    vendor: str
    affiliate: str
    segment: str
    income_band: str
    detail: str
    amount: Decimal
    obtained_on: date


class Profile(NamedTuple):
    id: int
    owner: Owner
    segment: str
    score: Decimal
    traits: dict[str, object]
    computed_at: datetime


class Event(NamedTuple):
    id: int
    owner: Owner
    happened_at: datetime
    kind: str
    url: str
    referrer: str | None
    ip: str
    agent: str


class SmsSubscriber(NamedTuple):
    id: int
    owner: Owner
    phone: str
    opted_in_at: datetime
    wording: str
    state: str


class SmsMessage(NamedTuple):
    id: int
    subscriber: SmsSubscriber
    sent_at: datetime
    trigger: str
    body: str
    read_at: datetime | None


class Call(NamedTuple):
    id: int
    owner: Owner
    phone: str
    happened_at: datetime
    seconds: int
    staff: str
    summary: str


class CatalogueSubscription(NamedTuple):
    id: int
    email: str
    address: Address
    name: str
    since: date
    until: date | None

    @property
    def typed_postcode(self) -> str:
        """The postcode as it was typed from a card, on which a few had left it out."""
        return "" if self.id % 20 == 17 else self.address.postcode


class StaffNote(NamedTuple):
    id: int
    owner: Owner
    author: str
    happened_at: datetime
    text: str


class JobApplication(NamedTuple):
    id: int
    email: str
    name: str
    phone: str | None
    position: str
    letter: str
    referee: str
    applied_at: datetime


class SurveyAnswer(NamedTuple):
    id: int
    email: str
    question: str
    answer: str
    answered_at: datetime


class Subscriber(NamedTuple):
    """One row of the newsletter service, which serves all shops and knows the customer number of some."""

    email: str
    name: str
    customer_number: str | None
    state: str
    subscribed_at: datetime
    wording: str
    issues: int
    clicks: int

    @property
    def is_active(self) -> bool:
        return self.state == "subscribed"
