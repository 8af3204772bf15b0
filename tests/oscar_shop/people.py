"""Who shops at the Oscar shop, written through Oscar's own models.

Ada asks for her data. Bela is her neighbour: whatever Ada has, Bela has too. Cleo works there. Between them lie the traps:
an address with two orders, a note that names a customer, an account that differs by case, mail to nobody's account.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sites.models import Site
from newsletter.models import Message, Newsletter, Submission, Subscription
from oscar.core.loading import get_model

from tests.oscar_shop.names import ADA_EMAIL, BELA_EMAIL, STRANGERS

DAY = datetime(2024, 2, 29, 12, 30, 15, 120000, tzinfo=UTC)


def model(app: str, name: str) -> Any:
    """One of Oscar's models."""
    return get_model(app, name)


class Shop:
    """What everybody's rows point at."""

    def __init__(self) -> None:
        self.country = model("address", "Country").objects.create(
            iso_3166_1_a2="GB",
            iso_3166_1_a3="GBR",
            iso_3166_1_numeric="826",
            printable_name="United Kingdom",
            name="UK",
        )
        kind = model("catalogue", "ProductClass").objects.create(name="Rings")
        parent = model("catalogue", "Product").objects.create(title="Ring", structure="parent", product_class=kind)
        self.ring = model("catalogue", "Product").objects.create(
            title="Ring, gold", structure="child", parent=parent, upc="ring-1"
        )
        self.size = model("catalogue", "Option").objects.create(name="Engraving", code="engraving")
        self.partner = model("partner", "Partner").objects.create(name="House", code="house")
        self.stock = model("partner", "StockRecord").objects.create(
            product=self.ring, partner=self.partner, partner_sku="R1", price=Decimal("100.00"), num_in_stock=9
        )
        self.site = Site.objects.get_or_create(pk=1, defaults={"domain": "shop.test", "name": "Shop"})[0]
        self.group = Group.objects.create(name="Friends of the house")
        self.paid = model("order", "PaymentEventType").objects.create(name="Paid", code="paid")
        self.sent = model("order", "ShippingEventType").objects.create(name="Sent", code="sent")
        self.card = model("payment", "SourceType").objects.create(name="Card", code="card")
        self.confirmation = model("communication", "CommunicationEventType").objects.create(
            code="PLACED", name="Placed"
        )
        self.range = model("offer", "Range").objects.create(name="Everything", includes_all_products=True)
        self.voucher = model("voucher", "Voucher").objects.create(
            name="Spring", code="SPRING", start_datetime=DAY, end_datetime=DAY
        )
        self.newsletter = Newsletter.objects.create(title="Sparkle", slug="sparkle", email="n@shop.test", sender="Shop")
        message = Message.objects.create(title="Spring", slug="spring", newsletter=self.newsletter)
        self.mailing = Submission.objects.create(message=message, newsletter=self.newsletter)
        self.staff = User.objects.create_user("cleo", "cleo@shop.test", "x", is_staff=True, first_name="Cleo")
        self.orders = 1000

    def number(self) -> str:
        """The next order's number."""
        self.orders += 1
        return str(self.orders)


def address_fields(shop: Shop, name: str) -> dict[str, Any]:
    """An address that names its person in every line."""
    return {
        "title": "Ms",
        "first_name": name,
        "last_name": f"{name}-Surname",
        "line1": f"1 {name} Street",
        "line4": "London",
        "postcode": "N1 9GU",
        "country": shop.country,
    }


def account(shop: Shop, username: str, email: str, name: str) -> Any:
    """An account with everything that hangs on it alone."""
    user = User.objects.create_user(username, email, "secret", first_name=name, last_name="Surname", last_login=DAY)
    user.groups.add(shop.group)
    user.user_permissions.add(Permission.objects.all()[0])
    model("address", "UserAddress").objects.create(
        user=user, phone_number="+442079460000", notes=f"{name}'s door", **address_fields(shop, name)
    )
    model("payment", "Bankcard").objects.create(
        user=user, name=name, number="4111111111111111", expiry_date=date(2030, 1, 31), partner_reference=f"tok-{name}"
    )
    _behaviour(shop, user, name)
    _messages(shop, user, name)
    _wishes(shop, user, name)
    return user


def _behaviour(shop: Shop, user: Any, name: str) -> None:
    model("analytics", "UserRecord").objects.create(user=user, num_orders=2, total_spent=Decimal("1234.50"))
    model("analytics", "UserProductView").objects.create(user=user, product=shop.ring)
    model("analytics", "UserSearch").objects.create(user=user, query=f"{name} ring")
    partner = model("partner", "Partner").objects.create(name=f"{name} Ltd", code=f"{user.pk}-ltd")
    partner.users.add(user)
    model("partner", "PartnerAddress").objects.create(partner=partner, **address_fields(shop, name))
    model("offer", "RangeProductFileUpload").objects.create(
        range=shop.range, filepath=f"/{name}.csv", size=10, uploaded_by=user
    )
    LogEntry.objects.create(
        user=user, content_type=ContentType.objects.get_for_model(User), object_id=user.pk, object_repr=name,
        action_flag=CHANGE,
    )  # fmt: skip


def _messages(shop: Shop, user: Any, name: str) -> None:
    model("communication", "Email").objects.create(
        user=user, email=user.email, subject=f"Dear {name}", body_text="Hello", body_html="<p>Hello</p>"
    )
    model("communication", "Notification").objects.create(
        recipient=user, sender=shop.staff, subject=f"For {name}", body="Back in stock"
    )
    model("reviews", "ProductReview").objects.create(user=user, product=shop.ring, score=5, title="Fine", body=name)
    model("customer", "ProductAlert").objects.create(user=user, product=shop.ring, key=f"key-{name}")
    Subscription.objects.create(user=user, newsletter=shop.newsletter, subscribed=True, ip="192.0.2.7")


def _wishes(shop: Shop, user: Any, name: str) -> None:
    wishes = model("wishlists", "WishList").objects.create(owner=user, name=f"{name}'s wishes")
    wishes.lines.create(product=shop.ring, title="Ring, gold")
    model("wishlists", "WishListSharedEmail").objects.create(
        wishlist=wishes, email=f"friend.of.{name.lower()}@example.net"
    )
    _basket(shop, user, "Saved")


def _basket(shop: Shop, owner: Any, status: str) -> Any:
    basket = model("basket", "Basket").objects.create(owner=owner)
    line = model("basket", "Line").objects.create(
        basket=basket, product=shop.ring, stockrecord=shop.stock, line_reference="1_1", price_excl_tax=Decimal("83.33")
    )
    line.attributes.create(option=shop.size, value={"text": "for ever"})
    basket.vouchers.add(shop.voucher)
    basket.status = status
    basket.save()
    return basket


def order(shop: Shop, name: str, *, user: Any = None, guest_email: str = "", sent_to: Any = None) -> Any:
    """A placed order with a row in every table of orders and payment."""
    placed = model("order", "Order").objects.create(
        number=shop.number(), site=shop.site, user=user, guest_email=guest_email, currency="GBP", date_placed=DAY,
        total_incl_tax=Decimal("100.00"), total_excl_tax=Decimal("83.33"), basket=_basket(shop, user, "Submitted"),
        shipping_address=sent_to or model("order", "ShippingAddress").objects.create(**address_fields(shop, name)),
        billing_address=model("order", "BillingAddress").objects.create(**address_fields(shop, name)),
    )  # fmt: skip
    _lines(shop, placed, name)
    _events(shop, placed, name)
    source = model("payment", "Source").objects.create(
        order=placed, source_type=shop.card, reference=f"pay-{name}", amount_debited=Decimal("100.00")
    )
    source.transactions.create(txn_type="Debit", amount=Decimal("100.00"), reference=f"txn-{name}", status="done")
    if user:
        shop.voucher.applications.create(user=user, order=placed)
    return placed


def _lines(shop: Shop, placed: Any, name: str) -> None:
    line = placed.lines.create(
        partner=shop.partner, partner_name="House", partner_sku="R1", stockrecord=shop.stock, product=shop.ring,
        title="Ring, gold", quantity=1, num_allocated=0, line_price_incl_tax=100, line_price_excl_tax=Decimal("83.33"),
        line_price_before_discounts_incl_tax=110, line_price_before_discounts_excl_tax=Decimal("91.66"),
    )  # fmt: skip
    line.attributes.create(option=shop.size, type="engraving", value=f"{name} for ever")
    line.prices.create(order=placed, quantity=1, price_incl_tax=100, price_excl_tax=Decimal("83.33"))
    placed.surcharges.create(name="Gift wrap", code="gift", incl_tax=2, excl_tax=2)
    discount = placed.discounts.create(category="Basket", voucher_code="SPRING", amount=10, message=f"For {name}")
    line.discounts.create(order_discount=discount, amount=10, is_incl_tax=True)


def _events(shop: Shop, placed: Any, name: str) -> None:
    line = placed.lines.get()
    placed.notes.create(user=shop.staff, note_type="Info", message=f"{name} rang and was unhappy")
    placed.status_changes.create(old_status="Pending", new_status="Sent")
    placed.communication_events.create(event_type=shop.confirmation)
    parcel = placed.shipping_events.create(event_type=shop.sent, notes=f"{name} was not in")
    parcel.line_quantities.create(line=line, quantity=1)
    payment = placed.payment_events.create(
        event_type=shop.paid, amount=100, reference=f"pay-{name}", shipping_event=parcel
    )
    payment.line_quantities.create(line=line, quantity=1)


def without_account(shop: Shop, email: str, name: str) -> None:
    """What a person leaves who has no account, or is not signed in: found by e-mail alone."""
    model("reviews", "ProductReview").objects.create(
        product=shop.ring, score=1, title="Hm", body=name, name=name, email=email
    )
    model("customer", "ProductAlert").objects.create(product=shop.ring, email=email, key=f"guest-{email}"[:128])
    model("communication", "Email").objects.create(email=email, subject=f"Dear guest {name}", body_text="Hello")
    subscription = Subscription.objects.create(
        newsletter=shop.newsletter, name_field=name, email_field=email, subscribed=True, ip="2001:db8::1"
    )
    shop.mailing.subscriptions.add(subscription)


def fill() -> Shop:
    """Everybody and every trap; what a crowd can be added to."""
    random.seed(7)
    shop = Shop()
    ada = account(shop, "ada", ADA_EMAIL, "Ada")
    bela = account(shop, "bela", BELA_EMAIL, "Bela")
    twin = account(shop, "ada2", ADA_EMAIL.lower(), "Ada")  # Oscar lets two accounts differ by case
    for stranger in STRANGERS:
        without_account(shop, stranger, "Stranger")
    without_account(shop, "ADA.BYRON@example.COM", "Ada")
    without_account(shop, BELA_EMAIL.upper(), "Bela")

    first = order(shop, "Ada", user=ada)
    order(shop, "Ada", user=twin)
    order(shop, "Ada", guest_email="ADA.Byron@example.com")  # a guest's order with a member's address
    order(shop, "Bela", user=bela)
    order(shop, "Bela", guest_email="bela@example.com")
    order(shop, "Bela", user=bela, sent_to=first.shipping_address)  # one address row, two people's orders
    order(shop, "Stranger", guest_email=STRANGERS[0])
    _entangle(shop, ada, bela)
    for user in (ada, bela):
        shop.mailing.subscriptions.add(Subscription.objects.get(user=user))
        session = SessionStore()
        session["checkout"] = {"guest_email": user.email}
        session.create()
    return shop


def _entangle(shop: Shop, ada: Any, bela: Any) -> None:
    """Rows of one that name the other."""
    of_bela = model("order", "Order").objects.filter(user=bela).first()
    of_bela.notes.create(user=shop.staff, note_type="Info", message="Bela says that Ada Byron referred her")
    of_bela.notes.create(user=ada, note_type="Info", message="Written by Ada about Bela's order")
    for theirs, mine in ((ada, bela), (bela, ada)):
        review = model("reviews", "ProductReview").objects.get(user=theirs)
        model("reviews", "Vote").objects.create(user=mine, review=review, delta=1)
    wishes = model("wishlists", "WishList").objects.get(owner=bela)
    model("wishlists", "WishListSharedEmail").objects.create(wishlist=wishes, email="ada.byron@EXAMPLE.com")
    model("communication", "Notification").objects.create(recipient=bela, sender=ada, subject="Ada to Bela", body="Hi")
