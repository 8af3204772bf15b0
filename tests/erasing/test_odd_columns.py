"""Columns of PostgreSQL that take not just anything: numbers that it gives itself, lists that must not be empty of meaning."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import Shop
from dsr.records import Identity, IdentityKind
from dsr.sources import registry
from dsr.sources.correcting import DoesNotFit, as_value
from dsr.sources.masks import Mask, misfit
from dsr.workflow import connections, plans
from dsr.workflow.actors import COMMAND
from tests.erasing.conftest import carry_out, wish
from tests.promising import promise
from tests.workflow.test_erasure_plans import TODAY

MEI = Identity(IdentityKind.EMAIL, "mei@example.com")
SCHEMA = """
CREATE TABLE people (
    id integer PRIMARY KEY, email text, number bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START 7001) UNIQUE,
    tags text[] NOT NULL, scores integer[] NOT NULL, settings jsonb NOT NULL
);
INSERT INTO people (id, email, tags, scores, settings) VALUES
    (1, 'mei@example.com', '{pearls,"for Mei"}', '{1,2}', '{"a": "Mei"}'),
    (2, 'bela@example.org', '{gold}', '{3}', '{"a": "Bela"}');
"""
DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: people
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: number, data_categories: [user.unique_id], fides_meta: {data_type: integer}}
          - {name: tags, data_categories: [user.content], fides_meta: {data_type: "string[]"}}
          - {name: scores, data_categories: [user.behavior], fides_meta: {data_type: "integer[]"}}
          - {name: settings, data_categories: [user.content], fides_meta: {data_type: object}}
"""
OVERLAY = "collections: {people: {record_class: account, subject_class: customer, ownership: owned}}"


@pytest.fixture
def shop_of_people(shop: Shop, url: str, now: datetime) -> Shop:
    """A shop that makes every account anonymous."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute(SCHEMA)
    connections.add_source(
        shop, name="shop", url=url, write_url=url, dataset_text=DATASET, dataset_name="shop.yaml",
        overlay_text=OVERLAY, overlay_name="shop.dsr.yaml", actor=COMMAND, now=now,
    )  # fmt: skip
    promise(shop, now, retention=[{"key": "anonymous", "record_classes": ["account"], "then": "anonymise"}])
    return shop


def people(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT * FROM people ORDER BY id").fetchall()


def test_number_that_the_database_gives_itself_when_its_row_is_made_anonymous_then_stays_and_lists_become_empty_ones(
    shop_of_people: Shop, url: str, owner: User, now: datetime
) -> None:
    before = people(url)
    assert before[0][1:] == ("mei@example.com", 7001, ["pearls", "for Mei"], [1, 2], {"a": "Mei"})
    wanted = wish(shop_of_people, owner, now, MEI)
    drawn = plans.draw(wanted, today=TODAY)
    (settled,) = drawn.settled.values()
    assert settled.stays == {"number": "the database gives its number itself and takes no other"}
    assert drawn.hindrances == []

    carry_out(wanted, owner, now)

    assert wanted.state == State.FULFILLED, list(wanted.jobs.values_list("error_text", flat=True))
    assert people(url) == [(1, None, 7001, [], [], {}), before[1]]


def test_number_that_the_database_gives_itself_when_it_is_to_be_corrected_or_masked_then_is_refused_in_words(
    shop_of_people: Shop, url: str
) -> None:
    with registry.open_source("sql", "shop", url, registry.load(DATASET, OVERLAY)) as source:
        number = source.rooms()["people"]["number"]

    with pytest.raises(DoesNotFit, match="a number that the database gives itself and takes no other for"):
        as_value(number, "5")
    assert {misfit(mask, number) for mask in Mask} == {"gets its number from the database, which takes no other"}
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.GeneratedAlways):
        connection.execute("UPDATE people SET number = 5")
