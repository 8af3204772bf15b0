"""The Oscar shop's database: made once, then found again until its people or its packages change."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

HERE = Path(__file__).parent
PACKAGES = ("django", "django-oscar", "django-newsletter")
BUILD_LOCK = 0x6F736361
"""Two processes of the tests build one shop after the other: the second one finds it."""


def ensure_shop(server_url: str) -> str:
    """The address of the filled shop on a server whose user may create databases. Takes some 15 seconds the first time.

    It is for reading: whoever wants to change rows makes a copy (``CREATE DATABASE … TEMPLATE`` with ``template_of``).
    """
    name = f"oscar_shop_{_digest()}"
    with psycopg.connect(_named(server_url, "postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not found:
            _build(connection, server_url, name)
    return _named(server_url, name)


def template_of(server_url: str) -> str:
    """The name of a twin of the shop that nobody opens: a database with readers cannot be copied."""
    return f"oscar_template_{ensure_shop(server_url).rpartition('_')[2]}"


def _build(connection: psycopg.Connection, server_url: str, name: str) -> None:
    """Under another name first, so that a shop that stands under its own name is whole, and has its twin."""
    building = f"oscar_building_{os.getpid()}"
    connection.execute(f"CREATE DATABASE {building} TEMPLATE template0 ENCODING 'UTF8'")
    environment = {**os.environ, "OSCAR_SHOP_URL": _named(server_url, building)}
    command = [sys.executable, "-m", "tests.oscar_shop.build"]
    built = subprocess.run(
        command, env=environment, cwd=HERE.parent.parent, capture_output=True, text=True, check=False
    )
    if built.returncode:
        connection.execute(f"DROP DATABASE {building}")
        raise RuntimeError(built.stderr[-2000:])
    made_before = "SELECT datname FROM pg_database WHERE datname ~ '^oscar_(shop|template)_'"
    for (older,) in connection.execute(made_before).fetchall():
        connection.execute(f"DROP DATABASE IF EXISTS {older} WITH (FORCE)")
    connection.execute(f"CREATE DATABASE {name.replace('shop', 'template')} TEMPLATE {building}")
    connection.execute(f"ALTER DATABASE {building} RENAME TO {name}")


def _digest() -> str:
    written = [
        (HERE / name).read_bytes() for name in ("build.py", "database.py", "names.py", "people.py", "settings.py")
    ]
    versions = [f"{name}={version(name)}".encode() for name in PACKAGES]
    return hashlib.sha256(b"\0".join([*written, *versions])).hexdigest()[:12]


def _named(server_url: str, database: str) -> str:
    return urlsplit(server_url)._replace(path=f"/{database}").geturl()
