"""Orders and what hangs on them: lines, payment, invoice, return, gift."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from dsr.demo import rows, words
from dsr.demo.lives import Friend, Life, Purchase, draw_home
from dsr.demo.teller import Teller, draw_ip

TAX_RATE = Decimal("0.0625")
CENT = Decimal("0.01")


def tell_purchase(
    teller: Teller, life: Life, account: rows.Account | None, home: rows.Address, purchase: Purchase
) -> None:
    """One order of a life, with everything that hangs on it."""
    rng, number = teller.rng, len(teller.world.orders) + 1
    lines = [line(teller, number, position, purchase) for position in range(1, purchase.lines + 1)]
    goods = sum((line.price * line.quantity for line in lines), Decimal(0))
    tax = (goods * TAX_RATE).quantize(CENT)
    shipping = Decimal("0.00") if goods > 500 else Decimal("12.50")
    placed = teller.moment(purchase.days_ago)
    order = rows.Order(
        id=number,
        number=f"{teller.prefix}{placed.year % 100:02}-{number:06}",
        account_id=None if purchase.as_guest or account is None else account.id,
        email=purchase.email or life.email,
        name=life.name,
        phone=life.phone,
        address_id=home.id,
        address=home,
        placed_at=placed,
        state="returned" if purchase.is_returned else "open" if purchase.days_ago < 8 else "delivered",
        goods=goods,
        tax=tax,
        shipping=shipping,
        total=goods + tax + shipping,
        ip=draw_ip(rng),
        customer_note=rng.choice(words.CUSTOMER_NOTES) if rng.random() < 0.12 else None,
        staff_note=rng.choice(words.STAFF_NOTES) if rng.random() < 0.06 else None,
    )
    teller.world.orders.append(order)
    teller.world.lines += lines
    settle(teller, order, purchase)
    if purchase.gift_to:
        tell_gift(teller, order, purchase.gift_to)


def line(teller: Teller, order_id: int, position: int, purchase: Purchase) -> rows.Line:
    number = len(teller.world.lines) + position
    product = teller.product(number)
    return rows.Line(
        id=number,
        order_id=order_id,
        position=position,
        product_id=product.id,
        product_name=product.name,
        quantity=2 if teller.rng.random() < 0.08 else 1,
        price=product.price,
        ring_size=f"{teller.rng.randint(8, 24) / 2:g}"
        if product.name.partition(",")[0].endswith(("ring", "band"))
        else None,
        engraving=purchase.engraving if position == 1 else None,
    )


def settle(teller: Teller, order: rows.Order, purchase: Purchase) -> None:
    """Payment, invoice and, where it came back, the return."""
    rng, world = teller.rng, teller.world
    method = rng.choice(("card", "card", "card", "paypal", "apple_pay", "google_pay"))
    four = f"{rng.randrange(10_000):04}" if method == "card" else None
    reference = f"ch_{rng.getrandbits(80):020x}"
    world.payments.append(
        rows.Payment(len(world.payments) + 1, order.id, method, reference, four, order.total, order.placed_at)
    )
    place = order.address
    billing = f"{place.street}, {place.postcode} {place.city}, {place.country}"
    issued = order.placed_at.date()
    world.invoices.append(rows.Invoice(f"I{order.number}", order.id, issued, order.name, billing, order.total))
    if purchase.is_returned:
        is_open = purchase.days_ago < 30
        asked = order.placed_at + timedelta(days=min(purchase.days_ago - 1, rng.randint(2, 25)))
        closed = None if is_open else asked + timedelta(days=4)
        refund = None if is_open else world.lines[-purchase.lines].price
        state = "open" if is_open else "refunded"
        reason = rng.choice(words.RETURN_REASONS)
        world.returns.append(rows.Return(len(world.returns) + 1, order.id, 1, asked, reason, state, refund, closed))


def tell_gift(teller: Teller, order: rows.Order, friend: Friend) -> None:
    home = friend.home or draw_home(teller.rng)[0]
    address = rows.Address(0, friend.name, *home)
    message, takes_offers = teller.rng.choice(words.GIFT_MESSAGES), teller.rng.random() < 0.5
    gift = rows.Gift(
        len(teller.world.gifts) + 1, order.id, friend.name, friend.email, friend.phone, address, message, takes_offers
    )
    teller.world.gifts.append(gift)
