"""A place that only a person can search: asked by mail, answered through a link, in the copy like everything else."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dsr.models import Shop, Source, SourceRun, SubjectRequest
from dsr.workflow import audit, fulfilment, review
from dsr.workflow.actors import staff
from tests.conftest import ADA, ask, work_off
from tests.manual_places import CARD, PDF, Colleague, add_workshop, link_of, mails, task_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now() -> datetime:
    """The link is opened by a browser, whose clock is the machine's."""
    return timezone.now()


@pytest.fixture
def waiting(source: Source, owner: User, now: datetime) -> SubjectRequest:
    """Ada's request: the database has answered, the workshop has not."""
    add_workshop(source.shop, now)
    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)
    return asked


def test_request_when_the_workshop_has_not_answered_then_it_waits(waiting: SubjectRequest) -> None:
    states = dict(waiting.source_runs.values_list("source__name", "state"))

    assert states == {"shop": SourceRun.State.DONE, "workshop": SourceRun.State.QUEUED}
    assert waiting.state == "gathering"


def test_mail_when_written_then_it_names_place_and_day_but_not_the_person(waiting: SubjectRequest) -> None:
    (mail,) = mails(waiting)

    assert mail["to"] == "wanda@workshop.example"
    assert "Repair workshop" in mail["text"]
    assert "ada" not in mail["text"].lower().replace("wanda", "")
    assert "ada" not in mail["subject"].lower()


def test_answer_when_sent_then_the_file_is_in_the_copy(waiting: SubjectRequest, owner: User, now: datetime) -> None:
    colleague = Colleague(link_of(waiting))
    assert "ada@example.com" in colleague.open()
    assert colleague.fill(CARD, ("notes.txt", b"ring resized"), note="A card of 2019").status_code == 302
    checked = colleague.client.get(f"{colleague.link}check/").content.decode()
    assert "17.pdf" in checked
    assert waiting.source_runs.get(source__name="workshop").records == 0

    thanks = colleague.send()

    waiting.refresh_from_db()
    assert "Thank you" in thanks
    assert waiting.state == "review"
    run = waiting.source_runs.get(source__name="workshop")
    assert run.counts == {"answers": 1, "texts": 1, "files": 1}
    copy = released(waiting, owner, now)
    data = json.loads(copy.read("data.json"))["sources"]["workshop"]
    (file,) = data["files"]
    assert file["name"] == "card 17.pdf"
    assert file["type"] == "application/pdf"
    assert copy.read(file["content"]["$file"]) == PDF
    assert file["content"]["$file"].endswith(".pdf")
    assert [row["content"] for row in data["texts"]] == ["ring resized"]
    (said,) = data["answers"]
    assert said["note"] == "A card of 2019"
    assert "Wanda" not in json.dumps(data)


def test_answer_when_nothing_was_found_then_the_copy_says_where_we_looked(
    waiting: SubjectRequest, owner: User, now: datetime
) -> None:
    colleague = Colleague(link_of(waiting))
    colleague.open()
    colleague.fill(do="nothing")

    colleague.send()

    waiting.refresh_from_db()
    assert waiting.state == "review"
    assert task_of(waiting).has_found is False
    facts = [entry.facts for entry in audit.entries_of(waiting) if entry.action == "task.answered"]
    assert facts == [{"source": "workshop", "task": task_of(waiting).pk, "result": "nothing", "files": 0}]


def test_workshop_alone_when_it_answers_then_the_request_goes_to_review(shop: Shop, owner: User, now: datetime) -> None:
    add_workshop(shop, now)
    asked = ask(shop, ADA, now, owner)
    colleague = Colleague(link_of(asked), Client())
    colleague.open()
    colleague.fill(CARD)
    colleague.send()

    asked.refresh_from_db()
    assert asked.state == "review"


def released(subject_request: SubjectRequest, owner: User, now: datetime) -> zipfile.ZipFile:
    """The copy, approved and packed."""
    review.approve(subject_request, actor=staff(owner), now=now)
    work_off(subject_request)
    assert subject_request.state == "fulfilled"
    return zipfile.ZipFile(
        BytesIO(b"".join(fulfilment.open_zip(subject_request.package, now=subject_request.package.made_at)))
    )
