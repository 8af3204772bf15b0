"""MiniLuxe: Magento's entity tables, naive moments in UTC, the address copied to each order, wishes under a list."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from dsr.demo.holdings import World
from dsr.demo.layouts.table import Row, Table, table
from dsr.demo.rows import Account, Order

UTC = ZoneInfo("UTC")
PLACE = (
    "street=address.two_lines city=address.city region=address.region postcode=address.postcode"
    " country_id=address.country"
)


def _lists(world: World) -> Iterator[Row]:
    """One list for each account that wishes for anything; its number is the account's."""
    public: dict[int | None, bool] = {}
    for wish in world.wishes:
        public[wish.owner.id] = public.get(wish.owner.id, False) or wish.is_public
    for number, is_public in public.items():
        yield number, number, is_public, f"share{number:06}"


def _earlier_addresses(world: World) -> list[Account]:
    return [account for account in world.accounts if account.former_email]


def _commented(world: World) -> list[Order]:
    return [order for order in world.orders if order.staff_note]


TABLES: tuple[Table, ...] = (
    table("catalog_product_entity", lambda world: world.products, "entity_id=id sku name price"),
    table(
        "customer_entity",
        lambda world: world.accounts,
        "entity_id=id increment_id=number email firstname=first lastname=last dob=birthday gender password_hash"
        " rp_token=reset_token is_active='true created_at last_login_at=seen_at",
        UTC,
    ),
    table(
        "customer_email_history",
        _earlier_addresses,
        "id customer_id=id email=former_email used_until=created_at",
        UTC,
    ),
    table(
        "customer_address_entity",
        lambda world: world.accounts,
        f"entity_id=id parent_id=id name {PLACE} telephone=phone",
    ),
    table(
        "sales_order",
        lambda world: world.orders,
        "entity_id=id increment_id=number customer_id=owner.id customer_is_guest=is_guest customer_email=email"
        " status=state"
        " subtotal=goods tax_amount=tax shipping_amount=shipping grand_total=total remote_ip=ip customer_note"
        " created_at=placed_at",
        UTC,
    ),
    table("sales_order_address", lambda world: world.orders, f"entity_id=id parent_id=id name {PLACE} telephone=phone"),
    table(
        "sales_order_item",
        lambda world: world.lines,
        "item_id=id order_id=order.id product_id=product.id name=product.name qty_ordered=quantity price"
        " product_options=options",
    ),
    table(
        "sales_order_payment",
        lambda world: world.payments,
        "entity_id=id parent_id=order.id method last_trans_id=reference cc_last_4=last_four amount_paid=amount",
    ),
    table(
        "sales_order_status_history",
        _commented,
        "entity_id=id parent_id=id comment=staff_note created_at=placed_at",
        UTC,
    ),
    table(
        "rma_request",
        lambda world: world.returns,
        "rma_id=id order_id=order.id reason status=state refunded=refund created_at=asked_at closed_at",
        UTC,
    ),
    table(
        "repair_ticket",
        lambda world: world.repairs,
        "ticket_id=id customer_id=owner.id item problem received_on returned_on price goldsmith",
    ),
    table(
        "vault_payment_token",
        lambda world: world.cards,
        "entity_id=id customer_id=owner.id gateway_token=token type=brand masked_cc=last_four expiration=expires"
        " created_at=allowed_at",
        UTC,
    ),
    Table("wishlist", ("wishlist_id", "customer_id", "shared", "sharing_code"), _lists),
    table(
        "wishlist_item",
        lambda world: world.wishes,
        "wishlist_item_id=id wishlist_id=owner.id product_id=product.id added_at description=note",
        UTC,
    ),
    table(
        "review_detail",
        lambda world: world.reviews,
        "review_id=id customer_id=owner.id email nickname=shown_name product_id=product.id rating=stars title"
        " detail=body"
        " created_at=posted_at",
        UTC,
    ),
    table(
        "gift_delivery",
        lambda world: world.gifts,
        "gift_id=id order_id=order.id recipient=name recipient_email=email recipient_telephone=phone"
        " recipient_address=address.one_line message",
    ),
    table(
        "customer_inference",
        lambda world: world.profiles,
        "customer_id=owner.id segment propensity=score traits computed_at",
        UTC,
    ),
    table(
        "report_event",
        lambda world: world.events,
        "event_id=id customer_id=owner.id logged_at=happened_at event_type=kind url referer=referrer remote_ip=ip"
        " http_user_agent=agent",
        UTC,
    ),
    table(
        "sms_subscriber",
        lambda world: world.sms_subscribers,
        "subscriber_id=id customer_id=owner.id phone opted_in_at opt_in_text=wording status=state",
        UTC,
    ),
    table(
        "sms_message",
        lambda world: world.sms_messages,
        "message_id=id subscriber_id=subscriber.id sent_at trigger_name=trigger body read_at",
        UTC,
    ),
    table(
        "job_application",
        lambda world: world.applications,
        "application_id=id email full_name=name phone position letter referee_name=referee applied_at",
        UTC,
    ),
    table(
        "survey_answer",
        lambda world: world.survey_answers,
        "answer_id=id respondent_email=email question answer answered_at",
        UTC,
    ),
)
