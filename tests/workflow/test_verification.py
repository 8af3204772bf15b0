from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection

from dsr.models import IdentityCheck, Notice, Shop, Source, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import audit, notices, verification
from dsr.workflow.verification import CheckFailed
from tests.conftest import ADA, ask, work_off


@pytest.fixture
def waiting(shop: Shop, source: Source, now: datetime) -> SubjectRequest:
    """Ada's request, its mail written, nothing confirmed."""
    return ask(shop, ADA, now)


def token_of(subject_request: SubjectRequest) -> str:
    text = newest(subject_request)["text"]
    return text.partition("/confirm/")[2].partition("/")[0]


def code_of(subject_request: SubjectRequest) -> str:
    words = newest(subject_request)["text"].replace(" ", " ").split()
    return next(word for word in words if word.isdigit() and len(word) == 6)


def newest(subject_request: SubjectRequest) -> dict[str, str]:
    notice = subject_request.notices.last()
    assert notice is not None
    return notices.read(notice)


def test_the_mail_goes_to_the_address_and_holds_link_and_code(waiting: SubjectRequest) -> None:
    work_off(waiting)

    (sent,) = mail.outbox
    assert sent.to == ["ada@example.com"]
    assert waiting.reference in sent.subject
    assert f"https://privacy.example/small-shop/confirm/{token_of(waiting)}/" in sent.body
    assert code_of(waiting) in sent.body


def test_neither_link_nor_code_nor_address_stands_in_the_database(waiting: SubjectRequest) -> None:
    check = waiting.identity_checks.get()
    stored = repr(list(IdentityCheck.objects.values())) + repr(list(Notice.objects.values()))

    assert token_of(waiting)
    assert token_of(waiting) not in stored
    assert code_of(waiting) not in check.code_digest
    assert "ada@example.com" not in stored


def test_the_link_confirms_once_and_may_be_pressed_again(waiting: SubjectRequest, now: datetime) -> None:
    token = token_of(waiting)

    first = verification.confirm_by_token(token, now=now)
    second = verification.confirm_by_token(token, now=now)

    assert (first.state, second.state) == ("gathering", "gathering")
    assert [entry.action for entry in audit.entries_of(waiting)].count("identity.confirmed") == 1
    assert waiting.source_runs.count() == 1


def test_the_code_confirms_with_or_without_spaces(waiting: SubjectRequest, now: datetime) -> None:
    code = code_of(waiting)

    confirmed = verification.confirm_by_code(waiting, f" {code[:3]} {code[3:]} ", now=now)

    assert confirmed.state == "gathering"


def test_the_sixth_guess_is_refused_even_when_it_is_right(waiting: SubjectRequest, now: datetime) -> None:
    code = code_of(waiting)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    left = []
    for _ in range(5):
        with pytest.raises(CheckFailed, match="wrong") as failure:
            verification.confirm_by_code(waiting, wrong, now=now)
        left.append(failure.value.left)

    with pytest.raises(CheckFailed, match="too_many"):
        verification.confirm_by_code(waiting, code, now=now)

    waiting.refresh_from_db()
    assert (left, waiting.state) == ([4, 3, 2, 1, 0], "verifying")


@pytest.mark.django_db(transaction=True)
def test_guesses_that_are_made_at_once_are_all_counted(waiting: SubjectRequest, now: datetime) -> None:
    code = int(code_of(waiting))

    def guess(number: int) -> str:
        try:
            verification.confirm_by_code(waiting, f"{(code + number) % 10**6:06d}", now=now)
        except CheckFailed as failure:
            return failure.reason
        finally:
            connection.close()
        return "right"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(1, 17)))

    assert sorted(outcomes) == ["too_many"] * 11 + ["wrong"] * 5


@pytest.mark.django_db(transaction=True)
def test_mails_that_are_asked_for_at_once_are_five_all_the_same(waiting: SubjectRequest, now: datetime) -> None:
    def again(_: int) -> bool:
        try:
            return verification.send_again(waiting, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(again, range(12)))

    assert (sent.count(True), waiting.notices.count()) == (4, 5)


def test_link_and_code_expire(waiting: SubjectRequest, now: datetime) -> None:
    late = now + timedelta(hours=72)

    with pytest.raises(CheckFailed, match="expired"):
        verification.confirm_by_token(token_of(waiting), now=late)
    with pytest.raises(CheckFailed, match="expired"):
        verification.confirm_by_code(waiting, code_of(waiting), now=late)


def test_a_forged_link_is_unknown(waiting: SubjectRequest, now: datetime) -> None:
    with pytest.raises(CheckFailed, match="unknown"):
        verification.confirm_by_token(token_of(waiting)[:-1] + "_", now=now)


def test_a_code_opens_only_its_own_request(waiting: SubjectRequest, shop: Shop, now: datetime) -> None:
    other = ask(shop, ADA, now)
    code = code_of(waiting)
    assert code != code_of(other), "one in a million: run again"

    with pytest.raises(CheckFailed, match="wrong"):
        verification.confirm_by_code(other, code, now=now)


def test_a_new_mail_brings_a_new_link_and_at_most_five_a_day(waiting: SubjectRequest, now: datetime) -> None:
    first = token_of(waiting)

    sent = [verification.send_again(waiting, now=now) for _ in range(5)]

    assert sent == [True, True, True, True, False]
    assert token_of(waiting) != first
    assert verification.send_again(waiting, now=now + timedelta(days=1, seconds=1))


def test_a_confirmed_request_gets_a_link_to_its_page_and_not_a_question(waiting: SubjectRequest, now: datetime) -> None:
    verification.confirm_by_token(token_of(waiting), now=now)
    waiting.refresh_from_db()

    verification.send_again(waiting, now=now)

    assert waiting.notices.last().kind == "access_link"  # type: ignore[union-attr]
    assert verification.confirm_by_token(token_of(waiting), now=now).pk == waiting.pk


def test_known_and_unknown_people_get_the_same_mails(waiting: SubjectRequest, shop: Shop, now: datetime) -> None:
    nobody = ask(shop, Identity(IdentityKind.EMAIL, "nobody@example.com"), now)
    texts = []
    for each in (waiting, nobody):
        verification.confirm_by_token(token_of(each), now=now)
        mails = [notices.read(notice) for notice in each.notices.all()]
        texts.append([(blank(mail_, each), mail_["subject"].replace(each.reference, "REF")) for mail_ in mails])

    assert texts[0] == texts[1]


def blank(content: dict[str, str], subject_request: SubjectRequest) -> str:
    """A mail without what is random in it."""
    words = content["text"].replace(subject_request.reference, "REF").split()
    return " ".join("X" if "/confirm/" in word or (word.isdigit() and len(word) == 6) else word for word in words)
