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
from dsr.demo.registration import register
from dsr.demo.shops import SHOPS
from dsr.lifecycle import RequestType, State
from dsr.models import Job, KeptRecord, SubjectRequest
from dsr.records import Identity, IdentityKind, normalise_email
from dsr.workflow import erasure_approval, erasure_steps, intake, letters
from dsr.workflow.actors import COMMAND, staff
from tests.conftest import work_off
from tests.demo.conftest import DemoServer, rows
from tests.demo.test_datasets import described
from tests.demo.test_people import SHOP_BY_SLUG

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


def somebody(slug: str, url: str) -> str:
    """The address of the person with the most orders."""
    graph = described(SHOP_BY_SLUG[slug])[0].graph
    column = next(
        each for each in graph.identities
        if each.kind is IdentityKind.EMAIL and not each.is_third_party
        and graph.collections[each.collection].key and len(graph.owners(each.collection)) == 0
    )  # fmt: skip
    schema, _, table = column.collection.rpartition(".")
    place = sql.Identifier(schema, table) if schema else sql.Identifier(table)
    found = sql.SQL("SELECT {0} FROM {1} WHERE {0} LIKE '%@%' ORDER BY 1 LIMIT 1").format(
        sql.Identifier(column.column), place
    )
    with psycopg.connect(url) as connection:
        row = connection.execute(found).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.django_db
@pytest.mark.parametrize("slug", [demo.slug for demo in SHOPS])
def test_somebody_when_erased_by_the_shops_own_policy_then_it_is_proved_to_the_letter(
    demo_server: DemoServer, copies: Copies, slug: str, owner: User, now: datetime
) -> None:
    demo = SHOP_BY_SLUG[slug]
    shop_url, newsletter = copies[demo_server.shops[slug]], copies[demo_server.newsletters[slug]]
    shop = register(demo, shop_url=shop_url, newsletter_url=newsletter, actor=COMMAND, now=now)
    email = Identity(IdentityKind.EMAIL, normalise_email(somebody(slug, shop_url)))
    asked = intake.open_request(
        shop=shop, request_type=RequestType.ERASURE, identities=(email,), channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner), now=now,
    )  # fmt: skip
    work_off(asked)
    other = User.objects.create_user("second")
    now = timezone.now()  # the run goes by today's date, so the plan must
    plan = erasure_approval.freeze(asked, actor=staff(other), now=now)
    erasure_approval.approve(
        asked, fingerprint=plan.fingerprint, typed_reference=asked.reference, actor=staff(owner), now=now
    )
    Job.objects.filter(subject_request=asked, kind="erase").update(run_after=now)
    erasure_approval.newest(asked)
    asked.erasure_plans.update(runs_from=now)

    work_off(asked)

    stuck = [*asked.jobs.exclude(error_text="").values_list("error_text", flat=True), *plan_faults(asked)]
    assert asked.state == State.FULFILLED, stuck
    letter = letters.letter_of(asked, today=now.date())
    assert letter is not None
    planned = sum(len(erasure_steps.rows_of(step)) for step in asked.erasure_plans.get().steps.all())
    assert letter.records == planned > 0
    assert not KeptRecord.objects.filter(subject_request=asked, until=None, event="").exists()
    assert rows(shop_url, "SELECT 1") == [(1,)]


def plan_faults(asked: SubjectRequest) -> list[str]:
    plan = erasure_approval.newest(asked)
    return [*plan.changes, *(step.error_text for step in plan.steps.all())] if plan else []
