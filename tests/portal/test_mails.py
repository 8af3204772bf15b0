"""What the mails say, in text and in HTML, and what their subjects never say."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string

from dsr.models import Notice, Shop, SubjectRequest
from dsr.policy.loader import default_profile, parse_profile
from dsr.workflow import policies, shops
from dsr.workflow.actors import COMMAND
from tests.portal.conftest import Visitor, link_in, newest_mail

CONTEXT = {
    "link": "https://privacy.example/l/confirm/t/",
    "code": "123456",
    "expires_at": datetime(2026, 12, 1, 15, 0, tzinfo=UTC),
    "requests_url": "https://privacy.example/l/requests/",
    "sentence": "A & B.",
    "title": "Workshop & bench",
    "assignee": "Wanda",
    "reason": "Your data lies in seven places & one of them is a card index.",
    "from_on": datetime(2026, 12, 1, tzinfo=UTC).date(),
    "until_on": datetime(2027, 2, 1, tzinfo=UTC).date(),
    "step": "late",
    "about_on": datetime(2026, 12, 1, tzinfo=UTC).date(),
    "due_on": datetime(2026, 12, 1, tzinfo=UTC).date(),
    "runs_from": datetime(2026, 12, 1, tzinfo=UTC).date(),
    "records": 3,
    "left": 1,
}


@pytest.mark.parametrize("kind", Notice.Kind)
def test_mail_when_the_shop_has_signs_of_html_in_its_name_then_text_keeps_and_html_escapes_them(
    kind: Notice.Kind,
) -> None:
    profile = parse_profile(default_profile("l", "Lux & Sons <b>"), f"l-{kind}")
    subject_request = SubjectRequest(
        reference="LX-0000-0000", received_at=CONTEXT["expires_at"], due_on=datetime(2026, 12, 23, tzinfo=UTC).date()
    )
    context = {"profile": profile, "subject_request": subject_request, **CONTEXT}

    text, html = (render_to_string(f"email/{kind.value}.{form}", context) for form in ("txt", "html"))

    assert "Lux & Sons <b>" in text
    assert "&amp;" not in text
    assert "Lux &amp; Sons &lt;b&gt;" in html
    assert "Lux & Sons <b>" not in html
    assert "LX-0000-0000" in text
    assert "{" not in re.sub(r"<style.*?</style>", "", text + html)


def test_mail_when_written_then_its_subject_names_shop_and_reference_only(visitor: Visitor) -> None:
    asked = visitor.ask("ada@example.com")

    mail = newest_mail(asked)

    assert mail["to"] == "ada@example.com"
    assert mail["subject"] == f"Small Shop: Please confirm your request {asked.reference}"
    assert "ada" not in mail["text"] + mail["html"]
    assert f'href="https://privacy.example{link_in(mail)}"' in mail["html"]


def test_mail_when_dates_are_told_then_they_are_the_shops(shop: Shop, visitor: Visitor, now: datetime) -> None:
    text = default_profile("small-shop", "Small Shop").replace("time_zone: UTC", "time_zone: America/New_York")
    policies.publish(shop, profile_text=text, actor=COMMAND, now=now)
    asked = visitor.ask("ada@example.com")
    expires_at = asked.identity_checks.get().expires_at

    mail = newest_mail(asked)

    assert shops.profile_of(shop, now).time_zone == "America/New_York"
    assert f"{(expires_at.hour - 5) % 24:02d}:{expires_at.minute:02d}" in mail["text"]
