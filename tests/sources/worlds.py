"""Random shops for Hypothesis: tables with references of every kind, and a few rows about three people in them."""

from __future__ import annotations

from collections.abc import Hashable

from hypothesis import strategies as st

from tests.sources.oracle import Reference, Table, World

PEOPLE = ("ada", "bela", "cleo")
EMAILS = tuple(f"{name}@example.com" for name in PEOPLE)
NUMBERS = ("C-1", "C-2")
PHONES = tuple(f"+1617555010{number}" for number in range(2))
VALUES: dict[str, tuple[str, ...]] = {"email": EMAILS, "customer_number": NUMBERS, "phone_number": PHONES}
COLUMN_OF = {"email": "email", "number": "customer_number", "phone": "phone_number", "gift": "email"}
MOST_ROWS = 5
SUBJECTS = ("", "", "", "customer", "gift_recipient")

Types = dict[tuple[str, str], str]


@st.composite
def worlds(draw: st.DrawFn, fillings: int) -> tuple[list[World], Types]:
    """Shops that differ in their rows only, and the type of each column."""
    names = [f"t{number}" for number in range(draw(st.integers(2, 5)))]
    types: Types = {}
    keys = {name: _key(draw, name, types) for name in names}
    tables = [_table(draw, name, names, keys, types) for name in names]
    rows = [{table.name: _rows(draw, table, types) for table in tables} for _ in range(fillings)]
    return [World(tables, each) for each in rows], types


def _key(draw: st.DrawFn, name: str, types: Types) -> tuple[str, ...]:
    key = draw(st.sampled_from([("id",), ("id",), ("id",), ("a", "b")]))
    kind = draw(st.sampled_from(["integer", "integer", "varchar(60)"]))
    types.update({(name, column): kind for column in key})
    return key


def _table(draw: st.DrawFn, name: str, names: list[str], keys: dict[str, tuple[str, ...]], types: Types) -> Table:
    wanted = draw(st.sets(st.sampled_from(["email", "email", "number", "phone", "gift"]), max_size=2))
    wanted = wanted | {"email"} if name == names[0] else wanted
    is_lookup = not wanted and draw(st.booleans())
    columns = [*keys[name], *sorted(wanted)]
    references = []
    used: set[str] = set()
    for place in range(draw(st.integers(1, 3))):
        target = draw(st.sampled_from(names))
        if len(keys[target]) > 1 and target in used:
            continue  # Two composite references to one table cannot be told apart in a dataset.
        used.add(target)
        referring = _referring(draw, name, keys, target, place)
        for column, far in zip(referring, keys[target], strict=True):
            types.setdefault((name, column), types[target, far])
        columns += [column for column in referring if column not in columns]
        direction = draw(st.sampled_from(["", "", "", "", "to", "from"])) if len(referring) == 1 else ""
        references.append(Reference(referring, target, keys[target], direction))
    return Table(
        name,
        keys[name],
        tuple(columns),
        tuple((column, COLUMN_OF[column]) for column in sorted(wanted)),
        ("gift",) if "gift" in wanted else (),
        tuple(references),
        is_lookup,
        bool(wanted) and draw(st.booleans()),
        draw(st.sampled_from(SUBJECTS)),
    )


def _referring(
    draw: st.DrawFn, name: str, keys: dict[str, tuple[str, ...]], target: str, place: int
) -> tuple[str, ...]:
    """Columns of their own, or of the key: one-to-one by a whole key, many-to-many by its parts."""
    if len(keys[target]) == 1 and target != name and draw(st.integers(0, 3)) == 0:
        return (keys[name][min(place, len(keys[name]) - 1)],)
    return tuple(f"r{place}{column}" for column in keys[target])


def _rows(draw: st.DrawFn, table: Table, types: Types) -> list[dict[str, Hashable]]:
    rows: list[dict[str, Hashable]] = []
    taken = set()
    for _ in range(draw(st.integers(2, MOST_ROWS))):
        row = {column: _value(draw, table, column, types) for column in table.columns}
        key = tuple(row[column] for column in table.key)
        if key not in taken:
            taken.add(key)
            rows.append(row)
    return rows


def _value(draw: st.DrawFn, table: Table, column: str, types: Types) -> Hashable:
    kind = dict(table.identities).get(column)
    if kind:
        return draw(st.sampled_from([None, *VALUES[kind]]))
    numbers: tuple[int | None, ...] = (1, 2, 3, 4) if column in table.key else (None, 1, 2, 3)
    number = draw(st.sampled_from(numbers))
    return number if number is None or types.get((table.name, column)) == "integer" else f"k{number}"


def dataset_of(world: World) -> str:
    """The YAML that declares the shop."""
    lines = ["dataset:", "  - fides_key: shop", "    collections:"]
    for table in world.tables.values():
        lines += [f"      - name: {table.name}", "        fields:"]
        lines += [f"          - {_field(table, column)}" for column in table.columns]
    return "\n".join(lines)


def _field(table: Table, column: str) -> str:
    meta = ["primary_key: true"] if column in table.key else []
    meta += [f"identity: {kind}" for name, kind in table.identities if name == column]
    written = []
    for each in table.references:
        if column in each.columns:
            far = each.target_columns[each.columns.index(column)]
            way = f", direction: {each.direction}" if each.direction else ""
            written.append(f"{{dataset: shop, field: {each.target}.{far}{way}}}")
    meta += [f"references: [{', '.join(written)}]"] if written else []
    return f"{{name: {column}, fides_meta: {{{', '.join(meta)}}}}}"


def overlay_of(world: World) -> str:
    """The YAML of what the dataset has no word for."""
    lines = ["collections:"]
    for table in world.tables.values():
        said = ["ownership: lookup"] if table.is_lookup else []
        said += ["record_class: account"] if table.is_account else []
        said += [f"subject_class: {table.subject}"] if table.subject else []
        said += (
            [f"third_party: {{{', '.join(f'{each}: recipient' for each in table.third_party)}}}"]
            if table.third_party
            else []
        )
        lines += [f"  {table.name}: {{{', '.join(said)}}}"] if said else []
    return "\n".join(lines) if len(lines) > 1 else ""


def script_of(world: World, types: Types) -> str:
    """The SQL that makes the shop, in words that every database understands; e-mail addresses are written in both cases."""
    statements = []
    for table in world.tables.values():
        columns = ", ".join(f"{each} {types.get((table.name, each), 'varchar(60)')}" for each in table.columns)
        statements.append(f"CREATE TABLE {table.name} ({columns})")
        rows = [each for each in world.rows if each.table == table.name]
        if rows:
            values = ", ".join(
                f"({', '.join(_written(each.values[c], each.place) for c in table.columns)})" for each in rows
            )
            statements.append(f"INSERT INTO {table.name} VALUES {values}")
    return "; ".join(statements)


def _written(value: Hashable, place: int) -> str:
    if value is None:
        return "NULL"
    text = str(value)
    return f"'{text.upper() if '@' in text and place % 2 else text}'" if isinstance(value, str) else text
