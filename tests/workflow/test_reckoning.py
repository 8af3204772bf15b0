"""Which clock binds a request: the person's statute, the strictest that may apply, or the shop's own promise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User

from dsr.clocks.deadlines import Course
from dsr.clocks.words import RightCode
from dsr.lifecycle import RequestType
from dsr.models import Shop, SubjectRequest
from dsr.workflow import audit, clocks, intake, reckoning, shops
from dsr.workflow.actors import staff
from tests.conftest import ADA
from tests.promising import promise

BOTH = ["eu_gdpr", "us_ca"]
TWENTY_DAYS = {"respond": {"count": 20, "unit": "calendar_day"}}
ONE_DAY = {"acknowledge": {"count": 1, "unit": "calendar_day"}}


def ask_from(
    residence: str, shop: Shop, owner: User, now: datetime, right: RequestType = RequestType.ACCESS
) -> SubjectRequest:
    """Ada's request of Tuesday 6 January 2026, saying where she lives."""
    return intake.open_request(
        shop=shop,
        request_type=right,
        identities=(ADA,),
        channel=SubjectRequest.Channel.PORTAL,
        residence=residence,
        proved_to=staff(owner),
        now=now,
    )


@pytest.mark.parametrize(
    ("residence", "headings", "regime", "due"),
    [
        ("DE", {"regimes": BOTH, "promised": None}, "eu_gdpr", "2026-02-06"),
        ("US-CA", {"regimes": BOTH, "promised": None}, "us_ca", "2026-02-20"),
        ("", {"regimes": BOTH, "promised": None}, "eu_gdpr", "2026-02-06"),
        ("", {"regimes": ["us_ca"], "promised": None}, "us_ca", "2026-02-20"),
        # No statute of the list is theirs, so the strictest of the list is kept to.
        ("US-NY", {"regimes": BOTH, "promised": None}, "eu_gdpr", "2026-02-06"),
        ("DE", {"regimes": ["us_ca"], "promised": None}, "us_ca", "2026-02-20"),
        ("US-CA", {"regimes": BOTH, "promised": TWENTY_DAYS}, "shop-promise", "2026-01-26"),
        ("US-CA", {"regimes": BOTH, "promised": ONE_DAY}, "us_ca", "2026-02-20"),
        # Neither a statute nor the shop names a day.
        ("", {"regimes": [], "promised": None}, "shop-promise", "2026-02-06"),
        ("US-CA", {"regimes": [], "promised": None}, "shop-promise", "2026-02-06"),
    ],
)
def test_request_when_received_then_the_earliest_clock_binds(
    shop: Shop, owner: User, now: datetime, residence: str, headings: dict[str, Any], regime: str, due: str
) -> None:
    promise(shop, now, **headings)

    asked = ask_from(residence, shop, owner, now)

    assert (asked.regime, asked.due_on.isoformat()) == (regime, due)


def test_dates_when_told_again_then_are_those_that_are_stored(shop: Shop, owner: User, now: datetime) -> None:
    promise(shop, now, regimes=BOTH, promised=ONE_DAY)

    asked = ask_from("", shop, owner, now)

    deadlines = clocks.deadlines_of(asked)
    stored = (asked.due_on, asked.latest_lawful_on, asked.acknowledge_by, asked.target_on)
    told = (deadlines.respond_by, deadlines.latest_lawful, deadlines.acknowledge_by, deadlines.internal_target)
    assert stored == told
    assert asked.acknowledge_by is not None
    assert asked.acknowledge_by.isoformat() == "2026-01-07"
    assert asked.target_on is not None
    assert asked.target_on < asked.due_on


def test_explanation_when_residence_is_unknown_then_says_whose_time_counts_and_whose_is_longer(
    shop: Shop, owner: User, now: datetime
) -> None:
    promise(shop, now, regimes=BOTH, promised=None)

    unknown, known = ask_from("", shop, owner, now), ask_from("DE", shop, owner, now)

    first = clocks.deadlines_of(unknown).explanation[0]
    eu, california = reckoning.title_of("eu_gdpr"), reckoning.title_of("us_ca")
    assert first.startswith("Where the person lives is not known.")
    assert eu in first
    assert california in first
    assert clocks.deadlines_of(known).explanation[0] == f"The time follows {eu}."
    assert len(clocks.deadlines_of(unknown).explanation) > 1


def test_residence_when_known_then_stands_in_no_audit_entry(shop: Shop, owner: User, now: datetime) -> None:
    promise(shop, now, regimes=BOTH, promised=None)

    asked = ask_from("us-ca", shop, owner, now)

    assert asked.residence == "US-CA"
    (received,) = [each.facts for each in audit.entries_of(asked) if each.action == "request.received"]
    assert received["regime"] == "us_ca"
    assert "US-CA" not in repr([each.facts for each in audit.entries_of(asked)])


@pytest.mark.parametrize("right", RequestType)
@pytest.mark.parametrize("regime", ["eu_gdpr", "uk_gdpr", "us_ca", "us_nj", "ca_pipeda", "uk_complaint"])
def test_dates_when_any_right_is_asked_for_then_there_is_a_day(
    shop: Shop, now: datetime, right: str, regime: str
) -> None:
    version = promise(shop, now, regimes=[regime])

    dates = reckoning.dates_for(shops.profile_in(version), RightCode(right), "", Course(received_at=now))

    assert now.date() < dates.due_on
    assert dates.regime in {regime, "shop-promise"}


@pytest.mark.parametrize(
    ("typed", "code"), [("", ""), (" de ", "DE"), ("us_ca", "US-CA"), ("UK", "GB"), ("GB-SCT", "GB-SCT")]
)
def test_residence_when_typed_then_is_read_into_its_one_form(typed: str, code: str) -> None:
    assert reckoning.read_residence(typed) == code


@pytest.mark.parametrize("typed", ["Germany", "D", "US-CALIF", "DE\x00", "1" * 100_000, "US CA"])
def test_residence_when_no_code_then_is_refused_with_words(typed: str) -> None:
    with pytest.raises(reckoning.BadResidence, match="US-CA"):
        reckoning.read_residence(typed)


@pytest.mark.parametrize(
    ("country", "regime", "received", "due"),
    [
        ("US", "eu_gdpr", "2026-10-26", "2026-11-26"),  # Thanksgiving is no holiday of the Union's.
        ("DE", "eu_gdpr", "2026-09-01", "2026-10-01"),
        ("DE", "eu_gdpr", "2026-12-01", "2027-01-04"),  # New Year's Day is a Friday.
        ("US", "uk_gdpr", "2026-11-25", "2026-12-29"),  # Christmas and Boxing Day where the person lives.
        ("DE", "us_ca", "2026-01-02", "2026-02-16"),  # Days in California never move: the 16th is a holiday there.
    ],
)
def test_holiday_when_it_is_another_country_s_then_moves_no_date(
    shop: Shop, now: datetime, country: str, regime: str, received: str, due: str
) -> None:
    version = promise(shop, now, regimes=[regime], promised=None, country=country)
    course = Course(received_at=datetime.fromisoformat(f"{received}T12:00:00+00:00"))

    found = reckoning.dates_for(shops.profile_in(version), RightCode.ACCESS, "", course)

    assert found.due_on.isoformat() == due


def test_explanation_when_another_asks_for_the_acknowledgement_then_says_who_and_by_when(
    shop: Shop, owner: User, now: datetime
) -> None:
    promise(shop, now, regimes=["eu_gdpr", "us_ca"], promised=None)
    both = clocks.deadlines_of(ask_from("", shop, owner, now)).explanation
    promise(shop, now, regimes=["eu_gdpr", "us_ca"], promised=ONE_DAY)
    own = clocks.deadlines_of(ask_from("DE", shop, owner, now)).explanation
    california = clocks.deadlines_of(ask_from("US-CA", shop, owner, now)).explanation

    assert both[-1] == "Receipt must be confirmed by Wed 21 Jan 2026: California CCPA."
    assert own[0] == "The time follows EU GDPR."
    assert own[-1] == california[-1] == "Receipt must be confirmed by Wed 7 Jan 2026: the shop's own promise."
    assert not [each for each in own[:-1] if "confirmed" in each]
