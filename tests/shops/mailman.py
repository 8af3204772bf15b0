"""The rows of Mailman lists: members with and without an account, bounces, bans and what waits for an answer."""

from __future__ import annotations

import json
from typing import Any

from tests.shops.building import Rows
from tests.shops.people import Somebody, crowd

SCHEMAS = ("mailman.schema.sql",)
Row = dict[str, Any]
LISTS = ("news", "fairs", "craft")


def rows() -> Rows:
    """Sixty people; two in three have an account, the others are members by address alone."""
    people = crowd()
    with_account = [one for one in people if one.number % 3]
    return {
        "domain": [{"id": 1, "mail_host": "lists.example.com", "description": "Our lists"}],
        "mailinglist": [a_list(number, name) for number, name in enumerate(LISTS, 1)],
        "listarchiver": [{"mailing_list_id": n, "name": "prototype", "_is_enabled": True} for n in (1, 2, 3)],
        "acceptablealias": [{"mailing_list_id": 1, "alias": "old-news@lists.example.com"}],
        "headermatch": [
            {"mailing_list_id": n, "position": 0, "header": "x-spam-flag", "pattern": "yes", "chain": "discard"}
            for n in (1, 2)
        ],
        "contentfilter": [
            {"mailing_list_id": 1, "filter_type": 0, "filter_pattern": kind} for kind in ("text/html", "image/gif")
        ],
        "template": [{"name": "list:user:notice:welcome", "context": "news.lists.example.com", "uri": "mailman:///w.txt"}],
        "preferences": [
            {"id": n, "acknowledge_posts": False, "hide_address": True, "preferred_language": ("en", "de", "fr")[n % 3],
             "receive_list_copy": True, "receive_own_postings": True, "delivery_mode": 1, "delivery_status": 1}
            for n in range(1, 3 * len(people) + 1)
        ],
        "user": [user(one) for one in with_account],
        "address": [address(one) for one in people],
        "uid": [{"uid": one.token} for one in people],
        "domain_owner": [{"user_id": 1, "domain_id": 1}],
        "member": [member(one) for one in people],
        "ban": [{"email": one.email, "list_id": list_id(one)} for one in people if one.number % 9 == 0],
        **traces(people),
    }  # fmt: skip


def list_id(one: Somebody) -> str:
    """The list that a person reads."""
    return f"{LISTS[one.number % 3]}.lists.example.com"


def a_list(number: int, name: str) -> Row:
    return {
        "id": number, "list_name": name, "mail_host": "lists.example.com", "list_id": f"{name}.lists.example.com",
        "allow_list_posts": True, "advertised": True, "display_name": name.title(), "description": f"All about {name}",
        "subject_prefix": f"[{name.title()}] ", "preferred_language": "en", "owner_chain": "default-owner-chain",
        "posting_chain": "default-posting-chain", "posting_pipeline": "default-posting-pipeline", "volume": 1,
        "owner_pipeline": "default-owner-pipeline", "info": "", "post_id": 7, "max_message_size": 40,
    }  # fmt: skip


def user(one: Somebody) -> Row:
    return {
        "id": one.number, "display_name": one.name, "password": one.secret, "_user_id": one.token,
        "_created_on": one.at, "is_server_owner": False, "preferences_id": one.number,
    }  # fmt: skip


def address(one: Somebody) -> Row:
    return {
        "id": one.number, "email": one.email.lower(), "display_name": one.name, "verified_on": one.at,
        "_original": one.email.replace("@", "@Mail.") if one.number % 8 == 0 else None, "registered_on": one.at,
        "user_id": one.number if one.number % 3 else None, "preferences_id": 60 + one.number,
    }  # fmt: skip


def member(one: Somebody) -> Row:
    return {
        "id": one.number, "_member_id": one.token[::-1], "role": 1, "list_id": list_id(one), "moderation_action": None,
        "address_id": one.number, "preferences_id": 120 + one.number, "bounce_score": one.number % 2,
        "last_bounce_received": one.at if one.number % 2 else None, "total_warnings_sent": 0,
    }  # fmt: skip


def traces(people: list[Somebody]) -> Rows:
    """What happened and what waits."""
    waiting = [one for one in people if one.number % 6 == 0]
    said = [
        {"id": 10 * one.number + n, "key": key, "value": json.dumps(value), "pended_id": one.number}
        for one in waiting
        for n, (key, value) in enumerate(
            {"type": "subscription", "list_id": list_id(one), "email": one.email, "display_name": one.name}.items()
        )
    ]
    return {
        "bounceevent": [
            {"list_id": list_id(one), "email": one.email, "timestamp": one.at, "context": 1, "processed": True,
             "message_id": f"<{one.token[:12]}@mail.example>"} for one in people if one.number % 2
        ],
        "message": [
            {"message_id": f"<{one.token[:12]}@mail.example>", "message_id_hash": one.token[:32].upper(),
             "path": f"ab/{one.token[:20]}"} for one in waiting
        ],
        "pended": [{"id": one.number, "token": one.token, "expiration_date": one.at} for one in waiting],
        "pendedkeyvalue": said,
        "workflowstate": [
            {"token": one.token, "step": "do_confirm_verify",
             "data": json.dumps({"address_key": one.email, "user_key": None, "subscriber_key": "address"})}
            for one in waiting
        ],
        "_request": [
            {"key": f"<{one.token[:12]}@mail.example>", "request_type": 1, "data_hash": one.token, "mailing_list_id": 1}
            for one in waiting
        ],
        "autoresponserecord": [
            {"address_id": one.number, "mailing_list_id": 1, "response_type": 1, "date_sent": one.at.date()}
            for one in people if one.number % 4 == 0
        ],
        "onelastdigest": [
            {"mailing_list_id": 2, "address_id": one.number, "delivery_mode": 2} for one in people if one.number % 7 == 0
        ],
    }  # fmt: skip
