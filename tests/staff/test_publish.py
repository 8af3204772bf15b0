"""Publishing a policy on the screen: every mistake at once, what would change first, one version however often one presses."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dsr.models import Shop
from dsr.policy.loader import default_profile
from tests.staff.conftest import text

PATH = "/staff/policy/small-shop/publish/"
TEXT = default_profile("small-shop", "Small Shop")
BERLIN = TEXT.replace("UTC", "Europe/Berlin")


def numbers(shop: Shop) -> list[int]:
    return list(shop.policy_versions.order_by("number").values_list("number", flat=True))


def test_publish_when_opened_then_the_version_in_force_stands_in_the_box(boss: Client, shop: Shop) -> None:
    assert "time_zone: UTC" in text(boss.get(PATH))


def test_publish_when_a_text_is_given_then_first_the_difference_is_shown_and_nothing_published(
    boss: Client, shop: Shop
) -> None:
    page = text(boss.post(PATH, {"text": BERLIN}))

    assert "Publish this version for Small Shop?" in page
    assert "+time_zone: Europe/Berlin" in page
    assert "<dt>Now</dt><dd>Europe/Berlin</dd>" in page
    assert "less for customers" not in page
    assert numbers(shop) == [1]


def test_publish_when_something_is_taken_away_then_the_page_says_how_much(boss: Client, shop: Shop) -> None:
    page = text(boss.post(PATH, {"text": BERLIN.replace("  opt_out:\n", "  opt_out:\n    is_offered: false\n")}))

    assert "1 of these leaves customers with less." in page
    assert "<strong>Stop messages, sharing and advertising</strong>" in page


def test_publish_when_somebody_goes_back_to_change_it_then_what_was_typed_is_there(boss: Client, shop: Shop) -> None:
    page = text(boss.post(PATH, {"text": BERLIN, "edit": "1"}))

    assert "A new version for Small Shop" in page
    assert "time_zone: Europe/Berlin" in page


def test_publish_when_confirmed_twice_then_there_is_one_new_version(boss: Client, shop: Shop) -> None:
    sent = {"text": BERLIN.replace("\n", "\r\n"), "publish": "1"}

    answers = [boss.post(PATH, sent) for _ in range(2)]

    assert [each.headers["Location"] for each in answers] == ["/staff/policy/small-shop/"] * 2
    assert numbers(shop) == [1, 2]
    assert shop.policy_versions.get(number=2).text == BERLIN


def test_publish_when_a_file_is_chosen_then_it_counts_and_not_the_box(boss: Client, shop: Shop) -> None:
    upload = SimpleUploadedFile("small-shop.yaml", BERLIN.encode())

    page = text(boss.post(PATH, {"file": upload, "text": TEXT}))

    assert "+time_zone: Europe/Berlin" in page


def test_publish_when_the_text_has_mistakes_then_all_are_told_at_the_box_and_nothing_typed_is_lost(
    boss: Client, shop: Shop
) -> None:
    wrong = TEXT.replace("UTC", "Mars/Olympus").replace("country: US", "nowhere: US")

    page = text(boss.post(PATH, {"text": wrong, "publish": "1"}))

    box = page[page.index('for="id_text"') :]
    summary = page[page.index("There is a problem") : page.index('<form class="staff-form')]
    assert "Mars/Olympus" in summary
    assert summary.count('<a href="#id_text">') == box.count('class="field-error"') >= 2
    assert "nowhere: US" in box
    assert numbers(shop) == [1]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"text": " \n"}, "Choose the profile&#x27;s file, or paste its text"),
        ({"text": TEXT, "in_force_from": "tomorrow"}, "Enter a date and a time"),
        ({"text": TEXT, "told_email": "31/31/2026"}, "Enter a day, such as 2026-01-31"),
        ({"file": SimpleUploadedFile("p.yaml", b"\xff\xfe"), "text": ""}, "This file is not UTF-8 text"),
        ({"file": SimpleUploadedFile("p.yaml", b"a" * 1_000_001), "text": ""}, "larger than 1 MB"),
    ],
)
def test_publish_when_a_field_is_wrong_then_it_is_told(
    boss: Client, shop: Shop, sent: dict[str, object], told: str
) -> None:
    assert told in text(boss.post(PATH, sent))
    assert numbers(shop) == [1]


def test_publish_when_it_begins_later_and_is_material_then_that_is_kept(boss: Client, shop: Shop) -> None:
    sent = {"text": BERLIN, "in_force_from": "2099-01-01T00:00", "is_material": "on", "told_email": "2026-01-07"}

    boss.post(PATH, {**sent, "publish": "1"})

    made = shop.policy_versions.get(number=2)
    assert (made.is_material, made.in_force_from.isoformat()) == (True, "2099-01-01T00:00:00+00:00")
    assert made.notice_proofs == [{"placement": "email", "told_on": "2026-01-07"}]


def test_publish_when_a_request_came_under_another_version_since_then_it_is_refused_with_the_reason(
    boss: Client, asked: object, shop: Shop, now: datetime
) -> None:
    page = text(boss.post(PATH, {"text": BERLIN, "in_force_from": "2026-01-02T00:00", "publish": "1"}))

    assert "under another version" in page
    assert numbers(shop) == [1]


@pytest.mark.parametrize("method", ["get", "post"])
def test_publish_when_a_reviewer_tries_then_it_is_forbidden(desk: Client, shop: Shop, method: str) -> None:
    assert getattr(desk, method)(PATH, {"text": BERLIN, "publish": "1"}).status_code == 403
    assert numbers(shop) == [1]


def test_publish_when_the_text_has_an_error_then_it_is_said_before_and_refused_after(boss: Client, shop: Shop) -> None:
    dumb = BERLIN.replace("- portal", "- phone")
    sentence = "promised by phone, and none of that works"
    assert dumb != BERLIN

    assert sentence in text(boss.post(PATH, {"text": dumb}))
    assert sentence in text(boss.post(PATH, {"text": dumb, "publish": "1"}))
    assert numbers(shop) == [1]
