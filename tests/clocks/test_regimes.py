"""Every row of the statutes' table, as the statutes say it; the rows are written out here a second time, from the sources."""

from __future__ import annotations

from datetime import date

import pytest

from dsr.clocks.regimes import (
    Cited,
    NotCovered,
    NotInForce,
    PauseRule,
    UnknownRegime,
    codes,
    regime_of_residence,
    rule_for,
    time_zone_of,
    title_of,
)
from dsr.clocks.words import DayUnit, RightCode

TODAY = date(2026, 11, 23)
STATE_RIGHTS = "access correction erasure"
ROWS = """
regime rights acknowledge respond extend pause rolls appeal appeal_extension free
eu_gdpr access,correction,erasure,limit,opt_out,consent_revoke - 1month 2month suspend yes - - -
uk_gdpr access,correction,erasure,limit,opt_out,consent_revoke - 1month 2month restart yes - - -
uk_gdpr concern 30calendar_day - - none yes - - -
uk_complaint concern 30calendar_day - - none yes - - -
us_ca access 10business_day 45calendar_day 45calendar_day none no - - 2
us_ca correction,erasure 10business_day 45calendar_day 45calendar_day none no - - -
us_ca opt_out,limit - 15business_day - none no - - -
us_va access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 2
us_co access,correction,erasure - 45calendar_day 45calendar_day none no 45 60 1
us_ct access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 1
us_ut access,correction,erasure - 45calendar_day 45calendar_day none no - - 1
us_tx access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 2
us_or access,correction,erasure - 45calendar_day 45calendar_day none no 45 - 1
us_mt access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 1
us_de access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 1
us_nj access,correction,erasure - 45calendar_day 45calendar_day none no 45 - 1
us_nj opt_out - 15calendar_day - none no 45 - -
us_md access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 1
us_mn access,correction,erasure - 45calendar_day 45calendar_day none no 45 60 2
us_tn access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 2
us_ia access,erasure - 90calendar_day 45calendar_day none no 60 - 2
us_in access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 1
us_ky access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 2
us_ne access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 2
us_nh access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 1
us_ri access,correction,erasure - 45calendar_day 45calendar_day none no 60 - 1
us_ri consent_revoke - 15calendar_day - none no - - -
ca_pipeda access - 30calendar_day 30calendar_day none no - - -
ca_qc access,correction - 30calendar_day - none no - - -
br_lgpd access - 15calendar_day - none no - - -
au_app access,correction - 30calendar_day - none no - - -
ch_fadp access - 30calendar_day - none no - - -
jp_appi access,correction,erasure,opt_out - - - none no - - -
"""
HEADER, *LINES = [line.split() for line in ROWS.strip().splitlines()]
CASES = [(line[0], right, *line[2:]) for line in LINES for right in line[1].split(",")]
STATES = [code for code in codes() if code.startswith("us_") and code != "us_ca"]


def words(cited: Cited | None) -> str:
    return "-" if cited is None else f"{cited.period.count}{cited.period.unit}"


@pytest.mark.parametrize(HEADER, CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_a_row_says_what_the_statute_says(
    regime: str,
    rights: str,
    acknowledge: str,
    respond: str,
    extend: str,
    pause: str,
    rolls: str,
    appeal: str,
    appeal_extension: str,
    free: str,
) -> None:
    rule = rule_for(regime, RightCode(rights), TODAY)

    assert [words(each) for each in (rule.acknowledge, rule.respond, rule.extend)] == [acknowledge, respond, extend]
    assert (rule.pause, rule.rolls) == (PauseRule(pause), rolls == "yes")
    days = [words(each).removesuffix(DayUnit.CALENDAR_DAY) for each in (rule.appeal, rule.appeal_extension)]
    assert days == [appeal, appeal_extension]
    assert (str(rule.free_per_year) if rule.free_per_year else "-") == free


def test_every_regime_stands_in_the_table_of_this_test() -> None:
    assert {line[0] for line in LINES} == set(codes())


@pytest.mark.parametrize("regime", codes())
def test_every_number_has_its_citation(regime: str) -> None:
    for right in RightCode:
        try:
            rule = rule_for(regime, right, TODAY)
        except NotCovered:
            continue
        named = (rule.acknowledge, rule.respond, rule.latest, rule.extend, rule.appeal, rule.appeal_extension)
        assert all(cited.citation for cited in named if cited)
        assert rule.respond or rule.promptly
        assert bool(rule.roll_citation) == rule.rolls
        assert rule.title
        assert rule.regime in codes()
    assert time_zone_of(regime)
    assert title_of(regime)


@pytest.mark.parametrize("regime", STATES)
def test_a_state_without_a_number_for_opting_out_keeps_california_s(regime: str) -> None:
    rule = rule_for(regime, RightCode.OPT_OUT, TODAY)

    assert rule.respond
    assert rule.respond.period.count == 15
    assert rule.respond.period.unit == (DayUnit.CALENDAR_DAY if regime == "us_nj" else DayUnit.BUSINESS_DAY)


@pytest.mark.parametrize("regime", [*STATES, "us_ca"])
def test_a_withdrawn_consent_has_fifteen_days_in_every_state(regime: str) -> None:
    rule = rule_for(regime, RightCode.CONSENT_REVOKE, TODAY)

    assert words(rule.respond) == "15calendar_day"


BEGINNINGS = [
    ("eu_gdpr", RightCode.ACCESS, date(2018, 5, 25)),
    ("uk_complaint", RightCode.CONCERN, date(2026, 6, 19)),
    ("us_ca", RightCode.CORRECTION, date(2023, 1, 1)),
    ("us_ut", RightCode.CORRECTION, date(2026, 7, 1)),
    ("us_in", RightCode.ACCESS, date(2026, 1, 1)),
]


@pytest.mark.parametrize(("regime", "right", "first"), BEGINNINGS)
def test_a_rule_before_its_first_day_is_not_in_force(regime: str, right: RightCode, first: date) -> None:
    assert rule_for(regime, right, first).in_force_from == first

    with pytest.raises(NotInForce, match=first.isoformat()):
        rule_for(regime, right, date.fromordinal(first.toordinal() - 1))


def test_the_uk_has_another_citation_since_its_new_act() -> None:
    """Data (Use and Access) Act 2025 s.76, in force on 5 February 2026."""
    before, since = (rule_for("uk_gdpr", RightCode.ACCESS, day) for day in (date(2026, 2, 4), date(2026, 2, 5)))

    assert before.respond
    assert since.respond
    assert ("12A" in before.respond.citation, "12A" in since.respond.citation) == (False, True)


UNCOVERED = [
    ("eu_gdpr", RightCode.CONCERN, "The GDPR sends complaints to the authority"),
    ("us_ia", RightCode.CORRECTION, "Iowa's law gives no right to correction."),
    ("us_va", RightCode.LIMIT, "Virginia CDPA sets no clock for limiting use."),
    ("ca_qc", RightCode.ERASURE, "Quebec private sector act sets no clock for erasure."),
]


@pytest.mark.parametrize(("regime", "right", "message"), UNCOVERED)
def test_a_right_without_a_clock_is_said_in_words(regime: str, right: RightCode, message: str) -> None:
    with pytest.raises(NotCovered) as caught:
        rule_for(regime, right, TODAY)

    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith("The shop's own promise applies, if it made one.")


@pytest.mark.parametrize("ask", [title_of, time_zone_of, lambda code: rule_for(code, RightCode.ACCESS, TODAY)])
def test_an_unknown_regime_names_the_nearest(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(
        UnknownRegime, match=r"There is no regime 'uk-gdpr'. The nearest code is uk_gdpr; all: eu_gdpr, "
    ):
        ask("uk-gdpr")


RESIDENCES = [
    ("DE", "eu_gdpr"),
    ("DE-BY", "eu_gdpr"),
    (" gb ", "uk_gdpr"),
    ("NO", "eu_gdpr"),
    ("US-CA", "us_ca"),
    ("us-va", "us_va"),
    ("US-WY", ""),
    ("US", ""),
    ("CA", "ca_pipeda"),
    ("CA-QC", "ca_qc"),
    ("CA-ON", "ca_pipeda"),
    ("CH", "ch_fadp"),
    ("XX", ""),
    ("", ""),
]


@pytest.mark.parametrize(("residence", "regime"), RESIDENCES)
def test_a_residence_has_its_regime(residence: str, regime: str) -> None:
    assert regime_of_residence(residence) == regime
