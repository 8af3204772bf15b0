"""Manual tasks at the desk: how one stands, answering in the colleague's place, asking somebody else."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from dsr.models import ManualTask, Membership, Shop, Source, SubjectRequest
from dsr.workflow import audit, sealing, shops
from tests.conftest import ADA, ask, work_off
from tests.manual_places import CARD, Colleague, add_workshop, link_of, mails, task_of
from tests.staff.conftest import signed_in, text


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def waiting(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    add_workshop(shop, now)
    return ask(shop, ADA, now, owner)


def page_of(waiting: SubjectRequest, rest: str = "") -> str:
    return f"/staff/requests/{waiting.reference}/tasks/{task_of(waiting).pk}/{rest}"


def test_request_when_a_task_waits_then_it_says_until_when_and_the_queue_says_when_it_is_late(
    desk: Client, waiting: SubjectRequest, now: datetime
) -> None:
    assert "A colleague is asked, by" in text(desk.get(f"/staff/requests/{waiting.reference}/"))
    assert "overdue" not in text(desk.get("/staff/"))

    ManualTask.objects.update(due_on=now.date() - timedelta(days=2))

    assert "overdue" in text(desk.get(f"/staff/requests/{waiting.reference}/"))
    assert "a colleague's answer is overdue" in text(desk.get("/staff/")).replace("&#x27;", "'")


def test_task_when_opened_then_it_tells_who_is_asked_and_masks_who_is_searched_for(
    desk: Client, waiting: SubjectRequest
) -> None:
    page = text(desk.get(page_of(waiting))).replace("<wbr>", "")

    assert "Wanda, wanda@workshop.example" in page
    assert "workshop: link mailed to the colleague" in page
    assert "ada@example.com" not in page
    assert "a•••@example.com" in page


def test_staff_when_answering_in_the_colleagues_place_then_the_run_is_done_and_the_log_says_who(
    desk: Client, reviewer: User, waiting: SubjectRequest
) -> None:
    file = SimpleUploadedFile(*CARD)
    sent = {"do": "check", "note": "told by telephone", "answered_by": "Rita for Wanda", "found_files": file}
    desk.get(page_of(waiting))
    assert desk.post(page_of(waiting), sent)["Location"].endswith("/check/")
    assert "told by telephone" in text(desk.get(page_of(waiting, "check/")))

    desk.post(page_of(waiting, "check/"))

    waiting.refresh_from_db()
    assert waiting.state == "review"
    (answered,) = (entry for entry in audit.entries_of(waiting) if entry.action == "task.answered")
    assert answered.actor == f"staff:{reviewer.pk}"
    assert "Thank you: this has been answered" in Colleague(link_of(waiting)).see()


def test_file_when_the_reviewer_saves_it_then_it_comes_as_a_download_and_that_is_logged(
    desk: Client, waiting: SubjectRequest
) -> None:
    wanda = Colleague(link_of(waiting))
    wanda.open()
    wanda.fill(("page.txt", b"plain"), CARD)
    wanda.send()
    run = waiting.source_runs.get()
    page = text(desk.get(f"/staff/requests/{waiting.reference}/findings/{run.pk}/files/"))
    (address,) = {part.split('"')[0] for part in page.split('href="') if "/values/" in part.split('"')[0]}

    response = desk.get(address)

    assert response.content == CARD[1]
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert [entry.action for entry in audit.entries_of(waiting)][-1] == "file.opened"


def test_task_when_staff_of_another_shop_look_then_it_is_not_there(
    waiting: SubjectRequest, other_shop: Shop, now: datetime
) -> None:
    stranger = User.objects.create_user("stan")
    shops.give_role(stranger, Membership.Role.REVIEWER, other_shop)
    client = signed_in(stranger)

    for rest in ("", "check/"):
        assert client.get(page_of(waiting, rest)).status_code == 404
    for rest in ("", "check/", "send/", "hand-over/"):
        assert client.post(page_of(waiting, rest)).status_code == 404


def test_link_when_sent_again_then_both_links_work_and_the_sixth_of_a_day_is_refused(
    desk: Client, waiting: SubjectRequest
) -> None:
    first = link_of(waiting)

    pages = [text(desk.post(page_of(waiting, "send/"), follow=True)) for _ in range(5)]

    assert ["Another link is on its way" in page for page in pages] == [True] * 4 + [False]
    assert "Five links were sent within a day" in pages[-1]
    assert link_of(waiting) != first
    assert "Open the task" in Colleague(first).see()


def test_task_when_given_to_somebody_else_then_the_mail_goes_there(desk: Client, waiting: SubjectRequest) -> None:
    desk.post(page_of(waiting, "hand-over/"), {"assignee": "Walt", "email": "Walt@Example.net"})

    assert mails(waiting)[-1]["to"] == "walt@example.net"
    assert "Walt, walt@example.net" in text(desk.get(page_of(waiting))).replace("<wbr>", "")


def test_hand_over_when_the_address_is_none_then_it_says_so_and_nobody_is_mailed(
    desk: Client, waiting: SubjectRequest
) -> None:
    page = text(desk.post(page_of(waiting, "hand-over/"), {"assignee": "Walt", "email": "walt"}))

    assert "Enter an e-mail address" in page
    assert len(mails(waiting)) == 1


@pytest.mark.parametrize("action", ["send/", "hand-over/", ""])
def test_task_when_it_was_answered_meanwhile_then_nothing_is_changed(
    desk: Client, waiting: SubjectRequest, action: str
) -> None:
    wanda = Colleague(link_of(waiting))
    wanda.open()
    wanda.fill(do="nothing")
    wanda.send()
    sent = {"assignee": "Walt", "email": "walt@example.net", "do": "nothing", "note": "", "answered_by": "R"}

    page = text(desk.post(page_of(waiting, action), sent, follow=True))

    assert "This task has been closed meanwhile" in page
    assert len(mails(waiting)) == 1


def test_task_when_its_request_was_forgotten_then_staff_and_colleague_are_told(
    desk: Client, waiting: SubjectRequest
) -> None:
    colleague, old = Colleague(link_of(waiting)), date(1999, 1, 1)
    assert "Open the task" in colleague.see()
    sealing.ring().month_key(old)
    sealing.ring().destroy_months_before(date(1999, 2, 1))

    SubjectRequest.objects.update(key_month=old)

    assert "has been forgotten" in text(desk.get(page_of(waiting), follow=True))
    assert "This is no longer needed" in colleague.see()


PLACE = {
    "name": "cards",
    "title": "Card index",
    "instructions": "Second drawer.",
    "assignee": "Anna",
    "email": "Anna@Shop.example",
    "days": "5",
    "needs": ["phone_number"],
    "record_class": "",
}


def test_command_when_it_answers_in_the_colleagues_place_then_it_says_what_it_kept(
    waiting: SubjectRequest, reviewer: User, tmp_path: Path
) -> None:
    card, said = tmp_path / "card.pdf", StringIO()
    card.write_bytes(CARD[1])
    answer = ("answer_task", waiting.reference, "workshop", "--name", "Wanda", "--staff", reviewer.username)

    with pytest.raises(CommandError, match="Say what was found"):
        call_command(*answer)
    with pytest.raises(CommandError, match="Say what was found"):
        call_command(*answer, "--nothing", "--file", str(card))
    call_command(*answer, "--file", str(card), "--note", "one card", stdout=said)

    assert json.loads(said.getvalue()) == {
        "request": waiting.reference,
        "source": "workshop",
        "result": "found",
        "files": 1,
    }
    waiting.refresh_from_db()
    assert waiting.state == "review"
    with pytest.raises(CommandError, match="waits for no answer"):
        call_command(*answer, "--nothing")


def test_place_when_added_and_changed_on_the_screen_then_the_next_request_asks_so(
    boss: Client, shop: Shop, owner: User, now: datetime
) -> None:
    assert boss.post("/staff/sources/manual/", {**PLACE, "shop": shop.pk}).status_code == 302
    cards = Source.objects.get(name="cards")
    assert cards.kind == Source.Kind.MANUAL
    assert b"nna" not in bytes(cards.manual_place.sealed_assignee)
    kept = text(boss.get(f"/staff/sources/{cards.pk}/", follow=True))
    assert "anna@shop.example" in kept

    boss.post(f"/staff/sources/manual/{cards.pk}/", {**PLACE, "email": "berta@shop.example", "assignee": "Berta"})

    asked = ask(shop, ADA, now, owner)
    work_off(asked)
    assert [mail["to"] for mail in mails(asked)] == ["berta@shop.example"]
    assert asked.source_runs.get().dataset_version.number == 2


@pytest.mark.parametrize("wrong", [{"title": ""}, {"days": "0"}, {"days": "61"}, {"email": "x"}, {"instructions": " "}])
def test_place_when_something_is_wrong_then_nothing_is_saved(boss: Client, shop: Shop, wrong: dict[str, str]) -> None:
    page = text(boss.post("/staff/sources/manual/", {**PLACE, "shop": shop.pk, **wrong}))

    assert "There is a problem" in page
    assert not Source.objects.exists()


@pytest.mark.parametrize("path", ["classify/", "versions/", "alarms/"])
def test_place_when_a_page_is_about_datasets_then_it_is_not_there(
    boss: Client, waiting: SubjectRequest, path: str
) -> None:
    workshop = Source.objects.get()

    assert boss.get(f"/staff/sources/{workshop.pk}/{path}").status_code == 404
    assert boss.post(f"/staff/sources/{workshop.pk}/check/").status_code == 404
