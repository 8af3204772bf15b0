"""The rows of a WordPress shop with four plug-ins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.shops.building import Rows
from tests.shops.people import PRODUCTS, Somebody, crowd

SCHEMAS = ("wordpress.schema.sql", "wordpress_plugins.sql")
Row = dict[str, Any]


def rows() -> Rows:
    """Sixty people, two in three of whom have an account; the others are found by e-mail alone."""
    people = crowd()
    members = [one for one in people if one.number % 3]
    return {
        **published(),
        "wp_users": [user(one) for one in members],
        "wp_usermeta": [row for one in members for row in metas(one)],
        "wp_comments": [comment(one) for one in people],
        "wp_commentmeta": [commentmeta(one) for one in people],
        **forms(people),
        **events(people),
        **newsletters(people),
        **shop(people),
    }


def account(one: Somebody) -> int:
    """The number of a person's account; 0 without one."""
    return one.number if one.number % 3 else 0


def turned(one: Somebody) -> int:
    """The number of a subscription or a comment: the number of another user, so that a mistaken reference shows."""
    return 61 - one.number


def published() -> Rows:
    """What the shop itself wrote."""
    post = {
        "post_content": "We open at ten.", "post_excerpt": "", "to_ping": "", "pinged": "", "post_content_filtered": "",
        "post_date": "2024-05-01 10:00:00", "post_date_gmt": "2024-05-01 08:00:00", "post_author": 1,
        "post_modified": "2024-05-02 10:00:00", "post_modified_gmt": "2024-05-02 08:00:00",
    }  # fmt: skip
    options = {
        "siteurl": "https://shop.example",
        "blogname": "Goldschmiede Example",
        "admin_email": "admin@shop.example",
    }
    options |= {"posts_per_page": "10", "timezone_string": "Europe/Berlin", "permalink_structure": "/%postname%/"}
    titles = ("Opening hours", "How gold is made", "Imprint", "A new workshop", "Rings for two", "Care")
    return {
        "wp_options": [{"option_name": name, "option_value": value, "autoload": "yes"} for name, value in options.items()],
        "wp_terms": [{"term_id": n, "name": name, "slug": name.lower()} for n, name in enumerate(("News", "Craft"), 1)],
        "wp_term_taxonomy": [
            {"term_taxonomy_id": n, "term_id": n, "taxonomy": "category", "description": ""} for n in (1, 2)
        ],
        "wp_posts": [
            post | {"ID": n, "post_title": title, "post_name": title.lower().replace(" ", "-"), "guid": f"https://shop.example/?p={n}"}
            for n, title in enumerate(titles, 1)
        ],
        "wp_term_relationships": [{"object_id": n, "term_taxonomy_id": 1 + n % 2} for n in range(1, 7)],
        "wp_postmeta": [{"post_id": n, "meta_key": "_edit_last", "meta_value": "1"} for n in range(1, 7)],
        "wp_links": [{"link_url": "https://guild.example", "link_name": "Guild", "link_notes": ""}],
    }  # fmt: skip


def user(one: Somebody) -> Row:
    return {
        "ID": one.number, "user_login": one.login, "user_pass": one.secret, "user_nicename": one.login,
        "user_email": one.email, "user_url": f"https://{one.login}.example" if one.number % 4 == 0 else "",
        "user_registered": one.at, "display_name": one.name,
        "user_activation_key": f"1700000000:{one.secret}" if one.number % 5 == 0 else "",
    }  # fmt: skip


def metas(one: Somebody) -> Iterator[Row]:
    """What WordPress and its plug-ins keep about a user by name and value."""
    said = {
        "nickname": one.login, "first_name": one.first, "last_name": one.last, "description": one.opinion,
        "wp_capabilities": 'a:1:{s:8:"customer";b:1;}', "locale": "", "rich_editing": "true",
        "billing_phone": one.phone, "billing_city": one.city, "show_admin_bar_front": "true",
    }  # fmt: skip
    return ({"user_id": one.number, "meta_key": key, "meta_value": value} for key, value in said.items())


def comment(one: Somebody) -> Row:
    return {
        "comment_ID": turned(one), "comment_post_ID": 1 + one.number % 6, "comment_author": one.name,
        "comment_author_email": one.email, "comment_author_IP": one.ip, "comment_content": one.opinion,
        "comment_author_url": f"https://{one.login}.example" if one.number % 4 == 0 else "",
        "comment_agent": one.agent, "user_id": account(one), "comment_date": one.at, "comment_date_gmt": one.at,
        "comment_parent": turned(one) + 1 if one.number % 7 == 0 else 0,
    }  # fmt: skip


def commentmeta(one: Somebody) -> Row:
    return {"comment_id": turned(one), "meta_key": "submitted_as", "meta_value": f"{one.name} <{one.email}>"}


def forms(people: list[Somebody]) -> Rows:
    fields = [
        {"entry_id": one.number, "field_name": name, "field_value": value}
        for one in people
        for name, value in (("your-name", one.name), ("your-email", one.email), ("message", one.wish))
    ]
    return {
        "wp_cf_forms": [{"id": 1, "title": "Contact", "settings": '{"to": "hello@shop.example"}'}],
        "wp_cf_entries": [
            {"id": one.number, "form_id": 1, "user_id": account(one), "ip": one.ip, "user_agent": one.agent,
             "source_url": "https://shop.example/contact", "created_at": one.at} for one in people
        ],
        "wp_cf_entry_fields": fields,
    }  # fmt: skip


def events(people: list[Somebody]) -> Rows:
    titles = ("Make your own ring", "Enamel for beginners", "Open workshop")
    return {
        "wp_ev_events": [
            {"id": n, "title": title, "venue": "Workshop", "starts_at": "2026-03-01 10:00:00", "capacity": 12}
            for n, title in enumerate(titles, 1)
        ],
        "wp_ev_attendees": [
            {"event_id": 1 + one.number % 3, "full_name": one.name, "email": one.email, "phone": one.phone,
             "dietary_wishes": "vegetarian" if one.number % 4 == 0 else None, "seats": 1 + one.number % 2,
             "checkin_code": one.token[:12].upper(), "booked_at": one.at} for one in people
        ],
    }  # fmt: skip


def newsletters(people: list[Somebody]) -> Rows:
    return {
        "wp_nl_lists": [{"id": n, "name": name, "sender": "news@shop.example"} for n, name in ((1, "News"), (2, "Fairs"))],
        "wp_nl_subscribers": [
            {"id": turned(one), "wp_user_id": account(one) or None, "email": one.email, "first_name": one.first,
             "last_name": one.last, "status": "subscribed", "signup_ip": one.ip, "confirm_ip": one.ip,
             "unsubscribe_token": one.token[:15], "created_at": one.at, "confirmed_at": one.at} for one in people
        ],
        "wp_nl_subscriber_lists": [{"subscriber_id": turned(one), "list_id": 1 + one.number % 2} for one in people],
        "wp_nl_deliveries": [
            {"subscriber_id": turned(one), "list_id": 1 + one.number % 2, "sent_at": one.at, "clicks": one.number % 3}
            for one in people
        ],
    }  # fmt: skip


def shop(people: list[Somebody]) -> Rows:
    buyers = [one for one in people if one.number % 5]
    products = [
        {
            "id": n,
            "sku": f"J-{n:04}",
            "title": title,
            "price": 40 + n,
            "stock": n,
            "description": f"{title}, made by hand",
        }
        for n, title in enumerate(PRODUCTS, 1)
    ]
    return {
        "wp_shop_products": products,
        "wp_shop_orders": [order(one) for one in buyers],
        "wp_shop_order_items": [
            {"order_id": one.number, "product_id": 1 + one.number % 5, "title": PRODUCTS[one.number % 5], "quantity": 1,
             "price": 41 + one.number % 5, "engraving": one.engraving if one.number % 2 else None} for one in buyers
        ],
        "wp_shop_reviews": [
            {"product_id": 1 + one.number % 5, "user_id": account(one) or None, "author": one.name,
             "author_mail": one.email, "stars": 1 + one.number % 5, "review_text": one.opinion, "written_at": one.at}
            for one in buyers
        ],
    }  # fmt: skip


def order(one: Somebody) -> Row:
    friend = f"{one.first[0]}. Friend" if one.number % 4 == 0 else None
    return {
        "id": one.number, "order_no": f"GE-{20000 + one.number}", "customer_id": account(one), "status": "completed",
        "currency": "EUR", "total": 41 + one.number % 5, "billing_first": one.first, "billing_last": one.last,
        "billing_company": one.company, "billing_street": one.street, "billing_city": one.city,
        "billing_zip": one.postcode, "billing_country": one.country, "billing_mail": one.email,
        "billing_tel": one.phone, "gift_recipient": friend, "gift_message": one.wish if friend else None,
        "customer_note": one.wish if one.number % 3 == 0 else None, "remote_addr": one.ip, "payment_method": "card",
        "payment_token": f"tok_{one.token}", "placed_at": one.at + timedelta(days=3),
    }  # fmt: skip
