"""From choosing a shop to sending the request, and everything a form may be sent by mistake or malice."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from dsr.lifecycle import State
from dsr.models import Shop, SubjectRequest
from dsr.portal.forms import FindForm
from dsr.records import Identity, IdentityKind
from dsr.workflow import identities, sealing, shops
from tests.portal.conftest import ASK, CHECK, Visitor, headline


def form_for(shop: Shop, **answers: str) -> FindForm:
    return FindForm(answers, profile=shops.profile_of(shop, timezone.now()))


def test_first_page_when_there_is_one_shop_then_it_leads_straight_to_it(client: Client, shop: Shop) -> None:
    response = client.get("/")

    assert (response.status_code, response.headers["Location"]) == (302, "/small-shop/")


def test_first_page_when_there_are_two_shops_then_both_are_doors(client: Client, shop: Shop, other_shop: Shop) -> None:
    page = client.get("/").content.decode()

    assert re.findall(r'<a href="(/[a-z-]+/)">([^<]+)</a>', page) == [
        ("/other-shop/", "Other Shop"),
        ("/small-shop/", "Small Shop"),
    ]


def test_start_when_opened_then_every_door_leads_somewhere(visitor: Visitor) -> None:
    page = visitor.read("/small-shop/")

    doors = re.findall(r'<li class="door">\s*<a href="([^"]+)"', page)
    assert doors == [ASK, "/small-shop/correct-my-data/", "/small-shop/delete-my-data/", "/small-shop/requests/"]
    assert [visitor.client.get(door).status_code for door in doors] == [200, 200, 200, 200]


def test_shop_when_unknown_then_the_page_is_not_there(client: Client, db: None) -> None:
    response = client.get("/no-such-shop/")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


def test_question_when_answered_wrongly_then_summary_and_field_say_the_same_and_nothing_is_lost(
    visitor: Visitor,
) -> None:
    typed = {"email": "ada lovelace", "other_emails": "old@example.com\nnonsense", "phones": "(617) 555-0101"}

    page = visitor.client.post(ASK, typed).content.decode()

    title = re.search(r"<title>([^<]+)</title>", page)
    assert title is not None
    assert title[1].startswith("Error: ")
    summary = re.findall(r'<li><a href="#(\w+)">([^<]+)</a></li>', page)
    assert summary == [
        ("id_email", "Enter an email address in the right form, like name@example.com"),
        ("id_other_emails", "Check “nonsense”: it is not in the form of an email address"),
    ]
    beside = re.findall(r'<p id="(\w+)_error" class="field-error">.*?</span> ([^<]+)</p>', page)
    assert beside == summary
    assert 'value="ada lovelace"' in page
    assert "old@example.com\nnonsense</textarea>" in page
    assert "(617) 555-0101</textarea>" in page
    assert '<details class="more" open>' in page


def test_question_when_first_shown_then_what_is_optional_stays_shut(visitor: Visitor) -> None:
    page = visitor.read(ASK)

    assert headline(page) == "What email address do you use with Small Shop?"
    assert '<details class="more">' in page
    assert "Error" not in page


def test_answers_when_changed_then_they_are_still_in_the_question(visitor: Visitor) -> None:
    visitor.client.post(ASK, {"email": "ada@example.com", "phones": "617 555 0101"})

    page = visitor.read(ASK)

    assert 'value="ada@example.com"' in page
    assert "617 555 0101</textarea>" in page


def test_answers_when_checked_then_each_can_be_changed(visitor: Visitor) -> None:
    visitor.client.post(ASK, {"email": "Ada@Example.com", "phones": "617 555 0101", "customer_numbers": "C-17"})

    page = visitor.read(CHECK)

    assert headline(page) == "Check your answers"
    assert re.findall(r"<dd class=\"value\"><p[^>]*>(.*?)</p></dd>", page)[1:] == [
        "ada@<wbr>example.com",
        "None",
        "+<wbr>16175550101",
        "C-<wbr>17",
        "None",
    ]
    assert re.findall(r'<a href="/small-shop/see-my-data/#(\w+)">Change', page) == [
        "id_email",
        "id_other_emails",
        "id_phones",
        "id_customer_numbers",
        "id_residence",
    ]


def test_answers_when_kept_between_pages_then_the_session_does_not_show_them(visitor: Visitor) -> None:
    visitor.client.post(ASK, {"email": "ada@example.com"})

    held = [session.get_decoded() for session in Session.objects.all()]

    assert "ada@<wbr>example.com" in visitor.read(CHECK)
    assert len(held) == 1
    assert "ada" not in str(held)


def test_check_page_when_nothing_was_answered_then_it_leads_to_the_question(client: Client, shop: Shop) -> None:
    assert client.get(CHECK).headers["Location"] == ASK
    assert client.post(CHECK).headers["Location"] == ASK
    assert SubjectRequest.objects.count() == 0


def test_request_when_sent_then_it_waits_for_confirmation_and_addresses_say_nothing(visitor: Visitor) -> None:
    visitor.client.post(ASK, {"email": "Ada@Example.com", "other_emails": "old@example.com"})

    response = visitor.client.post(CHECK)

    opened = SubjectRequest.objects.get()
    assert response.headers["Location"] == f"/small-shop/requests/{opened.reference}/"
    assert opened.state == State.VERIFYING
    assert sealing.person_of(opened, "US").identities == (
        Identity(IdentityKind.EMAIL, "ada@example.com"),
        Identity(IdentityKind.EMAIL, "old@example.com"),
    )
    assert headline(visitor.read(response.headers["Location"])) == "Please confirm your email"


def test_request_when_sent_twice_then_there_is_one(visitor: Visitor) -> None:
    visitor.ask("ada@example.com")

    visitor.client.post(CHECK)

    assert SubjectRequest.objects.count() == 1


def test_customer_number_when_typed_in_wide_letters_then_it_is_read_as_staff_would_read_it(shop: Shop) -> None:
    form = form_for(shop, email="ada@example.com", customer_numbers=" Ｃ-１０４２ ")

    assert form.is_valid()
    assert form.identities()[1:] == (identities.read(IdentityKind.CUSTOMER_NUMBER, "C-1042", "US"),)


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"email": ""}, {"email": "Enter your email address"}),
        ({"email": "a\0da@b.co"}, {"email": "Enter an email address in the right form, like name@example.com"}),
        (
            {"email": "a@b.co", "phones": "12\0"},
            {"phones": "Remove the invisible character; it is not part of an address or number"},
        ),
        ({"email": "a@b.co", "phones": "call me"}, {"phones": "Check “call me”: it is not a complete phone number"}),
        (
            {"email": "a@b.co", "customer_numbers": "9" * 61},
            {"customer_numbers": f"Check “{'9' * 57}…”: a customer number has at most 60 characters"},
        ),
        (
            {"email": "a@b.co", "other_emails": "\n".join(f"a{n}@b.co" for n in range(10))},
            {"other_emails": "Give at most 10 addresses and numbers together; for more, please get in touch with us"},
        ),
        (
            {"email": "a@b.co", "other_emails": "\n".join(f"{n}@b.co" for n in range(1000))},
            {"other_emails": "Write at most 2000 characters here"},
        ),
        ({"email": "a" * 250 + "@b.co"}, {"email": "Enter an email address of at most 254 characters"}),
    ],
)
def test_question_when_the_answer_cannot_be_used_then_it_says_which_and_why(
    shop: Shop, answers: dict[str, str], errors: dict[str, str]
) -> None:
    form = form_for(shop, **answers)

    assert not form.is_valid()
    assert {name: found[0] for name, found in form.errors.items()} == errors


def test_question_when_ten_identities_are_given_in_many_spellings_then_they_are_taken_once(shop: Shop) -> None:
    form = form_for(
        shop, email="Ada@Example.com", other_emails="\n".join(["ADA@example.COM"] * 12), phones="617-555-0101"
    )

    assert form.is_valid()
    assert form.identities() == (
        Identity(IdentityKind.EMAIL, "ada@example.com"),
        Identity(IdentityKind.PHONE, "+16175550101"),
    )


def test_page_when_an_answer_holds_html_then_it_is_shown_as_text(visitor: Visitor) -> None:
    script = '<script>alert("1")</script>'

    page = visitor.client.post(ASK, {"email": script, "customer_numbers": script}).content.decode()

    assert escape(script) in page
    assert script not in page


def test_form_when_a_field_is_ten_megabytes_then_a_kind_page_refuses_it(visitor: Visitor) -> None:
    response = visitor.client.post(ASK, {"email": "a" * 10_000_000})

    assert response.status_code == 400
    assert "too large or damaged" in response.content.decode()
    assert SubjectRequest.objects.count() == 0


def test_form_when_it_has_a_thousand_fields_then_a_kind_page_refuses_it(visitor: Visitor) -> None:
    response = visitor.client.post(ASK, {f"email{number}": "a@b.co" for number in range(1000)})

    assert response.status_code == 400
    assert "too large or damaged" in response.content.decode()


def test_visitor_when_asking_too_often_then_a_page_says_to_wait(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.portal.asking.MOST_REQUESTS_AN_HOUR", 1)
    visitor.ask("ada@example.com")
    visitor.client.post(ASK, {"email": "ada@example.com"})

    response = visitor.client.post(CHECK)

    assert response.status_code == 429
    assert headline(response.content.decode()) == "Please wait a little"
    assert SubjectRequest.objects.count() == 1


def test_mailbox_when_asked_for_too_often_then_no_further_mail_goes_there_and_others_still_get_theirs(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.portal.asking.MOST_REQUESTS_A_DAY", 1)
    visitor.ask("unknown@example.com")
    visitor.client.post(ASK, {"email": "UNKNOWN@example.com"})

    response = visitor.client.post(CHECK)

    assert response.status_code == 429
    assert visitor.ask("ada@example.com").notices.count() == 1
    assert SubjectRequest.objects.count() == 2


def test_accent_when_fetched_then_it_is_a_stylesheet_that_may_be_kept(client: Client, shop: Shop) -> None:
    response = client.get("/small-shop/accent.css")

    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=86400"
    assert response.content.decode().startswith(":root{--accent:#334155;--accent-ink:#ffffff;")


def test_residence_when_it_is_not_said_then_nothing_stands_in_the_way(visitor: Visitor) -> None:
    assert visitor.ask("ada@example.com").residence == ""


def test_residence_when_it_is_said_then_it_is_shown_again_and_kept(visitor: Visitor) -> None:
    visitor.client.post(ASK, {"email": "ada@example.com", "residence": "US-CA"})
    page = visitor.read(CHECK)
    visitor.client.post(CHECK)

    assert "California (United States)" in page
    assert SubjectRequest.objects.get().residence == "US-CA"


def test_residence_when_it_is_none_of_the_list_then_it_is_told(visitor: Visitor) -> None:
    page = visitor.client.post(ASK, {"email": "ada@example.com", "residence": "XX"}).content.decode()

    assert page.count("Choose a country or state from the list, or leave it out") == 2


def test_form_when_opened_then_no_more_than_two_answers_must_be_given(visitor: Visitor) -> None:
    page = visitor.read(ASK)

    assert 1 <= page.count(" required") <= 2
