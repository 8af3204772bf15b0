from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from dsr.sources.yaml_edit import merged

TEXT = """\
# The shop, by hand: Zoë’s 💍.
dataset:
  - fides_key: shop   # do not rename
    collections:
      # Everybody with an account
      - name: customers
        fields:
          - {name: id, data_categories: [user.unique_id]}  # Nº on the card

          - name: email
            data_categories:
              - user.contact.email   # since 2019
            fides_meta:
              identity: email
              length: 80
          # Written by the till
          - name: note
            description: 'said at the counter'
            data_categories: [user.content]
"""


def fields(wanted: Any) -> Any:
    return wanted["dataset"][0]["collections"][0]["fields"]


@pytest.fixture
def wanted() -> Any:
    return copy.deepcopy(yaml.safe_load(TEXT))


def lines_changed(after: str) -> tuple[list[str], list[str]]:
    before, now = TEXT.splitlines(), after.splitlines()
    return [line for line in before if line not in now], [line for line in now if line not in before]


def test_merged_when_nothing_differs_then_the_text_stays(wanted: Any) -> None:
    assert merged(TEXT, wanted) == TEXT


def test_merged_when_a_value_differs_then_only_its_line_does(wanted: Any) -> None:
    fields(wanted)[2]["data_categories"] = ["user.name"]

    assert lines_changed(merged(TEXT, wanted)) == (
        ["            data_categories: [user.content]"],
        ["            data_categories: [user.name]"],
    )


def test_merged_when_a_key_is_new_then_it_follows_the_last_and_comments_stay(wanted: Any) -> None:
    fields(wanted)[1]["fides_meta"]["primary_key"] = True
    fields(wanted)[2]["fides_meta"] = {"identity": "phone_number"}

    after = merged(TEXT, wanted)

    assert yaml.safe_load(after) == wanted
    assert lines_changed(after) == (
        [],
        ["              primary_key: true", "            fides_meta: {identity: phone_number}"],
    )


def test_merged_when_a_key_is_gone_then_its_line_is(wanted: Any) -> None:
    del fields(wanted)[1]["fides_meta"]["identity"]

    assert lines_changed(merged(TEXT, wanted)) == (["              identity: email"], [])


def test_merged_when_a_key_goes_and_one_comes_at_the_end_then_both_hold(wanted: Any) -> None:
    del fields(wanted)[1]["fides_meta"]["length"]
    fields(wanted)[1]["description"] = "yes: no"

    after = merged(TEXT, wanted)

    assert yaml.safe_load(after) == wanted
    assert lines_changed(after) == (["              length: 80"], ["            description: 'yes: no'"])


def test_merged_when_a_field_written_on_one_line_changes_then_its_comment_stays(wanted: Any) -> None:
    fields(wanted)[0]["fides_meta"] = {"primary_key": True}

    after = merged(TEXT, wanted)

    assert yaml.safe_load(after) == wanted
    assert "fides_meta: {primary_key: true}}  # Nº on the card\n" in after


def test_merged_when_a_block_list_grows_then_it_stays_a_block(wanted: Any) -> None:
    fields(wanted)[1]["data_categories"] = ["user.contact.email", "user.account.username"]

    after = merged(TEXT, wanted)

    assert "              - user.contact.email\n              - user.account.username" in after
    assert yaml.safe_load(after) == wanted


def test_merged_when_fields_come_and_go_then_the_others_keep_their_comments(wanted: Any) -> None:
    del fields(wanted)[1]
    fields(wanted).append({"name": "colour", "data_categories": ["system.operations"]})

    after = merged(TEXT, wanted)

    assert yaml.safe_load(after) == wanted
    assert "  # Nº on the card\n" in after
    assert "          # Written by the till\n          - name: note\n" in after


def test_merged_when_items_change_their_order_then_content_goes_before_comments(wanted: Any) -> None:
    fields(wanted).reverse()

    assert yaml.safe_load(merged(TEXT, wanted)) == wanted


def test_merged_when_an_alias_is_meant_to_differ_then_content_goes_before_comments() -> None:
    text = "a: &shared {x: 1}\nb: *shared\n"

    assert yaml.safe_load(merged(text, {"a": {"x": 1}, "b": {"x": 2}})) == {"a": {"x": 1}, "b": {"x": 2}}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "collections:\n", "collections: {}\n"])
def test_merged_when_there_was_nothing_then_everything_is_written(text: str) -> None:
    wanted = {"collections": {"orders": {"record_class": "order"}}}

    assert yaml.safe_load(merged(text, wanted)) == wanted


@pytest.mark.parametrize("file", sorted(Path("docs/examples").glob("*.yaml")), ids=lambda file: file.name)
def test_merged_when_every_scalar_of_a_real_file_is_changed_then_it_reads_so_and_keeps_its_comments(file: Path) -> None:
    text = file.read_text()
    wanted = _marked(yaml.safe_load(text))

    after = merged(text, wanted)

    assert yaml.safe_load(after) == wanted
    assert [line for line in text.splitlines() if line.lstrip().startswith("#")] == [
        line for line in after.splitlines() if line.lstrip().startswith("#")
    ]


def _marked(content: Any) -> Any:
    """Everything changed that is not a name."""
    if isinstance(content, dict):
        return {key: each if key in ("name", "fides_key") else _marked(each) for key, each in content.items()}
    if isinstance(content, list):
        return [_marked(each) for each in content]
    return f"{content}'s #1: x"
