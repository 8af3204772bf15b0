"""The rules by which a live table refuses values: what must not repeat, and the conditions (CHECK) that each row must meet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.engine import Inspector

POSTGRES = """
SELECT c.relname, k.conname, pg_get_expr(k.conbin, k.conrelid), '', true,
    ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey))
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND n.nspname = :schema
UNION ALL
SELECT c.relname, i.relname, '', coalesce(pg_get_expr(x.indexprs, x.indrelid), ''),
    NOT coalesce((to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, false),
    ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = ANY (x.indkey))
FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indrelid JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (x.indisunique OR x.indisexclusion) AND n.nspname = :schema
"""
"""Table, name, condition, expressions, whether NULL may repeat, columns. Through JSON, as before version 15 it may always."""
MARIADB = """
SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints
WHERE constraint_schema = coalesce(:schema, database())
"""
MYSQL = """
SELECT t.table_name, t.constraint_name, c.check_clause FROM information_schema.check_constraints AS c
JOIN information_schema.table_constraints AS t USING (constraint_schema, constraint_name)
WHERE t.constraint_schema = coalesce(:schema, database()) AND t.constraint_type = 'CHECK'
"""
SQLITE = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
UNIQUE = re.compile(r"\s*CREATE\s+UNIQUE\s+INDEX\b[^(]*\((?P<body>.*)\)(\s*WHERE\b.*)?\s*", re.IGNORECASE | re.DOTALL)
OF_NULL_NULL = re.compile(r"(lower|upper|trim|btrim|md5)\s*\(\s*\(?[\w\"`. ]+\)?\s*(::\s*text)?\s*\)", re.IGNORECASE)
"""Expressions that make NULL of NULL; of others nobody knows."""

Columns = Mapping[str, Iterable[str]]
"""The columns of each table."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``condition`` is that of a CHECK, in the database's own words; without one it keeps values of its columns
    from repeating, and ``nulls_repeat`` says whether NULL may."""

    name: str
    columns: frozenset[str]
    condition: str = ""
    nulls_repeat: bool = True


def rules_of(
    connection: Connection, inspector: Inspector, schema: str | None, columns: Columns
) -> Mapping[str, list[Rule]]:
    """The rules of each table of a schema that SQLAlchemy does not tell of, or tells too little of."""
    kinds = {"postgresql": _postgres, "mysql": _mysql, "sqlite": _sqlite}
    found: dict[str, list[Rule]] = defaultdict(list)
    for table, rule in kinds[connection.dialect.name](connection, inspector, schema, columns):
        found[table].append(rule)
    return found


def mentioned(words: str, columns: Iterable[str]) -> frozenset[str]:
    """The columns that an expression speaks of."""
    return frozenset(name for name in columns if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words, re.IGNORECASE))


def _postgres(
    connection: Connection, inspector: Inspector, schema: str | None, columns: Columns
) -> Iterator[tuple[str, Rule]]:
    asked = {"schema": schema or inspector.default_schema_name}
    for table, name, condition, expressions, nulls_repeat, plain in connection.execute(text(POSTGRES), asked):
        every = frozenset(plain) | mentioned(expressions, columns.get(table, ()))
        repeats = nulls_repeat and _is_null_of_null(expressions)
        yield table, Rule(name, every, condition, nulls_repeat=repeats)


def _mysql(
    connection: Connection, _inspector: Inspector, schema: str | None, columns: Columns
) -> Iterator[tuple[str, Rule]]:
    asked = MARIADB if getattr(connection.dialect, "is_mariadb", False) else MYSQL
    for table, name, condition in connection.execute(text(asked), {"schema": schema}):
        yield table, Rule(name, mentioned(condition, columns.get(table, ())), condition)


def _sqlite(
    connection: Connection, inspector: Inspector, schema: str | None, columns: Columns
) -> Iterator[tuple[str, Rule]]:
    for table, names in columns.items():
        for check in inspector.get_check_constraints(table, schema):
            condition = check["sqltext"]
            yield table, Rule(check["name"] or condition, mentioned(condition, names), condition)
    for table, name, statement in connection.execute(text(SQLITE)) if schema is None else ():
        if made := UNIQUE.fullmatch(statement):
            body = made["body"]
            yield table, Rule(name, mentioned(body, columns.get(table, ())), nulls_repeat=_is_null_of_null(body))


def _is_null_of_null(expressions: str) -> bool:
    """Whether an index of these expressions lets rows with NULL stand beside one another."""
    left = OF_NULL_NULL.sub("", expressions)
    return "(" not in left
