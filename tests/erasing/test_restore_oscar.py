"""A whole installation whose databases are put back by ``pg_restore``: the real web server and worker stay shut until the replay.

The shop is the Oscar shop, with its uploads; everything is done by commands and read by plain SQL and HTTP.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import yaml

from dsr.demo.build import END_SESSIONS
from tests.erasing.canaries import alone, canaries, hits, read, tables
from tests.erasing.oscar_scene import (
    BIRTHDAY,
    EVERYTHING_GOES,
    EXAMPLES,
    NAMING,
    OF_SOMEBODY_ELSE_TOO,
    PHONE,
    UPLOADS,
    left_of,
    media,
    naming,
    oscar,
    our_files,
    raw,
)
from tests.installation import CHECKOUT, SEVERAL_COMMANDS, SHOP, STAFF, Installation, wait_until
from tests.oscar_shop.names import ADA_EMAIL
from tests.own.dumps import address_of, program

__all__ = ["media", "oscar"]

OURS = f"restored_installation_{os.getpid()}"
PROFILE = CHECKOUT / "dsr" / "policy" / "profiles" / "default.yaml"
WEB = ["-m", "gunicorn", "dsr.wsgi:application", "--preload", "--workers", "1", "--no-control-socket"]


@dataclass(frozen=True)
class Backup:
    """Both databases and the uploads as they were at one moment."""

    folder: Path
    databases: dict[str, str]
    uploads: Path

    def make(self) -> None:
        """Write it."""
        for name, url in self.databases.items():
            command = [program("pg_dump"), "--format=custom", f"--file={self.folder / name}", f"--dbname={url}"]
            subprocess.run(command, check=True, timeout=120)
        shutil.copytree(self.uploads, self.folder / "uploads")

    def put_back(self) -> None:
        """Each database made anew under its name, and the uploads."""
        for name, url in self.databases.items():
            database = url.rpartition("/")[2]
            recreate(url, database)
            command = [program("pg_restore"), "--exit-on-error", f"--dbname={url}", str(self.folder / name)]
            subprocess.run(command, check=True, timeout=120)
        shutil.rmtree(self.uploads)
        shutil.copytree(self.folder / "uploads", self.uploads)


def recreate(url: str, database: str, *, remove: bool = False) -> None:
    with psycopg.connect(url.rpartition("/")[0] + "/postgres", autocommit=True) as admin:
        admin.execute(END_SESSIONS, [database])
        admin.execute(f"DROP DATABASE IF EXISTS {database}")
        if not remove:
            admin.execute(f"CREATE DATABASE {database}")


@pytest.fixture
def installation(tmp_path: Path, oscar: str, media: Path) -> Iterator[Installation]:
    """An installation with a database of its own, whose shop is the Oscar shop."""
    owner_url = address_of(OURS)
    recreate(owner_url, OURS)
    folder = tmp_path / "installation"
    folder.mkdir()
    made = Installation(folder, os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{OURS}", owner_url)
    mine = {"shop": SHOP, "name": "Oscar", "reference_prefix": "OS", "retention": EVERYTHING_GOES}
    profile = yaml.safe_load(PROFILE.read_text()) | mine
    (folder / "profile.yaml").write_text(yaml.safe_dump(profile, sort_keys=False))
    commands = [
        ["init_keys"],
        ["migrate", "-v", "0"],
        ["collectstatic", "--noinput", "-v", "0"],
        ["seed_staff"],
        ["add_shop", SHOP, "--name", "Oscar"],
    ]
    for name, file in (("web", "oscar"), ("news", "django_newsletter")):
        overlay = (EXAMPLES / f"{file}.dsr.yaml").read_text()
        (folder / f"{file}.dsr.yaml").write_text(overlay.replace("subject_class: staff, ownership: owned}", UPLOADS))
        described = ["--dataset", str(EXAMPLES / f"{file}.yaml"), "--overlay", str(folder / f"{file}.dsr.yaml")]
        commands.append(
            ["add_source", SHOP, name, "--url", oscar, "--write-url", oscar, "--files", str(media), *described]
        )
    commands.append(["publish_policy", str(folder / "profile.yaml"), "--shop", SHOP, "--as", STAFF])
    made.run("-c", SEVERAL_COMMANDS, json.dumps(commands))
    yield made
    recreate(owner_url, OURS, remove=True)


def state_of(installation: Installation) -> str:
    return str(installation.ask("SELECT state FROM dsr_subjectrequest")[0][0])


def ask_for_erasure(installation: Installation) -> str:
    """Ada's wish, proved to staff, and gathered by the running worker."""
    told = json.loads(
        installation.manage("open_request", SHOP, "erasure", "--email", ADA_EMAIL, "--identity-proved-by", STAFF)
    )
    wait_until(lambda: state_of(installation) == "review", 120, "the worker did not gather")
    return str(told["reference"])


def erase(installation: Installation, reference: str) -> None:
    """Freeze, approve, and let the running worker erase."""
    plan = json.loads(installation.manage("plan_erasure", reference, "--freeze", "--as", STAFF))
    installation.manage("approve_erasure", reference, "--as", STAFF, "--fingerprint", plan["fingerprint"])
    wait_until(lambda: state_of(installation) == "fulfilled", 120, "the worker did not erase")


@contextmanager
def web(installation: Installation) -> Iterator[str]:
    """The address of the real web server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    log = installation.folder / "web.log"
    with log.open("ab") as writing:
        environment = installation.environment | {"DSR_BASE_URL": f"http://127.0.0.1:{port}"}
        line = [sys.executable, *WEB, "--bind", f"127.0.0.1:{port}"]
        server = subprocess.Popen(line, cwd=CHECKOUT, env=environment, stdout=writing, stderr=writing)
    try:
        wait_until(lambda: seen(f"http://127.0.0.1:{port}/health/")[0] != 0, 60, f"no web server: {log.read_text()}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def seen(url: str) -> tuple[int, str]:
    """What a browser gets; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
    except OSError:
        return 0, ""


def worker_refuses(installation: Installation) -> str:
    """Why the worker does not start."""
    done = subprocess.run(
        [sys.executable, "manage.py", "run_worker"], cwd=CHECKOUT, env=installation.environment, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    return done.stderr


def test_installation_when_everything_is_put_back_then_web_and_worker_stay_shut_until_the_replay_and_nobody_is_back(
    installation: Installation, oscar: str, media: Path, tmp_path: Path
) -> None:
    backup = Backup(tmp_path, {"ours.dump": installation.owner_url, "shop.dump": oscar}, media)
    before, uploads = tables(oscar), our_files(media)
    with installation.worker():
        reference = ask_for_erasure(installation)
        backup.make()
        erase(installation, reference)
    done, left = tables(oscar), our_files(media)
    assert len(naming(before)) > len(naming(done))
    gone = [
        cell
        for name, table in before.items()
        for key in table.rows.keys() - done[name].rows.keys()
        for cell in table.rows[key]
    ]
    sought = alone(canaries(gone) | {PHONE, BIRTHDAY}, "\n".join(raw(done).values()))
    assert sought >= {"pay-ada", "ada rang and was unhappy", "dear guest ada", PHONE, BIRTHDAY}

    backup.put_back()

    assert (raw(tables(oscar)), our_files(media)) == (raw(before), uploads)
    assert hits(sought, read("\n".join(raw(tables(oscar)).values()))) == sought
    assert state_of(installation) == "review"
    assert_ours_says_nothing(installation, sought | NAMING, reference)
    assert "replay --ours" in worker_refuses(installation)
    with web(installation) as address:
        assert seen(f"{address}/health/") == (503, '{"status": "red", "fault": "restored"}')
        assert seen(f"{address}/{SHOP}/")[0] == 503

        dry = json.loads(installation.manage("replay", "--ours"))

        assert (dry["settled"], dry["requests"]) == (False, [reference])
        assert raw(tables(oscar)) == raw(before)
        assert seen(f"{address}/health/")[0] == 503
        assert "replay --ours" in worker_refuses(installation)

        told = json.loads(installation.manage("replay", "--ours", "--execute"))

        assert (told["settled"], told["shops"][SHOP]["refused"]) == (True, [])
        assert seen(f"{address}/health/")[0] == seen(f"{address}/{SHOP}/")[0] == 200
    with installation.worker():
        assert installation.ask("SELECT count(*) FROM dsr_job WHERE state = 'parked'") == [(0,)]

    now = tables(oscar)
    assert {name: (table.rows, done[name].rows) for name, table in now.items() if table.rows != done[name].rows} == {}
    after = raw(now)
    assert our_files(media) == left != uploads
    assert left_of(sought, after) == {}
    assert left_of(NAMING, after) == OF_SOMEBODY_ELSE_TOO
    assert_ours_says_nothing(installation, sought | NAMING, reference)
    assert json.loads(installation.manage("verify_audit"))["faults"] == []
    assert json.loads(installation.manage("ledger", "verify"))["last"] >= 3


def assert_ours_says_nothing(installation: Installation, sought: frozenset[str], reference: str) -> None:
    """Our own tables, files and logs, after the scan was seen to find the request's number in them."""
    held = {**raw(tables(installation.owner_url)), **our_files(installation.folder)}
    held = {name: each for name, each in held.items() if not name.endswith((".yaml", ".yml"))}
    assert "dsr_subjectrequest" in left_of(frozenset({reference.lower()}), held)
    assert left_of(sought, held) == {}
