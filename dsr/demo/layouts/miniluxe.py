"""MiniLuxe: Magento's entity tables, naive moments in UTC, the address copied to each order, wishes under a list."""

from __future__ import annotations

from collections.abc import Iterator

from dsr.demo.layouts.table import Row, Table, as_json, naive, one_line, stable_uuid
from dsr.demo.rows import World

ADDRESS = "entity_id parent_id name street city region postcode country_id telephone"


def _account_addresses(world: World) -> Iterator[Row]:
    for a in world.accounts:
        place, name = a.address, f"{a.first} {a.last}"
        street = "\n".join(filter(None, (place.street, place.unit)))
        yield a.id, a.id, name, street, place.city, place.region, place.postcode, place.country, a.phone


def _order_addresses(world: World) -> Iterator[Row]:
    for o in world.orders:
        place = o.address
        street = "\n".join(filter(None, (place.street, place.unit)))
        yield o.id, o.id, o.name, street, place.city, place.region, place.postcode, place.country, o.phone


def _lists(world: World) -> Iterator[Row]:
    """One list for each account that wishes for anything; its number is the account's."""
    public: dict[int, bool] = {}
    for wish in world.wishes:
        public[wish.account_id] = public.get(wish.account_id, False) or wish.is_public
    for account_id, is_public in public.items():
        yield account_id, account_id, is_public, stable_uuid("wishlist", account_id).hex


def _options(ring_size: str | None, engraving: str | None) -> str:
    return as_json({name: value for name, value in (("ring_size", ring_size), ("engraving", engraving)) if value})


TABLES = (
    Table(
        "catalog_product_entity",
        "entity_id sku name price",
        lambda world: ((p.id, p.sku, p.name, p.price) for p in world.products),
    ),
    Table(
        "customer_entity",
        "entity_id increment_id email firstname lastname dob gender password_hash rp_token is_active created_at"
        " last_login_at",
        lambda world: (
            (a.id, a.number, a.email, a.first, a.last, a.birthday, a.gender, a.password_hash)
            + (stable_uuid("reset", a.id).hex if a.id % 9 == 0 else None, True, naive(a.created_at), naive(a.seen_at))
            for a in world.accounts
        ),
    ),
    Table(
        "customer_email_history",
        "id customer_id email used_until",
        lambda world: ((a.id, a.id, a.former_email, naive(a.created_at)) for a in world.accounts if a.former_email),
    ),
    Table("customer_address_entity", ADDRESS, _account_addresses),
    Table(
        "sales_order",
        "entity_id increment_id customer_id customer_is_guest customer_email status subtotal tax_amount shipping_amount"
        " grand_total remote_ip customer_note created_at",
        lambda world: (
            (o.id, o.number, o.account_id, o.account_id is None, o.email, o.state, o.goods, o.tax, o.shipping, o.total)
            + (o.ip, o.customer_note, naive(o.placed_at))
            for o in world.orders
        ),
    ),
    Table("sales_order_address", ADDRESS, _order_addresses),
    Table(
        "sales_order_item",
        "item_id order_id product_id name qty_ordered price product_options",
        lambda world: (
            (n.id, n.order_id, n.product_id, n.product_name, n.quantity, n.price, _options(n.ring_size, n.engraving))
            for n in world.lines
        ),
    ),
    Table(
        "sales_order_payment",
        "entity_id parent_id method last_trans_id cc_last_4 amount_paid",
        lambda world: ((p.id, p.order_id, p.method, p.reference, p.last_four, p.amount) for p in world.payments),
    ),
    Table(
        "sales_order_status_history",
        "entity_id parent_id comment created_at",
        lambda world: ((o.id, o.id, o.staff_note, naive(o.placed_at)) for o in world.orders if o.staff_note),
    ),
    Table(
        "rma_request",
        "rma_id order_id reason status refunded created_at closed_at",
        lambda world: (
            (r.id, r.order_id, r.reason, r.state, r.refund, naive(r.asked_at), naive(r.closed_at))
            for r in world.returns
        ),
    ),
    Table(
        "repair_ticket",
        "ticket_id customer_id item problem received_on returned_on price goldsmith",
        lambda world: (
            (r.id, r.account_id, r.item, r.problem, r.received_on, r.returned_on, r.price, r.goldsmith)
            for r in world.repairs
        ),
    ),
    Table(
        "vault_payment_token",
        "entity_id customer_id gateway_token type masked_cc expiration created_at",
        lambda world: (
            (c.id, c.account_id, c.token, c.brand, c.last_four, c.expires, naive(c.allowed_at)) for c in world.cards
        ),
    ),
    Table("wishlist", "wishlist_id customer_id shared sharing_code", _lists),
    Table(
        "wishlist_item",
        "wishlist_item_id wishlist_id product_id added_at description",
        lambda world: ((w.id, w.account_id, w.product_id, naive(w.added_at), w.note) for w in world.wishes),
    ),
    Table(
        "review_detail",
        "review_id customer_id email nickname product_id rating title detail created_at",
        lambda world: (
            (r.id, r.account_id, r.email, r.shown_name, r.product_id, r.stars, r.title, r.body, naive(r.posted_at))
            for r in world.reviews
        ),
    ),
    Table(
        "gift_delivery",
        "gift_id order_id recipient recipient_email recipient_telephone recipient_address message",
        lambda world: (
            (g.id, g.order_id, g.name, g.email, g.phone, one_line(g.address), g.message) for g in world.gifts
        ),
    ),
    Table(
        "customer_inference",
        "customer_id segment propensity traits computed_at",
        lambda world: (
            (p.account_id, p.segment, float(p.score), as_json(p.traits), naive(p.computed_at)) for p in world.profiles
        ),
    ),
    Table(
        "report_event",
        "event_id customer_id logged_at event_type url referer remote_ip http_user_agent",
        lambda world: (
            (e.id, e.account_id, naive(e.at), e.kind, e.url, e.referrer, e.ip, e.agent) for e in world.events
        ),
    ),
    Table(
        "sms_subscriber",
        "subscriber_id customer_id phone opted_in_at opt_in_text status",
        lambda world: (
            (s.id, s.account_id, s.phone, naive(s.opted_in_at), s.wording, s.state) for s in world.sms_subscribers
        ),
    ),
    Table(
        "sms_message",
        "message_id subscriber_id sent_at trigger_name body read_at",
        lambda world: (
            (m.id, m.subscriber_id, naive(m.sent_at), m.trigger, m.body, naive(m.read_at)) for m in world.sms_messages
        ),
    ),
    Table(
        "job_application",
        "application_id email full_name phone position letter referee_name applied_at",
        lambda world: (
            (a.id, a.email, a.name, a.phone, a.position, a.letter, a.referee, naive(a.applied_at))
            for a in world.applications
        ),
    ),
    Table(
        "survey_answer",
        "answer_id respondent_email question answer answered_at",
        lambda world: ((s.id, s.email, s.question, s.answer, naive(s.answered_at)) for s in world.survey_answers),
    ),
)
