"""Cali Jewelz: names in capitals that must be quoted; site events and calls carry Los Angeles time without a zone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dsr.demo.layouts.table import Table, as_json, naive

LOS_ANGELES = ZoneInfo("America/Los_Angeles")

PURCHASES = (
    Table(
        "Products",
        "ProductId Sku Title Price",
        lambda world: ((p.id, p.sku, p.name, p.price) for p in world.products),
    ),
    Table(
        "Orders",
        "OrderId OrderNumber CustomerId Email ShipName ShipStreet ShipCity ShipZip ShipCountry Phone PlacedAt Status Total"
        " Tax IpAddress Note",
        lambda world: (
            (o.id, o.number, o.account_id, o.email, o.name, o.address.street, o.address.city, o.address.postcode)
            + (o.address.country, o.phone, o.placed_at, o.state, o.total, o.tax, o.ip, o.customer_note)
            for o in world.orders
        ),
    ),
    Table(
        "OrderLines",
        "OrderId LineNumber ProductId Quantity UnitPrice RingSize Engraving",
        lambda world: (
            (n.order_id, n.position, n.product_id, n.quantity, n.price, n.ring_size, n.engraving) for n in world.lines
        ),
    ),
    Table(
        "Payments",
        "PaymentId OrderId Method Reference LastFour Amount PaidAt",
        lambda world: (
            (p.id, p.order_id, p.method, p.reference, p.last_four, p.amount, p.paid_at) for p in world.payments
        ),
    ),
    Table(
        "Returns",
        "ReturnId OrderId AskedAt Reason Status Refund ClosedAt",
        lambda world: ((r.id, r.order_id, r.asked_at, r.reason, r.state, r.refund, r.closed_at) for r in world.returns),
    ),
    Table(
        "GiftRecipients",
        "GiftId OrderId Name Email Phone Street City Zip Country Message TakesOffers",
        lambda world: (
            (g.id, g.order_id, g.name, g.email, g.phone, g.address.street, g.address.city, g.address.postcode)
            + (g.address.country, g.message, g.takes_offers)
            for g in world.gifts
        ),
    ),
)
BELONGINGS = (
    Table(
        "Customers",
        "CustomerId CustomerNumber Email FormerEmail FirstName LastName Phone Gender Occupation PasswordHash WantsEmails"
        " WantsMailings WantsCalls RegisteredAt LastSeenAt",
        lambda world: (
            (a.id, a.number, a.email, a.former_email, a.first, a.last, a.phone, a.gender, a.occupation, a.password_hash)
            + (a.wants_email, a.wants_post, a.wants_calls, a.created_at, a.seen_at)
            for a in world.accounts
        ),
    ),
    Table(
        "Addresses",
        "AddressId CustomerId Street Unit City State Zip Country",
        lambda world: (
            (a.id, a.id, a.address.street, a.address.unit, a.address.city, a.address.region, a.address.postcode)
            + (a.address.country,)
            for a in world.accounts
        ),
    ),
    Table(
        "Repairs",
        "RepairId CustomerId Item Problem ReceivedOn ReturnedOn Price Goldsmith",
        lambda world: (
            (r.id, r.account_id, r.item, r.problem, r.received_on, r.returned_on, r.price, r.goldsmith)
            for r in world.repairs
        ),
    ),
    Table(
        "Appraisals",
        "AppraisalId CustomerId Item Value AppraisedOn Appraiser",
        lambda world: ((a.id, a.account_id, a.item, a.value, a.appraised_on, a.appraiser) for a in world.appraisals),
    ),
    Table(
        "SavedCards",
        "CardId CustomerId Token Brand LastFour Holder Expires AllowedAt",
        lambda world: (
            (c.id, c.account_id, c.token, c.brand, c.last_four, c.holder, c.expires, c.allowed_at) for c in world.cards
        ),
    ),
    Table(
        "WishLists",
        "WishId CustomerId ProductId AddedAt IsPublic Note",
        lambda world: ((w.id, w.account_id, w.product_id, w.added_at, w.is_public, w.note) for w in world.wishes),
    ),
)
WORDS = (
    Table(
        "Reviews",
        "ReviewId CustomerId Email ShownName ProductId Stars Title Body PostedAt",
        lambda world: (
            (r.id, r.account_id, r.email, r.shown_name, r.product_id, r.stars, r.title, r.body, r.posted_at)
            for r in world.reviews
        ),
    ),
    Table(
        "Referrals",
        "ReferralId CustomerId FriendName FriendEmail Message SentAt",
        lambda world: (
            (r.id, r.account_id, r.friend_name, r.friend_email, r.message, r.sent_at) for r in world.referrals
        ),
    ),
    Table(
        "ContestEntries",
        "EntryId Email Name Phone Zip Contest Sponsor Answer EnteredAt",
        lambda world: (
            (e.id, e.email, e.name, e.phone, e.postcode, e.contest, e.sponsor, e.answer, e.entered_at)
            for e in world.contest_entries
        ),
    ),
)
MARKETING = (
    Table(
        "MarketingData",
        "DataId CustomerId Vendor Segment IncomeBand Likes ObtainedOn",
        lambda world: (
            (f.id, f.account_id, f.vendor, f.segment, f.income_band, f.detail, f.obtained_on)
            for f in world.bought_facts
        ),
    ),
    Table(
        "Profiles",
        "CustomerId Segment Score Traits ComputedAt",
        lambda world: ((p.account_id, p.segment, p.score, as_json(p.traits), p.computed_at) for p in world.profiles),
    ),
    Table(
        "SiteEvents",
        "EventId CustomerId At Kind Url Referrer IpAddress Browser",
        lambda world: (
            (e.id, e.account_id, naive(e.at, LOS_ANGELES), e.kind, e.url, e.referrer, e.ip, e.agent)
            for e in world.events
        ),
    ),
    Table(
        "SmsSubscribers",
        "SubscriberId CustomerId Phone OptedInAt Wording Status",
        lambda world: ((s.id, s.account_id, s.phone, s.opted_in_at, s.wording, s.state) for s in world.sms_subscribers),
    ),
    Table(
        "SmsMessages",
        "MessageId SubscriberId SentAt SetOffBy Body ReadAt",
        lambda world: ((m.id, m.subscriber_id, m.sent_at, m.trigger, m.body, m.read_at) for m in world.sms_messages),
    ),
    Table(
        "CallLog",
        "CallId CustomerId CallerNumber At Seconds TakenBy Summary",
        lambda world: (
            (c.id, c.account_id, c.phone, naive(c.at, LOS_ANGELES), c.seconds, c.staff, c.summary) for c in world.calls
        ),
    ),
    Table(
        "CatalogMailings",
        "MailingId Email Name Street City Zip Country Since Until",
        lambda world: (
            (
                c.id,
                c.email,
                c.name,
                c.address.street,
                c.address.city,
                c.address.postcode,
                c.address.country,
                c.since,
                c.until,
            )
            for c in world.catalogue
        ),
    ),
    Table(
        "StaffNotes",
        "NoteId CustomerId Author WrittenAt Body",
        lambda world: ((n.id, n.account_id, n.author, n.at, n.text) for n in world.staff_notes),
    ),
)
TABLES = PURCHASES + BELONGINGS + WORDS + MARKETING
