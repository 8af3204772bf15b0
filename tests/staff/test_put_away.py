"""An erased person of whom records stay: out of the reviewers' search, opened by accounts and owners with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dsr.lifecycle import State
from dsr.models import KeptRecord, Membership, Shop, SubjectRequest
from dsr.workflow import audit, reopening, review, shops
from dsr.workflow.actors import staff
from dsr.workflow.reopening import Why
from tests.conftest import ADA, BELA, ask, work_off
from tests.erasing.conftest import carry_out, connect_for_writing, url, wish  # noqa: F401  (fixtures)
from tests.staff.conftest import signed_in, text

SAID = "This person’s data was erased, and some records must stay."
BUTTON = "Open it for an hour"


@pytest.fixture
def review_of_ada(shop: Shop, url: str, owner: User, now: datetime) -> SubjectRequest:  # noqa: F811
    """Ada's wish to be erased, in review, in a shop that must keep what she bought."""
    connect_for_writing(shop, url, now)
    return wish(shop, owner, now)


@pytest.fixture
def erased(review_of_ada: SubjectRequest, owner: User, now: datetime) -> SubjectRequest:
    """The same, done."""
    return carry_out(review_of_ada, owner, now)


@pytest.fixture
def books(shop: Shop) -> Client:
    """Who keeps the accounts of the shop."""
    return signed_in(keeper_of(shop, "boris"))


def keeper_of(shop: Shop, name: str) -> User:
    user = User.objects.create_user(name)
    shops.give_role(user, Membership.Role.ACCOUNTS, shop)
    return user


def page_of(erased: SubjectRequest) -> str:
    return f"/staff/requests/{erased.reference}/"


def findings_of(erased: SubjectRequest) -> str:
    return f"{page_of(erased)}findings/{erased.source_runs.get().pk}/customers/"


def identities_of(erased: SubjectRequest, who: Client) -> str:
    return text(who.post(f"{page_of(erased)}identities/", follow=True))


def found(who: Client) -> set[str]:
    """The references that a search for Ada's address shows."""
    page = text(who.post("/staff/search/", {"text": ADA.value}, follow=True))
    return {each for each in SubjectRequest.objects.values_list("reference", flat=True) if each in page}


def reasons(erased: SubjectRequest) -> list[object]:
    return [each.facts for each in audit.entries_of(erased) if each.action == "findings.reopened"]


def test_reviewer_while_the_erasure_is_reviewed_then_finds_and_opens_everything(
    desk: Client, review_of_ada: SubjectRequest
) -> None:
    assert found(desk) == {review_of_ada.reference}
    assert "Lovelace" in text(desk.get(findings_of(review_of_ada)))
    assert ADA.value in identities_of(review_of_ada, desk)
    assert SAID not in text(desk.get(page_of(review_of_ada)))


def test_search_when_the_person_is_erased_and_records_stay_then_shows_it_to_accounts_and_owners_alone(
    desk: Client, books: Client, boss: Client, erased: SubjectRequest
) -> None:
    assert (erased.state, KeptRecord.objects.waiting().exists()) == (State.FULFILLED, True)
    assert [found(each) for each in (books, boss, desk)] == [{erased.reference}, {erased.reference}, set()]
    by_reference = desk.post("/staff/search/", {"text": erased.reference})
    assert by_reference["Location"] == page_of(erased)


def test_search_when_the_person_asked_before_and_asks_again_then_reviewers_see_what_is_open_alone(
    desk: Client, books: Client, review_of_ada: SubjectRequest, owner: User, now: datetime
) -> None:
    before, again = (ask(review_of_ada.shop, ADA, now, owner) for _ in range(2))
    review.withdraw(before, actor=staff(owner), now=now)
    every = {each.reference for each in (before, review_of_ada, again)}
    assert found(desk) == every

    carry_out(review_of_ada, owner, now)

    assert found(books) == every
    assert found(desk) == {again.reference}


def test_findings_of_an_earlier_copy_when_the_person_is_erased_then_are_put_away_too(
    desk: Client, books: Client, review_of_ada: SubjectRequest, owner: User, now: datetime
) -> None:
    copy, belas = (ask(review_of_ada.shop, each, now - timedelta(days=400), owner) for each in (ADA, BELA))
    for each in (copy, belas):
        work_off(each)
        review.approve(each, actor=staff(owner), now=now)
        work_off(each)
    hashes = [each.identity_hashes.get().digest for each in (copy, review_of_ada)]
    assert len(set(hashes)) == 2, "the months' keys differ, so no hash leads from one request to the other"
    assert "Lovelace" in text(desk.get(findings_of(copy)))

    carry_out(review_of_ada, owner, now)

    assert [each.get(findings_of(copy))["Location"] for each in (desk, books)] == [page_of(copy)] * 2
    assert SAID in text(desk.get(page_of(copy)))
    books.post(f"{page_of(copy)}reopen/", {"why": "authority_asks"})
    assert "Lovelace" in text(books.get(findings_of(copy)))
    assert (reasons(copy), reasons(review_of_ada)) == ([{"why": "authority_asks"}], [])
    assert "bela@example.org" in text(desk.get(findings_of(belas)))


def test_search_when_the_erasure_is_done_after_it_then_the_list_no_longer_shows_it(
    desk: Client, review_of_ada: SubjectRequest, owner: User, now: datetime
) -> None:
    desk.post("/staff/search/", {"text": ADA.value})
    assert review_of_ada.reference in text(desk.get("/staff/?tab=found"))

    carry_out(review_of_ada, owner, now)

    assert review_of_ada.reference not in text(desk.get("/staff/?tab=found"))


def test_page_when_put_away_then_says_what_that_means_and_who_can_open_it(
    desk: Client, books: Client, erased: SubjectRequest
) -> None:
    for_reviewers, for_accounts = text(desk.get(page_of(erased))), text(books.get(page_of(erased)))

    assert [SAID in each for each in (for_reviewers, for_accounts)] == [True, True]
    assert [BUTTON in each for each in (for_reviewers, for_accounts)] == [False, True]
    assert "Accounts and owners of this shop can open it" in for_reviewers
    assert "/findings/" not in for_reviewers + for_accounts


@pytest.mark.parametrize("name", ["books", "boss"])
def test_findings_when_accounts_or_an_owner_say_why_then_open_and_the_reason_is_logged(
    name: str, request: pytest.FixtureRequest, erased: SubjectRequest
) -> None:
    who: Client = request.getfixturevalue(name)
    assert who.get(findings_of(erased))["Location"] == page_of(erased)
    assert ADA.value not in identities_of(erased, who)

    page = text(who.post(f"{page_of(erased)}reopen/", {"why": "tax_audit"}, follow=True))

    assert "Lovelace" in text(who.get(findings_of(erased)))
    assert ADA.value in identities_of(erased, who)
    assert "What was put away was opened for an hour: a tax audit asks for it" in page
    assert SAID not in page
    assert reasons(erased) == [{"why": "tax_audit"}]


def test_findings_when_somebody_else_opened_them_then_stay_shut_for_the_reviewer(
    desk: Client, books: Client, erased: SubjectRequest
) -> None:
    books.post(f"{page_of(erased)}reopen/", {"why": "complaint"})

    assert "Lovelace" in text(books.get(findings_of(erased)))
    assert desk.get(findings_of(erased))["Location"] == page_of(erased)
    assert ADA.value not in identities_of(erased, desk)


@pytest.mark.parametrize("why", ["", "curiosity"])
def test_findings_when_no_reason_is_given_then_stay_shut(books: Client, erased: SubjectRequest, why: str) -> None:
    page = text(books.post(f"{page_of(erased)}reopen/", {"why": why}, follow=True))

    assert "nothing was opened" in page
    assert SAID in page
    assert reasons(erased) == []


def test_reopening_when_a_reviewer_or_another_shop_tries_then_refused_and_not_logged(
    desk: Client, other_shop: Shop, erased: SubjectRequest
) -> None:
    stranger = signed_in(keeper_of(other_shop, "stan"))

    answers = [each.post(f"{page_of(erased)}reopen/", {"why": "tax_audit"}).status_code for each in (desk, stranger)]

    assert answers == [403, 404]
    assert reasons(erased) == []


def test_findings_when_the_hour_is_over_or_the_role_taken_then_shut_again(erased: SubjectRequest) -> None:
    user = keeper_of(erased.shop, "boris")
    who, ago = signed_in(user), timezone.now() - reopening.LASTS
    reopening.reopen(erased, Why.TAX_AUDIT, user=user, now=ago + timedelta(minutes=5))
    assert "Lovelace" in text(who.get(findings_of(erased)))

    shops.give_role(user, Membership.Role.REVIEWER, erased.shop)
    assert who.get(findings_of(erased))["Location"] == page_of(erased)

    late = keeper_of(erased.shop, "lena")
    reopening.reopen(erased, Why.TAX_AUDIT, user=late, now=ago)
    assert signed_in(late).get(findings_of(erased))["Location"] == page_of(erased)


def test_findings_when_nothing_stays_any_more_then_are_as_those_of_every_request(
    desk: Client, erased: SubjectRequest
) -> None:
    assert found(desk) == set()

    KeptRecord.objects.update(state=KeptRecord.State.FINISHED)

    assert found(desk) == {erased.reference}
    assert "Lovelace" in text(desk.get(findings_of(erased)))
