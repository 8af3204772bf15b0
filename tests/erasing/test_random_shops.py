"""Random shops, rules, holds and dates: whatever is drawn, an erasure takes what its plan says and nobody else's.

What a run did is read with plain SQL and compared with whose rows they are by brute force (``tests/sources/oracle.py``).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

from dsr.lifecycle import RequestType, State
from dsr.models import KeptRecord, Source, SubjectRequest
from dsr.records import Identity, IdentityKind, RecordKey
from dsr.workflow import connections, erasure_approval, holds, intake, letters, shops
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.connections import Refused
from dsr.workflow.erasure_approval import PlanRefused
from tests.conftest import work_off
from tests.promising import promise
from tests.sources.oracle import World
from tests.sources.worlds import Types, dataset_of, overlay_of, script_of, worlds

NOW = timezone.now()
"""A run goes by the machine's clock, so that the plan must: between two days a record's time may end."""
DAYS = ("2014-05-01", "2019-02-28", "2024-02-29", "2025-12-31")
CLASSES = ("order", "review", "newsletter_subscription")
BASIS = {"code": "CA-d8", "citation": "26 CFR 1.6001-1"}
CATEGORIES = {
    "email": "user.contact.email",
    "gift": "user.contact.email",
    "number": "user.unique_id",
    "phone": "user.contact.phone_number",
    "day": "user.behavior.purchase_history",
}
ACTIONS = {"deleted": "delete", "anonymised": "anonymise", "deactivated": "deactivate"}
"""What the blocks of the letter say; everything else stays."""
Rows = dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]
Drawn = tuple[World, Types, dict[str, str], list[dict[str, Any]], int]


@st.composite
def cases(draw: st.DrawFn) -> Drawn:
    """A shop, its column types, the record class of each table, the retention rules, and how many records are under a hold."""
    (world,), types = draw(worlds(1))
    for table in list(world.tables.values()):
        world.tables[table.name] = replace(table, columns=(*table.columns, "day"))
    for row in world.rows:
        row.values["day"] = draw(st.sampled_from([None, *DAYS]))
    classes = {
        name: "account" if table.is_account else draw(st.sampled_from(CLASSES)) for name, table in world.tables.items()
    }
    rules = [draw(_rules(each)) for each in ("account", *CLASSES)]
    return world, types, classes, rules, draw(st.integers(0, 2))


@st.composite
def _rules(draw: st.DrawFn, record_class: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"key": f"rule-{record_class}", "record_classes": [record_class]}
    rule["then"] = draw(st.sampled_from(["delete", "anonymise"]))
    if record_class != "account" and draw(st.booleans()):
        rule |= {"keep": {"years": draw(st.sampled_from([1, 7, 30]))}, "from_facts": ["ordered_on"], "basis": BASIS}
        rule |= {"is_published": True, "at_once": draw(st.sampled_from([[], ["user.contact"]]))}
    return rule


def described(drawn: Drawn) -> tuple[str, str]:
    """Dataset and overlay."""
    world, _, classes, _, _ = drawn
    dataset, overlay = yaml.safe_load(dataset_of(world)), yaml.safe_load(overlay_of(world) or "collections: {}")
    for collection in dataset["dataset"][0]["collections"]:
        for field in collection["fields"]:
            field["data_categories"] = [CATEGORIES.get(field["name"], "system.operations")]
        said = overlay["collections"].setdefault(collection["name"], {})
        referring = {column for each in world.tables[collection["name"]].references for column in each.columns}
        said |= {"dangling": sorted(referring)} if referring else {}
        if said.get("ownership") != "lookup":
            said |= {"record_class": classes[collection["name"]], "facts": {"ordered_on": "day"}}
    return yaml.safe_dump(dataset, sort_keys=False), yaml.safe_dump(overlay, sort_keys=False)


def script(world: World, types: Types) -> str:
    """The shop in SQL, every table with its key."""
    statements = script_of(world, types).split("; ")
    for number, each in enumerate(statements):
        if each.startswith("CREATE TABLE"):
            key = world.tables[each.split()[2]].key
            statements[number] = f"{each[:-1]}, PRIMARY KEY ({', '.join(key)}))"
    return "; ".join(statements)


def rows(path: Path, world: World) -> Rows:
    """Everything in the shop, by table and key."""
    found: Rows = {}
    with sqlite3.connect(path) as connection:
        for table in world.tables.values():
            places = [table.columns.index(each) for each in table.key]
            every = connection.execute(f"SELECT {', '.join(table.columns)} FROM {table.name}").fetchall()
            found[table.name] = {tuple(row[place] for place in places): row for row in every}
    return found


def connected(path: Path, drawn: Drawn, number: int) -> Source:
    """A shop of its own with that database."""
    world, types, _, rules, _ = drawn
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        connection.executescript(script(world, types))
    shop = shops.add_shop(slug=f"random-{number}", name="Random", actor=COMMAND, now=NOW)
    promise(shop, NOW, retention=rules)
    dataset, overlay = described(drawn)
    url = f"sqlite:///{path}"
    source, _ = connections.add_source(
        shop, name="shop", url=url, write_url=url, dataset_text=dataset, dataset_name="shop.yaml",
        overlay_text=overlay, overlay_name="shop.dsr.yaml", actor=COMMAND, now=NOW,
    )  # fmt: skip
    return source


def digest_of(world: World, table: str, values: dict[str, Hashable]) -> str:
    """How a record is known."""
    key = tuple((column, values[column]) for column in world.tables[table].columns if column in world.tables[table].key)
    return RecordKey("shop", table, key).digest


def erase(source: Source, drawn: Drawn, owner: User) -> SubjectRequest:
    """Ask as the first person with an address, place the holds, freeze and approve, run."""
    world, _, _, _, most_holds = drawn
    emails = [
        row.values[c]
        for row in world.rows
        for c, kind in world.tables[row.table].identities
        if kind == "email" and row.values[c]
    ]
    assume(emails)
    asked = intake.open_request(
        shop=source.shop, request_type=RequestType.ERASURE, identities=(Identity(IdentityKind.EMAIL, str(emails[0])),),
        channel=SubjectRequest.Channel.PHONE, proved_to=staff(owner), now=NOW,
    )  # fmt: skip
    work_off(asked)
    assume(asked.state == State.REVIEW and not asked.match_questions.exists())
    _, held = world.expanded(frozenset({("email", str(emails[0]))}))
    for row in sorted(held, key=lambda each: (each.table, each.place))[:most_holds]:
        if not world.tables[row.table].is_lookup:
            digest = digest_of(world, row.table, row.values)
            holds.place(
                asked,
                source_name="shop",
                collection=row.table,
                ground="a claim",
                digests=[digest],
                actor=COMMAND,
                now=NOW,
            )
    plan = erasure_approval.freeze(asked, actor=staff(owner), now=NOW)
    erasure_approval.approve(
        asked, fingerprint=plan.fingerprint, typed_reference=asked.reference, actor=staff(owner), now=NOW
    )
    work_off(asked)
    return asked


def check(asked: SubjectRequest, drawn: Drawn, before: Rows, after: Rows) -> None:
    """What became of every row, by plain SQL, beside what the plan said and whose row it is."""
    world = drawn[0]
    plan = erasure_approval.newest(asked)
    assert plan is not None
    assert asked.state == State.FULFILLED, [
        *plan.changes,
        *asked.jobs.values_list("error_text", flat=True),
    ]
    planned = {each.digest: plan.outcomes[each.group] for each in erasure_approval.records_of(plan)}
    standing = {hold.digest for hold in asked.holds.all()}
    mine = {row: said for row in world.rows if (said := planned.get(digest_of(world, row.table, row.values)))}
    happened: Counter[str] = Counter()
    for row in world.rows:
        key = tuple(row.values[column] for column in world.tables[row.table].key)
        was, still = before[row.table][key], after[row.table].get(key)
        said = mine.get(row)
        if said is None or digest_of(world, row.table, row.values) in standing:
            assert still == was, f"{row.table} {row.values} is not this person's, or under a hold"
        elif said["rule"] == "shared-record":
            own = world.tables[row.table]
            ends = {column for each in own.references for column in each.columns}
            changed = {c for c, old, new in zip(own.columns, was, still or (), strict=True) if old != new}
            # What is another's too may let go of a row that is not there any more, and changes in nothing else.
            assert changed <= ends, f"{row.table} {row.values} is another's too"
            assert not [c for c in changed if (still or ())[own.columns.index(c)] is not None]
        if said is None:
            continue
        happened["delete" if still is None else said["action"]] += 1
        assert (still is None) == (said["action"] == "delete"), (
            f"{row.table} {row.values}: {said['action']}, and {still}"
        )
        if still is not None and said["action"] == "anonymise":
            columns = world.tables[row.table].columns
            for name in said["fields"]:
                place = columns.index(name)
                assert was[place] is None or still[place] != was[place] or _may_stay(world, row.table, name)
    letter = letters.letter_of(asked, today=NOW.date())
    assert letter is not None
    told: Counter[str] = Counter()
    for block in letter.blocks:
        told[ACTIONS.get(block.key, "keep")] += block.records
    assert happened == Counter(letters.totals_of(plan)) == Counter(each["action"] for each in planned.values())
    assert told == happened
    for kept in KeptRecord.objects.filter(subject_request=asked):
        assert kept.rule
        assert kept.until or kept.event


def _may_stay(world: World, table: str, column: str) -> bool:
    """A number by which rows refer to one another tells nothing once all else is gone."""
    own = world.tables[table]
    ends = {c for each in own.references for c in each.columns}
    ends |= {
        c
        for other in world.tables.values()
        for each in other.references
        if each.target == table
        for c in each.target_columns
    }
    return column in own.key or column in ends


@pytest.mark.parametrize("examples", [8, pytest.param(400, marks=pytest.mark.torture)])
@pytest.mark.django_db
def test_erasure_when_shop_rules_holds_and_dates_are_random_then_takes_what_the_plan_says_and_nobody_elses(
    owner: User, tmp_path: Path, examples: int
) -> None:
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, print_blob=False,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    @given(cases())
    def holds_good(drawn: Drawn) -> None:
        outcomes["drawn"] += 1
        path = tmp_path / f"shop{outcomes['drawn']}.db"
        try:
            source = connected(path, drawn, outcomes["drawn"])
            before = rows(path, drawn[0])
            asked = erase(source, drawn, owner)
        except (Refused, PlanRefused) as refused:  # A shop that nobody could connect, or a column that no mask fits.
            outcomes[type(refused).__name__] += 1
            return
        if any("not as it was described" in each for each in asked.jobs.values_list("error_text", flat=True)):
            assert rows(path, drawn[0]) == before  # References that lead nowhere: an alarm, and nothing is touched.
            outcomes["alarmed"] += 1
            return
        try:
            check(asked, drawn, before, rows(path, drawn[0]))
        except AssertionError:
            note("\n".join((*described(drawn), script_of(drawn[0], drawn[1]), yaml.safe_dump(drawn[3]))))
            raise
        outcomes["erased"] += 1

    holds_good()
    assert outcomes["erased"] >= examples // 4, outcomes
