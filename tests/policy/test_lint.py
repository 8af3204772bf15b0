"""What a careful reader of a policy would mend."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsr.clocks.words import RightCode
from dsr.policy.coverage import Holding
from dsr.policy.lint import EXPECTED, PORTAL_FORMS, Finding, Severity, lint
from dsr.policy.loader import parse_profile
from dsr.policy.schema import Contacts, Profile
from dsr.policy.terms import Right, WayIn
from dsr.portal.promised import FORMS

GOOD = """\
shop: corner
name: Corner
reference_prefix: CO
time_zone: Europe/Berlin
country: DE
contacts: {emails: [a@corner.example], website: https://corner.example}
categories: [{key: all, title: All, sentence: All that we hold.}]
rights:
  access: {channels: [portal, email]}
  correction: {channels: [email]}
  erasure: {channels: [my_account]}
  opt_out: {is_offered: false}
retention:
  - key: orders
    record_classes: [order, order_line]
    keep: {years: 7}
    from_facts: [ordered_on]
    then: anonymise
    basis: {code: CA-d8, citation: 26 CFR 1.6001-1}
    is_published: true
    sentence: {en: Orders stay.}
    promises: [CO-06]
promised: {respond: {count: 1, unit: month}}
statements: [{key: visits, title: Visits, sentence: {en: Not kept.}, contradicted_by: [browsing_event], promises: [CO-07]}]
revision: {revised_on: 2026-01-31}
"""
ORDERS = "You keep more than you promised: the published policy does not say that 'order' and 'order_line' stay."


def told(text: str, *holdings: Holding) -> list[tuple[str, str, int | None, str]]:
    """Severity, place, line and sentence of every finding."""
    found = lint(parse_profile(text, "p.yaml"), holdings)
    return [(each.severity.value, each.place, each.line, each.sentence) for each in found]


CASES = [
    ("my_account", "phone", ("error", "rights.erasure", 11, "The right 'erasure' is promised by phone, and none of that works.")),
    ("portal, email", "email, post",
     ("warning", "rights.access", 9, "The right 'access' is promised by post too, which does not work.")),
    ("opt_out: {is_offered: false}", "opt_out: {channels: [portal]}",
     ("warning", "rights.opt_out", 12, "The right 'opt_out' is promised on the portal alone, which has no form for it.")),
    ("    basis: {code: CA-d8, citation: 26 CFR 1.6001-1}\n", "",
     ("error", "retention.orders", 14, "Records are kept for a period that has no basis.")),
    ("is_published: true", "is_published: false", ("warning", "retention.orders", 14, ORDERS)),
    ("    sentence: {en: Orders stay.}\n", "",
     ("warning", "retention.orders", 14, "Customers read general words about why 'order' and 'order_line' stay.")),
    ("revision: {revised_on: 2026-01-31}\n", "",
     ("warning", "revision", None, "The published page shows no date, so nobody can tell when it last changed.")),
    ("promised: {respond: {count: 1, unit: month}}\n", "",
     ("warning", "promised", None, "Nothing says within what time a request is answered.")),
    ("https://corner", "http://corner",
     ("warning", "contacts.website", 6, "http://corner.example can be read and changed on its way.")),
    ("order_line]", "horse_fitting]",
     ("warning", "retention.orders.record_classes[1]", 14, "'horse_fitting' is no record class that the app knows.")),
    (GOOD[GOOD.index("retention:"):GOOD.index("promised:")], "",
     ("warning", "retention", None, "Erasure is offered, and no retention rule says what becomes of any record.")),
    *((GOOD[start:GOOD.index("\n", start) + 1], "", ("warning", "rights", None, f"Nothing is said of the right '{code}'."))
      for code in EXPECTED for start in [GOOD.index(f"  {code}: ")]),
    ("[ordered_on]", "[shod_on]", ("warning", "retention.orders.from_facts[0]", 14, "'shod_on' is no fact that the app knows.")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "finding"), CASES)
def test_profile_when_one_thing_is_not_right_then_that_is_found_and_nothing_else(
    old: str, new: str, finding: tuple[str, str, int | None, str]
) -> None:
    assert told(GOOD) == []
    assert old in GOOD
    assert told(GOOD.replace(old, new)) == [finding]


@pytest.mark.parametrize(
    "ends", ["then: delete", "then: anonymise, meanwhile: deactivated", "then: delete, meanwhile: deactivated"]
)
def test_rules_when_two_end_or_lie_differently_for_the_same_records_then_both_are_named(ends: str) -> None:
    second = (
        f"  - {{key: lines, record_classes: [order_line], keep: {{years: 2}}, from_facts: [ordered_on], {ends}, "
        "basis: {code: x, citation: y}, is_published: true, sentence: {en: Lines stay.}}\npromised:"
    )

    assert told(GOOD.replace("promised:", second.replace(ends, "then: anonymise"))) == []
    assert told(GOOD.replace("promised:", second)) == [
        ("warning", "retention.lines", 23, "Two rules for 'order_line' contradict: 'orders' in line 14 and 'lines'.")
    ]


def test_statement_when_a_source_holds_what_it_denies_then_it_is_not_true() -> None:
    visits, orders = Holding("crm", "crm.visits", "browsing_event"), Holding("shop", "shop.orders", "order")

    assert told(GOOD, orders) == []
    assert lint(parse_profile(GOOD, "p.yaml"), [visits, orders]) == (
        Finding(
            Severity.WARNING,
            "The statement 'Visits' is not true: crm holds 'browsing_event' of people.",
            "Change the statement, or what is collected in crm.visits.",
            "statements.visits",
            24,
            ("CO-07",),
        ),
    )


def test_findings_when_there_are_several_then_errors_come_first_and_say_their_promises() -> None:
    text = GOOD.replace("is_published: true", "is_published: false").replace(
        "    basis:", "    at_once: [user.name]\n    #"
    )

    found = lint(parse_profile(text, "p.yaml"))

    no_basis = "Records are kept for a period that has no basis. (CO-06) Give basis: {code, citation}, or keep nothing."
    assert [str(each) for each in found] == [
        f"error: line 14: retention.orders: {no_basis}",
        f"warning: line 14: retention.orders: {ORDERS} (CO-06) Publish it and write is_published: true, or let nothing be kept.",
    ]


@pytest.mark.parametrize("way", WayIn)
def test_channel_when_the_profile_gives_nothing_for_it_then_it_counts_as_working_only_where_the_app_serves_it(
    way: WayIn,
) -> None:
    profile: Profile = replace(
        parse_profile(GOOD, "p.yaml"), contacts=Contacts(), rights=(Right(RightCode.ACCESS, (way,)),)
    )

    errors = [each.place for each in lint(profile) if each.severity is Severity.ERROR]

    assert errors == ([] if way in {WayIn.PORTAL, WayIn.UNSUBSCRIBE_LINK} else ["rights.access"])


def test_forms_of_the_portal_when_one_is_added_then_the_policy_reader_knows_it() -> None:
    assert set(PORTAL_FORMS) == set(FORMS)
