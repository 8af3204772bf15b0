"""What is whose, in SQL written by hand: the yardstick for the datasets and for the app's own gathering.

For every shop and collection a statement that counts the rows of the person whose mailbox is ``%(email)s``, in small
letters. It knows nothing of datasets and graphs; who reads it can check it against the schema. Two things the person's own
rows say are used: another address of the same account, and a telephone number for what is tied to nobody.
"""

from __future__ import annotations


def count(table: str, condition: str, what: str = "*") -> str:
    return f"SELECT count({what}) FROM {table} WHERE {condition}"


def addresses_of(table: str, columns: tuple[str, ...], condition: str) -> str:
    """The mailbox that asked, and those that the person's own row names: a former address is the person too."""
    known = "".join(f" UNION SELECT lower({column}) FROM {table} WHERE {condition}" for column in columns)
    return f"(SELECT %(email)s{known})"


def digits(column: str) -> str:
    """A telephone number without its country and its punctuation."""
    return f"right(regexp_replace({column}, '[^0-9]', '', 'g'), 9)"


def timelux() -> dict[str, str]:
    me = "(SELECT id FROM customers WHERE lower(email) = %(email)s OR lower(former_email) = %(email)s)"
    mails = addresses_of("customers", ("email", "former_email"), f"id IN {me}")
    orders = f"(SELECT id FROM orders WHERE lower(email) IN {mails} OR customer_id IN {me})"
    by_mail = f"lower(email) IN {mails}"
    my_calls = f"SELECT {digits('caller_number')} FROM phone_calls WHERE customer_id IN {me}"
    reviews = f"{by_mail} OR customer_id IN {me}"
    products = (
        f"id IN (SELECT product_id FROM order_items WHERE order_id IN {orders}"
        f" UNION SELECT product_id FROM wish_list_items WHERE customer_id IN {me}"
        f" UNION SELECT product_id FROM reviews WHERE {reviews})"
    )
    addresses = (
        f"id IN (SELECT address_id FROM customer_addresses WHERE customer_id IN {me}"
        f" UNION SELECT shipping_address_id FROM orders WHERE id IN {orders})"
    )
    of_orders = ("order_items", "payments", "invoices", "returns")
    of_me = ("repairs", "appraisals", "saved_cards", "wish_list_items", "referrals", "affiliate_purchases")
    of_me += ("preferences", "staff_notes", "customer_addresses")
    return {
        "phone_calls": count(
            "phone_calls",
            f"customer_id IN {me} OR customer_id IS NULL AND {digits('caller_number')} IN ({my_calls})",
        ),
        "products": count("products", products),
        "addresses": count("addresses", addresses),
        "customers": count("customers", f"id IN {me}"),
        "orders": count("orders", f"id IN {orders}"),
        "reviews": count("reviews", reviews),
        "gift_recipients": count("gift_recipients", f"order_id IN {orders} OR lower(recipient_email) IN {mails}"),
        **{name: count(name, f"order_id IN {orders}") for name in of_orders},
        **{name: count(name, f"customer_id IN {me}") for name in of_me},
        **{name: count(name, by_mail) for name in ("testimonials", "prize_draw_entries", "catalogue_subscriptions")},
    } | {"referrals": count("referrals", f"customer_id IN {me} OR lower(friend_email) IN {mails}")}


def miniluxe() -> dict[str, str]:
    me = "(SELECT entity_id FROM customer_entity WHERE lower(email) = %(email)s)"
    orders = f"(SELECT entity_id FROM sales_order WHERE lower(customer_email) = %(email)s OR customer_id IN {me})"
    reviews = f"customer_id IN {me} OR lower(email) = %(email)s"
    products = (
        f"entity_id IN (SELECT product_id FROM sales_order_item WHERE order_id IN {orders}"
        f" UNION SELECT product_id FROM wishlist_item WHERE wishlist_id IN {me}"
        f" UNION SELECT product_id FROM review_detail WHERE {reviews})"
    )
    of_orders = {"sales_order_address": "parent_id", "sales_order_item": "order_id", "sales_order_payment": "parent_id"}
    of_orders |= {"sales_order_status_history": "parent_id", "rma_request": "order_id"}
    of_me = ("repair_ticket", "vault_payment_token", "wishlist", "customer_inference", "report_event", "sms_subscriber")
    return {
        "catalog_product_entity": count("catalog_product_entity", products),
        "customer_entity": count("customer_entity", f"entity_id IN {me}"),
        "customer_email_history": count("customer_email_history", f"customer_id IN {me} OR lower(email) = %(email)s"),
        "customer_address_entity": count("customer_address_entity", f"parent_id IN {me}"),
        "sales_order": count("sales_order", f"entity_id IN {orders}"),
        **{name: count(name, f"{column} IN {orders}") for name, column in of_orders.items()},
        **{name: count(name, f"customer_id IN {me}") for name in of_me},
        "wishlist_item": count("wishlist_item", f"wishlist_id IN {me}"),  # A list has its owner's number here.
        "review_detail": count("review_detail", reviews),
        "gift_delivery": count("gift_delivery", f"order_id IN {orders} OR lower(recipient_email) = %(email)s"),
        "sms_message": count("sms_message m JOIN sms_subscriber s USING (subscriber_id)", f"s.customer_id IN {me}"),
        "job_application": count("job_application", "lower(email) = %(email)s"),
        "survey_answer": count("survey_answer", "lower(respondent_email) = %(email)s"),
    }


def security() -> dict[str, str]:
    me = "(SELECT party_id FROM crm.party WHERE lower(email) = %(email)s)"
    mails = addresses_of("crm.party_email", ("email",), f"party_id IN {me}")
    orders = f"(SELECT order_no FROM sales.customer_order WHERE lower(contact_email) IN {mails} OR party_id IN {me})"
    numbers = f"SELECT {digits('phone')} FROM crm.party WHERE party_id IN {me}"
    products = (
        f"sku IN (SELECT sku FROM sales.order_line WHERE order_no IN {orders}"
        f" UNION SELECT sku FROM web.wish WHERE party_id IN {me}"
        f" UNION SELECT sku FROM web.review WHERE lower(email) IN {mails})"
    )
    places = (
        f"address_id IN (SELECT address_id FROM crm.party_address WHERE party_id IN {me}"
        f" UNION SELECT ship_to FROM sales.customer_order WHERE order_no IN {orders})"
    )
    of_orders = ("sales.order_line", "sales.payment", "sales.invoice", "sales.return_slip")
    of_me = ("crm.party", "crm.party_address", "crm.note", "sales.saved_card", "service.repair")
    of_me += ("service.appraisal", "web.login", "web.wish")
    by_mail = ("crm.mailing_list", "web.review", "web.testimonial", "web.survey_reply")
    return {
        "sales.product": count("sales.product", products),
        "crm.postal_address": count("crm.postal_address", places),
        "crm.party_email": count("crm.party_email", f"party_id IN {me} OR lower(email) IN {mails}"),
        "crm.call": count("crm.call", f"party_id IN {me} OR party_id IS NULL AND {digits('number')} IN ({numbers})"),
        "crm.referral": count("crm.referral", f"party_id IN {me} OR lower(friend_email) IN {mails}"),
        "sales.customer_order": count("sales.customer_order", f"order_no IN {orders}"),
        "sales.gift_delivery": count(
            "sales.gift_delivery", f"order_no IN {orders} OR lower(recipient_email) IN {mails}"
        ),
        **{name: count(name, f"order_no IN {orders}") for name in of_orders},
        **{name: count(name, f"party_id IN {me}") for name in of_me},
        **{name: count(name, f"lower(email) IN {mails}") for name in by_mail},
    }


def cali() -> dict[str, str]:
    me = """(SELECT "CustomerId" FROM "Customers" WHERE %(email)s IN (lower("Email"), lower("FormerEmail")))"""
    mails = addresses_of('"Customers"', ('"Email"', '"FormerEmail"'), f""""CustomerId" IN {me}""")
    orders = f"""(SELECT "OrderId" FROM "Orders" WHERE lower("Email") IN {mails} OR "CustomerId" IN {me})"""
    by_mail = f"""lower("Email") IN {mails}"""
    numbers = f"""SELECT {digits('"Phone"')} FROM "Customers" WHERE "CustomerId" IN {me}"""
    calls = f""""CustomerId" IN {me} OR "CustomerId" IS NULL AND {digits('"CallerNumber"')} IN ({numbers})"""
    reviews = f"""{by_mail} OR "CustomerId" IN {me}"""
    products = (
        f""""ProductId" IN (SELECT "ProductId" FROM "OrderLines" WHERE "OrderId" IN {orders}"""
        f""" UNION SELECT "ProductId" FROM "WishLists" WHERE "CustomerId" IN {me}"""
        f""" UNION SELECT "ProductId" FROM "Reviews" WHERE {reviews})"""
    )
    mine = f""""CustomerId" IN {me}"""
    of_me = ("Customers", "Addresses", "Repairs", "Appraisals", "SavedCards", "WishLists", "MarketingData", "Profiles")
    of_me += ("SiteEvents", "SmsSubscribers", "StaffNotes")
    return {
        "CallLog": count('"CallLog"', calls),
        "Products": count('"Products"', products),
        "Orders": count('"Orders"', f'"OrderId" IN {orders}'),
        **{name: count(f'"{name}"', f'"OrderId" IN {orders}') for name in ("OrderLines", "Payments", "Returns")},
        **{name: count(f'"{name}"', mine) for name in of_me},
        **{name: count(f'"{name}"', by_mail) for name in ("ContestEntries", "CatalogMailings")},
        "Reviews": count('"Reviews"', reviews),
        "GiftRecipients": count('"GiftRecipients"', f'{by_mail} OR "OrderId" IN {orders}'),
        "Referrals": count('"Referrals"', f'{mine} OR lower("FriendEmail") IN {mails}'),
        "SmsMessages": count('"SmsMessages" JOIN "SmsSubscribers" USING ("SubscriberId")', mine),
    }


def world_jewels() -> dict[str, str]:
    me = "(SELECT cust_no FROM wj_cust WHERE %(email)s IN (lower(email), lower(old_email)))"
    orders = f"(SELECT ord_no FROM wj_ord WHERE lower(email) = %(email)s OR cust_no IN {me})"
    lines = f"(SELECT prod_code FROM wj_ordline WHERE ord_no IN {orders})"
    places = (
        f"addr_id IN (SELECT addr_id FROM wj_cust WHERE cust_no IN {me}"
        f" UNION SELECT ship_addr FROM wj_ord WHERE ord_no IN {orders})"
    )
    return {
        "wj_prod": count("wj_prod", f"prod_code IN {lines}"),
        "wj_addr": count("wj_addr", places),
        "wj_ord": count("wj_ord", f"ord_no IN {orders}"),
        **{name: count(name, f"ord_no IN {orders}") for name in ("wj_ordline", "wj_pay", "wj_rma")},
        **{name: count(name, f"cust_no IN {me}") for name in ("wj_cust", "wj_repair", "wj_call")},
        **{name: count(name, "lower(email) = %(email)s") for name in ("wj_testim", "wj_maillist")},
        "wj_friend": count("wj_friend", f"cust_no IN {me} OR lower(fr_email) = %(email)s"),
    }


SUBSCRIBERS = "(SELECT subscriber_id FROM subscriber WHERE lower(email) = %(email)s)"
NEWSLETTER = {
    "issue": count("delivery", f"subscriber_id IN {SUBSCRIBERS}", "DISTINCT issue_id"),
    "subscriber": count("subscriber", f"subscriber_id IN {SUBSCRIBERS}"),
    "delivery": count("delivery", f"subscriber_id IN {SUBSCRIBERS}"),
    "click": count("click", f"subscriber_id IN {SUBSCRIBERS}"),
}

PLAIN = {
    "timelux-boutique": timelux(),
    "miniluxe": miniluxe(),
    "security-jewelers": security(),
    "cali-jewelz": cali(),
    "world-jewels": world_jewels(),
    "newsletter": NEWSLETTER,
}
