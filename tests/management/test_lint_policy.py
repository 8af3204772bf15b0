"""The command that reads a profile and publishes nothing."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dsr.models import PolicyVersion, Shop
from tests.policy.test_lint import GOOD


def linted(path: Path, *arguments: str) -> tuple[str, int]:
    """What the command says, and its exit code."""
    out = StringIO()
    try:
        call_command("lint_policy", str(path), *arguments, stdout=out)
    except SystemExit as exit_:
        return out.getvalue(), int(exit_.code or 0)
    return out.getvalue(), 0


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.yaml"
    path.write_text(GOOD)
    return path


def test_lint_policy_when_there_is_nothing_to_mend_then_it_says_so(draft: Path) -> None:
    assert linted(draft) == ("draft.yaml: 0 errors, 0 warnings\n", 0)


def test_lint_policy_when_there_is_a_warning_then_the_exit_code_is_0(draft: Path) -> None:
    draft.write_text(GOOD.replace("is_published: true", "is_published: false"))

    text, code = linted(draft)

    assert (text.splitlines()[-1], code) == ("draft.yaml: 0 errors, 1 warning", 0)


def test_lint_policy_when_it_cannot_be_read_then_every_mistake_is_an_error(draft: Path) -> None:
    draft.write_text(GOOD.replace("country: DE", "country: XX\nnmae: x"))

    text, code = linted(draft, "--json")

    content = json.loads(text)
    assert (code, content["errors"], content["warnings"]) == (1, 2, 0)
    assert [(each["line"], each["place"], each["sentence"]) for each in content["findings"]] == [
        (5, "country", "Unknown country 'XX'."),
        (6, "nmae", "Unknown key 'nmae'; did you mean 'name'?"),
    ]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_lint_policy_when_there_is_no_text_then_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "draft.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CommandError) as caught:
        linted(path)

    said = "cannot be read: No such file or directory." if content is None else "is not a text in UTF-8."
    assert str(caught.value) == f"{path} {said}"


def test_lint_policy_when_a_shop_is_named_then_what_its_sources_hold_counts(
    draft: Path, shop: Shop, source: object
) -> None:
    text, code = linted(draft, "--shop", shop.slug)

    assert code == 1
    assert "no retention rule of the policy of Corner names its record class" in text.replace("No ", "no ")
    assert PolicyVersion.objects.filter(shop=shop).count() == 1


def test_schema_when_asked_for_then_is_printed_and_no_file_is_needed() -> None:
    out = StringIO()

    call_command("lint_policy", "--schema", stdout=out)

    assert json.loads(out.getvalue())["title"] == "A policy profile: what one shop promised"


def test_lint_when_no_file_is_named_then_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="Name the file of a profile, or ask for --schema"):
        call_command("lint_policy")
