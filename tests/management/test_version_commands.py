from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from dsr.models import Source, SubjectRequest
from dsr.workflow import connections, drafts
from dsr.workflow.actors import COMMAND, staff
from tests.conftest import work_off
from tests.management.test_commands import run


@pytest.fixture
def twice(source: Source, owner: User, now: datetime) -> Source:
    """A source with a second version, made by olga: notes on orders are private messages."""
    draft = drafts.open_draft(source, now=now)
    orders = draft.collections.get(name="orders")
    orders.columns.filter(name="note").update(data_categories=["user.content.private"])
    drafts.publish(draft, actor=staff(owner), now=now)
    return source


def test_show_versions_when_there_are_two_then_it_says_who_made_them_and_what_differs(twice: Source) -> None:
    listed = run("show_versions", "small-shop", "shop")["versions"]
    told = run("show_versions", "small-shop", "shop", "--diff", 1, 2)

    assert [(each["version"], each["made_by"], each["origin"]) for each in listed] == [
        (2, "olga", "classified"),
        (1, "a command", "given"),
    ]
    assert told["differences"] == [
        {
            "collection": "orders",
            "column": "note",
            "what": "data_categories",
            "before": "user.content",
            "after": "user.content.private",
        }
    ]
    assert [line for line in told["unified"] if line.startswith(("+ ", "- "))] == [
        "-          - {name: note, data_categories: [user.content], fides_meta: {data_type: string}}",
        "+          - {name: note, data_categories: [user.content.private], fides_meta: {data_type: string}}",
    ]


def test_show_versions_when_an_older_one_is_published_again_then_a_third_says_what_it_said(twice: Source) -> None:
    listed = run("show_versions", "small-shop", "shop", "--again", 1)["versions"]

    assert (listed[0]["version"], listed[0]["origin"], listed[0]["repeats"]) == (3, "again", 1)
    assert connections.current_version(twice).dataset_text == twice.versions.get(number=1).dataset_text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("shop", "--diff", 1, 9), "has no version 9. There are: 1."),
        (("shap",), "has no source 'shap'. There are: shop."),
    ],
)
def test_show_versions_when_there_is_no_such_thing_then_it_names_those_there_are(
    source: Source, arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run("show_versions", "small-shop", *arguments)


def test_a_disconnected_source_when_staff_go_on_or_connect_it_again_then_commands_do_both(
    source: Source, asked: SubjectRequest, owner: User, now: datetime
) -> None:
    connections.disconnect_source(source, actor=COMMAND, now=now)
    work_off(asked)

    shown = run("go_on_without", asked.reference, "shop", "--as", owner.username)
    again = run("reconnect_source", "small-shop", "shop")

    assert shown["state"] == "review"
    assert again == {"shop": "small-shop", "source": "shop", "versions": 1}
