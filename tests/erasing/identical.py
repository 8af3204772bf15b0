"""A shop of two databases and ours, put back as often as wanted to the moment in which an erasure was approved.

So an erasure that was interrupted can be compared with one that nobody disturbed, row by row and word by word: both began
with the same rows, keys and numbers.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from dsr.demo.build import END_SESSIONS
from dsr.exports.letter import Letter
from dsr.models import AuditEntry, ErasedIdentity, Job, KeptRecord, Notice, PlanStep, Shop, SubjectRequest
from dsr.workflow import anchors, connections, erasure_approval, ledger_position, ledgers, letters
from dsr.workflow.actors import COMMAND
from tests.erasing.conftest import SMALL_SHOP, Rows, approve, connect_for_writing, rows, wish
from tests.mariadb import connected, run
from tests.own.dumps import address_of
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

TEMPLATE, COPY = f"identical_template_{os.getpid()}", f"identical_copy_{os.getpid()}"
WORKSHOP = """
DROP TABLE IF EXISTS repairs, calls;
CREATE TABLE repairs (id integer PRIMARY KEY, customer_id integer, repaired_on date, note text);
CREATE TABLE calls (id integer PRIMARY KEY, email varchar(190), said text);
INSERT INTO repairs VALUES (1, 1, '2024-03-01', 'Ring of Ada Lovelace'), (2, 1, '2012-03-01', 'Chain'), (3, 2, NULL, 'Bela');
INSERT INTO calls VALUES (1, 'ADA@example.com', 'Where is it?'), (2, 'bela@example.org', 'Thanks'), (3, NULL, 'Wrong number')
"""
DATASET = """
dataset:
  - fides_key: workshop
    collections:
      - name: repairs
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta: {data_type: integer, references: [{dataset: small_shop, field: customers.id, direction: from}]}
          - {name: repaired_on, data_categories: [user.behavior.purchase_history], fides_meta: {data_type: string}}
          - {name: note, data_categories: [user.content], fides_meta: {data_type: string}}
      - name: calls
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: said, data_categories: [user.content], fides_meta: {data_type: string}}
"""
OVERLAY = """
collections:
  repairs: {record_class: repair, ownership: owned, facts: {ordered_on: repaired_on}}
  calls: {record_class: call, subject_class: customer, ownership: owned}
"""
COPIES = (
    "CREATE TABLE copies (id serial PRIMARY KEY, email text)",
    (
        "CREATE FUNCTION copy_row() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO copies (email) VALUES (OLD.email); RETURN OLD; END'"
    ),
    "CREATE TRIGGER copying AFTER DELETE ON newsletter FOR EACH ROW EXECUTE FUNCTION copy_row()",
)
COPIES_DATASET = """
      - name: copies
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
"""
COPIES_OVERLAY = "  copies: {record_class: gift_recipient, subject_class: customer, ownership: owned}\n"
REPAIRS = {**KEEPING, "key": "repairs", "record_classes": ["repair"], "at_once": ["user.content"], "then": "delete"}
RETENTION = [KEEPING, REPAIRS, {**GOING, "record_classes": [*GOING["record_classes"], "call"]}]
PLAIN = (
    "source__name",
    "collection",
    "digest",
    "action",
    "record_class",
    "rule",
    "basis",
    "until",
    "event",
    "afterwards",
    "state",
)
"""What of a kept record does not depend on how many entries the ledger has, or on what sealed it."""


@dataclass(frozen=True)
class End:
    """All that can be said of a run when it is over."""

    shop: Rows
    workshop: Rows
    state: str
    steps: list[tuple[Any, ...]]
    kept: list[tuple[Any, ...]]
    letter: Letter | None
    planned: dict[str, int]
    known_again_by: set[str]
    told: Counter[str]
    log: list[tuple[str, Any]]
    written_down: set[str]
    faults: list[str]

    def unlike(self, other: End) -> dict[str, tuple[Any, Any]]:
        """Where two ends differ, in both ways."""
        both = {each.name: (getattr(self, each.name), getattr(other, each.name)) for each in fields(self)}
        return {name: (one, two) for name, (one, two) in both.items() if one != two}


class Stage:
    """Ada's approved erasure. ``shop_url`` is a PostgreSQL database, ``workshop_url`` one of MariaDB; both are emptied.

    ``copying``: a trigger of the shop's database copies what is deleted into a table of which nothing was to be erased.
    """

    def __init__(self, shop: Shop, owner: User, shop_url: str, workshop_url: str, *, copying: bool = False) -> None:
        self._urls = shop_url, workshop_url
        self._copying = copying
        self._own = connection.settings_dict["NAME"]
        self._ledger = Path(settings.DSR_LEDGER)
        self._fill()
        now = timezone.now()
        dataset, overlay = ((SMALL_SHOP / name).read_text().rstrip() for name in ("shop.yaml", "shop.dsr.yaml"))
        texts = {"dataset_text": dataset + COPIES_DATASET, "overlay_text": f"{overlay}\n{COPIES_OVERLAY}"}
        connect_for_writing(shop, shop_url, now, **(texts if copying else {}))
        connections.add_source(
            shop, name="workshop", url=workshop_url, write_url=workshop_url, dataset_text=DATASET, dataset_name="w.yaml",
            overlay_text=OVERLAY, overlay_name="w.dsr.yaml", actor=COMMAND, now=now,
        )  # fmt: skip
        promise(shop, now, retention=RETENTION)
        asked = wish(shop, owner, now)
        approve(asked, owner, now)
        self._asked, self.approved_at = asked.pk, now
        ledger_position.note_end(ledgers.ledger().append("another", b"{}", at=now, expires_on=now.date()))
        shutil.copytree(self._ledger, self._kept_ledger)
        connection.close()
        _recreate(TEMPLATE, self._own)

    @property
    def _kept_ledger(self) -> Path:
        return self._ledger.with_name("ledger-then")

    def put_back(self) -> Job:
        """Everything as it was then; the job that runs the erasure."""
        connection.close()
        _recreate(COPY, TEMPLATE)
        connection.settings_dict["NAME"] = COPY
        shutil.rmtree(self._ledger)
        shutil.copytree(self._kept_ledger, self._ledger)
        self._fill()
        return self.job()

    def job(self) -> Job:
        """The job as it is now."""
        return Job.objects.get(subject_request=self._asked, kind="erase")

    def leave(self) -> None:
        """Back to the database of the tests."""
        connection.close()
        connection.settings_dict["NAME"] = self._own
        for name in (COPY, TEMPLATE):
            _drop(name)

    def theirs(self) -> tuple[Rows, Rows]:
        """Everything in both of the shop's databases."""
        shop_url, workshop_url = self._urls
        found: Rows = {}
        with closing(connected(workshop_url)) as theirs, theirs.cursor() as cursor:
            for name in ("repairs", "calls"):
                cursor.execute(f"SELECT * FROM {name} ORDER BY 1")
                found[name] = list(cursor.fetchall())
        return rows(shop_url), found

    def end(self) -> End:
        """What there is now."""
        asked = SubjectRequest.objects.get(pk=self._asked)
        plan = erasure_approval.newest(asked)
        assert plan is not None
        shop, workshop = self.theirs()
        steps = PlanStep.objects.order_by("number").values_list("source__name", "state", "error_text", "proof")
        report = ledgers.ledger().verify(known=ledgers.known_number())
        return End(
            shop=shop,
            workshop=workshop,
            state=asked.state,
            steps=list(steps),
            kept=list(KeptRecord.objects.order_by("source__name", "collection", "digest").values_list(*PLAIN)),
            letter=letters.letter_of(asked, today=self.approved_at.date()),
            planned=letters.totals_of(plan),
            known_again_by=set(ErasedIdentity.objects.values_list("digest", flat=True)),
            told=Counter(Notice.objects.values_list("kind", flat=True)),
            log=_log(asked),
            written_down=_written_down(),
            faults=[each.message for each in anchors.faults() if "anchored" not in each.message]
            + [*report.set_aside, *filter(None, [report.torn_last])],
        )

    def _fill(self) -> None:
        shop_url, workshop_url = self._urls
        with psycopg.connect(shop_url) as theirs:
            theirs.execute("DROP SCHEMA public CASCADE")
            theirs.execute("CREATE SCHEMA public")
            theirs.execute((SMALL_SHOP / "schema.sql").read_text())
            for statement in COPIES if self._copying else ():
                theirs.execute(statement)
        run(workshop_url, WORKSHOP)


def _log(asked: SubjectRequest) -> list[tuple[str, Any]]:
    """The request's chain without the failures it survived, the numbers of entries, which a kill may use up, the digests of a
    proof, which holds those and its moments, and how many rows a source says that it met: the second time it meets fewer."""
    entries = AuditEntry.objects.filter(stream__subject_request=asked).exclude(action="erasure.failed").order_by("pk")
    beside = {"segment", "sha256", "proof_sha256"}
    met = {"erasure.applied": {"records"}}
    return [
        (each.action, {k: v for k, v in each.facts.items() if k not in beside | met.get(each.action, set())})
        for each in entries
    ]


def _written_down() -> set[str]:
    """What the ledger says, however often it says so: a kill between an entry and its commit has it written twice. By which lot
    records are one person's is another each time."""
    found = set()
    for entry in ledgers.ledger().entries():
        said = json.loads(entry.body)
        kept = sorted(({**each, "person": ""} for each in said.get("kept", ())), key=str)
        rows_said = sorted(said.get("rows", ()), key=str)
        found.add(json.dumps({**said, "rows": rows_said, "kept": kept, "counts": {}}, sort_keys=True))
    return found


def _recreate(name: str, template: str) -> None:
    _drop(name)
    with psycopg.connect(address_of("postgres"), autocommit=True) as admin:
        admin.execute(END_SESSIONS, [template])  # A thread of an earlier test may have left one.
        admin.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')


def _drop(name: str) -> None:
    with psycopg.connect(address_of("postgres"), autocommit=True) as admin:
        admin.execute(END_SESSIONS, [name])
        admin.execute(f"DROP DATABASE IF EXISTS {name}")
