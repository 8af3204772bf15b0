import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsr.models import Membership, Shop, Source, SubjectRequest
from dsr.workflow import shops
from tests.conftest import HERE

DATASET = HERE / "small_shop" / "shop.yaml"


def run(*arguments: object, **options: object) -> dict[str, Any]:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out, **options)
    content: dict[str, Any] = json.loads(out.getvalue())
    return content


def test_a_shop_is_connected_asked_and_answered_by_commands_alone(shop_url: str, owner: User, tmp_path: Path) -> None:
    run("add_shop", "corner", "--name", "Corner Shop")
    added = run("add_source", "corner", "web", "--url", shop_url, "--dataset", DATASET)
    opened = run("open_request", "corner", "access", "--email", "ADA@example.com", "--identity-proved-by", "olga")
    out = tmp_path / "package"

    done = run("run_request", opened["reference"], "--approve-as", "olga", "--out", out)

    assert added["collections"] == 5
    assert done["state"] == "fulfilled"
    assert done["sources"] == [{"name": "web", "state": "done", "records": 9, "error": None}]
    data = json.loads((out / "data.json").read_text())
    assert [row["id"] for row in data["sources"]["web"]["order_lines"]] == [100, 101, 110]
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*") if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*") if path.is_dir()} == {0o700}
    approved_by = {each["by"] for each in done["timeline"] if each["event"] == "request.approved"}
    assert approved_by == {f"command:{owner.pk}"}


def test_show_request_says_where_it_stands(asked: SubjectRequest) -> None:
    shown = run("show_request", asked.reference)

    asked_for = {"reference", "shop", "type", "state", "received_at", "due_on"}
    assert set(shown) == asked_for | {"dates", "sources", "run", "learnt", "same_person", "timeline"}
    assert (shown["state"], shown["due_on"]) == ("gathering", "2026-02-06")
    assert [each["event"] for each in shown["timeline"]] == [
        "request.received",
        "identity.confirmed",
        "gathering.started",
    ]


def test_a_request_stops_where_a_person_is_needed(asked: SubjectRequest) -> None:
    done = run("run_request", asked.reference)

    assert done["state"] == "review"


def test_a_request_without_proof_waits_for_the_person(source: Source) -> None:
    opened = run("open_request", "small-shop", "access", "--email", "ada@example.com")

    assert (opened["state"], run("run_request", opened["reference"])["state"]) == ("verifying", "verifying")


def test_nobody_approves_in_a_shop_they_have_no_role_in(gathered: SubjectRequest, other_shop: Shop) -> None:
    stranger = User.objects.create_user("stranger")
    shops.give_role(stranger, Membership.Role.REVIEWER, other_shop)

    with pytest.raises(CommandError, match="may not decide"):
        run("run_request", gathered.reference, "--approve-as", "stranger")

    gathered.refresh_from_db()
    assert gathered.state == "review"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show_request", "XX-0000-0000"), "no request"),
        (("open_request", "nowhere", "access", "--email", "a@example.com"), "no shop 'nowhere'"),
        (("open_request", "small-shop", "access"), "nobody can confirm"),
        (("open_request", "small-shop", "access", "--email", "nonsense"), "name@example.com"),
        (
            ("open_request", "small-shop", "access", "--email", "a@example.com", "--received", "tomorrow"),
            "not a moment",
        ),
        (("open_request", "small-shop", "access", "--email", "a@example.com", "--received", "2999-01-01"), "future"),
        (
            ("open_request", "small-shop", "access", "--email", "a@example.com", "--identity-proved-by", "me"),
            "no member",
        ),
        (("add_shop", "small-shop", "--name", "Twice"), "already"),
        (("add_shop", "staff", "--name", "Staff"), "address of the app itself"),
        (("add_source", "small-shop", "x", "--url", "postgresql://h/d", "--dataset", "/no/such.yaml"), "/no/such.yaml"),
    ],
)
def test_a_mistake_is_told_in_words_and_nothing_is_kept(
    source: Source, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run(*arguments)

    assert not SubjectRequest.objects.exists()
    assert (Shop.objects.count(), Source.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("name: customers", "name: custmers"), r"shop.yaml:\d+: .*custmers"),
        (("name: engraving", "name: engravign"), r"shop.yaml:\d+: .*engravign"),
        (("user.contact.email]", "user.contact.emial]"), r"shop.yaml:\d+: .*user.contact.emial"),
        (("primary_key: true", "primary_kye: true"), r"shop.yaml:\d+: .*primary_kye"),
        (("field: orders.id", "field: orders.nr"), r"shop.yaml:\d+: .*unknown field 'nr'"),
        (("collections:", "collections: ]"), r"shop.yaml:\d+: "),
    ],
)
def test_a_mistake_in_the_dataset_is_told_with_its_line(
    shop: Shop, shop_url: str, tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    text = DATASET.read_text()
    assert change[0] in text
    (tmp_path / "shop.yaml").write_text(text.replace(*change, 1))

    with pytest.raises(CommandError, match=message):
        run("add_source", "small-shop", "web", "--url", shop_url, "--dataset", tmp_path / "shop.yaml")

    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("postgresql://user:hunter2@127.0.0.1:1/shop", "not be reached|not reach|connect"),
        ("nonsense", "address|URL|url"),
        ("oracle://user:hunter2@host/shop", "oracle"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_repeating_its_password(
    shop: Shop, broken: str, message: str
) -> None:
    with pytest.raises(CommandError, match=message) as told:
        run("add_source", "small-shop", "web", "--url", broken, "--dataset", DATASET)

    assert "hunter2" not in str(told.value)
    assert not Source.objects.exists()


def test_a_wrong_password_is_called_a_wrong_password(shop: Shop, shop_url: str) -> None:
    head, _, rest = shop_url.partition("@")

    with pytest.raises(CommandError, match="password"):
        run(
            "add_source",
            "small-shop",
            "web",
            "--url",
            head.rpartition(":")[0] + ":hunter2@" + rest,
            "--dataset",
            DATASET,
        )


def test_the_address_of_a_source_lies_sealed(source: Source, shop_url: str) -> None:
    password = shop_url.partition("@")[0].rpartition(":")[2].encode()

    assert len(password) > 8
    assert password not in bytes(source.sealed_url)
    assert password.decode() not in source.host
