"""Security Jewelers: four schemas, UUIDs as keys, order numbers and article numbers as keys, moments with a zone."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from dsr.demo.layouts.table import Row, Table, one_line, stable_uuid
from dsr.demo.rows import World


def _party(account_id: int) -> UUID:
    return stable_uuid("party", account_id)


def _party_or_none(account_id: int | None) -> UUID | None:
    return _party(account_id) if account_id else None


def _address(address_id: int) -> UUID:
    return stable_uuid("address", address_id)


def _order_no(world: World, order_id: int) -> str:
    """Orders are numbered from 1 in the order of the list."""
    return world.orders[order_id - 1].number


def _sku(world: World, product_id: int) -> str:
    return world.products[product_id - 1].sku


def _orders(world: World) -> Iterator[Row]:
    for o in world.orders:
        owner, place = _party_or_none(o.account_id), _address(o.address_id)
        yield o.number, owner, o.email, o.name, o.phone, place, o.placed_at, o.state, o.total, o.tax, o.customer_note


def _lines(world: World) -> Iterator[Row]:
    for n in world.lines:
        order, sku = _order_no(world, n.order_id), _sku(world, n.product_id)
        yield order, n.position, sku, n.quantity, n.price, n.ring_size, n.engraving


def _gifts(world: World) -> Iterator[Row]:
    for g in world.gifts:
        order = _order_no(world, g.order_id)
        yield stable_uuid("gift", g.id), order, g.name, g.email, g.phone, one_line(g.address), g.message


def _repairs(world: World) -> Iterator[Row]:
    for r in world.repairs:
        ticket, party = stable_uuid("repair", r.id), _party(r.account_id)
        yield (
            ticket,
            party,
            r.item,
            r.problem,
            r.engraving,
            r.received_on,
            r.returned_on,
            r.price,
            r.goldsmith,
            r.remark,
        )


CRM = (
    Table(
        "crm.party",
        "party_id party_no email given_name family_name phone birthday contact_allowed created_at last_contact_at",
        lambda world: (
            (
                _party(a.id),
                a.number,
                a.email,
                a.first,
                a.last,
                a.phone,
                a.birthday,
                a.wants_calls,
                a.created_at,
                a.seen_at,
            )
            for a in world.accounts
        ),
    ),
    Table(
        "crm.party_email",
        "party_id email replaced_at",
        lambda world: ((_party(a.id), a.former_email, a.created_at) for a in world.accounts if a.former_email),
    ),
    Table(
        "crm.postal_address",
        "address_id line1 line2 town state zip country",
        lambda world: (
            (_address(a.id), a.street, a.unit, a.city, a.region, a.postcode, a.country) for a in world.addresses
        ),
    ),
    Table(
        "crm.party_address",
        "party_id address_id since",
        lambda world: ((_party(a.id), _address(a.address_id), a.created_at) for a in world.accounts),
    ),
    Table(
        "crm.note",
        "note_id party_id author written_at body",
        lambda world: (
            (stable_uuid("note", n.id), _party(n.account_id), n.author, n.at, n.text) for n in world.staff_notes
        ),
    ),
    Table(
        "crm.call",
        "call_id party_id number started_at seconds taken_by summary",
        lambda world: (
            (stable_uuid("call", c.id), _party_or_none(c.account_id), c.phone, c.at, c.seconds, c.staff, c.summary)
            for c in world.calls
        ),
    ),
    Table(
        "crm.mailing_list",
        "email name opted_in_at wording is_active",
        lambda world: (
            (s.email, s.name, s.subscribed_at, s.wording, s.state == "subscribed") for s in world.subscribers
        ),
    ),
    Table(
        "crm.referral",
        "referral_id party_id friend_name friend_email said_at",
        lambda world: (
            (stable_uuid("referral", r.id), _party(r.account_id), r.friend_name, r.friend_email, r.sent_at)
            for r in world.referrals
        ),
    ),
)
SALES = (
    Table("sales.product", "sku title list_price", lambda world: ((p.sku, p.name, p.price) for p in world.products)),
    Table(
        "sales.customer_order",
        "order_no party_id contact_email contact_name contact_phone ship_to ordered_at state total tax remark",
        _orders,
    ),
    Table("sales.order_line", "order_no line_no sku quantity unit_price ring_size engraving", _lines),
    Table(
        "sales.payment",
        "payment_id order_no method last_four amount paid_at",
        lambda world: (
            (stable_uuid("payment", p.id), _order_no(world, p.order_id), p.method, p.last_four, p.amount, p.paid_at)
            for p in world.payments
        ),
    ),
    Table(
        "sales.invoice",
        "invoice_no order_no issued_on billed_to billing_address total",
        lambda world: (
            (i.number, _order_no(world, i.order_id), i.issued_on, i.billed_to, i.billing_address, i.total)
            for i in world.invoices
        ),
    ),
    Table(
        "sales.return_slip",
        "slip_id order_no requested_at reason state refund closed_at",
        lambda world: (
            (stable_uuid("return", r.id), _order_no(world, r.order_id), r.asked_at, r.reason, r.state, r.refund)
            + (r.closed_at,)
            for r in world.returns
        ),
    ),
    Table(
        "sales.gift_delivery",
        "gift_id order_no recipient_name recipient_email recipient_phone recipient_address card_text",
        _gifts,
    ),
    Table(
        "sales.saved_card",
        "card_id party_id processor_token brand last_four expires allowed_at",
        lambda world: (
            (stable_uuid("card", c.id), _party(c.account_id), c.token, c.brand, c.last_four, c.expires, c.allowed_at)
            for c in world.cards
        ),
    ),
)
SERVICE = (
    Table(
        "service.repair",
        "ticket party_id item problem engraving received_on handed_back_on price goldsmith bench_note",
        _repairs,
    ),
    Table(
        "service.appraisal",
        "appraisal_id party_id item value appraised_on appraiser photo",
        lambda world: (
            (
                stable_uuid("appraisal", a.id),
                _party(a.account_id),
                a.item,
                a.value,
                a.appraised_on,
                a.appraiser,
                a.photo,
            )
            for a in world.appraisals
        ),
    ),
)
WEB = (
    Table(
        "web.login",
        "party_id username password_hash last_login_at",
        lambda world: ((_party(a.id), a.email.lower(), a.password_hash, a.seen_at) for a in world.accounts),
    ),
    Table(
        "web.wish",
        "wish_id party_id sku added_at is_public note",
        lambda world: (
            (
                stable_uuid("wish", w.id),
                _party(w.account_id),
                _sku(world, w.product_id),
                w.added_at,
                w.is_public,
                w.note,
            )
            for w in world.wishes
        ),
    ),
    Table(
        "web.review",
        "review_id email shown_name sku stars body posted_at",
        lambda world: (
            (
                stable_uuid("review", r.id),
                r.email,
                r.shown_name,
                _sku(world, r.product_id),
                r.stars,
                r.body,
                r.posted_at,
            )
            for r in world.reviews
        ),
    ),
    Table(
        "web.testimonial",
        "testimonial_id email author body written_at is_published",
        lambda world: (
            (stable_uuid("testimonial", t.id), t.email, t.shown_name, t.body, t.written_at, t.is_published)
            for t in world.testimonials
        ),
    ),
    Table(
        "web.survey_reply",
        "reply_id email question answer replied_at",
        lambda world: (
            (stable_uuid("survey", s.id), s.email, s.question, s.answer, s.answered_at) for s in world.survey_answers
        ),
    ),
)
TABLES = CRM + SALES + SERVICE + WEB
