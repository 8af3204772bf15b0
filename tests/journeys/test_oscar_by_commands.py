"""A shop that this project did not write, from its address to a copy in hand, by the commands that the README names."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from pypdf import PdfReader

from tests.management.test_commands import run
from tests.oscar_shop.database import ensure_shop
from tests.oscar_shop.names import ADA_EMAIL, BELA_EMAIL, STRANGERS

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture(scope="session")
def oscar_url() -> str:
    return ensure_shop(os.environ["DEMO_SHOPS_URL"])


@pytest.fixture
def package(oscar_url: str, owner: User, tmp_path: Path) -> Path:
    """Ada's unpacked package."""
    run("add_shop", "oscar", "--name", "Oscar")
    run("add_source", "oscar", "web", "--url", oscar_url, "--dataset", EXAMPLES / "oscar.yaml")
    run("add_source", "oscar", "news", "--url", oscar_url, "--dataset", EXAMPLES / "django_newsletter.yaml")
    opened = run("open_request", "oscar", "access", "--email", ADA_EMAIL, "--identity-proved-by", "olga")
    done = run("run_request", opened["reference"], "--approve-as", "olga", "--out", tmp_path / "out")
    assert done["state"] == "fulfilled", done
    return tmp_path / "out"


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return sorted(row["id"] for row in rows)


def test_the_copy_of_an_oscar_shop_holds_what_plain_sql_finds_and_nobody_else(package: Path, oscar_url: str) -> None:
    data = json.loads((package / "data.json").read_text())
    shop, news = data["sources"]["web"], data["sources"]["news"]
    mine = "SELECT id FROM auth_user WHERE lower(email) = lower(%s)"
    expected = {
        "order_order": f"SELECT id FROM order_order WHERE user_id IN ({mine}) OR lower(guest_email) = lower(%s)",
        "address_useraddress": f"SELECT id FROM address_useraddress WHERE user_id IN ({mine}) AND %s <> ''",
        "reviews_productreview": f"SELECT id FROM reviews_productreview WHERE user_id IN ({mine}) OR lower(email) = lower(%s)",
        "newsletter_subscription": (
            f"SELECT id FROM newsletter_subscription WHERE user_id IN ({mine}) OR lower(email) = lower(%s)"
        ),
    }

    with psycopg.connect(oscar_url) as connection:
        by_sql = {
            table: sorted(row[0] for row in connection.execute(sql, (ADA_EMAIL, ADA_EMAIL)))  # type: ignore[arg-type]
            for table, sql in expected.items()
        }

    assert all(by_sql.values())
    assert {table: ids({**shop, **news}[table]) for table in expected} == by_sql


def test_no_file_of_the_package_names_a_stranger_or_a_password(package: Path, oscar_url: str) -> None:
    with psycopg.connect(oscar_url) as connection:
        secrets = [row[0] for row in connection.execute("SELECT password FROM auth_user")]
        known = {row[0].lower() for row in connection.execute("SELECT email FROM auth_user")}
    pdf = "".join(page.extract_text() for page in PdfReader(package / "copy.pdf").pages)
    texts = [path.read_text() for path in package.rglob("*") if path.suffix in {".json", ".csv"}]
    everything = "\n".join([*texts, pdf]).lower()

    assert BELA_EMAIL.lower() in known
    assert ADA_EMAIL.lower() in everything
    assert [name for name in (BELA_EMAIL.lower(), *STRANGERS) if name in everything] == []
    assert [secret for secret in secrets if secret and secret.lower() in everything] == []


def test_json_csv_and_manifest_count_the_same_rows(package: Path) -> None:
    data = json.loads((package / "data.json").read_text())
    manifest = json.loads((package / "manifest.json").read_text())

    in_json = {(source, name): len(rows) for source, found in data["sources"].items() for name, rows in found.items()}
    in_csv = {
        (path.parent.name, path.stem): len(list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))))
        for path in package.glob("csv/*/*.csv")
    }

    assert {key: count for key, count in in_json.items() if count} == in_csv
    assert manifest["counts"]["rows"] == sum(in_json.values())
