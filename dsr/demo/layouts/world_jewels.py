"""World Jewels: short names of an old system, texts as keys, Los Angeles time without a zone, a card number in clear.

The card number is one of the payment networks' published test numbers. It stands here so that tests can prove that it is in
the shop and in no copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from dsr.demo.layouts.table import Row, Table, naive, one_line
from dsr.demo.rows import World

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
TEST_CARD = "4111111111111111"


def _local(moment: datetime | None) -> datetime | None:
    return naive(moment, LOS_ANGELES)


def _number(world: World, account_id: int | None) -> str | None:
    """Accounts are numbered from 1 in the order of the list."""
    return world.accounts[account_id - 1].number if account_id else None


def _order_no(world: World, order_id: int) -> str:
    return world.orders[order_id - 1].number


def _code(world: World, product_id: int) -> str:
    return world.products[product_id - 1].sku


def _customers(world: World) -> Iterator[Row]:
    for a in world.accounts:
        row = (a.number, a.email, a.former_email, a.first, a.last, a.phone, a.password_hash, a.tax_number, a.address_id)
        yield row + (a.wants_post, a.wants_email, a.wants_calls, _local(a.created_at), _local(a.seen_at), a.remark)


def _orders(world: World) -> Iterator[Row]:
    for o in world.orders:
        row = (o.number, _number(world, o.account_id), o.email, o.name, o.address_id, o.phone, _local(o.placed_at))
        yield row + (o.state, o.total, o.customer_note)


def _payments(world: World) -> Iterator[Row]:
    for p in world.payments:
        card, last_four = (TEST_CARD, TEST_CARD[-4:]) if p.last_four and p.id % 3 == 0 else (None, p.last_four)
        order = _order_no(world, p.order_id)
        yield p.id, order, "Authorize.net", p.reference, card, last_four, p.amount, _local(p.paid_at)


TABLES = (
    Table("wj_prod", "prod_code descr list_price", lambda world: ((p.sku, p.name, p.price) for p in world.products)),
    Table(
        "wj_addr",
        "addr_id addr1 addr2 city st zip ctry",
        lambda world: ((a.id, a.street, a.unit, a.city, a.region, a.postcode, a.country) for a in world.addresses),
    ),
    Table(
        "wj_cust",
        "cust_no email old_email fname lname tel passwd ssn addr_id promo_mail promo_email promo_tel crt_dt last_dt memo",
        _customers,
    ),
    Table("wj_ord", "ord_no cust_no email ship_name ship_addr tel ord_dt stat amt instr", _orders),
    Table(
        "wj_ordline",
        "ord_no ln prod_code qty price rsize engr",
        lambda world: (
            (_order_no(world, n.order_id), n.position, _code(world, n.product_id), n.quantity, n.price, n.ring_size)
            + (n.engraving,)
            for n in world.lines
        ),
    ),
    Table("wj_pay", "pay_id ord_no gateway auth_code card_no last4 amt pay_dt", _payments),
    Table(
        "wj_rma",
        "rma_no ord_no ln why stat open_dt close_dt",
        lambda world: (
            (r.id, _order_no(world, r.order_id), r.position, r.reason, r.state, _local(r.asked_at), _local(r.closed_at))
            for r in world.returns
        ),
    ),
    Table(
        "wj_repair",
        "rep_no cust_no item fault in_dt out_dt fee",
        lambda world: (
            (r.id, _number(world, r.account_id), r.item, r.problem, r.received_on, r.returned_on, r.price)
            for r in world.repairs
        ),
    ),
    Table(
        "wj_testim",
        "tst_id email author txt wr_dt consent_dt shown",
        lambda world: (
            (t.id, t.email, t.shown_name, t.body, _local(t.written_at), _local(t.consent_at), t.is_published)
            for t in world.testimonials
        ),
    ),
    Table(
        "wj_friend",
        "fr_id cust_no fr_name fr_email note sent_dt came_dt",
        lambda world: (
            (r.id, _number(world, r.account_id), r.friend_name, r.friend_email, r.message, _local(r.sent_at))
            + (_local(r.followed_at),)
            for r in world.referrals
        ),
    ),
    Table(
        "wj_call",
        "call_id cust_no tel call_dt secs clerk memo",
        lambda world: (
            (c.id, _number(world, c.account_id), c.phone, _local(c.at), c.seconds, c.staff, c.summary)
            for c in world.calls
        ),
    ),
    Table(
        "wj_maillist",
        "ml_id email name addr zip from_dt to_dt",
        lambda world: (
            (c.id, c.email, c.name, one_line(c.address), c.address.postcode, c.since, c.until) for c in world.catalogue
        ),
    ),
)
