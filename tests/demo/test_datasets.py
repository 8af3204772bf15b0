from __future__ import annotations

import pytest
import yaml

from dsr.demo.build import database_url
from dsr.demo.shops import NEWSLETTER_DATABASE, NEWSLETTER_OVERLAY, PROFILES, SHOPS, DemoShop
from dsr.policy.loader import default_profile, parse_profile
from dsr.sources.registry import Description, load, survey
from tests.demo.conftest import DemoServer, rows

every_shop = pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)

COLUMNS = """
SELECT CASE WHEN table_schema = 'public' THEN table_name ELSE table_schema || '.' || table_name END, column_name
FROM information_schema.columns
WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
"""
KEYS = """
SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END, a.attname
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
WHERE i.indisprimary AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
"""
PROMISED_CLASSES = {
    "account", "address", "order", "order_line", "invoice", "payment", "saved_card", "return", "repair", "appraisal",
    "wish_list", "review", "testimonial", "gift_recipient", "referral", "contest_entry", "marketing_enrichment", "profile",
    "browsing_event", "sms_subscription", "call_log", "catalogue_subscription", "staff_note", "product",
}  # fmt: skip


def described(shop: DemoShop) -> tuple[Description, Description]:
    """The shop's own source and its newsletter."""
    dataset, newsletter = shop.dataset.read_text(), shop.newsletter_dataset()
    own = load(dataset, shop.overlay.read_text(), dataset_file=shop.dataset.name, others=(newsletter,))
    return own, load(newsletter, NEWSLETTER_OVERLAY.read_text(), others=(dataset,))


def classes_of(description: Description) -> set[str]:
    return {description.overlay.of(name).record_class for name in description.graph.collections}


@every_shop
def test_dataset_when_compared_with_the_database_then_every_column_is_declared(
    shop: DemoShop, demo_server: DemoServer
) -> None:
    own, _ = described(shop)
    declared = {(c.name, field.name) for c in own.graph.collections.values() for field in c.fields}

    assert declared == set(rows(demo_server.shops[shop.slug], COLUMNS))


@every_shop
def test_dataset_when_compared_with_the_database_then_keys_are_the_same(
    shop: DemoShop, demo_server: DemoServer
) -> None:
    own, _ = described(shop)
    declared = {(c.name, field.name) for c in own.graph.collections.values() for field in c.fields if field.is_key}

    assert declared == set(rows(demo_server.shops[shop.slug], KEYS))


@every_shop
def test_dataset_when_surveyed_then_there_is_nothing_to_say(shop: DemoShop, demo_server: DemoServer) -> None:
    own, newsletter = described(shop)

    assert survey("sql", "shop", demo_server.shops[shop.slug], own).problems == ()
    assert survey("sql", "newsletter", demo_server.newsletters[shop.slug], newsletter).problems == ()


def test_newsletter_dataset_when_compared_with_the_database_then_every_column_is_declared(
    demo_server: DemoServer,
) -> None:
    _, newsletter = described(SHOPS[0])
    url = database_url(demo_server.admin_url, demo_server.prefix + NEWSLETTER_DATABASE)
    declared = {(c.name, field.name) for c in newsletter.graph.collections.values() for field in c.fields}

    assert declared == set(rows(url, COLUMNS))


@every_shop
def test_overlay_when_read_then_every_collection_is_spoken_of(shop: DemoShop) -> None:
    for description in described(shop):
        for name, collection in description.graph.collections.items():
            said = description.overlay.of(name)
            assert all((said.title, said.record_class, said.subject_class, said.ownership)), name
            moments = set(said.facts.values())
            assert moments <= {field.name for field in collection.fields}


@every_shop
def test_profile_when_compared_with_the_overlays_then_every_record_class_has_its_category(shop: DemoShop) -> None:
    profile = parse_profile(shop.profile.read_text(), shop.slug)
    covered = [name for category in profile.categories for name in category.record_classes]
    classes = set().union(*(classes_of(description) for description in described(shop)))

    assert classes - set(covered) == set()
    assert len(covered) == len(set(covered))


def test_shops_when_taken_together_then_every_record_class_is_in_two_of_them() -> None:
    held = [classes_of(described(shop)[0]) for shop in SHOPS]

    assert {name for name in PROMISED_CLASSES if sum(name in classes for classes in held) < 2} == set()
    assert sum(len(PROMISED_CLASSES - classes) <= 4 for classes in held) >= 2


def test_shops_when_filled_then_no_table_is_empty(demo_server: DemoServer) -> None:
    for shop in SHOPS:
        url = demo_server.shops[shop.slug]
        names = described(shop)[0].graph.collections
        quoted = {name: ".".join(f'"{part}"' for part in name.split(".")) for name in names}
        empty = [name for name, table in quoted.items() if not rows(url, f"SELECT 1 FROM {table} LIMIT 1")]
        assert empty == []


def test_profiles_when_read_then_accents_differ_and_stand_out_from_white() -> None:
    accents = [str(yaml.safe_load(shop.profile.read_text())["accent"]) for shop in SHOPS]

    assert len(set(accents)) == len(SHOPS)
    assert [accent for accent in accents if contrast_with_white(accent) < 4.5] == []


def test_profile_of_miniluxe_when_read_then_its_seven_categories_come_first() -> None:
    profile = parse_profile((PROFILES / "miniluxe.yaml").read_text(), "miniluxe")

    assert [category.key for category in profile.categories[:-1]] == [
        "contact", "financial", "identifiers", "geolocation", "online", "commercial", "inferences",
    ]  # fmt: skip


def test_default_profile_when_a_shop_is_added_then_every_known_record_class_has_a_category() -> None:
    profile = parse_profile(default_profile("corner-shop", "Corner Shop"), "corner-shop")
    covered = {name for category in profile.categories for name in category.record_classes}

    assert PROMISED_CLASSES - covered == set()
    assert profile.category_of("", ("user.contact.email",)).key == "contact"
    assert profile.category_of("", ("system.operations",)).key == "other"


def contrast_with_white(colour: str) -> float:
    """WCAG 2.2, contrast ratio."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.05 / (luminance + 0.05)
