"""The five jewellers' demo shops: somebody is erased by each shop's own policy, to the letter, and nobody else changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from psycopg import sql

from dsr.demo.build import END_SESSIONS
from dsr.demo.people import NamedPerson
from dsr.demo.registration import register
from dsr.lifecycle import RequestType, State
from dsr.models import Job, KeptRecord, MatchQuestion, Shop, SubjectRequest
from dsr.records import Action, Identity, IdentityKind, PlanRow, normalise_email
from dsr.workflow import erasure_approval, erasure_steps, intake, letters, review
from dsr.workflow.actors import COMMAND, staff
from tests.conftest import work_off
from tests.demo.conftest import DemoServer
from tests.demo.test_people import SHOP_BY_SLUG, every_person

Copies = dict[str, str]


@pytest.fixture
def copies(demo_server: DemoServer) -> Iterator[dict[str, str]]:
    """Copies of databases that may be changed, made when they are asked for, by their address."""
    made: dict[str, str] = {}
    with psycopg.connect(demo_server.admin_url, autocommit=True) as admin:

        class Copy(dict[str, str]):
            def __missing__(self, url: str) -> str:
                head, _, rest = url.rpartition("/")
                name, mark, options = rest.partition("?")
                copy = f"copy{os.getpid()}_{name}"
                if copy not in made:
                    admin.execute(END_SESSIONS, [name])
                    admin.execute(
                        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(copy), sql.Identifier(name))
                    )
                    made[copy] = name
                return f"{head}/{copy}{mark}{options}"

        yield Copy()
        for copy in made:
            admin.execute(END_SESSIONS, [copy])
            admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(copy)))


@pytest.mark.django_db
@every_person
def test_person_when_erased_by_the_shops_own_policy_then_it_is_proved_to_the_letter_and_nobody_else_changes(
    demo_server: DemoServer, copies: Copies, person: NamedPerson, owner: User, now: datetime
) -> None:
    demo = SHOP_BY_SLUG[person.shop]
    urls = {"shop": copies[demo_server.shops[demo.slug]], "newsletter": copies[demo_server.newsletters[demo.slug]]}
    shop = register(demo, shop_url=urls["shop"], newsletter_url=urls["newsletter"], actor=COMMAND, now=now)
    asked = opened(shop, person, owner, now)
    before = {name: everything(url) for name, url in urls.items()}

    carried_out(asked, owner)

    stuck = [*asked.jobs.exclude(error_text="").values_list("error_text", flat=True), *plan_faults(asked)]
    assert asked.state == State.FULFILLED, stuck
    letter = letters.letter_of(asked, today=timezone.now().date())
    assert letter is not None
    steps = list(asked.erasure_plans.get().steps.select_related("source"))
    planned = [(step.source.name, row.row) for step in steps for row in erasure_steps.rows_of(step)]
    assert letter.records == len(planned)
    assert bool(planned) == bool(person.counts)
    assert not KeptRecord.objects.filter(subject_request=asked, until=None, event="").exists()
    asked_for = {(source, *line_of(row)) for source, row in planned if row.action is not Action.KEEP}
    changed = {each for name, url in urls.items() for each in differing(name, before[name], everything(url))}
    assert changed <= asked_for
    assert bool(changed) == bool(asked_for)


def opened(shop: Shop, person: NamedPerson, owner: User, now: datetime) -> SubjectRequest:
    """The person's wish, in review, every question answered with no."""
    email = Identity(IdentityKind.EMAIL, normalise_email(person.email))
    asked = intake.open_request(
        shop=shop, request_type=RequestType.ERASURE, identities=(email,), channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner), now=now,
    )  # fmt: skip
    work_off(asked)
    for question in asked.match_questions.unanswered():
        review.answer_match(question, MatchQuestion.Answer.OTHER, user=owner, actor=staff(owner), now=now)
        work_off(asked)
    return asked


def carried_out(asked: SubjectRequest, owner: User) -> None:
    """Frozen by one, approved by another, run at once."""
    other, now = User.objects.create_user("second"), timezone.now()  # the run goes by today's date, so the plan must
    plan = erasure_approval.freeze(asked, actor=staff(other), now=now)
    erasure_approval.approve(
        asked, fingerprint=plan.fingerprint, typed_reference=asked.reference, actor=staff(owner), now=now
    )
    Job.objects.filter(subject_request=asked, kind="erase").update(run_after=now)
    asked.erasure_plans.update(runs_from=now)
    work_off(asked)


Line = tuple[str, tuple[str, ...]]


def everything(url: str) -> dict[Line, str]:
    """Every row of a database by its table and its key, or all of it where there is none."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT c.oid::regclass::text, c.relname, (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_index i"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)"
            " WHERE i.indrelid = c.oid AND i.indisprimary)"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
        ).fetchall()
        found: dict[Line, str] = {}
        for table, name, key in tables:
            for row, text in connection.execute(f"SELECT row_to_json(t), t::text FROM {table} t".encode()):
                values = [row[column] for column in key] if key else row.values()
                found[name, tuple(sorted(map(str, values)))] = text
    return found


def line_of(row: PlanRow) -> Line:
    return row.key.collection.rpartition(".")[2], tuple(sorted(str(value) for _, value in row.key.columns))


def differing(
    source: str, before: dict[Line, str], after: dict[Line, str]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Rows that are there no more, or otherwise."""
    yield from ((source, *line) for line, text in before.items() if after.get(line) != text)


def plan_faults(asked: SubjectRequest) -> list[str]:
    plan = erasure_approval.newest(asked)
    return [*plan.changes, *(step.error_text for step in plan.steps.all())] if plan else []
