"""The rows of a Vendure-like shop."""

from __future__ import annotations

import json

from tests.shops.building import Rows
from tests.shops.people import PRODUCTS, Somebody, crowd

SCHEMAS = ("vendure.schema.sql",)


def address(one: Somebody) -> str:
    """An order's own copy of an address."""
    return json.dumps(
        {"fullName": one.name, "streetLine1": one.street, "city": one.city, "postalCode": one.postcode,
         "countryCode": one.country, "phoneNumber": one.phone}, ensure_ascii=False,
    )  # fmt: skip


def rows() -> Rows:
    """Sixty customers, each with an order, and three administrators."""
    people = crowd()
    staff = [one for one in people if one.number > 57]
    return {
        "country": [{"id": n, "code": code, "name": code} for n, code in enumerate(("GB", "DE", "FR", "ES", "PL"), 1)],
        "channel": [
            {"code": "__default_channel__", "token": "h9mxrq2v7t4kd81", "defaultLanguageCode": "en", "pricesIncludeTax": True}
        ],
        "user": [{"id": one.number, "identifier": one.email, "verified": True, "lastLogin": one.at} for one in people],
        "authentication_method": [
            {"identifier": one.email, "passwordHash": one.secret, "type": "NativeAuthenticationMethod", "userId": one.number,
             "verificationToken": one.token if one.number % 4 == 0 else None} for one in people
        ],
        "customer": [
            {"id": one.number, "title": one.title, "firstName": one.first, "lastName": one.last, "phoneNumber": one.phone,
             "emailAddress": one.email, "userId": one.number, "createdAt": one.at} for one in people
        ],
        "address": [
            {"fullName": one.name, "company": one.company, "streetLine1": one.street, "city": one.city,
             "postalCode": one.postcode, "phoneNumber": one.phone, "defaultShippingAddress": True,
             "customerId": one.number, "countryId": 1 + one.number % 5} for one in people
        ],
        "product": [
            {"id": n, "name": name, "slug": f"p-{n}", "description": "Made by hand."} for n, name in enumerate(PRODUCTS, 1)
        ],
        "product_variant": [
            {"id": n, "sku": f"J-{n}", "name": name, "stockOnHand": n, "productId": n} for n, name in enumerate(PRODUCTS, 1)
        ],
        "order": [
            {"id": one.number, "code": one.token[:16].upper(), "state": "Delivered", "active": False, "orderPlacedAt": one.at,
             "shippingAddress": address(one), "billingAddress": address(one), "currencyCode": "EUR", "subTotal": 4100,
             "customerId": one.number} for one in people
        ],
        "order_line": [
            {"quantity": 1, "listPrice": 4100, "productVariantId": 1 + one.number % 5, "orderId": one.number,
             "customFieldsEngraving": one.engraving if one.number % 2 else None} for one in people
        ],
        "payment": [
            {"method": "card", "amount": 4100, "state": "Settled", "transactionId": f"pi_{one.token[:16]}", "orderId": one.number,
             "metadata": json.dumps({"cardHolder": one.name, "last4": "4242"})} for one in people
        ],
        "history_entry": [
            {"type": "CUSTOMER_NOTE", "isPublic": False, "data": json.dumps({"note": f"{one.first}: {one.wish}"}),
             "discriminator": "customer-history-entry", "customerId": one.number, "administratorId": 1}
            for one in people if one.number % 3 == 0
        ],
        "session": [
            {"token": one.token + one.token, "expires": one.at, "userId": one.number, "activeOrderId": None} for one in people
        ],
        "administrator": [
            {"firstName": one.first, "lastName": one.last, "emailAddress": one.email, "userId": one.number} for one in staff
        ],
        "product_review": [
            {"summary": one.opinion[:20], "body": one.opinion, "rating": 5, "authorName": one.name, "authorLocation": one.city,
             "productId": 1 + one.number % 5, "authorId": one.number} for one in people if one.number % 2
        ],
    }  # fmt: skip
