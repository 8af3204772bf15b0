"""Security Jewelers: four schemas, UUIDs as keys, order numbers and article numbers as keys, moments with a zone."""

from __future__ import annotations

from dsr.demo.holdings import World
from dsr.demo.layouts.table import table
from dsr.demo.rows import Account


def _earlier_addresses(world: World) -> list[Account]:
    return [account for account in world.accounts if account.former_email]


CRM = (
    table(
        "crm.party",
        lambda world: world.accounts,
        "party_id=id:party party_no=number email given_name=first family_name=last phone birthday"
        " contact_allowed=wants_calls created_at last_contact_at=seen_at",
    ),
    table("crm.party_email", _earlier_addresses, "party_id=id:party email=former_email replaced_at=created_at"),
    table(
        "crm.postal_address",
        lambda world: world.addresses,
        "address_id=id:address line1=street line2=unit town=city state=region zip=postcode country",
    ),
    table(
        "crm.party_address",
        lambda world: world.accounts,
        "party_id=id:party address_id=address.id:address since=created_at",
    ),
    table(
        "crm.note",
        lambda world: world.staff_notes,
        "note_id=id:note party_id=owner.id:party author written_at=happened_at body=text",
    ),
    table(
        "crm.call",
        lambda world: world.calls,
        "call_id=id:call party_id=owner.id:party number=phone started_at=happened_at seconds taken_by=staff summary",
    ),
    table(
        "crm.mailing_list",
        lambda world: world.subscribers,
        "email name opted_in_at=subscribed_at wording is_active",
    ),
    table(
        "crm.referral",
        lambda world: world.referrals,
        "referral_id=id:referral party_id=owner.id:party friend_name friend_email said_at=sent_at",
    ),
)
SALES = (
    table("sales.product", lambda world: world.products, "sku title=name list_price=price"),
    table(
        "sales.customer_order",
        lambda world: world.orders,
        "order_no=number party_id=owner.id:party contact_email=email contact_name=name contact_phone=phone"
        " ship_to=address.id:address ordered_at=placed_at state total tax remark=customer_note",
    ),
    table(
        "sales.order_line",
        lambda world: world.lines,
        "order_no=order.number line_no=position sku=product.sku quantity unit_price=price ring_size engraving",
    ),
    table(
        "sales.payment",
        lambda world: world.payments,
        "payment_id=id:payment order_no=order.number method last_four amount paid_at",
    ),
    table(
        "sales.invoice",
        lambda world: world.invoices,
        "invoice_no=number order_no=order.number issued_on billed_to billing_address total",
    ),
    table(
        "sales.return_slip",
        lambda world: world.returns,
        "slip_id=id:return order_no=order.number requested_at=asked_at reason state refund closed_at",
    ),
    table(
        "sales.gift_delivery",
        lambda world: world.gifts,
        "gift_id=id:gift order_no=order.number recipient_name=name recipient_email=email recipient_phone=phone"
        " recipient_address=address.one_line card_text=message",
    ),
    table(
        "sales.saved_card",
        lambda world: world.cards,
        "card_id=id:card party_id=owner.id:party processor_token=token brand last_four expires allowed_at",
    ),
)
SERVICE = (
    table(
        "service.repair",
        lambda world: world.repairs,
        "ticket=id:repair party_id=owner.id:party item problem engraving received_on handed_back_on=returned_on price"
        " goldsmith bench_note=remark",
    ),
    table(
        "service.appraisal",
        lambda world: world.appraisals,
        "appraisal_id=id:appraisal party_id=owner.id:party item value appraised_on appraiser photo",
    ),
)
WEB = (
    table(
        "web.login",
        lambda world: world.accounts,
        "party_id=id:party username=email password_hash last_login_at=seen_at",
    ),
    table(
        "web.wish",
        lambda world: world.wishes,
        "wish_id=id:wish party_id=owner.id:party sku=product.sku added_at is_public note",
    ),
    table(
        "web.review",
        lambda world: world.reviews,
        "review_id=id:review email shown_name sku=product.sku stars body posted_at",
    ),
    table(
        "web.testimonial",
        lambda world: world.testimonials,
        "testimonial_id=id:testimonial email author=shown_name body written_at is_published",
    ),
    table(
        "web.survey_reply",
        lambda world: world.survey_answers,
        "reply_id=id:survey email question answer replied_at=answered_at",
    ),
)
TABLES = CRM + SALES + SERVICE + WEB
