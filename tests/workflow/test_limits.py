"""A limit that is reached stops the source with its name on the request; whatever fits is gathered whole."""

from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from dsr.models import Job, SubjectRequest
from dsr.workflow import gathering
from dsr.workflow.actors import SYSTEM
from tests.conftest import work_off


@pytest.mark.parametrize(
    ("name", "limit", "what"),
    [
        ("DSR_MOST_ROWS", 8, "more than 8 rows"),
        ("DSR_MOST_MEGABYTES", 0, "more than 0 MB"),
        ("DSR_MOST_SECONDS", 0, "an answer that took more than 0 s"),
    ],
)
def test_a_limit_that_is_reached_is_an_error_with_its_name_on_the_request(
    asked: SubjectRequest, settings: Settings, name: str, limit: int, what: str
) -> None:
    setattr(settings, name, limit)

    work_off(asked)

    run = asked.source_runs.get()
    assert (asked.state, run.state, run.error_code, run.records) == ("gathering", "failed", "limit_reached", 0)
    assert run.error_text.startswith(f"shop has {what} for this person, and {name} allows no more.")


def test_an_answer_of_exactly_the_limit_is_gathered_whole(asked: SubjectRequest, settings: Settings) -> None:
    settings.DSR_MOST_ROWS = 9

    work_off(asked)

    assert (asked.state, asked.source_runs.get().records) == ("review", 9)


def test_after_the_limit_was_raised_the_source_can_be_asked_again(asked: SubjectRequest, settings: Settings) -> None:
    settings.DSR_MOST_ROWS = 8
    work_off(asked)
    before = Job.objects.get(subject_request=asked).state
    settings.DSR_MOST_ROWS = 9

    gathering.retry_failed(asked, actor=SYSTEM, now=timezone.now())
    work_off(asked)

    assert (before, asked.state, asked.source_runs.get().records) == ("parked", "review", 9)
