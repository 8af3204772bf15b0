"""Promises that the portal keeps, each against the shop's own file: rights that are switched off, channels, the outside body."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.utils import timezone

from dsr.lifecycle import RequestType
from dsr.models import Shop, SubjectRequest
from dsr.policy.loader import PROFILES
from dsr.workflow import clocks, intake, policies, review, shops
from dsr.workflow.actors import COMMAND, staff
from tests.conftest import ADA, ask
from tests.portal.conftest import Visitor, status_address

NAMES = {
    "timelux-boutique": "TimeLux Boutique", "security-jewelers": "Security Jewelers", "world-jewels": "World Jewels",
}  # fmt: skip


def jeweller(slug: str, since: datetime, **headings: Any) -> Shop:
    """One of the five, with some headings of its file replaced."""
    content = yaml.safe_load((PROFILES / f"{slug}.yaml").read_text()) | headings
    text = yaml.safe_dump(content, sort_keys=False)
    return shops.add_shop(slug=slug, name=NAMES[slug], profile_text=text, actor=COMMAND, now=since)


RIGHTS = {
    "access": {"is_offered": False},
    "correction": {"is_offered": False},
    "erasure": {"is_offered": False},
    "opt_out": {"channels": ["email"], "proof": "none"},
    "concern": {"channels": ["email", "phone"], "proof": "none"},
}


def test_timelux_when_it_offers_what_its_policy_never_spelled_out_then_there_is_a_door(
    visitor: Visitor, now: datetime
) -> None:
    jeweller("timelux-boutique", now)

    assert '<a href="/timelux-boutique/see-my-data/">' in visitor.read("/timelux-boutique/")
    assert "See and get a copy of your data" in visitor.read("/timelux-boutique/promises/")


def test_timelux_when_it_switches_those_rights_off_then_only_what_was_promised_is_left(
    visitor: Visitor, now: datetime
) -> None:
    shop = jeweller("timelux-boutique", now, rights=RIGHTS)
    start, page = visitor.read("/timelux-boutique/"), visitor.read("/timelux-boutique/promises/")

    assert "/timelux-boutique/see-my-data/" not in start
    assert "See and get a copy of your data" not in page
    assert "Have your data deleted" not in page
    assert "Stop messages, sharing and advertising" in page
    assert "Raise a concern" in page
    assert "Call" in page
    with pytest.raises(intake.NotOffered):
        intake.open_request(
            shop=shop,
            request_type=RequestType.ACCESS,
            identities=(ADA,),
            channel=SubjectRequest.Channel.PHONE,
            now=timezone.now(),
        )


def test_security_jewelers_when_asked_how_to_correct_then_account_mail_and_telephone_are_named(
    visitor: Visitor, now: datetime
) -> None:
    jeweller("security-jewelers", now)
    page = visitor.read("/security-jewelers/promises/")

    correction = page[page.index("Have something corrected") : page.index("Have your data deleted")]
    assert "You can ask on this site, in your account, by e-mail and by telephone." in correction
    assert "mailto:info@securityjewelers.com" in correction


def test_world_jewels_when_a_material_change_was_told_nowhere_then_it_is_not_published(db: None, now: datetime) -> None:
    shop, later = jeweller("world-jewels", now), now + timedelta(days=3)
    changed = (PROFILES / "world-jewels.yaml").read_text().replace("package_days: 14", "package_days: 7")

    with pytest.raises(policies.NotPublished, match="home_page or email"):
        policies.publish(shop, profile_text=changed, actor=COMMAND, now=later, is_material=True)
    told = (policies.NoticeProof("home_page", later.date()),)
    made = policies.publish(shop, profile_text=changed, actor=COMMAND, now=later, is_material=True, proofs=told)
    assert made.notice_proofs == [{"placement": "home_page", "told_on": later.date().isoformat()}]


TRUSTE = '<a href="http://www.truste.org/consumers/watchdog_complaint.php" rel="noopener">'


@pytest.mark.parametrize(("days", "is_named"), [(0, False), (30, True)])
def test_world_jewels_when_nobody_acknowledged_within_ten_working_days_then_truste_may_be_turned_to(
    db: None, days: int, is_named: bool
) -> None:
    asked_at = timezone.now() - timedelta(days=days)

    asked = ask(jeweller("world-jewels", asked_at - timedelta(days=1)), ADA, asked_at)

    found = clocks.escalation_of(asked, now=timezone.now())
    assert asked.acknowledge_by is not None
    assert (timezone.now().date() > asked.acknowledge_by) == is_named
    assert (found.body if found else "") == ("TRUSTe" if is_named else "")


def test_world_jewels_when_the_answer_does_not_satisfy_then_the_page_leads_to_truste(
    visitor: Visitor, owner: User, now: datetime
) -> None:
    jeweller("world-jewels", timezone.now() - timedelta(days=1))
    visitor.client.post("/world-jewels/see-my-data/", {"email": ADA.value})
    visitor.client.post("/world-jewels/see-my-data/check/")
    asked = SubjectRequest.objects.latest("pk")
    before = visitor.read(status_address(asked))

    review.refuse(asked, ground="repeated", actor=staff(owner), now=timezone.now())

    assert TRUSTE not in before
    assert TRUSTE in visitor.read(status_address(asked))


@override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=31536000)
def test_form_when_fetched_without_encryption_then_only_the_encrypted_one_is_served(client: Client, shop: Shop) -> None:
    plain = client.get("/small-shop/see-my-data/")
    secure = client.get("/small-shop/see-my-data/", secure=True)

    assert (plain.status_code, plain.content) == (301, b"")
    assert plain.headers["Location"].startswith("https://")
    assert (secure.status_code, secure.headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
