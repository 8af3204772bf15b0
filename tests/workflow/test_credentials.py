"""The two addresses of a source: the one for writing is never used for reading, and neither is ever shown again."""

import logging
from datetime import datetime
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from dsr.crypto import SealBroken
from dsr.models import AuditEntry, Shop, Source
from dsr.sources.base import SourceError
from dsr.workflow import connections, source_checks
from dsr.workflow.actors import COMMAND
from tests.conftest import ADA, HERE, ask, work_off

MARK = "write-secret-8d1f"
DATASET = HERE / "small_shop" / "shop.yaml"


def write_url(url: str) -> str:
    """The same database; its address holds a word by which it can be told anywhere."""
    return f"{url}?application_name={MARK}"


def password(url: str) -> str:
    return url.partition("@")[0].rpartition(":")[2]


@pytest.fixture
def both(shop: Shop, shop_url: str, now: datetime) -> Source:
    text = DATASET.read_text()
    return connections.add_source(
        shop,
        name="shop",
        url=shop_url,
        write_url=write_url(shop_url),
        dataset_text=text,
        dataset_name="s.yaml",
        actor=COMMAND,
        now=now,
    )[0]


def test_both_addresses_lie_sealed_each_for_its_own_purpose(both: Source, shop_url: str) -> None:
    sealed = bytes(both.sealed_url), bytes(both.sealed_write_url or b"")
    assert (connections.url_of(both), connections.write_url_of(both)) == (shop_url, write_url(shop_url))

    both.sealed_url, both.sealed_write_url = sealed[1], sealed[0]

    assert password(shop_url).encode() not in sealed[0] + sealed[1]
    assert MARK.encode() not in sealed[1]
    for reader in (connections.url_of, connections.write_url_of):
        with pytest.raises(SealBroken):
            reader(both)


def test_a_source_without_an_address_for_writing_has_none(source: Source) -> None:
    assert connections.write_url_of(source) is None


def test_gathering_and_checking_never_open_the_address_for_writing(both: Source, owner: User, now: datetime) -> None:
    Source.objects.filter(pk=both.pk).update(sealed_write_url=b"nobody can open this")
    asked = ask(both.shop, ADA, now, owner)

    work_off(asked)

    assert (asked.state, asked.source_runs.get().records) == ("review", 9)
    assert source_checks.check_source(both, actor=COMMAND, now=now).error_code == ""


def test_a_new_description_keeps_the_addresses_that_were_not_typed_again(both: Source, now: datetime) -> None:
    before = connections.write_url_of(both)

    connections.change_source(both, dataset_text=DATASET.read_text(), dataset_name="s.yaml", actor=COMMAND, now=now)

    both.refresh_from_db()
    assert connections.write_url_of(both) == before


def test_an_address_for_writing_that_nobody_answers_is_refused_and_not_kept(
    shop: Shop, shop_url: str, now: datetime
) -> None:
    wrong = shop_url.replace(quote(password(shop_url)), MARK)
    with pytest.raises(SourceError, match="shop, for writing: the database refused the user or the password") as told:
        connections.add_source(
            shop,
            name="shop",
            url=shop_url,
            write_url=wrong,
            dataset_text=DATASET.read_text(),
            dataset_name="s.yaml",
            actor=COMMAND,
            now=now,
        )

    assert MARK not in str(told.value)
    assert not Source.objects.exists()


def test_neither_address_stands_in_pages_logs_errors_or_the_audit_log(
    shop: Shop, shop_url: str, owner: User, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    boss, secrets = Client(), (password(shop_url), MARK)
    boss.force_login(owner)
    said = {"shop": shop.pk, "name": "web", "url": shop_url, "write_url": write_url(shop_url)}
    shown = [boss.post("/staff/sources/add/", {**said, "dataset_text": "dataset: 7"}).content.decode()]
    boss.post("/staff/sources/add/", {**said, "dataset_text": DATASET.read_text()})
    made = Source.objects.get()
    shown += [boss.get(path).content.decode() for path in ("/staff/sources/", f"/staff/sources/{made.pk}/")]
    shown.append(boss.post(f"/staff/sources/{made.pk}/check/", follow=True).content.decode())
    with pytest.raises(CommandError) as told:
        wrong = shop_url.replace(quote(password(shop_url)), MARK)
        call_command("add_source", shop.slug, "x", url=wrong, write_url=wrong, dataset=DATASET, stdout=StringIO())
    shown += [str(told.value), caplog.text, *(str(entry.facts) for entry in AuditEntry.objects.all())]

    assert secrets[0] in connections.url_of(made)
    assert secrets[1] in str(connections.write_url_of(made))
    assert [secret for secret in secrets for text in shown if secret in text] == []
    assert "refused the user or the password" in str(told.value)
    assert all(">web<" in page for page in shown[1:2])
