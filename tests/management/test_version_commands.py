from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from dsr import jobs
from dsr.models import DatasetDraft, Job, Shop, Source, SubjectRequest
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


def test_a_source_when_only_its_address_is_known_then_commands_draft_decide_and_publish_it(
    shop: Shop, shop_url: str, owner: User
) -> None:
    connected = run("add_source", "small-shop", "web", "--url", shop_url)
    before = run("classify_source", "small-shop", "web", "--as", owner.username)
    jobs.draft_source(Job.objects.get(kind="draft_source").pk)
    arguments = ["--set", "orders.note=user.content.public", "--confirm", "customers.name", "--confirm-sure"]
    shown = run("classify_source", "small-shop", "web", "--as", owner.username, *arguments)
    published = run("classify_source", "small-shop", "web", "--as", owner.username, "--publish", "--with-open")

    assert (connected["version"], before["draft"], shown["draft"]) == (None, "writing", "ready")
    still_open = {each["column"] for each in shown["open"]}
    assert still_open & {"orders.note", "customers.name"} == set()
    assert len(still_open) == shown["progress"]["total"] - shown["progress"]["decided"]
    assert published["version"] == 1
    assert "user.content.public" in connections.current_version(shop.sources.get()).dataset_text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--set", "orders.note=user.contnet"),
            "There is no data category 'user.contnet'; did you mean 'user.content'",
        ),
        (("--confirm", "orders.nose"), "There is no column 'orders.nose'"),
    ],
)
def test_classify_source_when_something_is_misspelled_then_it_is_told(
    source: Source, owner: User, arguments: tuple[str, str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run("classify_source", "small-shop", "shop", "--as", owner.username, *arguments)


def test_classify_source_when_the_member_of_staff_only_reviews_then_nothing_is_begun(
    source: Source, reviewer: User
) -> None:
    with pytest.raises(CommandError, match="rita may not change the sources of small-shop"):
        run("classify_source", "small-shop", "shop", "--as", reviewer.username)

    assert not DatasetDraft.objects.exists()
