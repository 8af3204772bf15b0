"""inspect_source: two files that load, a summary, and no overwriting."""

from __future__ import annotations

import json
import sqlite3
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from dsr.sources import registry


@pytest.fixture
def url(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.executescript(
            """
            CREATE TABLE member (id integer PRIMARY KEY, email varchar(200), first_name varchar(80));
            CREATE TABLE colour (id integer PRIMARY KEY, name varchar(80));
            CREATE VIEW everybody AS SELECT * FROM member;
            INSERT INTO member VALUES (1, 'hidden@example.org', 'Concealed');
            """
        )
    return f"sqlite:///{tmp_path / 'shop.sqlite'}"


def inspect(*arguments: Any, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("inspect_source", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_files_when_written_then_they_load_and_hold_no_value(url: str, tmp_path: Path) -> None:
    file = tmp_path / "drafted.yaml"
    out, err = inspect(url, out=file)
    written = file.read_text() + file.with_suffix(".dsr.yaml").read_text()
    description = registry.load(file.read_text(), file.with_suffix(".dsr.yaml").read_text())
    assert [identity.column for identity in description.graph.identities] == ["email"]
    assert [word for word in ("hidden", "Concealed") if word in written + out + err] == []
    assert "table 1 of 2: colour" in err
    assert "2 tables, 1 with rows of people; 3 of 5 columns are personal; 0 decisions left; 0 warnings." in err
    assert f"manage.py add_source SHOP drafted --url URL --dataset {file}" in err


def test_file_when_it_exists_then_it_stays_unless_forced(url: str, tmp_path: Path) -> None:
    file = tmp_path / "drafted.yaml"
    file.write_text("by hand")
    with pytest.raises(CommandError, match=r"exists already\. Choose another --out, or overwrite with --force"):
        inspect(url, out=file)
    assert file.read_text() == "by hand"
    inspect(url, out=file, force=True)
    assert "fides_key: drafted" in file.read_text()


def test_summary_when_asked_as_json_then_it_can_be_read(url: str) -> None:
    out, _ = inspect(url, json=True)
    assert json.loads(out) == {
        "tables": 2,
        "tables_of_people": 1,
        "columns": 5,
        "personal_columns": 3,
        "decisions": 0,
        "notes": ["The view 'everybody' is left out: its rows are those of tables."],
        "warnings": [],
        "files": [],
    }


def test_database_when_it_cannot_be_read_then_the_error_is_for_people(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no such database on the server"):
        inspect(f"sqlite:///{tmp_path / 'no' / 'such.sqlite'}")
    with pytest.raises(CommandError, match=r"not known here"):
        inspect("oracle://somewhere/else")
