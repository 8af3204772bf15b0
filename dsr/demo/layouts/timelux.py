"""TimeLux Boutique: whole numbers as keys, addresses apart from people, moments with a zone."""

from __future__ import annotations

from dsr.demo import words
from dsr.demo.layouts.table import Table, as_json

TABLES = (
    Table(
        "products",
        "id sku name metal price",
        lambda world: ((p.id, p.sku, p.name, p.metal, p.price) for p in world.products),
    ),
    Table(
        "addresses",
        "id street unit city region postcode country",
        lambda world: ((a.id, a.street, a.unit, a.city, a.region, a.postcode, a.country) for a in world.addresses),
    ),
    Table(
        "customers",
        "id customer_number email former_email first_name last_name phone password_hash ssn date_of_birth language"
        " promotions_by_email promotions_by_post created_at last_seen_at staff_remark",
        lambda world: (
            (
                a.id,
                a.number,
                a.email,
                a.former_email,
                a.first,
                a.last,
                a.phone,
                a.password_hash,
                a.tax_number,
                a.birthday,
            )
            + (a.language, a.wants_email, a.wants_post, a.created_at, a.seen_at, a.remark)
            for a in world.accounts
        ),
    ),
    Table(
        "customer_addresses",
        "customer_id address_id purpose added_at",
        lambda world: ((a.id, a.address_id, "home", a.created_at) for a in world.accounts),
    ),
    Table(
        "orders",
        "id order_number customer_id email contact_name phone shipping_address_id placed_at status goods_total tax"
        " shipping_fee grand_total currency customer_note staff_note",
        lambda world: (
            (o.id, o.number, o.account_id, o.email, o.name, o.phone, o.address_id, o.placed_at, o.state, o.goods, o.tax)
            + (o.shipping, o.total, "USD", o.customer_note, o.staff_note)
            for o in world.orders
        ),
    ),
    Table(
        "order_items",
        "id order_id line_no product_id product_name quantity unit_price ring_size engraving",
        lambda world: (
            (n.id, n.order_id, n.position, n.product_id, n.product_name, n.quantity, n.price, n.ring_size, n.engraving)
            for n in world.lines
        ),
    ),
    Table(
        "payments",
        "id order_id method processor_reference card_last_four amount paid_at",
        lambda world: (
            (p.id, p.order_id, p.method, p.reference, p.last_four, p.amount, p.paid_at) for p in world.payments
        ),
    ),
    Table(
        "invoices",
        "invoice_number order_id issued_on billed_to billing_address total",
        lambda world: (
            (i.number, i.order_id, i.issued_on, i.billed_to, i.billing_address, i.total) for i in world.invoices
        ),
    ),
    Table(
        "returns",
        "id order_id line_no requested_at reason status refund closed_at",
        lambda world: (
            (r.id, r.order_id, r.position, r.asked_at, r.reason, r.state, r.refund, r.closed_at) for r in world.returns
        ),
    ),
    Table(
        "repairs",
        "id customer_id item problem engraving received_on returned_on price goldsmith staff_remark",
        lambda world: (
            (
                r.id,
                r.account_id,
                r.item,
                r.problem,
                r.engraving,
                r.received_on,
                r.returned_on,
                r.price,
                r.goldsmith,
                r.remark,
            )
            for r in world.repairs
        ),
    ),
    Table(
        "appraisals",
        "id customer_id item value appraised_on appraiser photo_thumb",
        lambda world: (
            (a.id, a.account_id, a.item, a.value, a.appraised_on, a.appraiser, a.photo) for a in world.appraisals
        ),
    ),
    Table(
        "saved_cards",
        "id customer_id token brand last_four holder expires allowed_at",
        lambda world: (
            (c.id, c.account_id, c.token, c.brand, c.last_four, c.holder, c.expires, c.allowed_at) for c in world.cards
        ),
    ),
    Table(
        "wish_list_items",
        "id customer_id product_id added_at is_public note",
        lambda world: ((w.id, w.account_id, w.product_id, w.added_at, w.is_public, w.note) for w in world.wishes),
    ),
    Table(
        "reviews",
        "id customer_id email shown_name product_id stars title body posted_at",
        lambda world: (
            (r.id, r.account_id, r.email, r.shown_name, r.product_id, r.stars, r.title, r.body, r.posted_at)
            for r in world.reviews
        ),
    ),
    Table(
        "testimonials",
        "id email author body written_at consent_at is_published",
        lambda world: (
            (t.id, t.email, t.shown_name, t.body, t.written_at, t.consent_at, t.is_published)
            for t in world.testimonials
        ),
    ),
    Table(
        "gift_recipients",
        "id order_id recipient_name recipient_email recipient_phone recipient_street recipient_city recipient_postcode"
        " recipient_country message",
        lambda world: (
            (g.id, g.order_id, g.name, g.email, g.phone, g.address.street, g.address.city, g.address.postcode)
            + (g.address.country, g.message)
            for g in world.gifts
        ),
    ),
    Table(
        "referrals",
        "id customer_id friend_name friend_email message sent_at followed_at",
        lambda world: (
            (r.id, r.account_id, r.friend_name, r.friend_email, r.message, r.sent_at, r.followed_at)
            for r in world.referrals
        ),
    ),
    Table(
        "prize_draw_entries",
        "id email name postcode survey answer entered_at",
        lambda world: (
            (e.id, e.email, e.name, e.postcode, e.contest, e.answer, e.entered_at) for e in world.contest_entries
        ),
    ),
    Table(
        "affiliate_purchases",
        "id customer_id affiliate item amount bought_on",
        lambda world: (
            (f.id, f.account_id, words.AFFILIATES[f.id % len(words.AFFILIATES)], f.detail, f.amount, f.obtained_on)
            for f in world.bought_facts
        ),
    ),
    Table(
        "preferences",
        "customer_id segment score traits computed_at",
        lambda world: ((p.account_id, p.segment, p.score, as_json(p.traits), p.computed_at) for p in world.profiles),
    ),
    Table(
        "catalogue_subscriptions",
        "id email name street city postcode country since until",
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
        "phone_calls",
        "id customer_id caller_number called_at seconds taken_by summary",
        lambda world: ((c.id, c.account_id, c.phone, c.at, c.seconds, c.staff, c.summary) for c in world.calls),
    ),
    Table(
        "staff_notes",
        "id customer_id author written_at body",
        lambda world: ((n.id, n.account_id, n.author, n.at, n.text) for n in world.staff_notes),
    ),
)
