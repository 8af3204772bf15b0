"""Our own tables are declared like a shop's: every column, of which kind it is, and how long it is kept."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import pytest
from django.db import connection

from dsr.models import SubjectRequest
from dsr.policy.loader import parse_profile
from dsr.sources.dataset import Field
from dsr.sources.description import Description, load_description
from dsr.workflow import forgetting

OWN = files("dsr").joinpath("own")
FORGOTTEN, LOG = "request_content", "request_log"


@lru_cache(maxsize=1)
def described() -> Description:
    texts = [OWN.joinpath(name).read_text(encoding="utf-8") for name in ("own.yaml", "own.dsr.yaml")]
    return load_description(*texts, "own.yaml", "own.dsr.yaml", ())


def declared() -> dict[str, dict[str, Field]]:
    (dataset,) = described().datasets
    return {each.name: {field.name: field for field in each.fields} for each in dataset.collections}


def class_of(table: str) -> str:
    return described().overlay.of(table).record_class


def live() -> dict[str, dict[str, str]]:
    """Type by table and column, as PostgreSQL tells it."""
    found: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for table, column, kind in cursor.fetchall():
            found.setdefault(table, {})[column] = kind
    return found


def test_every_column_of_every_table_is_declared_and_no_other(db: None) -> None:
    there = {(table, column) for table, columns in live().items() for column in columns}
    said = {(table, column) for table, columns in declared().items() for column in columns}

    assert len(there) > 400
    assert sorted(there - said) == [], "declare them in dsr/own/own.yaml"
    assert sorted(said - there) == [], "take them out of dsr/own/own.yaml"


def test_every_table_has_a_kind_that_our_own_profile_speaks_of() -> None:
    profile = parse_profile(OWN.joinpath("own.policy.yaml").read_text(encoding="utf-8"), "own.policy.yaml")
    ruled = {name for rule in profile.retention for name in rule.record_classes}

    assert {table: class_of(table) for table in declared() if class_of(table) not in ruled} == {}
    assert {class_of(table) for table in declared()} == ruled


def test_every_column_has_a_category_and_the_description_has_no_warnings() -> None:
    bare = [
        (table, name) for table, fields in declared().items() for name, f in fields.items() if not f.data_categories
    ]

    assert (bare, described().warnings) == ([], ())


def test_bytes_are_sealed_and_say_under_which_key(db: None) -> None:
    said = declared()
    in_bytes = {(table, name) for table, columns in live().items() for name, kind in columns.items() if kind == "bytea"}
    sealed = {
        (t, name) for t, fields in said.items() for name, f in fields.items() if f.description.startswith("Sealed ")
    }

    assert len(in_bytes) > 15
    assert in_bytes == sealed
    assert {said[table][name].description.split(".")[0] for table, name in sealed} == {
        "Sealed under the request's key",
        "Sealed under the month's key",
        "Sealed under the file's own key",
        "Sealed under a key of the ring that stays",
    }


CLEAR_BUT_KEYED_OR_STAFF = {"user.unique_id", "user.unique_id.pseudonymous", "user.behavior"}
IN_THE_CLEAR = {("dsr_subjectrequest", "residence")}
"""Of a customer, and sealed nowhere: in which country or state they live."""


def test_nothing_that_names_a_customer_stands_in_the_clear() -> None:
    staff = {table for table in declared() if described().overlay.of(table).subject_class in ("staff", "colleague")}
    named = {
        (table, name)
        for table, fields in declared().items()
        if table not in staff
        for name, field in fields.items()
        if not field.description.startswith("Sealed ")
        and any(each.startswith("user.") and each not in CLEAR_BUT_KEYED_OR_STAFF for each in field.data_categories)
    }

    assert named == IN_THE_CLEAR


def test_what_forgetting_removes_is_what_the_overlay_says() -> None:
    removed = {rows.model._meta.db_table for rows, _ in forgetting.REMOVED}
    along = {"dsr_tasklink", "dsr_taskfile", "dsr_correctionfile"}

    assert {table for table in declared() if class_of(table) == FORGOTTEN} == removed | along


@pytest.mark.parametrize("table", sorted(table for table in declared() if class_of(table) == LOG))
def test_sealed_columns_of_the_bare_log_are_emptied(table: str) -> None:
    emptied = {rows.model._meta.db_table: set(nothing) for rows, _, nothing in forgetting.EMPTIED}
    emptied[SubjectRequest._meta.db_table] = {"sealed_identities", "wrapped_key"}
    sealed = {name for name, field in declared()[table].items() if field.description.startswith("Sealed ")}

    assert sealed == set(described().overlay.of(table).masks)
    assert sealed <= emptied.get(table, set())
