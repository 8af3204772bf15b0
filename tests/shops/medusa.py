"""The rows of a Medusa-like shop."""

from __future__ import annotations

from typing import Any

from tests.shops.building import Rows
from tests.shops.people import PRODUCTS, Somebody, crowd

SCHEMAS = ("medusa.schema.sql",)


def address(one: Somebody) -> dict[str, Any]:
    return {
        "company": one.company or None, "first_name": one.first, "last_name": one.last, "address_1": one.street,
        "city": one.city, "country_code": one.country.lower(), "postal_code": one.postcode, "phone": one.phone,
        "customer_id": f"cus_{one.token[:20]}",
    }  # fmt: skip


def rows() -> Rows:
    """Sixty customers; five in six have ordered."""
    people = crowd()
    ordered = [one for one in people if one.number % 6]
    return {
        "region": [{"id": "reg_eu", "name": "Europe", "currency_code": "eur"}],
        "sales_channel": [{"id": "sc_web", "name": "Web", "description": "The web shop"}],
        "customer": [
            {"id": f"cus_{one.token[:20]}", "email": one.email, "first_name": one.first, "last_name": one.last,
             "company_name": one.company or None, "phone": one.phone, "has_account": True, "created_at": one.at,
             "updated_at": one.at} for one in people
        ],
        "customer_address": [
            {**address(one), "id": f"cuaddr_{one.token[:20]}", "address_name": "Home", "created_at": one.at} for one in people
        ],
        "customer_group": [{"id": "cg_1", "name": "Friends of the house"}],
        "customer_group_customer": [
            {"id": f"cgc_{one.token[:9]}", "customer_id": f"cus_{one.token[:20]}", "customer_group_id": "cg_1"}
            for one in people[:20]
        ],
        "order_address": [{**address(one), "id": f"ordaddr_{one.token[:20]}", "created_at": one.at} for one in ordered],
        "product": [
            {"id": f"prod_{n:04}", "title": name, "handle": f"p-{n}", "description": f"{name}, made by hand",
             "status": "published"}
            for n, name in enumerate(PRODUCTS, 1)
        ],
        "product_variant": [
            {"id": f"variant_{n:04}", "product_id": f"prod_{n:04}", "title": "One size", "sku": f"J-{n}"}
            for n in range(1, 1 + len(PRODUCTS))
        ],
        "order": [
            {"id": f"order_{one.token[:20]}", "region_id": "reg_eu", "display_id": one.number, "email": one.email,
             "customer_id": f"cus_{one.token[:20]}", "sales_channel_id": "sc_web", "status": "completed",
             "currency_code": "eur", "shipping_address_id": f"ordaddr_{one.token[:20]}",
             "billing_address_id": f"ordaddr_{one.token[:20]}", "created_at": one.at} for one in ordered
        ],
        "order_line_item": [
            {"id": f"ordli_{one.token[:20]}", "order_id": f"order_{one.token[:20]}", "title": PRODUCTS[one.number % 5],
             "variant_id": f"variant_{1 + one.number % 5:04}", "variant_sku": f"J-{1 + one.number % 5}", "unit_price": 41,
             "quantity": 1, "metadata": {"engraving": one.engraving}} for one in ordered
        ],
        "cart": [
            {"id": f"cart_{one.token[:20]}", "customer_id": f"cus_{one.token[:20]}", "email": one.email,
             "currency_code": "eur", "region_id": "reg_eu", "created_at": one.at} for one in people
        ],
        "payment": [
            {"id": f"pay_{one.token[:20]}", "order_id": f"order_{one.token[:20]}", "amount": 41, "currency_code": "eur",
             "provider_id": "card", "data": {"holder": one.name, "last4": "4242"}, "captured_at": one.at} for one in ordered
        ],
        "auth_identity": [
            {"id": f"authid_{one.token[:20]}", "app_metadata": {"customer_id": f"cus_{one.token[:20]}"}} for one in people
        ],
        "provider_identity": [
            {"id": f"pid_{one.token[:20]}", "entity_id": one.email, "provider": "emailpass",
             "auth_identity_id": f"authid_{one.token[:20]}", "provider_metadata": {"password": one.secret}} for one in people
        ],
    }  # fmt: skip
