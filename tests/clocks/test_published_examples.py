"""What regulators published about counting, and what follows from it, as one table.

``R`` are examples of the regulators themselves (ICO: time limits, right of access, complaints; EDPB Guidelines 01/2022);
``D`` are counted by hand from the statutes; ``X`` are further ones of the ICO's older pages and of Regulation 1182/71.
"""

from __future__ import annotations

import pytest

from dsr.clocks.deadlines import PauseReason
from dsr.clocks.words import RightCode
from tests.clocks.counted import asked, day, reckoned

ACCESS, ERASURE, CONCERN, OPT_OUT = RightCode.ACCESS, RightCode.ERASURE, RightCode.CONCERN, RightCode.OPT_OUT
ANY = ("access", "correction", "erasure", "limit", "opt_out", "consent_revoke")

MONTHS = [
    # id, regime, holidays, received, due
    ("R1-2023", "uk_gdpr", "EW", "2023-09-03", "2023-10-03"),
    ("R1-2025", "uk_gdpr", "EW", "2025-09-03", "2025-10-03"),
    ("R3-2025", "uk_gdpr", "EW", "2025-03-31", "2025-04-30"),
    ("R3-2026", "uk_gdpr", "EW", "2026-03-31", "2026-04-30"),
    ("R4-2024 the start is not moved", "uk_gdpr", "EW", "2024-01-01", "2024-02-01"),
    ("R4-2027", "uk_gdpr", "EW", "2027-01-01", "2027-02-01"),
    ("R6 1 April", "uk_gdpr", "EW", "2026-04-01", "2026-05-01"),
    ("R7 25 November", "uk_gdpr", "EW", "2024-11-25", "2024-12-27"),
    ("R10-2023", "eu_gdpr", "", "2023-03-05", "2023-04-05"),
    ("R10-2027", "eu_gdpr", "", "2027-03-05", "2027-04-05"),
    ("R11-2025", "eu_gdpr", "", "2025-08-31", "2025-09-30"),
    ("R11-2026", "eu_gdpr", "", "2026-08-31", "2026-09-30"),
    ("R12 Saturday", "eu_gdpr", "DE", "2026-09-03", "2026-10-05"),
    ("D01-eu", "eu_gdpr", "EW", "2026-09-03", "2026-10-05"),
    ("D01-uk", "uk_gdpr", "EW", "2026-09-03", "2026-10-05"),
    ("D04 a holiday on a Saturday has no other day", "eu_gdpr", "DE", "2026-11-26", "2026-12-28"),
    ("D06-eu", "eu_gdpr", "DE", "2028-01-31", "2028-02-29"),
    ("D06-uk", "uk_gdpr", "EW", "2028-01-31", "2028-02-29"),
    ("D08-de", "eu_gdpr", "DE", "2026-04-01", "2026-05-04"),
    ("D08-fr", "eu_gdpr", "FR", "2026-04-01", "2026-05-04"),
    ("D14-eu", "eu_gdpr", "DE", "2026-11-22", "2026-12-22"),
    ("D14-uk", "uk_gdpr", "EW", "2026-11-22", "2026-12-22"),
    ("X1 31 January of a common year", "eu_gdpr", "", "2025-01-31", "2025-02-28"),
    ("X2 29 February, and Easter", "uk_gdpr", "EW", "2024-02-29", "2024-04-02"),
    ("X2 29 February where Good Friday is no holiday", "eu_gdpr", "FR", "2024-02-29", "2024-03-29"),
    ("X3 Scotland works on Easter Monday", "uk_gdpr", "SCT", "2026-03-06", "2026-04-06"),
    ("X3 England does not", "uk_gdpr", "EW", "2026-03-06", "2026-04-07"),
    ("X4 the Twelfth in Northern Ireland", "uk_gdpr", "NIR", "2027-06-12", "2027-07-13"),
    ("X4 not in England", "uk_gdpr", "EW", "2027-06-12", "2027-07-12"),
    ("X5 Bavaria's Epiphany", "eu_gdpr", "DE-BY", "2025-12-06", "2026-01-07"),
    ("X5 not all of Germany", "eu_gdpr", "DE", "2025-12-06", "2026-01-06"),
    ("X6 Christmas with its substitute days", "uk_gdpr", "EW", "2020-11-25", "2020-12-29"),
]  # fmt: skip


@pytest.mark.parametrize("right", ANY)
@pytest.mark.parametrize(
    ("regime", "holidays", "received", "due"), [row[1:] for row in MONTHS], ids=[r[0] for r in MONTHS]
)
def test_a_month_when_counted_then_ends_as_published(
    regime: str, holidays: str, received: str, due: str, right: str
) -> None:
    found = reckoned(regime, RightCode(right), received, holidays=holidays)

    assert (found.respond_by, found.latest_lawful, found.extend_notice_by) == (day(due), day(due), day(due))
    assert (found.extended_to, found.acknowledge_by, found.appeal_by) == (None, None, None)


EXTENDED = [
    ("D12 from the original start, not from February's end", "eu_gdpr", "2026-01-31", "2026-03-02", "2026-04-30"),
    ("D12", "uk_gdpr", "2026-01-31", "2026-03-02", "2026-04-30"),
    ("three months on a Sunday", "uk_gdpr", "2026-03-14", "2026-04-14", "2026-06-15"),
    ("over a year's end", "eu_gdpr", "2026-11-30", "2026-12-30", "2027-03-01"),
    ("California", "us_ca", "2026-11-23", "2027-01-07", "2027-02-21"),
    ("Iowa", "us_ia", "2026-11-23", "2027-02-21", "2027-04-07"),
    ("Canada", "ca_pipeda", "2026-11-23", "2026-12-23", "2027-01-22"),
]


@pytest.mark.parametrize(
    ("regime", "received", "due", "extended"), [row[1:] for row in EXTENDED], ids=[r[0] for r in EXTENDED]
)
def test_an_extension_when_counted_then_begins_at_the_original_start(
    regime: str, received: str, due: str, extended: str
) -> None:
    found = reckoned(regime, ACCESS, received, extended=True)

    assert (found.respond_by, found.extended_to, found.latest_lawful) == (day(due), day(extended), day(extended))
    assert found.extend_notice_by == day(due)


CLARIFIED = [
    ("R14", "uk_gdpr", ACCESS, "2027-02-15", "2027-02-20", "2027-02-27", "2027-03-22", "2027-03-23"),
    ("R14 on a Sunday", "uk_gdpr", ACCESS, "2026-02-15", "2026-02-20", "2026-02-27", "2026-03-23", "2026-03-23"),
    ("D18 and D19", "uk_gdpr", ACCESS, "2026-03-02", "2026-03-09", "2026-03-16", "2026-04-09", "2026-04-10"),
    ("no access, no pause", "uk_gdpr", ERASURE, "2026-03-02", "2026-03-09", "2026-03-16", "2026-04-02", "2026-04-02"),
    ("the EU suspends for any right", "eu_gdpr", ERASURE, "2026-03-02", "2026-03-09", "2026-03-16", "2026-04-09", "2026-04-09"),
    ("California never stops", "us_ca", ACCESS, "2026-03-02", "2026-03-09", "2026-03-16", "2026-04-16", "2026-04-16"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("regime", "right", "received", "asked_on", "answered_on", "due", "latest"),
    [row[1:] for row in CLARIFIED],
    ids=[row[0] for row in CLARIFIED],
)
def test_a_clarification_when_asked_then_only_as_the_statute_says(
    regime: str, right: RightCode, received: str, asked_on: str, answered_on: str, due: str, latest: str
) -> None:
    pause = asked(PauseReason.CLARIFICATION, asked_on, answered_on)
    found = reckoned(regime, right, received, pause)

    assert (found.respond_by, found.latest_lawful) == (day(due), day(latest))


IDENTIFIED = [
    ("the UK restarts", "uk_gdpr", "2026-03-02", "2026-03-03", "2026-03-20", "2026-04-20"),
    ("R13 the EU suspends", "eu_gdpr", "2026-03-02", "2026-03-03", "2026-03-20", "2026-04-20"),
    ("the UK, to the end of a month", "uk_gdpr", "2026-01-15", "2026-01-16", "2026-01-31", "2026-03-02"),
    ("the EU adds the days", "eu_gdpr", "2026-01-15", "2026-01-16", "2026-01-31", "2026-03-02"),
    ("Virginia never stops", "us_va", "2026-03-02", "2026-03-03", "2026-03-20", "2026-04-16"),
]


@pytest.mark.parametrize(
    ("regime", "received", "asked_on", "answered_on", "due"),
    [row[1:] for row in IDENTIFIED],
    ids=[r[0] for r in IDENTIFIED],
)
def test_an_identity_when_asked_for_then_restarts_suspends_or_does_nothing(
    regime: str, received: str, asked_on: str, answered_on: str, due: str
) -> None:
    found = reckoned(regime, ERASURE, received, asked(PauseReason.IDENTITY, asked_on, answered_on), holidays="")

    assert (found.respond_by, found.latest_lawful) == (day(due), day(due))


def test_an_identity_when_asked_for_twice_then_the_eu_suspends_until_enough_is_there() -> None:
    first = asked(PauseReason.IDENTITY, "2026-03-03", "2026-03-06")
    again = asked(PauseReason.IDENTITY, "2026-03-06", "2026-03-11")

    assert reckoned("eu_gdpr", ACCESS, "2026-03-02", first, again, holidays="").respond_by == day("2026-04-10")


BUSINESS_DAYS = [
    ("D16 30 days end on a Sunday", "uk_complaint", CONCERN, "EW", "2026-06-19", "2026-07-20"),
    ("D23 no holiday in ten business days", "us_ca", ACCESS, "US", "2026-08-03", "2026-08-17"),
    ("D25 Thanksgiving does not count, the day after does", "us_ca", ERASURE, "US", "2026-11-23", "2026-12-08"),
    ("weekends alone", "us_ca", ERASURE, "", "2026-11-23", "2026-12-07"),
]


@pytest.mark.parametrize(
    ("regime", "right", "holidays", "received", "due"),
    [row[1:] for row in BUSINESS_DAYS],
    ids=[r[0] for r in BUSINESS_DAYS],
)
def test_an_acknowledgement_when_counted_then_is_a_clock_of_its_own(
    regime: str, right: RightCode, holidays: str, received: str, due: str
) -> None:
    assert reckoned(regime, right, received, holidays=holidays).acknowledge_by == day(due)


def test_an_acknowledgement_when_saturdays_count_then_the_shop_aims_for_the_earlier_day() -> None:
    """D27: the reading of Civ. Code 7 and 9, in which a Saturday is a business day."""
    found = reckoned("us_ca", ACCESS, "2026-08-03", holidays="US", time_zone="America/Los_Angeles")

    assert (found.acknowledge_by, found.acknowledge_target) == (day("2026-08-17"), day("2026-08-14"))


DAYS = [
    ("D21", "us_ca", ACCESS, "2026-11-23", "2027-01-07", "2027-01-07"),
    ("D28", "us_ia", ACCESS, "2026-11-23", "2027-02-21", "2027-02-21"),
    ("D30", "us_nj", OPT_OUT, "2026-11-23", "2026-12-08", "2026-12-08"),
    ("an opt-out in California, both readings", "us_ca", OPT_OUT, "2026-11-23", "2026-12-11", "2026-12-15"),
    ("an opt-out where the state names no number", "us_va", OPT_OUT, "2026-11-23", "2026-12-11", "2027-01-07"),
    ("Brazil", "br_lgpd", ACCESS, "2026-11-23", "2026-12-08", "2026-12-08"),
    ("Quebec", "ca_qc", ACCESS, "2026-11-23", "2026-12-23", "2026-12-23"),
    ("a Sunday stays where nothing rolls", "us_ca", ACCESS, "2026-01-01", "2026-02-15", "2026-02-15"),
]


@pytest.mark.parametrize(
    ("regime", "right", "received", "due", "latest"), [row[1:] for row in DAYS], ids=[row[0] for row in DAYS]
)
def test_days_when_counted_then_never_move(regime: str, right: RightCode, received: str, due: str, latest: str) -> None:
    found = reckoned(regime, right, received, holidays="US")

    assert (found.respond_by, found.latest_lawful) == (day(due), day(latest))


APPEALS = [
    ("us_va", "2026-11-23", "2027-01-22", None),
    ("us_co", "2026-11-23", "2027-01-07", "2027-03-08"),
    ("us_mn", "2026-11-23", "2027-01-07", "2027-03-08"),
    ("us_or", "2026-11-23", "2027-01-07", None),
    ("us_ca", "2026-11-23", None, None),
    ("us_ut", "2026-11-23", None, None),
    ("eu_gdpr", "2026-11-23", None, None),
]


@pytest.mark.parametrize(("regime", "appealed", "by", "extended"), APPEALS, ids=[row[0] for row in APPEALS])
def test_an_appeal_when_made_then_has_the_state_s_days(
    regime: str, appealed: str, by: str | None, extended: str | None
) -> None:
    found = reckoned(regime, ERASURE, "2026-09-01", appealed=appealed)

    assert (found.appeal_by, found.appeal_extended_to) == (by and day(by), extended and day(extended))
