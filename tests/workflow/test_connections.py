from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.models import Shop, Source, SubjectRequest
from dsr.workflow import chunks, connections
from dsr.workflow.actors import COMMAND
from dsr.workflow.connections import Refused
from tests.conftest import ADA, ask, work_off

MAILINGS = """
dataset:
  - fides_key: mailings
    collections:
      - name: mailings
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta:
              data_type: integer
              references: [{dataset: small_shop, field: customers.id, direction: from}]
"""


@pytest.fixture
def mailings(shop: Shop, source: Source, shop_url: str, now: datetime) -> Iterator[Source]:
    """A second source that knows people only by the first one's customer ids."""
    with psycopg.connect(shop_url) as connection:
        connection.execute("CREATE TABLE mailings (id integer PRIMARY KEY, customer_id integer)")
        connection.execute("INSERT INTO mailings VALUES (1, 1), (2, 2), (3, 1)")
    made, _ = connections.add_source(
        shop, name="mailings", url=shop_url, dataset_text=MAILINGS, dataset_name="m.yaml", actor=COMMAND, now=now
    )
    yield made
    with psycopg.connect(shop_url) as connection:  # Every test meets the shop as its schema says.
        connection.execute("DROP TABLE mailings")


def test_a_source_that_hangs_on_another_finds_the_person_through_it(
    shop: Shop, mailings: Source, owner: User, now: datetime
) -> None:
    asked = ask(shop, ADA, now, owner)

    work_off(asked)

    run = asked.source_runs.get(source=mailings)
    assert [row.values["id"] for row in chunks.read(run, "mailings")] == [1, 3]


def test_a_source_that_another_refers_to_cannot_be_disconnected(
    source: Source, mailings: Source, now: datetime
) -> None:
    with pytest.raises(Refused, match="small_shop"):
        connections.disconnect_source(source, actor=COMMAND, now=now)
    connections.disconnect_source(mailings, actor=COMMAND, now=now)

    source.refresh_from_db()
    mailings.refresh_from_db()
    assert (source.is_active, mailings.is_active) == (True, False)


def test_a_disconnected_source_is_not_asked(
    shop: Shop, source: Source, mailings: Source, owner: User, now: datetime
) -> None:
    connections.disconnect_source(mailings, actor=COMMAND, now=now)

    asked = ask(shop, ADA, now, owner)

    assert [run.source.name for run in asked.source_runs.all()] == ["shop"]


def test_a_description_that_broke_behind_our_back_fails_the_run_with_its_reason(
    shop: Shop, source: Source, mailings: Source, owner: User, now: datetime
) -> None:
    asked = ask(shop, ADA, now, owner)
    Source.objects.filter(pk=source.pk).update(is_active=False)

    work_off(asked)

    run = asked.source_runs.get(source=mailings)
    asked = SubjectRequest.objects.get(pk=asked.pk)
    assert (asked.state, run.state, run.error_code) == ("gathering", "failed", "schema_mismatch")
    assert "small_shop" in run.error_text
