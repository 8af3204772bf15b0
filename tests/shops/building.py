"""Makes a database of a schema file and rows, on any of the three kinds of database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine

HERE = Path(__file__).parent
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
DRIVERS = {"postgresql://": "postgresql+psycopg://", "mysql://": "mysql+pymysql://", "mariadb://": "mysql+pymysql://"}


def build(url: str, schemas: Sequence[str], rows: Rows) -> None:
    """Run the schema files of this folder, then insert the rows, table by table in the order given."""
    for plain, with_driver in DRIVERS.items():
        url = url.replace(plain, with_driver) if url.startswith(plain) else url
    engine = create_engine(url)
    with engine.begin() as connection:
        for schema in schemas:
            for statement in statements((HERE / schema).read_text(encoding="utf-8")):
                connection.exec_driver_sql(statement.replace("%", "%%") if "pymysql" in url else statement)
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for name, several in rows.items():
            for row in several:
                connection.execute(tables.tables[name].insert(), dict(row))
    engine.dispose()


def statements(text: str) -> list[str]:
    """The statements of a schema file, each of which ends with its line."""
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [statement for part in "\n".join(lines).split(";\n") if (statement := part.strip().rstrip(";"))]
