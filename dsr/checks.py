"""Numbered system checks: a wrong or missing setting is told at start, in words, before it can do harm."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.utils.module_loading import import_string

from dsr import embedded
from dsr.keyring import KeyRing, KeyRingProblem
from dsr.ledger.storage import NoLibrary, is_bucket, storage_at
from dsr.workflow.queue import Work


@register()
def jobs_exist(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Jobs are enqueued by name, so every name must lead somewhere."""
    found: list[CheckMessage] = []
    for work in Work:
        try:
            import_string(f"dsr.jobs.{work.value}")
        except ImportError:
            found.append(Error(f"There is no function dsr.jobs.{work.value}.", id="dsr.E001"))
    return found


@register(Tags.security, deploy=True)
def keys_are_ready(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The key ring can be read, and is the demo's in the demo only."""
    try:
        ring = KeyRing(settings.DSR_KEYRING)
        is_demo = ring.is_demo
    except KeyRingProblem as problem:
        return [Error(str(problem), id="dsr.E002")]
    if is_demo and not settings.DSR_DEMO:
        return [
            Error(
                "The key ring was made for the demo.",
                hint="Real people's data needs its own: move the file away and run manage.py init_keys.",
                id="dsr.E003",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def addresses_are_set(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Links in mails lead to the real address, by https."""
    if settings.DSR_DEMO or settings.DSR_BASE_URL.startswith("https://"):
        return []
    return [
        checks.Warning(
            f"DSR_BASE_URL is {settings.DSR_BASE_URL}: the links in mails would lead there.",
            hint="Set it to the public address, beginning with https://.",
            id="dsr.W004",
        )
    ]


@register(Tags.security, deploy=True)
def ledger_is_apart(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The erasure ledger can be written, and is not in a folder that comes back as old as the database's backup."""
    if is_bucket(settings.DSR_LEDGER):
        return _bucket_faults()
    folder = Path(settings.DSR_LEDGER).absolute()
    found: list[CheckMessage] = []
    database = next((each for each in [folder, *folder.parents] if _is_database_folder(each)), None)
    if database is not None:
        found.append(
            checks.Warning(
                f"DSR_LEDGER ({folder}) lies in a database's own folder ({database}).",
                hint="Whoever puts back an old copy of the database puts back an old ledger. Give it another disk or host.",
                id="dsr.W009",
            )
        )
    nearest = next(each for each in [folder, *folder.parents] if os.access(each, os.F_OK))
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        found.append(
            checks.Warning(
                f"DSR_LEDGER ({folder}) cannot be written: see {nearest}.",
                hint="Nothing can be erased or corrected before it can. Make the folder, owned by the user of the workers.",
                id="dsr.W010",
            )
        )
    return found


def _bucket_faults() -> list[CheckMessage]:
    try:
        storage_at(settings.DSR_LEDGER).names()
    except NoLibrary as fault:
        return [Error(str(fault), id="dsr.E009")]
    except OSError as error:
        hint = "Nothing can be erased or corrected before it answers. See the AWS_ settings in docs/operating.md."
        return [checks.Warning(f"DSR_LEDGER ({settings.DSR_LEDGER}): {error.strerror}.", hint=hint, id="dsr.W010")]
    return []


def _is_database_folder(folder: Path) -> bool:
    """Whether PostgreSQL (``PG_VERSION``) or MySQL (``ibdata1``) keeps its data here."""
    return any(os.access(folder / name, os.F_OK) for name in ("PG_VERSION", "ibdata1"))


@register(Tags.security)
def demo_stays_a_demo(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Demo mode opens doors (the outbox, known passwords), so it refuses to run beside anything real."""
    if not settings.DSR_DEMO:
        return []
    found: list[CheckMessage] = []
    if not embedded.is_ours(settings.BASE_DIR, os.environ.get("DATABASE_URL", "")):
        message = "DSR_DEMO=1 with a DATABASE_URL of your own: the demo uses only its embedded database."
        found.append(Error(message, id="dsr.E005"))
    if os.environ.get("DSR_BIND", "127.0.0.1") not in {"127.0.0.1", "localhost", "::1"}:
        found.append(Error("DSR_DEMO=1 on an address that others can reach.", id="dsr.E008"))
    try:
        if not KeyRing(settings.DSR_KEYRING).is_demo:
            found.append(Error(f"DSR_DEMO=1 with real keys ({settings.DSR_KEYRING}).", id="dsr.E006"))
    except KeyRingProblem:
        pass  # init_keys makes a demo ring in a moment.
    return found


@register(Tags.database)
def audit_is_append_only(
    app_configs: Iterable[AppConfig] | None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The app's own role must not be able to change or remove audit entries."""
    if not databases or "default" not in databases or os.environ.get("DSR_DATABASE_ROLE") == "owner":
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT to_regclass('dsr_auditentry')")
        if cursor.fetchone() == (None,):
            return []
        cursor.execute(
            "SELECT bool_or(has_table_privilege('dsr_auditentry', word))"
            " FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS word"
        )
        (may_change,) = cursor.fetchone() or (True,)
    if may_change:
        return [
            Error(
                "The database role of DATABASE_URL may change the audit log.",
                hint="Give the app a role of its own; see docs/operating.md, 'Two database roles'.",
                id="dsr.E007",
            )
        ]
    return []
