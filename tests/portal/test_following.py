"""After the request was sent: who may confirm it, see it, fetch its files, and find it again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.utils import timezone

from dsr.lifecycle import State
from dsr.models import AuditEntry, Notice, Shop, Source, SubjectRequest
from dsr.workflow import review
from dsr.workflow.actors import staff
from tests.conftest import work_off
from tests.portal.conftest import (
    Visitor,
    code_in,
    headline,
    link_in,
    newest_mail,
    status_address,
    without_chance,
)


@pytest.fixture
def sent(visitor: Visitor) -> SubjectRequest:
    """Ada's request, waiting for her to confirm."""
    return visitor.ask("ada@example.com")


@pytest.fixture
def ready(source: Source, visitor: Visitor, sent: SubjectRequest, owner: User) -> SubjectRequest:
    """Ada's request, confirmed by her, gathered, approved, its files written."""
    visitor.client.post(link_in(newest_mail(sent)))
    work_off(sent)
    review.approve(sent, actor=staff(owner), now=timezone.now())
    work_off(sent)
    assert sent.state == State.FULFILLED
    return sent


def test_link_when_only_opened_then_nothing_is_confirmed(someone_else: Visitor, sent: SubjectRequest) -> None:
    page = someone_else.read(link_in(newest_mail(sent)))

    sent.refresh_from_db()
    assert headline(page) == "Is this your request?"
    assert sent.state == State.VERIFYING
    assert someone_else.client.get(status_address(sent)).headers["Location"] == "/small-shop/requests/"


def test_link_when_its_button_is_pressed_then_the_request_is_confirmed_and_shown(
    someone_else: Visitor, sent: SubjectRequest
) -> None:
    response = someone_else.client.post(link_in(newest_mail(sent)))

    sent.refresh_from_db()
    assert response.headers["Location"] == status_address(sent)
    assert sent.state in {State.GATHERING, State.REVIEW}
    assert sent.reference in someone_else.read(status_address(sent))


def test_link_when_used_twice_then_the_second_time_shows_the_same_page(visitor: Visitor, sent: SubjectRequest) -> None:
    link = link_in(newest_mail(sent))
    visitor.client.post(link)
    before = list(AuditEntry.objects.values_list("action", flat=True))

    again = visitor.client.post(link)

    assert again.headers["Location"] == status_address(sent)
    assert list(AuditEntry.objects.values_list("action", flat=True)) == before
    assert headline(visitor.read(link)) == "Open your request"


def test_link_when_forged_then_a_kind_page_says_what_to_do(visitor: Visitor, sent: SubjectRequest) -> None:
    link = link_in(newest_mail(sent))
    forged = link[:-3] + ("aa/" if link[-3:-1] != "aa" else "bb/")

    got, posted = visitor.client.get(forged), visitor.client.post(forged)

    assert (got.status_code, posted.status_code) == (404, 404)
    assert headline(got.content.decode()) == "This link does not work any more"
    sent.refresh_from_db()
    assert sent.state == State.VERIFYING


def test_link_when_expired_then_a_kind_page_says_what_to_do(visitor: Visitor, sent: SubjectRequest) -> None:
    link = link_in(newest_mail(sent))
    assert visitor.client.get(link).status_code == 200

    with time_machine.travel(timezone.now() + timedelta(hours=72, minutes=1)):
        posted = visitor.client.post(link)

    assert posted.status_code == 404
    assert "Links are valid for 3 days" in posted.content.decode()
    sent.refresh_from_db()
    assert sent.state == State.VERIFYING


def test_link_when_opened_under_another_shop_then_it_does_not_work(
    visitor: Visitor, sent: SubjectRequest, other_shop: Shop
) -> None:
    link = link_in(newest_mail(sent)).replace("/small-shop/", "/other-shop/")

    assert visitor.client.post(link).status_code == 404
    sent.refresh_from_db()
    assert sent.state == State.VERIFYING


def test_code_when_right_then_the_request_is_confirmed(visitor: Visitor, sent: SubjectRequest) -> None:
    code = code_in(newest_mail(sent))

    response = visitor.client.post(status_address(sent) + "code/", {"code": f"{code[:3]} {code[3:]}"})

    sent.refresh_from_db()
    assert response.headers["Location"] == status_address(sent)
    assert sent.state in {State.GATHERING, State.REVIEW}


def test_code_when_wrong_five_times_then_even_the_right_one_is_refused(visitor: Visitor, sent: SubjectRequest) -> None:
    right = code_in(newest_mail(sent))
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    address = status_address(sent) + "code/"

    pages = [visitor.client.post(address, {"code": wrong}).content.decode() for _ in range(5)]
    last = visitor.client.post(address, {"code": right}).content.decode()

    assert "You can try 4 more times" in pages[0]
    assert "You can try 1 more time<" in pages[3]
    assert "This code can no longer be used" in pages[4]
    assert "This code can no longer be used" in last
    assert "<title>Error: Please confirm your email" in last
    sent.refresh_from_db()
    assert sent.state == State.VERIFYING


def test_code_when_it_is_not_six_digits_then_no_try_is_lost(visitor: Visitor, sent: SubjectRequest) -> None:
    page = visitor.client.post(status_address(sent) + "code/", {"code": "12"}).content.decode()

    assert page.count("Enter the six-digit code") == 3
    assert 'value="12"' in page
    assert not AuditEntry.objects.filter(action="identity.code_wrong").exists()


def test_mail_when_asked_for_again_then_a_fresh_one_is_written_and_the_old_code_is_not_taken(
    visitor: Visitor, sent: SubjectRequest
) -> None:
    first = newest_mail(sent)

    response = visitor.client.post(status_address(sent) + "send-again/")

    assert response.headers["Location"] == "/small-shop/requests/sent/"
    assert link_in(newest_mail(sent)) != link_in(first)


def test_status_when_another_browser_asks_then_it_is_led_to_where_links_are_sent(
    someone_else: Visitor, sent: SubjectRequest
) -> None:
    for address in (status_address(sent), "/small-shop/requests/SS-0000-0000/"):
        assert someone_else.client.get(address).headers["Location"] == "/small-shop/requests/"


def test_pages_when_the_person_is_unknown_then_they_are_the_same_word_for_word(
    source: Source, visitor: Visitor, someone_else: Visitor
) -> None:
    known, unknown = visitor.ask("ada@example.com"), someone_else.ask("nobody@example.com")
    pages = []
    for browser, subject_request in ((visitor, known), (someone_else, unknown)):
        seen = [browser.read(status_address(subject_request))]
        seen.append(browser.read(link_in(newest_mail(subject_request))))
        browser.client.post(link_in(newest_mail(subject_request)))
        seen.append(browser.read(status_address(subject_request)))
        work_off(subject_request)
        seen.append(browser.read(status_address(subject_request)))
        pages.append([without_chance(page, subject_request.reference) for page in seen])

    assert known.source_runs.get().records > 0
    assert unknown.source_runs.get().records == 0
    assert [headline(page) for page in pages[0]] == [
        "Please confirm your email",
        "Is this your request?",
        "We are collecting your data",
        "We are checking it",
    ]
    assert pages[0] == pages[1]


def test_mails_when_the_person_is_unknown_then_they_are_the_same_word_for_word(
    source: Source, visitor: Visitor, someone_else: Visitor
) -> None:
    mails = []
    for browser, address in ((visitor, "ada@example.com"), (someone_else, "nobody@example.com")):
        subject_request = browser.ask(address)
        confirm = newest_mail(subject_request)
        browser.client.post(link_in(confirm))
        work_off(subject_request)
        written = [notice.kind for notice in subject_request.notices.all()]
        text = confirm["text"].replace(link_in(confirm), "LINK").replace(code_in(confirm), "CODE")
        confirmed = newest_mail(subject_request, Notice.Kind.CONFIRMED)["text"]
        mails.append((written, without_chance(text + confirmed, subject_request.reference)))

    assert mails[0][0] == ["confirm", "confirmed"]
    assert mails[0] == mails[1]


def test_check_a_request_when_address_or_reference_is_wrong_then_the_answer_is_the_same_and_no_mail_goes(
    someone_else: Visitor, sent: SubjectRequest
) -> None:
    address, count = "/small-shop/requests/", Notice.objects.count()

    wrong = [
        someone_else.client.post(address, {"reference": sent.reference, "email": "eve@example.com"}, follow=True),
        someone_else.client.post(address, {"reference": "SS-0000-0000", "email": "ada@example.com"}, follow=True),
    ]
    assert Notice.objects.count() == count
    right = someone_else.client.post(
        address, {"reference": f" {sent.reference.lower()} ", "email": "ADA@example.com"}, follow=True
    )

    assert Notice.objects.count() == count + 1
    pages = {without_chance(response.content.decode()) for response in (*wrong, right)}
    assert [headline(page) for page in pages] == ["Please look at your email"]


def test_progress_when_the_state_is_new_then_the_page_is_loaded_anew(visitor: Visitor, sent: SubjectRequest) -> None:
    same = visitor.client.get(status_address(sent) + "progress/?seen=verifying")
    other = visitor.client.get(status_address(sent) + "progress/?seen=gathering")

    assert same.status_code == 204
    assert "HX-Refresh" not in same.headers
    assert other.headers["HX-Refresh"] == "true"


def test_progress_while_collecting_then_it_names_the_places_and_not_what_they_found(
    source: Source, visitor: Visitor, sent: SubjectRequest
) -> None:
    visitor.client.post(link_in(newest_mail(sent)))

    part = visitor.read(status_address(sent) + "progress/?seen=gathering&places=searching")
    same = visitor.client.get(status_address(sent) + "progress/?seen=gathering&places=waiting")

    assert "0 of 1 place answered" in part
    assert "waiting" in part
    assert "<html" not in part
    assert same.status_code == 204


def test_files_when_ready_then_the_person_can_fetch_each_and_all(visitor: Visitor, ready: SubjectRequest) -> None:
    page = visitor.read(status_address(ready))
    names = [each.name for each in ready.package.files.all()]

    fetched = {}
    for name in names:
        response = visitor.client.get(f"{status_address(ready)}files/{name}")
        assert response.headers["Content-Disposition"] == (
            f'attachment; filename="{ready.reference}-{name.replace("/", "-")}"'
        )
        fetched[name] = b"".join(response.streaming_content)
    archive = b"".join(visitor.client.get(status_address(ready) + "all.zip").streaming_content)

    assert headline(page).startswith("Ready for you until ")
    assert {name: len(content) for name, content in fetched.items()} == {
        each.name: each.size for each in ready.package.files.all()
    }
    assert archive[:2] == b"PK"
    downloads = AuditEntry.objects.filter(action="package.downloaded", stream__subject_request=ready)
    assert downloads.count() == len(names) + 1


def test_files_when_the_browser_only_opened_the_request_then_it_gets_none_until_it_has_the_code(
    source: Source, visitor: Visitor, someone_else: Visitor, owner: User
) -> None:
    sent = visitor.ask("ada@example.com")
    someone_else.client.post(link_in(newest_mail(sent)))
    work_off(sent)
    review.approve(sent, actor=staff(owner), now=timezone.now())
    work_off(sent)
    assert someone_else.client.get(status_address(sent) + "files/data.json").status_code == 200

    refused = [visitor.client.get(status_address(sent) + name).status_code for name in ("files/data.json", "all.zip")]
    page = visitor.read(status_address(sent))
    visitor.client.post(status_address(sent) + "code/", {"code": code_in(newest_mail(sent))})
    opened = visitor.client.get(status_address(sent) + "files/data.json")

    assert refused == [404, 404]
    assert "it opens only for the person who has our email" in page
    assert "files/data.json" not in page
    assert opened.status_code == 200


def test_files_when_their_time_is_over_then_the_page_says_so(visitor: Visitor, ready: SubjectRequest) -> None:
    visitor_address = status_address(ready) + "files/data.json"
    assert visitor.client.get(visitor_address).status_code == 200

    with time_machine.travel(ready.package.expires_at + timedelta(seconds=1)):
        visitor.client.post(link_in(send_link(visitor, ready)))
        response = visitor.client.get(visitor_address)
        page = visitor.read(status_address(ready))

    assert response.headers["Location"] == status_address(ready)
    assert headline(page) == "Done"
    assert "has been removed since" in page


def send_link(visitor: Visitor, subject_request: SubjectRequest) -> dict[str, str]:
    """Ask for a new link, as somebody does who comes back later."""
    visitor.client.post("/small-shop/requests/", {"reference": subject_request.reference, "email": "ada@example.com"})
    return newest_mail(subject_request, Notice.Kind.ACCESS_LINK)


def test_status_when_refused_then_it_says_why_and_what_to_do(
    source: Source, visitor: Visitor, sent: SubjectRequest, owner: User
) -> None:
    review.refuse(sent, ground="repeated", actor=staff(owner), now=timezone.now())

    page = visitor.read(status_address(sent))

    assert headline(page) == "We could not do this"
    assert "The same request was answered a short time ago and nothing has changed since." in page
    assert "What you can do" in page


def test_status_when_overdue_then_it_says_sorry_and_where_to_complain(visitor: Visitor, sent: SubjectRequest) -> None:
    assert "We are sorry" not in visitor.read(status_address(sent))
    SubjectRequest.objects.filter(pk=sent.pk).update(due_on=timezone.now().date() - timedelta(days=2))

    assert "We are sorry" in visitor.read(status_address(sent))


def test_file_when_it_is_gone_from_the_storage_then_the_person_is_led_back_to_the_page(
    visitor: Visitor, ready: SubjectRequest
) -> None:
    address = f"{status_address(ready)}files/data.json"
    before = visitor.client.get(address)
    fetched = b"".join(before.streaming_content)  # type: ignore[attr-defined]  # the stubs know only plain responses
    default_storage.delete(ready.package.files.get(name="data.json").stored_as)

    response = visitor.client.get(address)

    assert b"ada@example.com" in fetched
    assert response.headers["Location"] == status_address(ready)


def test_request_when_the_key_of_look_ups_was_renewed_since_then_it_is_found_all_the_same(
    someone_else: Visitor, sent: SubjectRequest
) -> None:
    file = settings.DSR_KEYRING
    before = file.read_text()
    content = json.loads(before)
    content["hash"]["2"] = content["credentials"]["1"]
    file.write_text(json.dumps(content))

    someone_else.client.post("/small-shop/requests/", {"reference": sent.reference, "email": "ada@example.com"})
    file.write_text(before)

    assert sent.notices.count() == 2
