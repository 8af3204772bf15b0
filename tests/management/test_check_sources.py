import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from dsr.models import Source
from dsr.workflow import sealing


@pytest.fixture
def new_column(shop_url: str) -> Iterator[None]:
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE customers ADD COLUMN shoe_size integer")
        yield
        connection.execute("ALTER TABLE customers DROP COLUMN shoe_size")


def run(*arguments: str) -> tuple[int, str]:
    out, code = StringIO(), 0
    try:
        call_command("check_sources", *arguments, stdout=out)
    except SystemExit as stopped:
        code = int(str(stopped.code))
    return code, out.getvalue()


def test_without_alarms_the_exit_code_is_zero(source: Source) -> None:
    code, told = run("--json")

    assert (code, json.loads(told)["alarms"]) == (0, 0)


def test_an_alarm_is_told_with_its_line_and_the_line_that_settles_it(source: Source, new_column: None) -> None:
    code, told = run("--shop", "small-shop", "--source", "shop")

    assert code == 1
    assert told.splitlines()[:3] == [
        "small-shop/shop: 1 alarm",
        "  shop.yaml:12: small_shop.customers.shoe_size: nobody declared the column 'shoe_size': it will be in nobody's copy",
        "      - {name: shoe_size, data_categories: [user], fides_meta: {data_type: integer}}",
    ]


def test_the_json_names_each_alarm_with_everything_it_needs(source: Source, new_column: None) -> None:
    with_alarm: dict[str, Any] = json.loads(run("--json")[1])

    assert set(with_alarm) == {"alarms", "sources"}
    assert set(with_alarm["sources"][0]) == {"shop", "source", "checked_at", "error", "alarms", "advice", "came_back"}
    assert set(with_alarm["sources"][0]["alarms"][0]) == {
        "code", "place", "message", "cure", "file", "line", "since",
    }  # fmt: skip


def test_a_source_that_cannot_be_reached_has_an_exit_code_of_its_own(source: Source, shop_url: str) -> None:
    Source.objects.filter(pk=source.pk).update(
        sealed_url=sealing.seal_credential(shop_url.rpartition("/")[0] + "/no_such_database", owner=str(source))
    )

    code, told = run("--json")

    (checked,) = json.loads(told)["sources"]
    assert (code, checked["error"]["code"]) == (2, "unknown_database")


def test_an_unknown_source_is_an_error_that_names_it(source: Source) -> None:
    with pytest.raises(CommandError, match="'no-such'"):
        run("--source", "no-such")
