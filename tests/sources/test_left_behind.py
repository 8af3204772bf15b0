"""What holds exactly what is corrected elsewhere, under whichever category, is named; what stands there by chance is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsr.records import Portable
from dsr.sources import registry
from dsr.sources.correcting import Corrected, Wanted
from dsr.sources.left_behind import left_behind
from dsr.sources.masks import Room

DESCRIBED = registry.load(
    """
dataset:
  - fides_key: shop
    collections:
      - name: account
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: phone, data_categories: [user.contact.phone_number]}
          - {name: login, data_categories: [user.account.username]}
          - {name: made_by, data_categories: [system.operations]}
          - {name: second_email, data_categories: [user.contact.email]}
          - {name: friend, data_categories: [user.contact.email]}
          - {name: note, data_categories: [user.content]}
          - {name: password, data_categories: [user.authorization.password]}
""",
    "collections:\n  account: {record_class: account, third_party: {friend: referrer}}\n",
)
ACCOUNT = DESCRIBED.graph.collections["account"]


def wanted(category: str, before: Portable) -> Wanted:
    """Something that is corrected in another row."""
    fields = {"it": (before, "another")}
    return Wanted("1.1", "shop", "profile", "0" * 64, fields, {"it": (category,)})


def left(change: Wanted, values: dict[str, Portable], **rooms: Room) -> list[str]:
    return left_behind(DESCRIBED, rooms, ACCOUNT, "1" * 64, values, [change], Corrected())


@pytest.mark.parametrize(
    ("category", "before", "values"),
    [
        ("user.contact.email", "Ada@Example.com", {"login": "ada@example.com"}),
        ("user.contact.email", "ada@example.com", {"made_by": " ADA@example.com", "note": "ada@example.com"}),
        ("user.contact.email", "ada@example.com", {"second_email": "ada@example.com"}),
        ("user.contact.phone_number", "+1 617 555 0101", {"login": "16175550101"}),
        ("user.contact.phone_number", "16175550101", {"made_by": 16175550101}),
        ("user.account.username", "countess", {"made_by": "countess"}),
        ("user.name", "Ada Lovelace", {"login": "Ada Lovelace"}),
    ],
)
def test_column_when_it_holds_exactly_what_is_corrected_then_is_named(
    category: str, before: str, values: dict[str, Portable]
) -> None:
    assert left(wanted(category, before), values) == list(values)


@pytest.mark.parametrize(
    ("category", "before", "values"),
    [
        ("user.contact.email", "ada@example.com", {"login": "ada", "note": "she writes from ada@example.com"}),
        ("user.contact.email", "ada@example.com", {"friend": "ada@example.com", "password": "ada@example.com"}),
        ("user.contact.phone_number", "+1 617 555 0101", {"made_by": 5550101, "login": "5550101"}),
        ("user.name.first", "Ada", {"login": "Ada"}),
        ("user.name", "Ada", {"login": "Ada"}),
        ("user.contact.address.city", "Boston", {"made_by": "Boston"}),
        ("user.demographic.gender", "f", {"made_by": "f"}),
        ("user.account.settings", "500", {"made_by": 500, "login": "500"}),
        ("user.content", "a machine", {"made_by": "a machine"}),
        ("user.contact.email", None, {"made_by": None, "login": ""}),
    ],
)
def test_column_when_it_says_so_by_chance_or_is_nobodys_to_change_then_is_not_named(
    category: str, before: Portable, values: dict[str, Portable]
) -> None:
    assert left(wanted(category, before), values) == []


def test_column_when_it_was_decided_or_follows_by_itself_then_is_not_named() -> None:
    change, values = wanted("user.contact.email", "ada@example.com"), {"login": "ada@example.com"}
    here = replace(change, collection="account", digest="1" * 64)
    decided = replace(
        here, fields={"login": ("ada@example.com", "countess")}, categories={"login": ("user.account.username",)}
    )

    assert left(change, values) == left(here, values) == ["login"]
    assert left(decided, values) == []
    assert left(change, values, login=Room("text", is_nullable=True, is_computed=True)) == []
