"""Random shops, rules, holds and dates: whatever is drawn, an erasure takes what its plan says and nobody else's.

What a run did is read with plain SQL and compared with whose rows they are by brute force (``tests/sources/oracle.py``).
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import HealthCheck, Phase, assume, given, note, seed, settings

from dsr.lifecycle import RequestType, State
from dsr.models import KeptRecord, PlanStep, Shop, SubjectRequest
from dsr.records import Action, Identity, IdentityKind
from dsr.workflow import connections, erasure_approval, erasure_steps, holds, intake, letters, shops
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.connections import Refused
from dsr.workflow.erasure_approval import PlanRefused
from tests.conftest import work_off
from tests.erasing.random_shops import Case, Place, cases
from tests.promising import promise
from tests.sources.oracle import Held, Row

NOW = timezone.now()
"""A run goes by the machine's clock, so that the plan must: between two days a record's time may end."""
ACTIONS = {"deleted": "delete", "anonymised": "anonymise", "deactivated": "deactivate"}
"""What the blocks of the letter say; everything else stays."""
Rows = dict[tuple[str, str, tuple[Any, ...]], tuple[Any, ...]]


class Databases:
    """The addresses of a case's places, by name: the first in PostgreSQL, the second in SQLite."""

    def __init__(self, postgresql: str, folder: Path) -> None:
        self.urls = {"shop": postgresql}
        self._folder = self._file = folder

    def fill(self, case: Case, number: int) -> None:
        """Empty them and put the case in."""
        self._file = self._folder / f"annex{number}.db"
        self.urls["annex"] = f"sqlite:///{self._file}"
        self.run("shop", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        for place in case.places:
            self.run(place.name, *place.script())

    def run(self, name: str, *statements: str) -> None:
        """Do something there, as the shop's own people do."""
        if name == "annex":
            with sqlite3.connect(self._file) as connection:
                connection.executescript(";".join(statements))
            connection.close()
            return
        with psycopg.connect(self.urls[name]) as connection:
            for each in statements:
                connection.execute(each)

    def rows(self, case: Case) -> Rows:
        """Everything, by place, table and key."""
        return {key: row for place in case.places for key, row in self._rows_of(place)}

    def _rows_of(self, place: Place) -> Iterator[tuple[tuple[str, str, tuple[Any, ...]], tuple[Any, ...]]]:
        connection = sqlite3.connect(self._file) if place.name == "annex" else psycopg.connect(self.urls[place.name])
        for table in place.world.tables.values():
            places = [table.columns.index(each) for each in table.key]
            for row in connection.execute(f"SELECT {', '.join(table.columns)} FROM {table.name}").fetchall():
                yield (place.name, table.name, tuple(row[each] for each in places)), tuple(row)
        connection.close()


def connected(databases: Databases, case: Case, number: int) -> Shop:
    """A shop of its own with those databases."""
    databases.fill(case, number)
    shop = shops.add_shop(slug=f"random-{number}", name="Random", actor=COMMAND, now=NOW)
    promise(shop, NOW, retention=case.rules)
    for place in case.places:
        dataset, overlay = place.described()
        url = databases.urls[place.name]
        connections.add_source(
            shop, name=place.name, url=url, write_url=url, dataset_text=dataset, dataset_name="shop.yaml",
            overlay_text=overlay, overlay_name="shop.dsr.yaml", actor=COMMAND, now=NOW,
        )  # fmt: skip
    return shop


def email_of(case: Case) -> str:
    """The address of whoever asks: the first that there is."""
    for place in case.places:
        for row in place.world.rows:
            for column, kind in place.world.tables[row.table].identities:
                if kind == "email" and row.values[column]:
                    return str(row.values[column])
    assume(condition=False)
    raise AssertionError


def in_review(shop: Shop, email: str, owner: User) -> SubjectRequest:
    """Somebody's wish, with everything found and nothing asked."""
    asked = intake.open_request(
        shop=shop, request_type=RequestType.ERASURE, identities=(Identity(IdentityKind.EMAIL, email),),
        channel=SubjectRequest.Channel.PHONE, proved_to=staff(owner), now=NOW,
    )  # fmt: skip
    work_off(asked)
    assume(asked.state == State.REVIEW and not asked.match_questions.exists())
    return asked


def hold(asked: SubjectRequest, place: Place, row: Row) -> None:
    """Forbid to change one record."""
    holds.place(
        asked, source_name=place.name, collection=row.table, ground="a claim", digests=[place.digest(row)],
        actor=COMMAND, now=NOW,
    )  # fmt: skip


def theirs(case: Case, held: list[Held]) -> list[tuple[Place, Row]]:
    """The person's own records, in an order."""
    return [
        (place, row)
        for place, here in zip(case.places, held, strict=True)
        for row in sorted(here, key=lambda each: (each.table, each.place))
        if not place.world.tables[row.table].is_lookup
    ]


def approve(asked: SubjectRequest, owner: User) -> None:
    plan = erasure_approval.freeze(asked, actor=staff(owner), now=NOW)
    erasure_approval.approve(
        asked, fingerprint=plan.fingerprint, typed_reference=asked.reference, actor=staff(owner), now=NOW
    )


def meanwhile(databases: Databases, case: Case, asked: SubjectRequest, held: list[Held]) -> set[tuple[str, str]]:
    """What comes between the approval and the run: new rows, and a hold on the last record. Place and digest of the rows."""
    came = set()
    for number, (which, like) in enumerate(case.late):
        place = case.places[which]
        if made := place.late(like, number):
            row, statement = made
            databases.run(place.name, statement)
            place.world.rows.append(row)
            came.add((place.name, place.digest(row)))
    if case.late_hold and (mine := theirs(case, held)):
        hold(asked, *mine[-1])
    return came


def erase(databases: Databases, case: Case, shop: Shop, owner: User, outcomes: Counter[str]) -> None:
    """Ask as the first person with an address, place the holds, freeze and approve, let things happen, run, and check."""
    email = email_of(case)
    asked = in_review(shop, email, owner)
    held, _ = case.theirs(email)
    for place, row in theirs(case, held)[: case.holds]:
        hold(asked, place, row)
    approve(asked, owner)
    late = meanwhile(databases, case, asked, held)
    came = len(late)
    before = databases.rows(case)
    work_off(asked)
    if asked.state == State.REVIEW:  # Something would be done otherwise than it was approved: it is shown again.
        assert databases.rows(case) == before
        outcomes["approved again"] += 1
        came = 0
        approve(asked, owner)
        work_off(asked)
    told = list(asked.jobs.values_list("error_text", flat=True))
    if any("not as it was described" in each for each in told):
        assert databases.rows(case) == before  # References that lead nowhere: an alarm, and nothing is touched.
        outcomes["alarmed"] += 1
        return
    plan = erasure_approval.newest(asked)
    assert plan is not None
    assert asked.state == State.FULFILLED, [*plan.changes, *told]
    check(asked, case, email, (before, databases.rows(case)), late, came)
    outcomes["erased"] += 1
    outcomes["joined"] += came


def check(
    asked: SubjectRequest, case: Case, email: str, rows: tuple[Rows, Rows], late: set[tuple[str, str]], came: int
) -> None:
    """What became of every row, by plain SQL, beside what was decided and whose row it is.

    A number that was learnt of the person finds also the row of somebody else that came later and bears it: that one is kept.
    """
    before, after = rows
    decided = {
        (step.source.name, each.row.key.digest): (each.row.action, step.outcomes[each.outcome])
        for step in PlanStep.objects.filter(plan=erasure_approval.newest(asked))
        for each in erasure_steps.rows_of(step)
    }
    held, shared = case.theirs(email)
    mine = {(place.name, place.digest(row)) for place, row in theirs(case, held)}
    strange = decided.keys() - mine
    assert strange <= late, "a row of somebody else's was planned"
    assert {(decided[each][0], decided[each][1]["rule"]) for each in strange} <= {(Action.KEEP, "shared-record")}
    assert came or decided.keys() - strange == mine, "a row of the person's was not planned"
    standing = {hold.digest for hold in asked.holds.all()}
    happened: Counter[str] = Counter()
    for place in case.places:
        for row in place.world.rows:
            known = (place.name, place.digest(row))
            key = (place.name, row.table, tuple(row.values[c] for c in place.world.tables[row.table].key))
            action, said = decided.get(known, (Action.KEEP, None))
            told = f"{key}, {said}: {before[key]} became {after.get(key)}"
            if said is None or known[1] in standing:
                assert after.get(key) == before[key], f"not this person's, or under a hold: {told}"
            if said is not None:
                happened["delete" if key not in after else said["action"]] += 1
                assert known not in shared or said["rule"] in ("shared-record", "legal-hold"), told
                assert (key not in after) == (action is Action.DELETE) == (said["action"] == "delete"), told
                check_fields(place, row, said, before[key], after.get(key), told)
    totals(asked, happened, came)


def check_fields(
    place: Place, row: Row, said: dict[str, Any], was: tuple[Any, ...], now: tuple[Any, ...] | None, told: str
) -> None:
    """What is another's too changes in nothing but references that it lets go of; what is anonymous keeps no named field."""
    if now is None:
        return
    table = place.world.tables[row.table]
    changed = {name: new for name, old, new in zip(table.columns, was, now, strict=True) if old != new}
    ends = {column for each in table.references for column in each.columns}
    if said["rule"] == "shared-record":
        assert changed.keys() <= ends, told
        assert {*changed.values()} <= {None}, told
    if said["action"] == "anonymise":
        for name in said["fields"]:
            assert was[table.columns.index(name)] is None or name in changed or _may_stay(place, row.table, name), told


def totals(asked: SubjectRequest, happened: Counter[str], came: int) -> None:
    """Letter, plan and proof say what happened, and what stays says why and until when."""
    plan, letter = erasure_approval.newest(asked), letters.letter_of(asked, today=NOW.date())
    assert plan is not None
    assert letter is not None
    told: Counter[str] = Counter()
    for block in letter.blocks:
        told[ACTIONS.get(block.key, "keep")] += block.records
    assert +told == +happened
    if not came:
        assert +Counter(letters.totals_of(plan)) == +happened
    proved: Counter[str] = Counter()
    for step in plan.steps.all():
        for number, count in step.proof["outcomes"].items():
            proved[step.outcomes[int(number)]["action"]] += count
    assert +proved == +happened
    for kept in KeptRecord.objects.filter(subject_request=asked):
        assert kept.rule
        assert kept.until or kept.event
    stays = sum(count for action, count in happened.items() if action in ("keep", "deactivate"))
    assert KeptRecord.objects.filter(subject_request=asked).count() == stays


def _may_stay(place: Place, table: str, column: str) -> bool:
    """A number by which rows refer to one another tells nothing once all else is gone."""
    own = place.world.tables[table]
    ends = {c for each in own.references for c in each.columns}
    ends |= {
        c
        for other in place.world.tables.values()
        for each in other.references
        if each.target == table
        for c in each.target_columns
    }
    return column in own.key or column in ends


@pytest.mark.parametrize("examples", [12, pytest.param(400, marks=pytest.mark.torture)])
@pytest.mark.django_db
def test_erasure_when_shop_rules_holds_and_dates_are_random_then_takes_what_the_plan_says_and_nobody_elses(
    owner: User, erasing_database: str, tmp_path: Path, examples: int
) -> None:
    databases = Databases(erasing_database, tmp_path)
    outcomes: Counter[str] = Counter()
    drawn_with = random.randrange(10**6)
    print(f"seed {drawn_with}")

    @seed(drawn_with)
    @settings(
        max_examples=examples, deadline=None, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    @given(cases())
    def holds_good(case: Case) -> None:
        outcomes["drawn"] += 1
        outcomes["foreign keys"] += sum(len(place.keeps) for place in case.places)
        outcomes["unique columns"] += sum(len(place.unique) for place in case.places)
        try:
            erase(databases, case, connected(databases, case, outcomes["drawn"]), owner, outcomes)
        except (Refused, PlanRefused) as refused:  # A shop that nobody could connect, or a column that no mask fits.
            outcomes[type(refused).__name__] += 1
        except AssertionError:
            for place in case.places:
                note("\n".join((*place.described(), *place.script())))
            note(yaml.safe_dump(case.rules))
            raise

    holds_good()
    print(dict(outcomes))
    assert outcomes["erased"] >= examples // 4, outcomes
    assert min(outcomes["foreign keys"], outcomes["unique columns"]) > examples // 4, outcomes
