"""The rows of a PrestaShop-like shop."""

from __future__ import annotations

import ipaddress
from typing import Any

from tests.shops.building import Rows
from tests.shops.people import PRODUCTS, Somebody, crowd

SCHEMAS = ("prestashop.schema.sql",)


def v4(one: Somebody) -> str:
    """Such a shop has room for IPv4 alone."""
    return one.ip if "." in one.ip else f"198.51.100.{one.number}"


def customer(one: Somebody) -> dict[str, Any]:
    return {
        "id_customer": one.number, "id_gender": 1 + one.number % 2, "id_lang": 1, "company": one.company or None,
        "firstname": one.first, "lastname": one.last, "email": one.email, "passwd": one.secret, "birthday": one.born,
        "newsletter": one.number % 2, "ip_registration_newsletter": v4(one), "newsletter_date_add": one.at,
        "website": f"https://{one.login}.example" if one.number % 7 == 0 else None, "secure_key": one.token,
        "note": one.wish if one.number % 8 == 0 else None, "active": 1, "date_add": one.at, "last_passwd_gen": one.at,
        "siret": "73282932000074" if one.company else None, "ape": "3212Z" if one.company else None,
        "reset_password_token": one.token[::-1] if one.number % 9 == 0 else None,
    }  # fmt: skip


def rows() -> Rows:
    """Sixty customers and what they left."""
    people = crowd()
    return {
        "ps_country": [
            {"id_country": n, "iso_code": code, "call_prefix": 30 + n, "zip_code_format": "NNNNN"}
            for n, code in enumerate(("GB", "DE", "FR", "ES", "PL"), 1)
        ],
        "ps_carrier": [{"id_carrier": n, "name": name, "active": 1} for n, name in ((1, "Post"), (2, "Courier"))],
        "ps_configuration": [
            {"name": name, "value": value, "date_add": "2024-01-01 00:00:00"}
            for name, value in (("PS_SHOP_NAME", "Bijoux Example"), ("PS_SHOP_EMAIL", "hello@bijoux.example"))
        ],
        "ps_product": [
            {"id_product": n, "reference": f"J-{n}", "price": 41, "quantity": n, "active": 1, "date_add": "2024-01-01 00:00:00"}
            for n in range(1, 1 + len(PRODUCTS))
        ],
        "ps_product_lang": [
            {"id_product": n, "id_lang": 1, "name": name, "description": "Made by hand", "link_rewrite": f"p-{n}"}
            for n, name in enumerate(PRODUCTS, 1)
        ],
        "ps_customer": [customer(one) for one in people],
        "ps_address": [
            {"id_address": one.number, "id_country": 1 + one.number % 5, "id_customer": one.number, "alias": "My address",
             "company": one.company or None, "lastname": one.last, "firstname": one.first, "address1": one.street[:128],
             "postcode": one.postcode, "city": one.city, "phone": one.phone, "date_add": one.at,
             "other": one.wish if one.number % 9 == 0 else None} for one in people
        ],
        "ps_guest": [
            {"id_guest": one.number, "id_customer": one.number if one.number % 2 else 0, "accept_language": "fr",
             "id_web_browser": 3, "id_operating_system": 2} for one in people
        ],
        "ps_connections": [
            {"id_guest": one.number, "id_page": 1, "ip_address": int(ipaddress.ip_address(v4(one))), "date_add": one.at,
             "http_referer": "https://search.example/"} for one in people
        ],
        "ps_cart": [
            {"id_cart": one.number, "id_customer": one.number, "id_guest": one.number, "id_address_delivery": one.number,
             "secure_key": one.token, "date_add": one.at} for one in people
        ],
        "ps_orders": [
            {"id_order": one.number, "reference": f"XK{one.token[:7].upper()}", "id_carrier": 1 + one.number % 2,
             "id_customer": one.number, "id_cart": one.number, "id_address_delivery": one.number,
             "id_address_invoice": one.number, "current_state": 5, "secure_key": one.token, "payment": "Card",
             "gift": int(one.number % 5 == 0), "gift_message": one.engraving if one.number % 5 == 0 else None,
             "total_paid": 41, "invoice_number": one.number, "date_add": one.at} for one in people
        ],
        "ps_order_detail": [
            {"id_order": one.number, "product_id": 1 + one.number % 5, "product_name": PRODUCTS[one.number % 5],
             "product_quantity": 1, "product_price": 41, "product_reference": f"J-{1 + one.number % 5}"} for one in people
        ],
        "ps_customer_thread": [
            {"id_customer_thread": one.number, "id_customer": one.number, "id_order": one.number, "email": one.email,
             "token": one.token[:12], "date_add": one.at} for one in people if one.number % 3 == 0
        ],
        "ps_customer_message": [
            {"id_customer_thread": one.number, "message": one.wish, "ip_address": v4(one), "user_agent": one.agent[:128],
             "date_add": one.at} for one in people if one.number % 3 == 0
        ],
        "ps_emailsubscription": [
            {"email": one.email, "newsletter_date_add": one.at, "ip_registration_newsletter": v4(one), "active": 1}
            for one in people if one.number % 2
        ],
    }  # fmt: skip
