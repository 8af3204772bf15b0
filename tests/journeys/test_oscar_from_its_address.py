"""From a database's address to a correct copy: ``inspect_source``, a person's few decisions, and the comparison by plain SQL."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User

from dsr.records import Record
from dsr.sources import registry
from dsr.sources.description import Description
from tests.management.test_commands import run
from tests.oscar_shop.database import ensure_shop
from tests.oscar_shop.names import ADA_EMAIL, BELA_EMAIL, STRANGERS
from tests.shops.truth import load
from tests.sources.test_oscar import EVERY, HELD, key_of, person, selected

Yaml = dict[str, Any]
MAX_DECISIONS = 10


def columns(dataset: Yaml, table: str) -> dict[str, Yaml]:
    found = next(entry for entry in dataset["dataset"][0]["collections"] if entry["name"] == table)
    return {entry["name"]: entry for entry in found["fields"]}


def searched(dataset: Yaml, table: str) -> None:
    """Search a table that the draft only names."""
    found = next(entry for entry in dataset["dataset"][0]["collections"] if entry["name"] == table)
    found.get("fides_meta", {}).pop("skip_processing", None)


def refer(dataset: Yaml, table: str, column: str, target: str, direction: str) -> None:
    """Say that a column leads to another table, and which way."""
    meta = columns(dataset, table)[column].setdefault("fides_meta", {})
    key = dataset["dataset"][0]["fides_key"]
    meta["references"] = [{"dataset": key, "field": target, "direction": direction}]


def say(overlay: Yaml, table: str, **words: Any) -> None:
    """Say something about a table in the overlay."""
    said = (overlay.setdefault("collections", {}) or {}).setdefault(table, {}) or {}
    overlay["collections"][table] = said | words


def card(dataset: Yaml, overlay: Yaml) -> None:
    say(overlay, "payment_bankcard", never_export=["partner_reference"])


def alert(dataset: Yaml, overlay: Yaml) -> None:
    say(overlay, "customer_productalert", never_export=["key"])


def seller(dataset: Yaml, overlay: Yaml) -> None:
    columns(dataset, "order_line")["partner_id"]["fides_meta"].pop("references", None)


def supplier(dataset: Yaml, overlay: Yaml) -> None:
    searched(dataset, "partner_partner")
    refer(dataset, "partner_partner_users", "partner_id", "partner_partner.id", "to")
    say(overlay, "partner_partner_users", same_person=["partner_id"])
    say(overlay, "partner_partner", ownership="attached")


def suppliers_address(dataset: Yaml, overlay: Yaml) -> None:
    searched(dataset, "partner_partneraddress")
    refer(dataset, "partner_partneraddress", "partner_id", "partner_partner.id", "from")
    say(overlay, "partner_partneraddress", ownership="attached")


def upload(dataset: Yaml, overlay: Yaml) -> None:
    searched(dataset, "offer_rangeproductfileupload")
    refer(dataset, "offer_rangeproductfileupload", "uploaded_by_id", "auth_user.id", "from")
    say(overlay, "offer_rangeproductfileupload", ownership="owned")


def parent(dataset: Yaml, overlay: Yaml) -> None:
    searched(dataset, "catalogue_product")
    refer(dataset, "catalogue_product", "parent_id", "catalogue_product.id", "to")


def letter(dataset: Yaml, overlay: Yaml) -> None:
    searched(dataset, "newsletter_message")
    refer(dataset, "newsletter_submission", "message_id", "newsletter_message.id", "to")
    say(overlay, "newsletter_message", ownership="lookup")


DECISIONS: dict[str, Callable[[Yaml, Yaml], None]] = {
    "With the payment partner's reference a saved card can be charged again: it is in no output.": card,
    "Whoever has the key of a product alert can cancel it: it is in no output.": alert,
    "The supplier of an order line is the shop's own affair and not part of a copy.": seller,
    "Whoever acts for a supplier is that supplier.": supplier,
    "A supplier's address is therefore a person's.": suppliers_address,
    "A file that somebody uploaded is theirs.": upload,
    "A product's variant is explained by the product.": parent,
    "A mailing is explained by what was mailed.": letter,
}
"""What a person had to decide after reading the draft, each in one look at one place."""


@pytest.fixture(scope="session")
def oscar_url() -> str:
    return ensure_shop(os.environ["DEMO_SHOPS_URL"])


@pytest.fixture(scope="module")
def decided(oscar_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The draft with the decisions in it; its overlay lies beside it."""
    draft = tmp_path_factory.mktemp("oscar") / "shop.yaml"
    run("inspect_source", oscar_url, "--out", draft, "--json")
    files = (draft, draft.with_suffix(".dsr.yaml"))
    dataset, overlay = (yaml.safe_load(file.read_text()) for file in files)
    for decide in DECISIONS.values():
        decide(dataset, overlay)
    for file, content in zip(files, (dataset, overlay), strict=True):
        file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    return draft


def rows_of(url: str, description: Description, email: str) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    with registry.open_source("sql", "shop", url, description) as shop:
        for record in shop.gather(shop.locate(person(email), {})):
            found.setdefault(record.key.collection, []).append(record)
    return found


def test_a_person_decides_at_most_ten_things() -> None:
    assert len(DECISIONS) <= MAX_DECISIONS


@pytest.mark.parametrize("email", [ADA_EMAIL, BELA_EMAIL])
def test_the_decided_draft_gathers_what_plain_sql_finds_row_by_row(oscar_url: str, decided: Path, email: str) -> None:
    description = registry.load(decided.read_text(), decided.with_suffix(".dsr.yaml").read_text())
    secrets = {*load("oscar").secrets, *((table, column) for table, names in HELD.items() for column in names)}

    found = rows_of(oscar_url, description, email)

    for table, condition in EVERY.items():
        expected = selected(oscar_url, table, f"({condition})", email.lower())
        held = {column for record in found[table] for column in record.held}
        assert HELD.get(table, set()) <= held, table
        assert {(table, column) for column in held} <= secrets
        for row in expected:
            row.update(dict.fromkeys(held))
        rows = [dict(record.values) for record in found[table]]
        assert expected, table
        assert sorted(rows, key=lambda row: row[key_of(table)]) == expected, table


def test_the_copy_by_commands_has_the_same_rows(oscar_url: str, decided: Path, owner: User, tmp_path: Path) -> None:
    run("add_shop", "oscar", "--name", "Oscar")
    run("add_source", "oscar", "web", "--url", oscar_url, "--dataset", decided)
    opened = run("open_request", "oscar", "access", "--email", ADA_EMAIL, "--identity-proved-by", "olga")
    done = run("run_request", opened["reference"], "--approve-as", "olga", "--out", tmp_path / "out")
    assert done["state"] == "fulfilled", done

    text = (tmp_path / "out" / "data.json").read_text()
    copied = json.loads(text)["sources"]["web"]
    for table, condition in EVERY.items():
        expected = [row[key_of(table)] for row in selected(oscar_url, table, f"({condition})", ADA_EMAIL.lower())]
        assert expected, table
        assert sorted(row[key_of(table)] for row in copied[table]) == expected, table
    assert ADA_EMAIL.lower() in text.lower()
    assert [email for email in (BELA_EMAIL, *STRANGERS) if email.lower() in text.lower()] == []
