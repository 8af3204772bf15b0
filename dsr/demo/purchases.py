"""Orders and what hangs on them: lines, payment, invoice, return, gift."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from dsr.demo import rows, words
from dsr.demo.lives import Friend, Life, Purchase, draw_home
from dsr.demo.teller import Teller, draw_ip

TAX_RATE = Decimal("0.0625")
CENT = Decimal("0.01")


def tell_purchase(teller: Teller, life: Life, owner: rows.Owner, home: rows.Address, purchase: Purchase) -> None:
    """One order of a life, with everything that hangs on it."""
    order = _order(teller, life, owner, home, purchase)
    lines = [_line(teller, order, position, purchase) for position in range(1, purchase.lines + 1)]
    goods = sum((line.price * line.quantity for line in lines), Decimal(0))
    tax = (goods * TAX_RATE).quantize(CENT)
    shipping = Decimal("0.00") if goods > 500 else Decimal("12.50")
    order = order._replace(goods=goods, tax=tax, shipping=shipping, total=goods + tax + shipping)
    teller.world.orders.append(order)
    teller.world.lines += lines
    _settle(teller, order, purchase.paid_by)
    if purchase.is_returned:
        _send_back(teller, order, lines[0], purchase.days_ago)
    if purchase.gift_to:
        _give(teller, order, purchase.gift_to)


def _order(teller: Teller, life: Life, owner: rows.Owner, home: rows.Address, purchase: Purchase) -> rows.Order:
    rng, number = teller.rng, len(teller.world.orders) + 1
    placed, nothing = teller.moment(purchase.days_ago), Decimal(0)
    return rows.Order(
        id=number,
        number=f"{teller.prefix}{placed.year % 100:02}-{number:06}",
        owner=rows.NOBODY if purchase.as_guest else owner,
        email=purchase.email or life.email,
        name=life.name,
        phone=life.phone,
        address=home,
        placed_at=placed,
        state="returned" if purchase.is_returned else "open" if purchase.days_ago < 8 else "delivered",
        goods=nothing,
        tax=nothing,
        shipping=nothing,
        total=nothing,
        ip=draw_ip(rng),
        customer_note=rng.choice(words.CUSTOMER_NOTES) if rng.random() < 0.12 else None,
        staff_note=rng.choice(words.STAFF_NOTES) if rng.random() < 0.06 else None,
    )


def _line(teller: Teller, order: rows.Order, position: int, purchase: Purchase) -> rows.Line:
    number = len(teller.world.lines) + position
    product = teller.product(number)
    has_size = product.name.partition(",")[0].endswith(("ring", "band"))
    return rows.Line(
        id=number,
        order=order,
        position=position,
        product=product,
        quantity=2 if teller.rng.random() < 0.08 else 1,
        price=product.price,
        ring_size=f"{teller.rng.randint(8, 24) / 2:g}" if has_size else None,
        engraving=purchase.engraving if position == 1 else None,
    )


def _settle(teller: Teller, order: rows.Order, paid_by: str) -> None:
    """Payment and invoice."""
    rng, world = teller.rng, teller.world
    method = paid_by or rng.choice(("card", "card", "card", "paypal", "apple_pay", "google_pay"))
    four = f"{rng.randrange(10_000):04}" if method == "card" else None
    reference, number = f"ch_{rng.getrandbits(80):020x}", len(world.payments) + 1
    world.payments.append(rows.Payment(number, order, method, reference, four, order.total, order.placed_at))
    issued = order.placed_at.date()
    world.invoices.append(
        rows.Invoice(f"I{order.number}", order, issued, order.name, order.address.one_line, order.total)
    )


def _send_back(teller: Teller, order: rows.Order, line: rows.Line, days_ago: int) -> None:
    """The return of an order's first line; what came back within the last month is not settled yet."""
    rng, world = teller.rng, teller.world
    is_open = days_ago < 30
    asked = order.placed_at + timedelta(days=min(days_ago - 1, rng.randint(2, 25)))
    world.returns.append(
        rows.Return(
            id=len(world.returns) + 1,
            order=order,
            position=line.position,
            asked_at=asked,
            reason=rng.choice(words.RETURN_REASONS),
            state="open" if is_open else "refunded",
            refund=None if is_open else line.price,
            closed_at=None if is_open else asked + timedelta(days=4),
        )
    )


def _give(teller: Teller, order: rows.Order, friend: Friend) -> None:
    rng, number = teller.rng, len(teller.world.gifts) + 1
    address = rows.Address(0, friend.name, *(friend.home or draw_home(rng)[0]))
    message, takes_offers = rng.choice(words.GIFT_MESSAGES), rng.random() < 0.5
    gift = rows.Gift(number, order, friend.name, friend.email, friend.phone, address, message, takes_offers)
    teller.world.gifts.append(gift)
