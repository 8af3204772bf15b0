"""``look_for_doubts``: the same look as the worker's, in numbers."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from dsr.models import Doubt, Shop, Source
from tests.doubts.conftest import Do


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    call_command("look_for_doubts", *arguments)
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_command_when_values_are_in_doubt_then_prints_how_many_and_names_nobody(
    connected: Source, do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    do("UPDATE customers SET card_until = '2099-01-01' WHERE number = 'C-2'")
    first = printed(capsys, "small-shop")
    do("DELETE FROM addresses")
    again = printed(capsys, "small-shop", "--source", "shop")

    assert first == {"shop": "small-shop", "found": {"shop": 8}, "settled": {"shop": 0}, "waiting": 8, "not_read": {}}
    assert again == {"shop": "small-shop", "found": {"shop": 0}, "settled": {"shop": 3}, "waiting": 5, "not_read": {}}


def test_command_when_a_database_cannot_be_read_then_says_why_and_ends_with_an_error(
    connected: Source, do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    do("DROP TABLE customers")

    with pytest.raises(SystemExit) as ended:
        call_command("look_for_doubts", "small-shop")

    told = json.loads(capsys.readouterr().out)
    assert (ended.value.code, told["found"]) == (1, {})
    assert "customers" in str(told["not_read"])
    assert not Doubt.objects.exists()


def test_command_when_there_is_no_such_source_then_names_those_there_are(connected: Source, shop: Shop) -> None:
    with pytest.raises(CommandError, match=r"no source .web.\. There are: shop"):
        call_command("look_for_doubts", "small-shop", "--source", "web")
