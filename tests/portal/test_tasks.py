"""Behind a manual task's link: what it shows to whom, and what becomes of odd and hostile answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from dsr.lifecycle import RequestType
from dsr.models import ManualTask, Shop, Source, SubjectRequest, TaskFile, TaskLink
from dsr.records import Identity, IdentityKind
from dsr.web import uploads
from dsr.workflow import audit, chunks, connections, gathering, intake, manual_tasks, review
from dsr.workflow.actors import COMMAND, CUSTOMER, staff
from dsr.workflow.file_kinds import LARGEST_FILE, MOST_FILES
from dsr.workflow.manual_places import Assignee
from tests.conftest import ADA, BELA, ask
from tests.manual_places import CARD, Colleague, add_workshop, link_of, mails, task_of

ADDRESS = "ada@example.com"


@pytest.fixture
def now() -> datetime:
    """The link is opened by a browser, whose clock is the machine's."""
    return timezone.now()


@pytest.fixture
def waiting(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    add_workshop(shop, now)
    return ask(shop, ADA, now, owner)


@pytest.fixture
def wanda(waiting: SubjectRequest) -> Colleague:
    """Behind the link, before its button."""
    return Colleague(link_of(waiting))


@pytest.fixture
def busy_wanda(wanda: Colleague) -> Colleague:
    """Behind the button."""
    wanda.open()
    return wanda


def test_link_when_only_opened_then_it_shows_and_changes_nothing(waiting: SubjectRequest, wanda: Colleague) -> None:
    before = [entry.action for entry in audit.entries_of(waiting)]

    cover = wanda.see()

    assert "Repair workshop" in cover
    assert ADDRESS not in cover
    assert task_of(waiting).opened_at is None
    assert [entry.action for entry in audit.entries_of(waiting)] == before


def test_button_when_pressed_twice_then_the_opening_is_one_fact(waiting: SubjectRequest, wanda: Colleague) -> None:
    assert ADDRESS in wanda.open()
    assert ADDRESS in Colleague(wanda.link).open()

    actions = [entry.action for entry in audit.entries_of(waiting)]
    assert actions.count("task.opened") == 1


def test_token_when_stored_then_only_its_digest_is(waiting: SubjectRequest, wanda: Colleague) -> None:
    token = wanda.link.split("/")[2]

    assert len(token) >= 40
    assert token not in str(list(TaskLink.objects.values()))


def test_link_when_wrong_then_nothing_of_any_shop_is_told(waiting: SubjectRequest, wanda: Colleague) -> None:
    response = Client().get(f"{wanda.link[:-3]}xx/")

    assert response.status_code == 404
    page = response.content.decode()
    assert "This link does not work" in page
    assert "Small Shop" not in page
    assert waiting.reference not in page


def test_links_when_guessed_then_the_guesser_must_wait(wanda: Colleague) -> None:
    client = Client()
    codes = [client.get(f"/task/guess-{number}/").status_code for number in range(31)]

    assert codes == [404] * 30 + [429]


def test_browser_when_it_opened_another_shops_task_then_this_one_stays_shut(
    waiting: SubjectRequest, wanda: Colleague, other_shop: Shop, owner: User, now: datetime
) -> None:
    add_workshop(other_shop, now)
    other = ask(other_shop, BELA, now, owner)
    stranger = Colleague(link_of(other))
    assert "bela@example.org" in stranger.open()

    stranger.link = wanda.link

    assert ADDRESS not in stranger.see()
    assert "bela@example.org" not in wanda.open()


def test_second_page_when_the_button_was_not_pressed_then_it_sends_back(
    waiting: SubjectRequest, wanda: Colleague
) -> None:
    wanda.open()
    wanda.fill(CARD)

    page = Colleague(wanda.link).send()

    assert "Open the task" in page
    assert task_of(waiting).state == ManualTask.State.OPEN


def test_answer_when_sent_twice_then_the_second_is_told_and_nothing_doubles(
    waiting: SubjectRequest, busy_wanda: Colleague
) -> None:
    other = Colleague(busy_wanda.link)
    other.open()
    busy_wanda.fill(CARD)

    assert "Thank you: this has been answered" in busy_wanda.send()
    assert "Thank you: this has been answered" in other.send()
    assert "Thank you: this has been answered" in busy_wanda.send()
    assert (
        "Thank you: this has been answered"
        in other.client.post(other.link, {"do": "nothing"}, follow=True).content.decode()
    )

    assert waiting.source_runs.get().counts == {"answers": 1, "texts": 0, "files": 1}
    assert [entry.action for entry in audit.entries_of(waiting)].count("task.answered") == 1


def test_link_when_expired_then_it_says_how_to_get_another(
    waiting: SubjectRequest, wanda: Colleague, now: datetime
) -> None:
    wanda.open()
    TaskLink.objects.update(expires_at=now - timedelta(minutes=1))

    page = wanda.see()

    assert "This link has expired" in page
    assert waiting.reference in page
    assert ADDRESS not in page


def test_request_when_withdrawn_then_the_task_is_called_off_and_its_files_are_gone(
    waiting: SubjectRequest, busy_wanda: Colleague, now: datetime
) -> None:
    busy_wanda.fill(CARD)
    assert TaskFile.objects.count() == 1

    review.withdraw(waiting, actor=CUSTOMER, now=now)

    assert "This is no longer needed" in busy_wanda.send()
    assert ADDRESS not in busy_wanda.see()
    assert TaskFile.objects.count() == 0
    assert task_of(waiting).sealed_draft is None


def test_task_when_given_to_somebody_else_then_the_first_link_is_dead(
    waiting: SubjectRequest, busy_wanda: Colleague, now: datetime
) -> None:
    manual_tasks.hand_over(task_of(waiting), Assignee("Walt", "walt@example.net"), actor=CUSTOMER, now=now)

    assert busy_wanda.client.get(busy_wanda.link).status_code == 404
    assert mails(waiting)[-1]["to"] == "walt@example.net"
    assert ADDRESS in Colleague(link_of(waiting)).open()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("card.pdf", b"<html><script>alert(1)</script>", "of a kind that cannot be taken"),
        ("card.png", b"MZ\x90\x00\x03\x00\x00\x00", "of a kind that cannot be taken"),
        ("card.svg", b'<?xml version="1.0"?><svg onload="x()"/>', "of a kind that cannot be taken"),
        ("a.zip", b"PK\x03\x04 not whole", "damaged"),
        ("empty.txt", b"", "empty"),
        ("script.txt", b"#!/bin/sh\nrm -r /", "of a kind that cannot be taken"),
    ],
)
def test_file_when_of_a_wrong_kind_then_it_is_named_and_not_taken(
    busy_wanda: Colleague, name: str, content: bytes, sentence: str
) -> None:
    page = busy_wanda.fill((name, content)).content.decode()

    assert sentence in page
    assert name in page
    assert TaskFile.objects.count() == 0


def test_file_when_too_large_then_the_text_that_was_typed_is_kept(busy_wanda: Colleague) -> None:
    page = busy_wanda.fill(("scan.pdf", b"%PDF-" + b"x" * LARGEST_FILE), note="It was large").content.decode()

    assert "larger than 20 MB" in page
    assert "It was large" in page
    assert TaskFile.objects.count() == 0


def test_form_when_larger_than_everything_allowed_then_it_is_refused_before_it_is_read(
    busy_wanda: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_ANSWER", 1000)
    monkeypatch.setattr(uploads, "ROOM_FOR_THE_FORM", 0)

    response = busy_wanda.fill(("scan.pdf", b"%PDF-" + b"x" * 3000))

    assert response.status_code == 413
    assert "too large to send at once" in response.content.decode()
    assert TaskFile.objects.count() == 0


def test_files_when_more_than_allowed_then_the_last_is_named(busy_wanda: Colleague) -> None:
    files = [(f"{number}.txt", f"card {number}".encode()) for number in range(MOST_FILES + 1)]

    page = busy_wanda.fill(*files).content.decode()

    assert f"“{MOST_FILES}.txt” is one too many" in page
    assert TaskFile.objects.count() == MOST_FILES


def test_file_name_when_hostile_then_it_is_shown_as_text_in_one_line(busy_wanda: Colleague) -> None:
    name = '<img src=x onerror="a()">\u202egpj.exe'
    busy_wanda.fill((name, b"%PDF- x"), do="add")

    page = busy_wanda.see()

    assert "<img" not in page
    assert "&lt;img src=x onerror=&quot;a()&quot;&gt;gpj.exe" in page


def test_what_was_handed_in_when_stored_then_it_is_sealed(busy_wanda: Colleague) -> None:
    busy_wanda.fill(CARD, note="blue sapphire")

    (file,) = TaskFile.objects.all()
    task = ManualTask.objects.get()
    stored = (
        bytes(file.sealed) + bytes(file.sealed_name) + bytes(task.sealed_draft or b"") + bytes(task.sealed_assignee)
    )
    for secret in (b"scanned card", b"card 17", b"blue sapphire", b"anda"):
        assert secret not in stored


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"do": "check", "note": "a card", "name": ""}, "Enter your name"),
        ({"do": "check"}, "or press “I found nothing”"),
        ({"do": "check", "note": "x" * 20_001}, "Write at most 20,000 characters"),
        ({"do": "check", "note": "nul \0 here"}, "Remove the invisible character"),
    ],
)
def test_form_when_not_whole_then_it_says_what_is_missing(
    busy_wanda: Colleague, sent: dict[str, str], sentence: str
) -> None:
    page = busy_wanda.fill(**sent).content.decode()

    assert "There is a problem" in page
    assert sentence in page


def test_nothing_when_said_beside_a_file_then_it_asks_which_is_right(busy_wanda: Colleague) -> None:
    page = busy_wanda.fill(CARD, do="nothing").content.decode()

    assert "Remove it if you found nothing" in page


def test_file_when_removed_then_it_is_gone(busy_wanda: Colleague) -> None:
    busy_wanda.fill(CARD, do="add")
    (file,) = TaskFile.objects.all()
    assert "17.pdf" in busy_wanda.see()

    busy_wanda.client.post(busy_wanda.link, {"remove": str(file.pk), "note": "", "answered_by": ""})

    assert TaskFile.objects.count() == 0


def test_form_when_sent_without_its_token_then_it_is_refused(waiting: SubjectRequest) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(link_of(waiting)).status_code == 403
    assert task_of(waiting).opened_at is None


def test_identifier_when_the_place_cannot_search_by_it_then_it_is_not_shown(
    shop: Shop, owner: User, now: datetime
) -> None:
    workshop = add_workshop(shop, now)
    workshop.manual_place.needs = ["phone_number"]
    workshop.manual_place.save()
    asked = ask_with(shop, owner, now, ADA, Identity(IdentityKind.PHONE, "+12125550123"))

    page = Colleague(link_of(asked)).open()

    assert "+12125550123" in page
    assert ADDRESS not in page


def test_search_when_repeated_with_a_new_identifier_then_the_colleague_is_asked_for_it_and_the_answer_grows(
    shop: Shop, owner: User, now: datetime
) -> None:
    add_workshop(shop, now)
    asked = ask_with(shop, owner, now, ADA, Identity(IdentityKind.PHONE, "+12125550123"))
    asked.identity_hashes.filter(kind="phone_number").update(is_verified=False)
    first = Colleague(link_of(asked))
    assert "+12125550123" not in first.open()
    first.fill(CARD, note="one card")
    first.send()
    asked.refresh_from_db()

    review.accept_claims(asked, user=owner, now=now)

    asked.refresh_from_db()
    assert asked.state == "gathering"
    second = Colleague(link_of(asked))
    page = second.open()
    assert "has answered once" in page
    assert page.count("<strong>new</strong>") == 1
    second.fill(("more.txt", b"a bill"))
    second.send()
    run = asked.source_runs.get()
    assert run.counts == {"answers": 2, "texts": 1, "files": 1}
    assert [row.values["note"] for row in chunks.read(run, "answers")] == ["one card", None]
    (file,) = chunks.read(run, "files")
    assert chunks.read_blob(run, file.values["content"]["$file"][6:70]) == CARD[1]


def test_source_when_left_out_and_connected_again_then_the_colleague_is_asked_anew(
    waiting: SubjectRequest, owner: User, now: datetime
) -> None:
    run = waiting.source_runs.select_related("source__shop", "subject_request").get()
    connections.disconnect_source(run.source, actor=COMMAND, now=now)
    gathering.go_on_without(run, actor=COMMAND, now=now)
    waiting.refresh_from_db()
    assert (waiting.state, task_of(waiting).state) == ("review", ManualTask.State.CALLED_OFF)
    Source.objects.update(is_active=True)

    review.accept_claims(waiting, user=owner, now=now)

    assert task_of(waiting).state == ManualTask.State.OPEN
    assert waiting.source_runs.get().state == "queued"


def ask_with(shop: Shop, owner: User, now: datetime, *identities: Identity) -> SubjectRequest:
    return intake.open_request(
        shop=shop,
        request_type=RequestType.ACCESS,
        identities=identities,
        channel=SubjectRequest.Channel.PORTAL,
        proved_to=staff(owner),
        now=now,
    )


@pytest.mark.django_db(transaction=True)
def test_answer_when_sent_by_two_at_once_then_one_counts_and_both_are_thanked(
    waiting: SubjectRequest, busy_wanda: Colleague
) -> None:
    other = Colleague(busy_wanda.link)
    other.open()
    busy_wanda.fill(CARD)

    def send(colleague: Colleague) -> str:
        try:
            return colleague.send()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        pages = list(both.map(send, (busy_wanda, other)))

    assert ["Thank you: this has been answered" in page for page in pages] == [True, True]
    assert waiting.source_runs.get().counts == {"answers": 1, "texts": 0, "files": 1}
    assert [entry.action for entry in audit.entries_of(waiting)].count("task.answered") == 1
