"""Which tables take back what was done to them. In MariaDB each table has its own engine, and MyISAM and Aria do not."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, column, func, select, table
from sqlalchemy.sql.expression import TableClause

TABLES = table("tables", column("table_schema"), column("table_name"), column("engine"), schema="information_schema")
ENGINES = table("engines", column("engine"), column("transactions"), schema="information_schema")


def table_without_transactions(connection: Connection, places: Iterable[TableClause]) -> str:
    """The name of a table on which a change could stop half-way and stay so; empty when there is none."""
    if connection.dialect.name != "mysql":
        return ""
    engines = select(ENGINES.c.engine).where(ENGINES.c.transactions == "YES")
    for place in places:
        here = TABLES.c.table_schema == (place.schema or func.database())
        found = select(TABLES.c.engine).where(here, TABLES.c.table_name == place.name, TABLES.c.engine.not_in(engines))
        if connection.execute(found).first():
            return place.name
    return ""
