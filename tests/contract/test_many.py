"""More rows at once than a person has, as a replay changes them: named in lists, whatever their keys are."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, table
from sqlalchemy.sql import column

from dsr.records import Action, PlanRow, RecordKey
from dsr.sources import registry
from dsr.sources.base import SourceError
from tests.contract.databases import Plain

COUNT = 1_100
ODD = ["", "NULL", "it's", 'a "quote"', "{a,b}", "back\\slash", "%s :x", "tab\there", "größe", "12"]
DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: word
        fields:
          - {name: name, fides_meta: {primary_key: true}}
          - {name: note}
      - name: use
        fields:
          - {name: word, fides_meta: {primary_key: true, references: [{dataset: shop, field: word.name}]}}
          - {name: number, fides_meta: {primary_key: true}}
          - {name: note}
"""
TABLES = """
CREATE TABLE word (name varchar(60) PRIMARY KEY, note varchar(20));
CREATE TABLE "use" (word varchar(60) NOT NULL, number integer NOT NULL, note varchar(20), PRIMARY KEY (word, number),
    FOREIGN KEY (word) REFERENCES word (name));
"""
WORDS = [*ODD, *(f"word {number}" for number in range(COUNT))]


@pytest.fixture
def words(plain: Plain) -> Plain:
    """See ``filled``."""
    return filled(plain)


def filled(plain: Plain, clause: str = "") -> Plain:
    """Words that are planned for, each used twice, and others of which each is like one of them. ``clause``: of the reference."""
    quote = "`" if plain.engine.dialect.name == "mysql" else '"'
    plain.run(TABLES.replace('"', quote).replace("REFERENCES word (name)", f"REFERENCES word (name) {clause}"))
    names = [*WORDS, *(f"other {number}" for number in range(COUNT))]
    with plain.engine.begin() as connection:
        rows = [{"name": name, "note": "is here"} for name in names]
        connection.execute(insert(table("word", column("name"), column("note"))), rows)
        uses = [{"word": name, "number": number, "note": "is here"} for name in names for number in (1, 2)]
        connection.execute(insert(table("use", column("word"), column("number"), column("note"))), uses)
    return plain


def planned(action: Action, **changes: str) -> list[PlanRow]:
    """A plan for the words and their uses; of ``other`` ones it has the names in capitals, and pairs that are nowhere."""
    keys = [RecordKey("shop", "word", (("name", name),)) for name in [*WORDS, "OTHER 1", "other 2 ", "Other 3"]]
    pairs = [(name, number) for name in WORDS for number in (1, 2)]
    pairs += [("OTHER 1", 1), ("other 2", 3), ("nowhere", 2)]
    keys += [RecordKey("shop", "use", (("word", name), ("number", number))) for name, number in pairs]
    return [PlanRow(key, action, changes) for key in keys]


def held(plain: Plain, name: str) -> dict[tuple[str, ...], str]:
    """The notes of a table's rows by their keys."""
    keys = "name" if name == "word" else "word, number"
    quoted = plain.engine.dialect.identifier_preparer.quote_identifier(name)
    return {tuple(map(str, key)): note for *key, note in plain.rows(f"SELECT {keys}, note FROM {quoted}")}


def test_many_rows_go_and_those_like_them_stay(words: Plain) -> None:
    plan = planned(Action.DELETE)
    with registry.open_writable_source("sql", "shop", words.url, registry.load(DATASET)) as source:
        before = {key for key, _ in source.unmet(plan)}
        outcomes = list(source.apply(plan))
        again = list(source.apply(plan))
        left = list(source.unmet(plan))

    there = {row.key for row in plan if row.key.columns[0][1] in WORDS}
    assert len(there) == 3 * len(WORDS) == len(before)
    assert {outcome.key for outcome in outcomes if outcome.rows} == there == before
    assert sum(outcome.rows for outcome in again) == 0
    assert left == []
    assert held(words, "word") == {(f"other {number}",): "is here" for number in range(COUNT)}
    assert len(held(words, "use")) == 2 * COUNT


def test_many_rows_are_changed_alike_and_those_like_them_stay(words: Plain) -> None:
    plan = planned(Action.ANONYMISE, note="gone")
    with registry.open_writable_source("sql", "shop", words.url, registry.load(DATASET)) as source:
        assert len(list(source.unmet(plan))) == 3 * len(WORDS)
        list(source.apply(plan))
        assert list(source.unmet(plan)) == []
        assert {record.values["note"] for record in source.read_back(plan)} == {"gone"}

    for name, count in (("word", 1), ("use", 2)):
        notes = held(words, name)
        assert {key[0] for key, note in notes.items() if note == "gone"} == set(WORDS)
        assert sum(note == "is here" for note in notes.values()) == count * COUNT


@pytest.mark.parametrize("clause", ["", "ON DELETE CASCADE", "ON DELETE RESTRICT", "DEFERRABLE INITIALLY DEFERRED"])
def test_one_that_stays_and_refers_to_one_of_many_keeps_them_all(plain: Plain, clause: str) -> None:
    is_known = plain.engine.dialect.name != "mysql" or "DEFERRABLE" not in clause
    words = filled(plain, clause if is_known else "ON DELETE NO ACTION")
    before = held(words, "word"), held(words, "use")
    plan = planned(Action.DELETE)
    spared = next(row for row in plan if row.key.columns == (("word", "word 7"), ("number", 2)))
    opened = registry.open_writable_source("sql", "shop", words.url, registry.load(DATASET))
    with opened as source, pytest.raises(SourceError) as refused:
        source.apply([row for row in plan if row is not spared])

    assert refused.value.code == "still_referenced"
    assert "'use' that stay refer to rows of 'word'" in str(refused.value)
    assert (held(words, "word"), held(words, "use")) == before
