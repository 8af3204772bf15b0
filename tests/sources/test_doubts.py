"""What an overlay says of values that may be wrong, old or missing, and every mistake in it with its line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from dsr.sources import registry
from dsr.sources.doubts import Because, DoubtRule
from dsr.sources.registry import DatasetError
from tests.doubts.conftest import DATASET, OVERLAY


def rules(said: str, collection: str = "customers", dataset: str = DATASET) -> tuple[DoubtRule, ...]:
    overlay = f"collections:\n  {collection}:\n    doubts:\n      - {said}\n"
    return registry.load(dataset, overlay, overlay_file="shop.dsr.yaml").overlay.of(collection).doubts


def mistakes(said: str, collection: str = "customers", dataset: str = DATASET) -> list[str]:
    with pytest.raises(DatasetError) as caught:
        rules(said, collection, dataset)
    return [str(problem) for problem in caught.value.problems]


def test_rules_when_read_then_say_which_column_tells_and_how_long_ago_is_too_long() -> None:
    (wrong,) = rules("{field: email, because: wrong, when: bounced_at}")
    (outdated,) = rules(
        "{field: phone, because: outdated, when: confirmed_on, older_than: {years: 2, months: 1, days: 3}}"
    )
    (card,) = rules("{field: card_until, because: outdated}")

    assert (wrong.because, wrong.sign, card.sign) == (Because.WRONG, "bounced_at", "card_until")
    assert outdated.before(date(2026, 3, 31)) == date(2024, 2, 26)
    assert card.before(date(2026, 3, 31)) == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{field: emial, because: incomplete}", "doubts[0].field: unknown column 'emial'; did you mean 'email'?"),
        ("{field: email, because: wrong, when: bounced}", "unknown column 'bounced'; did you mean 'bounced_at'?"),
        ("{field: email, because: strange}", "unknown word 'strange'"),
        ("{field: email}", "'because' is missing"),
        ("{because: incomplete}", "'field' is missing"),
        ("{field: email, because: wrong}", "nothing tells that it is wrong"),
        ("{field: email, because: wrong, when: email}", "'email' cannot tell of itself that it is wrong"),
        ("{field: email, because: incomplete, when: bounced_at}", "a field is incomplete when it is empty"),
        ("{field: email, because: incomplete, older_than: {days: 3}}", "says how old something outdated is"),
        ("{field: phone, because: outdated, older_than: 3}", "int 3 where a mapping belongs"),
        ("{field: phone, because: outdated, older_than: {years: 0}}", "int 0 is no length"),
        ("{field: phone, because: outdated, older_than: {months: 9999}}", "is longer than 100 years"),
        ("{field: phone, because: outdated, older_then: {years: 1}}", "unknown key 'older_then'; did you mean 'older_than'?"),
        ("email", "the text 'email' where a mapping belongs"),
        ("{field: password, because: incomplete}", "'password' may be in no output, so nobody may look at it either"),
        ("{field: email, because: wrong, when: password}", "'password' may be in no output"),
        ("{field: house_id, because: incomplete}", "'house_id' cannot be corrected"),
        ("{field: bounced_at, because: incomplete}", "'bounced_at' cannot be corrected"),
    ],
)  # fmt: skip
def test_mistake_when_there_is_one_then_it_alone_is_told_with_file_and_line(said: str, told: str) -> None:
    (mistake,) = mistakes(said)

    assert mistake.startswith("shop.dsr.yaml:4: collections.customers.doubts")
    assert told in mistake


def test_doubt_when_it_is_there_twice_then_the_second_is_told() -> None:
    twice = "{field: phone, because: incomplete}\n      - {field: phone, because: incomplete}"

    (mistake,) = mistakes(twice)

    assert "shop.dsr.yaml:5" in mistake
    assert "'phone' is in doubt as incomplete twice; first in line 4" in mistake


def test_rows_when_they_have_no_key_or_lead_to_nobody_then_is_told() -> None:
    keyless = DATASET.replace("fides_meta: {primary_key: true, data_type: integer}}\n          - {name: street", "fides_meta: {data_type: integer}}\n          - {name: street", 1)  # noqa: E501  # fmt: skip
    alone = DATASET.replace("references: [{dataset: doubtful_shop, field: houses.id, direction: to}]", "length: 4")
    assert keyless != DATASET != alone

    assert any("rows without a key cannot be found again" in each for each in mistakes("{field: city, because: incomplete}", "houses", keyless))  # noqa: E501  # fmt: skip
    (mistake,) = mistakes("{field: city, because: incomplete}", "houses", alone)
    assert "its rows lead to nobody" in mistake


def test_survey_when_the_column_of_a_day_holds_none_then_says_so_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    schema = (Path(__file__).parent.parent / "doubts/schema.sql").read_text()
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(schema.replace("card_until date", "card_until varchar(10)"))
    described = registry.load(DATASET, OVERLAY, overlay_file="shop.dsr.yaml")

    (problem,) = registry.survey("sql", "shop", f"sqlite:///{file}", described).errors

    line = OVERLAY.splitlines().index("      - {field: card_until, because: outdated}") + 1
    assert str(problem) == (
        f"shop.dsr.yaml:{line}: collections.customers.doubts.card_until: 'card_until' holds text, no date: nobody can "
        "tell how old it is (expected a column with a date or a moment)"
    )


def test_survey_when_the_source_is_a_folder_of_files_then_warns_that_nobody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSR_FILE_ROOT", str(tmp_path))
    described = registry.load(DATASET, OVERLAY)
    for name, columns in {
        "houses": "id,street,city",
        "customers": "number,email,name,phone,bounced_at,confirmed_on,card_until,is_closed,house_id,password",
        "addresses": "customer_number,line,street,postcode",
    }.items():
        (tmp_path / f"{name}.csv").write_text(f"{columns}\n")

    survey = registry.survey("file", "shop", f"file://{tmp_path}", described)

    told = [each for each in survey.problems if "not looked through" in each.message]
    assert len(told) == 6
    assert survey.errors == ()
