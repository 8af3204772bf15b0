"""A shop of eleven small tables for the speed figures: its schema, its numbered people, its dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import yaml

KEY = "bench_shop"
CATEGORY_OF = {
    "id": "system.operations",
    "email": "user.contact.email",
    "name": "user.name",
    "phone": "user.contact.phone_number",
    "note": "user.content",
    "text": "user.content",
    "engraving": "user.content",
}


@dataclass(frozen=True)
class Table:
    """``parent`` is the table that its ``<parent>_id`` refers to; ``per_person`` rows for each numbered person."""

    name: str
    columns: tuple[str, ...]
    per_person: int
    parent: str = ""
    has_email: bool = False


TABLES = (
    Table("customers", ("name", "phone"), 1, has_email=True),
    Table("addresses", ("street", "city", "postcode", "country"), 2, "customers"),
    Table("orders", ("status", "total", "note"), 3, "customers"),
    Table("order_lines", ("title", "quantity", "price", "engraving"), 6, "orders"),
    Table("payments", ("method", "amount", "last_four"), 3, "orders"),
    Table("returns", ("reason", "status"), 1, "orders"),
    Table("repairs", ("article", "fault", "status"), 1, "customers"),
    Table("wishes", ("article", "note"), 4, "customers"),
    Table("reviews", ("article", "stars", "text"), 2, "customers"),
    Table("messages", ("subject", "text", "channel", "sent_at", "answered_by", "status"), 2, "customers"),
    Table("newsletter", ("list", "status"), 1, has_email=True),
)
ROWS_PER_PERSON = sum(table.per_person for table in TABLES)


def build(url: str, people: int, dataset: Path, *, messages: Mapping[int, int]) -> None:
    """Fill the empty database at ``url`` and write the dataset that describes it.

    ``messages`` gives numbered people so many messages on top.
    """
    with psycopg.connect(url) as connection:
        for table in TABLES:
            connection.execute(_create(table).encode())
            connection.execute(_fill(table, people).encode())
        for person, count in messages.items():
            connection.execute(
                "INSERT INTO messages (customer_id, subject, text, channel, sent_at, answered_by, status)"
                " SELECT %s, 'Order ' || n, 'When will order ' || n || ' come? It was to be here on Monday.', 'e-mail',"
                " now() - n * interval '1 hour', 'Agent ' || n %% 7, 'answered' FROM generate_series(1, %s) n",
                (person, count),
            )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    dataset.write_text(yaml.safe_dump(_dataset(), sort_keys=False))


def selects(person: int) -> dict[str, str]:
    """For each table the SELECT that somebody would write by hand for one person."""
    mine = f"SELECT id FROM customers WHERE lower(email) = 'person-{person}@example.com'"
    reached = {
        "": f"lower(email) = 'person-{person}@example.com'",
        "customers": f"customer_id IN ({mine})",
        "orders": f"order_id IN (SELECT id FROM orders WHERE customer_id IN ({mine}))",
    }
    return {table.name: f"SELECT * FROM {table.name} WHERE {reached[table.parent]} ORDER BY id" for table in TABLES}


def _create(table: Table) -> str:
    columns = ["id serial PRIMARY KEY", *[f"{name} text" for name in table.columns]]
    if table.has_email:
        columns.append("email text NOT NULL")
    if table.parent:
        columns.append(f"{table.parent[:-1]}_id integer NOT NULL REFERENCES {table.parent}")
    index = f"; CREATE INDEX ON {table.name} ({table.parent[:-1]}_id)" if table.parent else ""
    index += f"; CREATE INDEX ON {table.name} (lower(email))" if table.has_email else ""
    return f"CREATE TABLE {table.name} ({', '.join(columns)}){index}"


def _fill(table: Table, people: int) -> str:
    """Row ``n`` (from 0) belongs to person ``1 + n % people``, as its parent row of the same remainder does."""
    names, values = list(table.columns), [f"'{table.name} {name} ' || n" for name in table.columns]
    if table.has_email:
        names.append("email")
        values.append(f"'person-' || 1 + n % {people} || '@example.com'")
    if table.parent:
        names.append(f"{table.parent[:-1]}_id")
        values.append(f"1 + n % {people}")
    rows = people * table.per_person
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)} FROM generate_series(0, {rows - 1}) n"


def _dataset() -> dict[str, object]:
    collections = [{"name": table.name, "fields": _fields(table)} for table in TABLES]
    return {"dataset": [{"fides_key": KEY, "name": "Bench shop", "collections": collections}]}


def _fields(table: Table) -> list[dict[str, object]]:
    fields = [_field("id", "integer", primary_key=True)]
    fields += [_field(name, "string") for name in table.columns]
    if table.has_email:
        fields.append(_field("email", "string", identity="email"))
    if table.parent:
        refers_to = [{"dataset": KEY, "field": f"{table.parent}.id", "direction": "from"}]
        fields.append(_field(f"{table.parent[:-1]}_id", "integer", references=refers_to))
    return fields


def _field(name: str, data_type: str, **meta: object) -> dict[str, object]:
    category = CATEGORY_OF.get(name, "user.behavior.purchase_history")
    return {"name": name, "data_categories": [category], "fides_meta": {"data_type": data_type, **meta}}
