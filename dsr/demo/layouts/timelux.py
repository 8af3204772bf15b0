"""TimeLux Boutique: whole numbers as keys, addresses apart from people, moments with a zone."""

from __future__ import annotations

from dsr.demo.layouts.table import table

TABLES = (
    table("products", lambda world: world.products, "id sku name metal price"),
    table("addresses", lambda world: world.addresses, "id street unit city region postcode country"),
    table(
        "customers",
        lambda world: world.accounts,
        "id customer_number=number email former_email first_name=first last_name=last phone password_hash"
        " ssn=tax_number"
        " date_of_birth=birthday language promotions_by_email=wants_email promotions_by_post=wants_post created_at"
        " last_seen_at=seen_at staff_remark=remark",
    ),
    table(
        "customer_addresses",
        lambda world: world.accounts,
        "customer_id=id address_id=address.id purpose='home added_at=created_at",
    ),
    table(
        "orders",
        lambda world: world.orders,
        "id order_number=number customer_id=owner.id email contact_name=name phone shipping_address_id=address.id"
        " placed_at"
        " status=state goods_total=goods tax shipping_fee=shipping grand_total=total currency='USD customer_note"
        " staff_note",
    ),
    table(
        "order_items",
        lambda world: world.lines,
        "id order_id=order.id line_no=position product_id=product.id product_name=product.name quantity"
        " unit_price=price"
        " ring_size engraving",
    ),
    table(
        "payments",
        lambda world: world.payments,
        "id order_id=order.id method processor_reference=reference card_last_four=last_four amount paid_at",
    ),
    table(
        "invoices",
        lambda world: world.invoices,
        "invoice_number=number order_id=order.id issued_on billed_to billing_address total",
    ),
    table(
        "returns",
        lambda world: world.returns,
        "id order_id=order.id line_no=position requested_at=asked_at reason status=state refund closed_at",
    ),
    table(
        "repairs",
        lambda world: world.repairs,
        "id customer_id=owner.id item problem engraving received_on returned_on price goldsmith staff_remark=remark",
    ),
    table(
        "appraisals",
        lambda world: world.appraisals,
        "id customer_id=owner.id item value appraised_on appraiser photo_thumb=photo",
    ),
    table(
        "saved_cards",
        lambda world: world.cards,
        "id customer_id=owner.id token brand last_four holder expires allowed_at",
    ),
    table(
        "wish_list_items",
        lambda world: world.wishes,
        "id customer_id=owner.id product_id=product.id added_at is_public note",
    ),
    table(
        "reviews",
        lambda world: world.reviews,
        "id customer_id=owner.id email shown_name product_id=product.id stars title body posted_at",
    ),
    table(
        "testimonials",
        lambda world: world.testimonials,
        "id email author=shown_name body written_at consent_at is_published",
    ),
    table(
        "gift_recipients",
        lambda world: world.gifts,
        "id order_id=order.id recipient_name=name recipient_email=email recipient_phone=phone"
        " recipient_street=address.street recipient_city=address.city recipient_postcode=address.postcode"
        " recipient_country=address.country message",
    ),
    table(
        "referrals",
        lambda world: world.referrals,
        "id customer_id=owner.id friend_name friend_email message sent_at followed_at",
    ),
    table(
        "prize_draw_entries",
        lambda world: world.contest_entries,
        "id email name postcode survey=contest answer entered_at",
    ),
    table(
        "affiliate_purchases",
        lambda world: world.bought_facts,
        "id customer_id=owner.id affiliate item=detail amount bought_on=obtained_on",
    ),
    table("preferences", lambda world: world.profiles, "customer_id=owner.id segment score traits computed_at"),
    table(
        "catalogue_subscriptions",
        lambda world: world.catalogue,
        "id email name street=address.street city=address.city postcode=address.postcode country=address.country"
        " since until",
    ),
    table(
        "phone_calls",
        lambda world: world.calls,
        "id customer_id=owner.id caller_number=phone called_at=happened_at seconds taken_by=staff summary",
    ),
    table(
        "staff_notes",
        lambda world: world.staff_notes,
        "id customer_id=owner.id author written_at=happened_at body=text",
    ),
)
