"""A fair's list as a source beside the shop's database, connected by the command, gathered, and never changed."""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsr import jobs
from dsr.models import Job, Source
from dsr.sources import registry
from dsr.sources.base import SourceError
from dsr.workflow import chunks, drafting, shops, source_checks
from dsr.workflow.actors import COMMAND
from dsr.workflow.simulation import simulate
from tests.conftest import ADA, ask, work_off

pytestmark = pytest.mark.django_db(transaction=True)

DATASET = """
dataset:
  - fides_key: fair
    name: Fair records
    collections:
      - name: visitors
        fields:
          - name: Customer
            fides_meta: {references: [{dataset: small_shop, field: customers.id, direction: from}]}
          - name: Wish
"""
OVERLAY = "collections: {visitors: {record_class: wish_list}}"


@pytest.fixture
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that files may be read from, with what the fair's program exported: no mail, only customer numbers."""
    monkeypatch.setenv("DSR_FILE_ROOT", str(tmp_path))
    (tmp_path / "visitors.csv").write_text("Customer;Wish\n1;a ring\nguest;a chain\n2;a brooch\n")
    (tmp_path / "fair.yaml").write_text(DATASET)
    (tmp_path / "fair.dsr.yaml").write_text(OVERLAY)
    return tmp_path


def connect_fair(shop: str, exports: Path) -> dict[str, object]:
    said = StringIO()
    url, dataset = f"file://{exports}/visitors.csv", str(exports / "fair.yaml")
    call_command("add_source", shop, "fair", "--url", url, "--dataset", dataset, stdout=said)
    made: dict[str, object] = json.loads(said.getvalue())
    return made


def test_file_when_connected_by_command_then_the_persons_rows_are_found_through_the_shop(
    source: Source, owner: User, now: datetime, exports: Path
) -> None:
    assert connect_fair("small-shop", exports)["collections"] == 1
    fair = Source.objects.get(name="fair")
    assert fair.kind == Source.Kind.FILE

    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)

    assert asked.state == "review"
    run = asked.source_runs.get(source=fair)
    assert [row.values for row in chunks.read(run, "visitors")] == [{"Customer": 1, "Wish": "a ring"}]
    assert source_checks.check_source(fair, actor=COMMAND, now=now).alarms == []


def test_file_when_it_became_unreadable_then_the_run_fails_with_its_line_and_the_others_finish(
    source: Source, owner: User, now: datetime, exports: Path
) -> None:
    connect_fair("small-shop", exports)
    (exports / "visitors.csv").write_text("Customer;Wish\n1;a ring\n2;a;chain\n")

    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)

    states = dict(asked.source_runs.values_list("source__name", "state"))
    assert states == {"shop": "done", "fair": "failed"}
    assert asked.source_runs.get(source__name="fair").error_text == (
        "visitors.csv, line 3: has 3 cells where the header has 2."
    )


def test_file_when_outside_the_root_then_the_command_says_so(source: Source, exports: Path) -> None:
    with pytest.raises(CommandError, match="outside the folder"):
        call_command("add_source", "small-shop", "etc", "--url", "file:///etc", "--dataset", str(exports / "fair.yaml"))
    assert not Source.objects.filter(name="etc").exists()


def test_file_when_it_shall_be_changed_then_that_is_refused(exports: Path) -> None:
    description = registry.load(DATASET, others=(open_dataset(),))

    opening = registry.open_writable_source("file", "fair", f"file://{exports}", description)

    with pytest.raises(SourceError, match="only read, never changed"):
        opening.__enter__()


def open_dataset() -> str:
    return (Path(__file__).parents[1] / "small_shop" / "shop.yaml").read_text()


def test_file_when_checked_at_night_then_nothing_is_amiss_and_a_new_column_is(
    source: Source, now: datetime, exports: Path
) -> None:
    connect_fair("small-shop", exports)

    (before,) = source_checks.check_sources(source.shop, "fair", actor=COMMAND, now=now)
    (exports / "visitors.csv").write_text("Customer;Wish;Phone\n1;a ring;2\n")
    (after,) = source_checks.check_sources(source.shop, "fair", actor=COMMAND, now=now)

    assert before.alarms == []
    assert [alarm["place"] for alarm in after.alarms] == ["fair.visitors.Phone"]


def test_file_when_nobody_described_it_then_a_draft_is_written(source: Source, now: datetime, exports: Path) -> None:
    draft = drafting.connect_undescribed(
        source.shop, name="fair", url=f"file://{exports}/visitors.csv", actor=COMMAND, now=now
    )
    job = Job.objects.get(key=f"draft_source:{draft.pk}")
    jobs.draft_source(job.pk)

    draft.refresh_from_db()
    assert draft.error_text == ""
    assert "name: visitors" in draft.dataset_text
    assert draft.source.kind == Source.Kind.FILE


def test_file_when_a_draft_of_the_policy_is_tried_then_its_rows_are_judged_with_the_others(
    source: Source, now: datetime, exports: Path
) -> None:
    connect_fair("small-shop", exports)

    found = simulate(source.shop, shops.profile_of(source.shop, now), today=now.date(), tell=lambda *_: None)

    assert (found.sources, found.report.records, found.report.changed_records) == (("fair", "shop"), 16, 0)
