"""``publish_policy``: a profile in a file becomes the shop's next version."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsr.models import PolicyVersion, Shop


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("publish_policy", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def draft(shop: Shop, tmp_path: Path) -> Path:
    """A file with the shop's first text and one line more."""
    file = tmp_path / "draft.yaml"
    file.write_text(shop.policy_versions.get().text + "\n# revised\n")
    return file


def test_publish_when_a_file_is_given_then_is_the_next_version_of_the_shop_it_names(draft: Path, owner: User) -> None:
    content: dict[str, Any] = json.loads(run(draft, "--json", "--from", "2030-06-01", "--as", "olga"))

    made = PolicyVersion.objects.get(number=2)
    assert made.text == draft.read_text()
    assert (content["shop"], content["number"], content["is_new"]) == ("small-shop", 2, True)
    assert content["in_force_from"] == "2030-06-01T00:00:00+00:00" == made.in_force_from.isoformat()
    assert content["published_by"] == f"command:{owner.pk}"


def test_publish_when_said_for_people_then_names_version_and_moment(draft: Path) -> None:
    assert run(draft, "--from", "2030-06-01").startswith(
        "small-shop: version 2, in force from 2030-06-01T00:00:00+00:00"
    )
    assert "nothing was published" in run(draft, "--from", "2031-06-01")
    assert PolicyVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "soon"), "not a moment"),
        (("--shop", "nowhere"), "no shop 'nowhere'"),
        (("--material", "--notice", "home_page"), "place and a day"),
        (("--material", "--notice", "billboard=2026-01-01"), "no place for a notice"),
        (("--material", "--notice", "home_page=2999-01-01"), "future"),
        (("--as", "nobody"), "no member of staff"),
    ],
)
def test_publish_when_something_is_wrong_then_says_so_and_publishes_nothing(
    draft: Path, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run(draft, *arguments)

    assert PolicyVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"shop: [", "not valid YAML"), (b"shop: small-shop", "missing"), (b"\xff\xfe", "UTF-8"), (None, "No such file")],
)
def test_publish_when_the_file_cannot_be_read_then_says_why(
    shop: Shop, tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "broken.yaml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CommandError, match=message):
        run(file)

    assert PolicyVersion.objects.count() == 1
