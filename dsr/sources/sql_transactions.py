"""Which tables take back what was done to them. In MariaDB each table has its own engine, and MyISAM and Aria do not."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, column, func, select, table
from sqlalchemy.sql.expression import TableClause

TABLES = table("tables", column("table_schema"), column("table_name"), column("engine"), schema="information_schema")
ENGINES = table("engines", column("engine"), column("transactions"), schema="information_schema")


def without_transactions(connection: Connection, places: Mapping[str, TableClause]) -> list[str]:
    """Those of some tables, by the names they are given with, on which a change may stop half-way and stay so."""
    return [name for name, place in places.items() if _may_stop_halfway(connection, place)]


def _may_stop_halfway(connection: Connection, place: TableClause) -> bool:
    if connection.dialect.name != "mysql":
        return False
    engines = select(ENGINES.c.engine).where(ENGINES.c.transactions == "YES")
    here = TABLES.c.table_schema == (place.schema or func.database())
    found = select(TABLES.c.engine).where(here, TABLES.c.table_name == place.name, TABLES.c.engine.not_in(engines))
    return connection.execute(found).first() is not None
