"""Every address about a request answers in words once the request was forgotten: by GET and POST, for staff and the person."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from dsr.models import (
    FindingMark,
    ManualTask,
    MatchQuestion,
    Notice,
    Package,
    PlanStep,
    Source,
    SourceRun,
    SubjectRequest,
)
from dsr.web import access
from dsr.workflow import forgetting
from tests.erasing.conftest import carry_out, connected, url, wanted  # noqa: F401  (fixtures)
from tests.manual_places import Colleague, link_of
from tests.own.scene import CANARIES, whole_request
from tests.portal.conftest import link_in, newest_mail

LATER = timedelta(days=400)
Arguments = dict[str, dict[str, object]]


@pytest.fixture
def addresses(own_ring: object, source: Source, owner: User) -> tuple[SubjectRequest, dict[str, str]]:
    """A forgotten request, and every address about it that leads to something of it while it was not."""
    made = whole_request(source, owner)
    run = made.source_runs.get(source=source)
    found = {"task": link_of(made), "confirm": link_in(newest_mail(made, Notice.Kind.READY))}
    found |= {f"{name} {number}": address for name in names() for number, address in enumerate(of(name, made, run))}
    assert forgetting.forget_expired(timezone.now() + LATER).forgotten == (made.reference,)
    return made, found


@pytest.fixture
def of_an_erasure(
    own_ring: object,
    wanted: SubjectRequest,  # noqa: F811  (a fixture)
    owner: User,
    now: datetime,
) -> tuple[SubjectRequest, dict[str, str]]:
    """The same of an erasure that was carried out."""
    carry_out(wanted, owner, now)
    run = wanted.source_runs.get()
    found = {"confirm": link_in(newest_mail(wanted, Notice.Kind.ERASED))}
    found |= {f"{name} {number}": address for name in names() for number, address in enumerate(of(name, wanted, run))}
    assert forgetting.forget_expired(timezone.now() + LATER).forgotten == (wanted.reference,)
    return wanted, found


def names() -> list[str]:
    """The names of all addresses that hold a reference."""
    resolver = get_resolver()
    spaces = {"staff": "dsr.staff.urls", "portal": "dsr.portal.urls"}
    found = [
        f"{space}:{each.name}"
        for space, module in spaces.items()
        for each in get_resolver(module).url_patterns
        if isinstance(each, URLPattern) and "reference" in each.pattern.converters
    ]
    assert resolver.url_patterns
    return found


def of(name: str, made: SubjectRequest, run: SourceRun) -> list[str]:
    space, _, bare = name.partition(":")
    pattern = next(each for each in get_resolver(f"dsr.{space}.urls").url_patterns if each.name == bare)
    things: dict[str, object] = {
        "reference": made.reference,
        "slug": made.shop.slug,
        "run_id": run.pk,
        "source_id": run.source_id,
        "collection": "customers",
        "name": "data.json" if space == "portal" else "0" * 64,
        "task_id": getattr(ManualTask.objects.first(), "pk", 1),
        "step_id": getattr(PlanStep.objects.first(), "pk", 1),
        "mark_id": getattr(FindingMark.objects.first(), "pk", 1),
        "question_id": getattr(MatchQuestion.objects.first(), "pk", 1),
    }
    return [reverse(name, kwargs={word: things.get(word, 1) for word in pattern.pattern.converters})]


@pytest.mark.parametrize("scene", ["addresses", "of_an_erasure"])
def test_every_page_about_a_forgotten_request_answers_in_words(
    own_ring: object, request: pytest.FixtureRequest, owner: User, scene: str
) -> None:
    made, found = request.getfixturevalue(scene)
    desk, person = Client(), Client()
    desk.force_login(owner)
    session = person.session
    session[access.MINE] = {str(made.public_id): access.CONFIRMED}
    session.save()
    told, pages = {}, ""
    for name, address in found.items():
        client = desk if name.startswith("staff") else person
        for method in (client.get, client.post):
            response = method(address, follow=True)
            told[f"{name} {method.__name__}"] = response.status_code
            pages += response.getvalue().decode()

    assert len(told) > 80
    assert {name: code for name, code in told.items() if code not in (200, 404, 405)} == {}
    assert (told["staff:request 0 get"], told["portal:status 0 get"]) == (200, 200)
    assert [each for each in CANARIES if each in pages] == []


def test_the_staffs_page_says_that_it_is_forgotten_and_the_persons_that_it_was_removed(
    addresses: tuple[SubjectRequest, dict[str, str]], owner: User
) -> None:
    made, found = addresses
    desk, person = Client(), Client()
    desk.force_login(owner)
    session = person.session
    session[access.MINE] = {str(made.public_id): access.CONFIRMED}
    session.save()
    Package.objects.update(expires_at=timezone.now())

    for_staff = desk.get(found["staff:request 0"]).content.decode()
    for_the_person = person.get(found["portal:status 0"]).content.decode()
    queue = desk.get("/staff/?tab=done").content.decode()

    assert "has been forgotten" in for_staff
    assert "Its time was over" in for_staff
    assert "Nothing was found" not in for_staff
    assert "Checksums" not in for_staff
    assert "has been removed since" in for_the_person
    assert "We removed what we had collected for this request." in for_the_person
    assert made.reference in queue


def test_mailed_links_lead_nowhere_any_more(addresses: tuple[SubjectRequest, dict[str, str]]) -> None:
    _, found = addresses

    assert Client().get(found["confirm"]).status_code == 404
    assert "workshop" not in Colleague(found["task"]).see()


@pytest.mark.parametrize("scene", ["addresses", "of_an_erasure"])
def test_commands_about_a_forgotten_request_answer_or_refuse_in_a_sentence(
    own_ring: object, request: pytest.FixtureRequest, tmp_path: Path, scene: str
) -> None:
    made, _ = request.getfixturevalue(scene)
    told = {}
    for name, *more in (
        ("show_request",),
        ("run_request",),
        ("plan_erasure",),
        ("instructions",),
        ("verify_audit",),
        ("evidence", "--out", str(tmp_path / "evidence.zip")),
    ):
        out = StringIO()
        try:
            call_command(name, made.reference, *more, stdout=out)
        except CommandError as refused:
            told[name] = str(refused)
        else:
            told[name] = out.getvalue()

    assert {name: text for name, text in told.items() if not text.strip()} == {}
    assert json.loads(told["show_request"])["state"] == "fulfilled"
    assert [each for each in CANARIES if any(each in text for text in told.values())] == []
