"""The small shop in MariaDB, in tables that take nothing back, with people who have more than fits into a batch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from itertools import accumulate
from typing import Any

from django.utils import timezone

from dsr import jobs
from dsr.lifecycle import State
from dsr.models import AuditEntry, Job, KeptRecord, PlanStep, Shop, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import erasure_steps, letters, queue
from tests.erasing.conftest import SMALL_SHOP, connect_for_writing
from tests.erasing.test_mariadb import schema
from tests.mariadb import connected, run
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

TABLES = ("customers", "orders", "order_lines", "gifts", "newsletter", "visits")
EACH = 10_000
"""Numbers that belong to one person."""
LINES, VISITS = 130, 60
VISITED = """
      - name: visits
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta: {data_type: integer, references: [{dataset: small_shop, field: customers.id, direction: from}]}
          - {name: page, data_categories: [user.behavior], fides_meta: {data_type: string}}
"""
NOTE = "          - {name: note, data_categories: [user.content], fides_meta: {data_type: string}}\n"
LOG = "          - {name: log, data_categories: [system.operations], fides_meta: {data_type: string}}\n"
RULES = [
    {**KEEPING, "record_classes": ["order"]},
    {**GOING, "record_classes": [*GOING["record_classes"], "order_line"]},
]
Rows = dict[str, list[tuple[Any, ...]]]


def make_shop(url: str, engine: str) -> None:
    """The small shop, with visits, in tables of one engine."""
    run(url, f"SET SESSION default_storage_engine = {engine};" + schema())
    run(url, "ALTER TABLE orders ADD log text")
    run(url, f"CREATE TABLE visits (id integer PRIMARY KEY, customer_id integer, page varchar(90)) ENGINE={engine}")
    if engine == "Aria":
        run(url, ";".join(f"ALTER TABLE {name} TRANSACTIONAL = 0" for name in TABLES))


def connect(shop: Shop, url: str, now: datetime, rules: list[dict[str, Any]] = RULES) -> None:
    """Connect it under the name *shop*, by a policy of these rules."""
    dataset = (SMALL_SHOP / "shop.yaml").read_text().rstrip("\n").replace(NOTE, NOTE + LOG) + VISITED
    overlay = (SMALL_SHOP / "shop.dsr.yaml").read_text()
    overlay += "  visits: {record_class: newsletter_subscription, ownership: attached}\n"
    connect_for_writing(shop, url, now, dataset_text=dataset, overlay_text=overlay)
    promise(shop, now, retention=rules)


def newcomer(url: str, number: int) -> Identity:
    """A customer with an old order that tells what is engraved on a ring, one that is kept, many lines, visits, a newsletter."""
    email, base = f"person{number}@example.com", number * EACH
    run(
        url,
        f"""
        INSERT INTO customers VALUES ({base}, '{email}', 'Person {number}', NULL, 'x', NOW());
        INSERT INTO orders VALUES ({base}, {base}, NULL, 5, '2010-05-05', 'x', 'engraved: Rosalind {number}');
        INSERT INTO orders VALUES ({base} + 1, {base}, '{email}', 5, '2024-05-05', 'blue', NULL);
        INSERT INTO order_lines SELECT {base} + seq, {base} + seq % 2, 'Ring', 'Rosalind {number}' FROM seq_1_to_{LINES};
        INSERT INTO visits SELECT {base} + seq, {base}, CONCAT('/page/', seq % 15) FROM seq_1_to_{VISITS};
        INSERT INTO newsletter VALUES ('{email}', true, NULL)
        """,
    )
    return Identity(IdentityKind.EMAIL, email)


def rows(url: str) -> Rows:
    """Everything that stands in the shop's database."""
    found = {}
    with closing(connected(url)) as connection, connection.cursor() as cursor:
        for name in TABLES:
            cursor.execute(f"SELECT * FROM {name} ORDER BY 1, 2")
            found[name] = list(cursor.fetchall())
    return found


def left_of(url: str, number: int) -> Rows:
    """What is there of one newcomer, numbered as if they were the first of all."""
    base = number * EACH
    mine = {
        name: [row for row in every if row[0] is not None and base <= int(row[0]) < base + EACH]
        for name, every in rows(url).items()
        if name != "newsletter"
    }
    return {name: [(row[0] - base, *row[1:]) for row in every] for name, every in mine.items()}


def others(url: str) -> Rows:
    """Everybody's rows but the newcomers'."""
    found = rows(url)
    return {
        name: [
            row
            for row in every
            if not str(row[0]).startswith("person") and not (str(row[0]).isdigit() and int(row[0]) >= EACH)
        ]
        for name, every in found.items()
    }


def step_of(asked: SubjectRequest) -> PlanStep:
    return PlanStep.objects.get(plan__subject_request=asked)


def has_come(asked: SubjectRequest, done: int) -> Callable[[], bool]:
    return lambda: PlanStep.objects.filter(plan__subject_request=asked, progress__done__gte=done).exists()


def end_of(asked: SubjectRequest) -> SubjectRequest:
    """Run what is left to its end here."""
    job = Job.objects.get(subject_request=asked, kind="erase")
    if job.state != Job.State.DONE:
        queue.again(job, timezone.now())
        Job.objects.filter(pk=job.pk).update(run_after=timezone.now())  # Who was put off need not wait.
        jobs.erase(job.pk)
    asked.refresh_from_db()
    job.refresh_from_db()
    assert (asked.state, job.state) == (State.FULFILLED, Job.State.DONE), job.error_text
    return asked


def told(asked: SubjectRequest) -> tuple[object, ...]:
    """Everything that says how many: what the step counted, what the proof found, what the letter tells, what is kept."""
    step = step_of(asked)
    letter = letters.letter_of(asked, today=timezone.now().date())
    assert letter is not None
    proofs = AuditEntry.objects.filter(stream__subject_request=asked, action__in=("erasure.applied", "erasure.proved"))
    facts = [
        (each.action, {name: value for name, value in each.facts.items() if name not in ("segment", "sha256")})
        for each in proofs.order_by("pk")
    ]
    kept = KeptRecord.objects.filter(subject_request=asked).values_list("collection", "rule", "until")
    outcomes = sorted((step.outcomes[int(key)]["collection"], count) for key, count in step.proof["outcomes"].items())
    return (
        step.counts, step.progress, outcomes, step.proof["gone"], step.proof["new"], facts, sorted(kept, key=str),
        [(block.title, block.records) for block in letter.blocks],
    )  # fmt: skip


def boundaries_of(asked: SubjectRequest) -> list[int]:
    """How many records are done where a batch begins."""
    step = step_of(asked)
    batches = erasure_steps.batches(step.source, [each.row for each in erasure_steps.rows_of(step)])
    return [0, *accumulate(map(len, batches[:-1]))]
