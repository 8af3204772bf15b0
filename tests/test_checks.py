"""The checks that stop a wrong installation, each seen to speak and to be silent, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from dsr.keyring import KeyRing

EXTERNAL = "postgresql://somebody:secret@db.example/dsr"


@pytest.fixture
def real_ring(tmp_path: Path) -> str:
    return str(KeyRing.create(tmp_path / "real.json", demo=False).path)


@pytest.fixture
def demo_ring(tmp_path: Path) -> str:
    return str(KeyRing.create(tmp_path / "demo.json", demo=True).path)


def check(*options: str, **environment: str) -> str:
    """What ``manage.py check`` says under this environment."""
    return manage("check", *options, **environment)


def manage(*command: str, **environment: str) -> str:
    """What a command says under this environment."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")}
    full = {**inherited, "DJANGO_SETTINGS_MODULE": "dsr.settings", **environment}
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env=full,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_demo_on_its_own_database_with_its_own_keys_starts(demo_ring: str) -> None:
    assert "no issues" in check(DSR_DEMO="1", DSR_KEYRING=demo_ring)


@pytest.mark.parametrize(
    ("environment", "number"),
    [
        ({"DATABASE_URL": EXTERNAL}, "dsr.E005"),
        ({"DSR_BIND": "0.0.0.0"}, "dsr.E008"),
    ],
)
def test_a_demo_beside_anything_real_refuses_to_start(demo_ring: str, environment: dict[str, str], number: str) -> None:
    said = check(DSR_DEMO="1", DSR_KEYRING=demo_ring, **environment)

    assert number in said
    assert "secret" not in said


def test_a_demo_with_real_keys_refuses_to_start(real_ring: str) -> None:
    assert "dsr.E006" in check(DSR_DEMO="1", DSR_KEYRING=real_ring)


def test_the_same_settings_without_demo_mode_are_no_demo(real_ring: str) -> None:
    assert "no issues" in check(DSR_KEYRING=real_ring, DSR_BIND="0.0.0.0")


def test_production_with_the_demos_keys_is_an_error(demo_ring: str, real_ring: str) -> None:
    production = {"DSR_BASE_URL": "https://privacy.example", "DSR_SECRET_KEY": "x" * 30 + "abcdefghij" * 4}

    assert "dsr.E003" in check("--deploy", DSR_KEYRING=demo_ring, **production)
    assert "dsr.E003" not in check("--deploy", DSR_KEYRING=real_ring, **production)


def test_production_without_keys_or_address_says_so(tmp_path: Path) -> None:
    said = check("--deploy", DSR_KEYRING=str(tmp_path / "none.json"))

    assert "dsr.E002" in said
    assert "init_keys" in said
    assert "dsr.W004" in said


def test_production_serves_encrypted_pages_alone_unless_it_is_told_otherwise() -> None:
    names = ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")

    def set_to(**environment: str) -> list[str]:
        settled = dict(line.split(" = ", 1) for line in manage("diffsettings", "--all", **environment).splitlines())
        return [settled.get(name, settled.get(f"### {name}", "")) for name in names]

    assert set_to() == ["True", "31536000", "True", "True"]
    assert set_to(DSR_PLAIN_HTTP="1") == ["False", "0", "False", "False"]


def test_a_role_that_may_change_the_audit_log_is_an_error(demo_ring: str) -> None:
    owner = os.environ["DATABASE_OWNER_URL"]
    # The check looks into the app's own database, which nothing else of the suite needs to have migrated.
    manage("migrate", "--database", "default", "-v", "0")

    as_app = check("--database", "default", DSR_KEYRING=demo_ring)
    as_owner = check("--database", "default", DSR_KEYRING=demo_ring, DATABASE_URL=owner)

    assert "no issues" in as_app
    assert "dsr.E007" in as_owner


@pytest.mark.parametrize("wrong", ["yes", "2", ""])
def test_a_setting_that_is_neither_yes_nor_no_stops_the_start(wrong: str) -> None:
    assert "write 1 or 0" in check(DSR_BEHIND_PROXY=wrong)


def test_production_with_a_ledger_beside_the_database_or_out_of_reach_says_so(real_ring: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("17")
    (tmp_path / "file").write_text("in the way")

    def said(folder: Path) -> list[str]:
        answer = check("--deploy", DSR_KEYRING=real_ring, DSR_LEDGER=str(folder))
        return [number for number in ("dsr.W009", "dsr.W010") if number in answer]

    assert said(tmp_path / "data" / "ledger") == ["dsr.W009"]
    assert said(tmp_path / "file" / "ledger") == ["dsr.W010"]
    assert said(tmp_path / "ledger") == []


def test_a_ledger_in_a_bucket_that_cannot_be_meant_or_spoken_to_stops_the_start(real_ring: str, tmp_path: Path) -> None:
    def said(place: str, **environment: str) -> tuple[bool, bool]:
        answer = check(DSR_KEYRING=real_ring, DSR_LEDGER=place, **environment)
        return "dsr.E009" in answer, "requirements-s3.txt" in answer

    # As if it were not installed: a module of its name that is found first, and cannot be imported.
    (tmp_path / "obstore.py").write_text("raise ImportError")

    assert said("s3://bucket/prefix") == (False, False)
    assert said("s3://") == (True, False)
    assert said("s3://bucket/prefix", PYTHONPATH=str(tmp_path)) == (True, True)
    assert said(str(tmp_path / "ledger"), PYTHONPATH=str(tmp_path)) == (False, False)


def test_production_when_the_bucket_of_its_ledger_is_away_then_says_so(real_ring: str) -> None:
    place = {"DSR_KEYRING": real_ring, "DSR_LEDGER": "s3://bucket/prefix", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}

    answer = check("--deploy", **place, AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b")

    assert "dsr.W010" in answer
    assert "dsr.E009" not in answer
