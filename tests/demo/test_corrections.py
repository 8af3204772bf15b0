"""The five jewellers' demo shops: a name is corrected in every place that holds it, by each shop's own policy."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import psycopg
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from psycopg import sql

from dsr.demo.registration import register
from dsr.demo.shops import SHOPS
from dsr.lifecycle import RequestType, State
from dsr.models import CorrectionItem, RecipientInstruction, Shop, SubjectRequest
from dsr.records import Identity, IdentityKind, normalise_email
from dsr.workflow import correction_places, corrections, erasure_approval, intake, letters, recipients
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.corrections import Asked
from tests.conftest import work_off
from tests.demo.conftest import DemoServer
from tests.demo.test_datasets import described
from tests.demo.test_erasures import Copies, copies, plan_faults  # noqa: F401  (a fixture)
from tests.demo.test_people import SHOP_BY_SLUG

Everything = Counter[tuple[str, str]]


def somebody(slug: str, url: str) -> str:
    """The first address of the alphabet."""
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


def everything(url: str) -> Everything:
    """Every row of every table, as text."""
    found: Everything = Counter()
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, name in tables:
            query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, name))
            found.update((name, row) for (row,) in connection.execute(query))
    return found


@pytest.fixture
def place(demo_server: DemoServer, copies: Copies, slug: str, now: datetime) -> tuple[Shop, str, str]:  # noqa: F811
    """A demo shop on databases of its own: the shop, its database, its newsletter's."""
    shop_url, newsletter = copies[demo_server.shops[slug]], copies[demo_server.newsletters[slug]]
    return (
        register(SHOP_BY_SLUG[slug], shop_url=shop_url, newsletter_url=newsletter, actor=COMMAND, now=now),
        shop_url,
        newsletter,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("slug", [demo.slug for demo in SHOPS])
def test_somebody_when_their_name_is_corrected_then_every_copy_follows_and_nobody_else_changes(
    place: tuple[Shop, str, str], slug: str, owner: User, now: datetime
) -> None:
    shop, shop_url, newsletter = place
    email = Identity(IdentityKind.EMAIL, normalise_email(somebody(slug, shop_url)))
    asked = intake.open_request(
        shop=shop, request_type=RequestType.CORRECTION, identities=(email,), channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner), wishes=[Asked(CorrectionItem.Kind.NAME, "as I write it")], now=now,
    )  # fmt: skip
    work_off(asked)
    item = corrections.items(asked)[0]
    meant = correction_places.candidates(asked, item.row)[0]
    field, _, value = meant.fields[-1]
    wanted = "Xq" + str(value)[2:]
    corrections.accept(
        asked,
        item.row,
        {(meant.source.pk, meant.collection, meant.digest): {field: wanted}},
        actor=staff(owner),
        now=now,
    )
    before = everything(shop_url), everything(newsletter)
    now = timezone.now()
    plan = erasure_approval.freeze(asked, actor=staff(User.objects.create_user("second")), now=now)
    erasure_approval.approve(
        asked, fingerprint=plan.fingerprint, typed_reference=asked.reference, actor=staff(owner), now=now
    )

    work_off(asked)

    assert asked.state == State.FULFILLED, plan_faults(asked)
    letter = letters.letter_of(asked, today=now.date())
    assert letter is not None
    after = everything(shop_url), everything(newsletter)
    gone = [row for old, new in zip(before, after, strict=True) for row in (old - new).elements()]
    fresh = [row for old, new in zip(before, after, strict=True) for row in (new - old).elements()]
    assert len(gone) == len(fresh) == letters.totals_of(plan)["correct"] >= 1
    # Its first word is what changes; where first and last name stand apart, that word alone.
    old_word, new_word = str(value).lower().split()[0], wanted.lower().split()[0]
    assert all(old_word in row.lower() for _, row in gone), gone
    assert all(new_word in row.lower() for _, row in fresh), fresh
    assert sum(each.records for each in letter.corrections) >= len(fresh)
    told = recipients.lines(asked)
    assert {each.kind for each in asked.recipient_instructions.all()} <= {RecipientInstruction.Kind.CORRECT}
    assert letter.pending == sum(each.is_pending for each in told)
