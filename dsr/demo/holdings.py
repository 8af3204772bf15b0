"""All rows of one shop, by kind, in the order in which they came to be."""

from __future__ import annotations

from dataclasses import dataclass, field

from dsr.demo.rows import (
    Account,
    Address,
    Appraisal,
    BoughtFact,
    Call,
    CatalogueSubscription,
    ContestEntry,
    Event,
    Gift,
    Invoice,
    JobApplication,
    Line,
    Order,
    Payment,
    Product,
    Profile,
    Referral,
    Repair,
    Return,
    Review,
    SavedCard,
    SmsMessage,
    SmsSubscriber,
    StaffNote,
    Subscriber,
    SurveyAnswer,
    Testimonial,
    Wish,
)


@dataclass(slots=True)
class World:
    """Everything one shop holds."""

    products: list[Product] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    appraisals: list[Appraisal] = field(default_factory=list)
    cards: list[SavedCard] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    testimonials: list[Testimonial] = field(default_factory=list)
    gifts: list[Gift] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)
    contest_entries: list[ContestEntry] = field(default_factory=list)
    bought_facts: list[BoughtFact] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sms_subscribers: list[SmsSubscriber] = field(default_factory=list)
    sms_messages: list[SmsMessage] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    catalogue: list[CatalogueSubscription] = field(default_factory=list)
    staff_notes: list[StaffNote] = field(default_factory=list)
    applications: list[JobApplication] = field(default_factory=list)
    survey_answers: list[SurveyAnswer] = field(default_factory=list)
    subscribers: list[Subscriber] = field(default_factory=list)
