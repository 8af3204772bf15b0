"""``clock``: the statutes' dates on the command line."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

UK = ("--regime", "uk_gdpr", "--right", "access")
CALIFORNIA = ("--regime", "us_ca", "--right", "access", "--received", "2026-11-23")
KEYS = ["acknowledge_by", "respond_by", "latest_lawful", "extended_to", "appeal_by", "explanation"]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("clock", *arguments, stdout=out)
    return out.getvalue()


def data(*arguments: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(run(*arguments, "--json"))
    assert list(content) == KEYS
    assert all(isinstance(sentence, str) for sentence in content["explanation"])
    return content


def dates(*arguments: str) -> list[str | None]:
    content = data(*arguments)
    return [content[key] for key in KEYS[:-1]]


ANSWERS: list[tuple[tuple[str, ...], list[str | None]]] = [
    ((*UK, "--received", "2024-11-25"), [None, "2024-12-27", "2024-12-27", None, None]),
    ((*UK, "--received", "2026-01-31", "--extended"), [None, "2026-03-02", "2026-04-30", "2026-04-30", None]),
    (
        (*UK, "--received", "2026-03-02", "--paused-from", "2026-03-09", "--paused-to", "2026-03-16"),
        [None, "2026-04-09", "2026-04-10", None, None],
    ),
    ((*UK, "--received", "2026-03-02", "--paused-from", "2026-03-09"), [None, None, None, None, None]),
    (
        (*UK, "--received", "2026-03-02", "--id-asked", "2026-03-03", "--id-received", "2026-03-23"),
        [None, "2026-04-23", "2026-04-23", None, None],
    ),
    (
        (*UK, "--received", "2026-03-02", "--fee-asked", "2026-03-03", "--fee-paid", "2026-03-24"),
        [None, "2026-04-24", "2026-04-24", None, None],
    ),
    (
        (*UK, "--received", "2026-03-02", "--authority-asked", "2026-03-03", "--authority-received", "2026-03-25"),
        [None, "2026-04-27", "2026-04-27", None, None],
    ),
    (CALIFORNIA, ["2026-12-08", "2027-01-07", "2027-01-07", None, None]),
    ((*CALIFORNIA, "--holidays", ""), ["2026-12-07", "2027-01-07", "2027-01-07", None, None]),
    (
        ("--regime", "us_va", "--right", "erasure", "--received", "2026-11-23", "--appealed", "2027-01-20"),
        [None, "2027-01-07", "2027-01-07", None, "2027-03-21"],
    ),
    (
        ("--regime", "uk_complaint", "--right", "concern", "--received", "2026-06-19"),
        ["2026-07-20", None, None, None, None],
    ),
]


@pytest.mark.parametrize(("arguments", "expected"), ANSWERS, ids=[" ".join(each) for each, _ in ANSWERS])
def test_clock_when_asked_for_data_then_gives_five_dates(
    arguments: tuple[str, ...], expected: list[str | None]
) -> None:
    assert dates(*arguments) == expected


MOMENTS = [
    ("2026-03-02T23:59+00:00", "", "2026-04-02"),
    ("2026-03-02T23:59+00:00", "Europe/Berlin", "2026-04-07"),  # there it is 3 March; 3 April is Good Friday in England
    ("2026-03-02T23:59-08:00", "", "2026-04-07"),
    ("2026-03-02T23:59", "Europe/Berlin", "2026-04-02"),
    ("2026-03-29T01:30", "Europe/London", "2026-04-29"),  # an hour that the clock change leaves out
    ("2026-10-25T01:30", "Europe/London", "2026-11-25"),  # an hour that comes twice
    ("2024-02-29", "", "2024-04-02"),
]


@pytest.mark.parametrize(("received", "zone", "due"), MOMENTS)
def test_clock_when_a_moment_is_given_then_counts_from_its_day_in_the_shop(received: str, zone: str, due: str) -> None:
    there = ("--time-zone", zone) if zone else ()

    assert data(*UK, "--received", received, *there)["respond_by"] == due


def test_clock_when_said_for_people_then_dates_come_before_reasons() -> None:
    assert run(*CALIFORNIA, "--time-zone", "America/Los_Angeles").splitlines() == [
        "acknowledge by  2026-12-08",
        "respond by      2027-01-07",
        "latest lawful   2027-01-07",
        "",
        "Received Mon 23 Nov 2026.",
        "Receipt must be confirmed within 10 business days, by Tue 8 Dec 2026 (11 CCR 7021(a)).",
        "If Saturdays count as business days it is Sat 5 Dec 2026: confirm by then.",
        (
            "45 days later is Thu 7 Jan 2027: the answer is due by the end of that day "
            "(11 CCR 7021(b), Civ. Code 1798.130(a)(2))."
        ),
        (
            "It can be extended once by 45 days, if the person is told why by Thu 7 Jan 2027 "
            "(11 CCR 7021(b), Civ. Code 1798.130(a)(2))."
        ),
        "The shop aims for Wed 6 Jan 2027.",
        "Nothing stops this clock: who cannot be identified is told so before it ends.",
        "Public holidays: United States.",
    ]


MISTAKES = [
    (("--regime", "us_xx", "--right", "access", "--received", "2026-01-01"), "There is no regime 'us_xx'."),
    (("--regime", "us_ca", "--right", "acess", "--received", "2026-01-01"), "There is no right 'acess'."),
    (("--regime", "us_ia", "--right", "correction", "--received", "2026-01-01"), "Iowa's law gives no right to correction."),
    (("--regime", "eu_gdpr", "--right", "access", "--received", "2018-05-24"), "EU GDPR has a clock for access since 2018-05-25"),
    ((*UK, "--received", "31/1/2026"), "--received: '31/1/2026' is no date."),
    ((*UK, "--received", "2026-02-30"), "--received: '2026-02-30' is no date."),
    ((*UK, "--received", "2301-01-01"), "2301-01-01 is no date of a request"),
    ((*UK, "--received", "2026-01-31", "--holidays", "EWS"), "There is no holiday calendar 'EWS'. The nearest code is EW;"),
    ((*UK, "--received", "2026-01-31", "--time-zone", "London"), "There is no time zone 'London'."),
    ((*UK, "--received", "2026-01-31", "--paused-to", "2026-02-02"), "--paused-to needs --paused-from"),
    ((*UK, "--received", "2026-01-31", "--id-asked", "soon"), "--id-asked: 'soon' is no date."),
    ((*UK, "--received", "2026-01-31", "--id-asked", "2026-01-30"), "The person was asked on 2026-01-30, before the request"),
    (
        (*UK, "--received", "2026-01-31", "--id-asked", "2026-02-03", "--id-received", "2026-02-02"),
        "The answer of 2026-02-02 came before the question of 2026-02-03.",
    ),
    ((*UK, "--received", "2026-01-31", "--appealed", "2026-01-30"), "The appeal of 2026-01-30 came before the request"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_clock_when_asked_what_cannot_be_then_says_why(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(*arguments)

    assert str(caught.value).startswith(message)
