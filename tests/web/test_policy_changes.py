"""Whatever differs between two versions of a policy is told, in words, and what it means for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import pytest

from dsr.clocks.words import DayUnit, Period, RightCode
from dsr.policy import terms
from dsr.policy.schema import Category, Contacts, Profile
from dsr.policy.terms import Basis, Length, Marketing, Meanwhile, Proof, Then, WayIn
from dsr.policy.weight import Weight, weigh
from dsr.web.policy_changes import Change, changes

RULE = terms.RetentionRule(
    "orders",
    ("order",),
    Then.ANONYMISE,
    Length(years=7),
    ("ordered_on",),
    at_once=("user.contact.email",),
    basis=Basis("CA-d8", "26 CFR 1.6001-1"),
    is_published=True,
    sentence={"en": "Orders stay."},
    promises=("CO-01",),
    line=20,
)
RIGHT = terms.Right(RightCode.ACCESS, (WayIn.PORTAL, WayIn.EMAIL), Proof.MAILBOX, promises=("CO-02",))
RECIPIENT = terms.Recipient(
    "ups",
    "UPS",
    terms.RecipientKind.PROCESSOR,
    ("order",),
    "Delivers.",
    instruct=terms.Instruct(terms.Telling.EMAIL, "privacy@ups.example"),
)
SUBJECT = terms.SubjectClass("gift_recipient", "People who get a gift", ("delivery",), Marketing.OPT_IN)
CHANNEL = terms.MessageChannel("sms", Marketing.OPT_IN, (WayIn.SMS,))
BACKUP = terms.BackupSet("nightly", "Nightly copies", 1, 30)
BLOCKER = terms.BlockerRule("open_return", "return", "closed_on", ("order",), {"en": "We wait."})
NOTICE = terms.NoticeDuty(("email",), is_before=True, promises=("CO-03",))
PROMISED = terms.Promised(Period(10, DayUnit.BUSINESS_DAY), Period(1, DayUnit.MONTH))
ESCALATION = terms.Escalation("TrustArc", "https://trustarc.example", sentence={"en": "Turn to them."})
MESSAGES = terms.MessageClass("promotional", can_be_stopped=True)
FULL = Profile(
    shop="corner",
    name="Corner",
    reference_prefix="CO",
    time_zone="UTC",
    country="US",
    categories=(Category("orders", "Orders", "What you bought.", "To deliver.", ("UPS",), ("order",), ("user.financial",)),),
    contacts=Contacts(("a@b.example",), ("+16175550101",), "9 to 5", ("Street 1",), "https://b.example", "https://b.example/p"),
    rights=(RIGHT,),
    revision=terms.Revision(date(2026, 1, 31), ("CO-04",)),
    age=terms.AgeLine(13, 18, (WayIn.EMAIL,)),
    subject_classes=(SUBJECT,),
    message_classes=(MESSAGES,),
    message_channels=(CHANNEL,),
    recipients=(RECIPIENT,),
    retention=(RULE,),
    blockers=(BLOCKER,),
    backups=(BACKUP,),
    never_export=("user.authorization",),
    regimes=("us_ca", "eu_gdpr"),
    promised=PROMISED,
    escalation=ESCALATION,
    on_policy_change=NOTICE,
    on_sale=NOTICE,
    approval=terms.Approval((RightCode.ERASURE,), (RightCode.ERASURE,), 3),
    statements=(terms.Statement("cookies", "Cookies", {"en": "Not linked to you."}, ("browsing_event",)),),
    duties=(terms.Duty("audit_log", ("CO-05",)),),
    not_offered=(terms.NotOffered("CO-06", "There is no shop window."),),
)  # fmt: skip


def variants(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every value that differs from this one in exactly one place, each with that place's name."""
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            if each.name not in ("line", "placed"):
                for name, other in variants(getattr(value, each.name), f"{place}.{each.name}"):
                    yield name, replace(value, **{each.name: other})
    elif isinstance(value, tuple):
        yield f"{place} (none)", ()
        for name, other in variants(value[0], f"{place}[0]") if value else ():
            yield name, (other, *value[1:])
    else:
        yield place, another(value)


def another(value: Any) -> Any:
    """Some other value of the type."""
    if isinstance(value, StrEnum):
        return next(each for each in type(value) if each != value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, dict):
        return {"en": "Something else."}
    return f"{value or ''}x"


PLACES = [(name, other) for name, other in variants(FULL, "profile") if other != FULL]


@pytest.mark.parametrize("changed", [other for _, other in PLACES], ids=[name for name, _ in PLACES])
def test_change_of_any_field_is_told_and_what_stood_there_too(changed: Profile) -> None:
    found = changes(FULL, changed)

    assert found
    assert all(each.before != each.after for each in found)
    assert all(each.subject and each.chapter for each in found)


def test_places_that_are_tried_are_all_fields_of_a_profile() -> None:
    tried = " ".join(name for name, _ in PLACES)

    assert [
        each.name for each in fields(Profile) if each.name != "placed" and f"profile.{each.name}" not in tried
    ] == []
    assert len(PLACES) > 100


def test_profile_when_it_only_moved_in_its_file_then_nothing_changed() -> None:
    assert changes(FULL, replace(FULL, retention=(replace(RULE, line=99),), placed=())) == []


def only(before: Profile, after: Profile) -> Change:
    (change,) = changes(before, after)
    return change


def test_rule_when_it_keeps_longer_then_says_from_what_to_what_and_that_it_is_less() -> None:
    change = only(FULL, replace(FULL, retention=(replace(RULE, keep=Length(years=10)),)))

    assert str(change) == (
        "What stays after a deletion, and why: Orders: "
        "Kept for 7 years from the day of the order, without email; then made anonymous. → "
        "Kept for 10 years from the day of the order, without email; then made anonymous. (less for customers)"
    )
    assert change.promises == ("CO-01",)


def test_right_when_it_is_withdrawn_then_nothing_is_left_of_it() -> None:
    change = only(FULL, replace(FULL, rights=()))

    assert str(change) == (
        "What you may ask for: See and get a copy of your data: See and get a copy of your data "
        "You can ask on this site and by e-mail. We check that your e-mail address is yours. → nothing (less for customers)"
    )


def test_field_without_words_for_customers_then_is_told_by_its_name() -> None:
    change = only(FULL, replace(FULL, retention=(replace(RULE, is_published=False),)))

    assert (change.subject, change.before, change.after) == ("Orders", ("is published: yes",), ("is published: no",))


def test_recipient_when_it_is_told_otherwise_then_says_how_and_that_customers_have_no_less() -> None:
    by_hand = replace(RECIPIENT, instruct=None)

    change = only(FULL, replace(FULL, recipients=(by_hand,)))

    assert str(change) == ("Who gets what: UPS: instruct: way email, address privacy@ups.example → instruct: nothing")
    assert change.weight is Weight.NEITHER


def test_laws_when_one_is_added_then_only_that_one_is_named() -> None:
    change = only(FULL, replace(FULL, regimes=("us_ca", "eu_gdpr", "uk_gdpr")))

    assert (change.subject, change.after) == ("Laws that set the date", ("uk_gdpr",))


def test_categories_when_their_order_changes_then_it_is_told() -> None:
    other = replace(FULL.categories[0], key="other", title="Other")
    before, after = (
        replace(FULL, categories=pair) for pair in ((FULL.categories[0], other), (other, FULL.categories[0]))
    )

    change = only(before, after)

    assert (change.subject, change.before, change.after) == (
        "Their order",
        ("orders and other",),
        ("other and orders",),
    )


LESS = [
    (RIGHT, None),
    (RIGHT, replace(RIGHT, channels=(WayIn.PORTAL,))),
    (RIGHT, replace(RIGHT, proof=Proof.STAFF)),
    (RIGHT, replace(RIGHT, is_offered=False)),
    (replace(RULE, keep=None, then=Then.DELETE), RULE),
    (replace(RULE, keep=None, then=Then.DELETE), replace(RULE, keep=None)),
    (RULE, replace(RULE, keep=Length(years=7, days=1))),
    (RULE, replace(RULE, at_once=())),
    (replace(RULE, then=Then.DELETE), RULE),
    (replace(RULE, meanwhile=Meanwhile.DEACTIVATED), RULE),
    (None, BLOCKER),
    (BLOCKER, replace(BLOCKER, blocks=("order", "account"))),
    (None, BACKUP),
    (BACKUP, replace(BACKUP, kept_days=31)),
    (None, RECIPIENT),
    (RECIPIENT, replace(RECIPIENT, gets=("order", "payment"))),
    (replace(RECIPIENT, needs_permission=True), RECIPIENT),
    (replace(RECIPIENT, is_allowed=False), RECIPIENT),
    (MESSAGES, replace(MESSAGES, can_be_stopped=False)),
    (None, CHANNEL),
    (CHANNEL, replace(CHANNEL, starts=Marketing.OPT_OUT)),
    (CHANNEL, replace(CHANNEL, stopped_by=())),
    (SUBJECT, replace(SUBJECT, marketing=Marketing.OPT_OUT)),
    (SUBJECT, replace(SUBJECT, purposes=("delivery", "offers"))),
    (PROMISED, terms.Promised()),
    (PROMISED, replace(PROMISED, respond=Period(31, DayUnit.CALENDAR_DAY))),
    (PROMISED, replace(PROMISED, acknowledge=Period(15, DayUnit.CALENDAR_DAY))),
    (ESCALATION, terms.Escalation()),
    (NOTICE, terms.NoticeDuty()),
    (NOTICE, replace(NOTICE, is_before=False)),
    (NOTICE, replace(NOTICE, only_when_material=True)),
    (replace(NOTICE, only_new_data=True), NOTICE),
]


@pytest.mark.parametrize(("before", "after"), LESS)
def test_weight_when_people_have_less_then_says_so_and_the_other_way_round_more(before: Any, after: Any) -> None:
    assert (weigh(before, after), weigh(after, before)) == (Weight.LESS, Weight.MORE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RIGHT, replace(RIGHT, channels=(WayIn.PORTAL,), proof=Proof.NONE)),
        (RIGHT, replace(RIGHT, channels=(WayIn.PORTAL, WayIn.PHONE))),
        (RULE, None),
        (RULE, replace(RULE, sentence={"en": "They stay."})),
        (MESSAGES, None),
        (terms.AgeLine(13), terms.AgeLine(16)),
        (None, None),
    ],
)
def test_weight_when_it_is_both_or_neither_then_says_neither(before: Any, after: Any) -> None:
    assert weigh(before, after) is Weight.NEITHER
