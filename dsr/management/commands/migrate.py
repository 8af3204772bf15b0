"""Django's ``migrate``, run by the role that owns the tables; afterwards the app's role gets what it needs, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection
from psycopg import sql

RIGHTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE UPDATE, DELETE, TRUNCATE ON dsr_auditentry FROM {role}",
    "REVOKE DELETE, TRUNCATE ON dsr_auditstream FROM {role}",
    "REVOKE UPDATE, DELETE, TRUNCATE ON dsr_audittombstone FROM {role}",
    "GRANT EXECUTE ON FUNCTION dsr_audit_remove(bigint) TO {role}",
)


class Command(migrate.Command):
    """Same options as Django's."""

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*args, **options)
            call_command("createcachetable", verbosity=0)
            if "dsr_audittombstone" in connection.introspection.table_names():
                give_rights(settings.APP_ROLE)


def give_rights(role: str) -> None:
    """Let the app's role read and write everything except the audit log, to which it may only add."""
    if role == connection.settings_dict["USER"]:
        return  # One role for both: the system check dsr.E007 says what that costs.
    with connection.cursor() as cursor:
        for right in RIGHTS:
            cursor.execute(sql.SQL(right).format(role=sql.Identifier(role)))


@contextmanager
def as_owner() -> Iterator[None]:
    """Connect with the owner's name and password for the time of the block, to the same database."""
    mine = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update({key: settings.DATABASE_OWNER[key] for key in mine})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(mine)
