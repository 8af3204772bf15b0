"""What is well written and still cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsr.policy.loader import read_profile
from tests.policy.test_loader import PLAIN, problems_of

TWENTY = Path(__file__).parent / "twenty_mistakes.yaml"

SAID = [
    "2: 'name' is missing",
    "2: shop: 'Corner Shop' cannot be used here",
    "3: reference_prefix: 'co' cannot be used here",
    "4: time_zone: unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?",
    "5: country: unknown country 'XX'",
    "7: accent: 'blue' cannot be used here",
    "9: contacts.emails[0]: 'info.corner.example' cannot be reached",
    "10: contacts.phones[0]: '0301234567' cannot be reached",
    "11: promissed: unknown key 'promissed'; did you mean 'promised'?",
    "16: categories.orders.record_classes[0]: unknown record class 'ordr'; did you mean 'order'?",
    "17: categories.orders.data_categories[0]: unknown data category 'user.nam'; did you mean 'user.name'?",
    "18: categories.orders: 'orders' stands twice; first in line 13",
    "20: rights.opt_out.proof: no proof may be asked for opt_out (11 CCR 7060(b)), and this one is 'mailbox'",
    "21: rights.erasure.channels[0]: unknown word 'fax'",
    "25: retention.orders.keep: a period has exactly one unit above 0",
    "28: retention.orders.sentence: the sentence in the shop's own language (de, of locale) is missing",
    "31: retention.bills.keep.years: int -3 does not fit here",
    "32: retention.bills.from_facts[0]: unknown fact 'orderd_on'; did you mean 'ordered_on'?",
    "34: retention.gone: it contradicts 'orders' in line 23: one keeps order, the other keeps nothing of it",
    "37: retention.gone.promises[0]: 'TL4' is no promise",
]


def test_profile_when_it_has_twenty_mistakes_then_exactly_these_are_told_with_their_lines() -> None:
    told = [each.removeprefix("twenty.yaml:") for each in map(str, read_profile(TWENTY.read_text(), "twenty.yaml")[1])]

    assert [each[: len(said)] for each, said in zip(told, SAID, strict=True)] == SAID
    assert len(SAID) == 20


ADVERTISED = (
    "recipients: [{{key: ads, name: Ads, kind: promotion, gets: [{}]}}, "
    "{{key: nobody, name: Nobody, kind: promotion, gets: [{}], is_allowed: false}}]"
)
TOLD = "recipients: [{{key: c, name: C, kind: {}, gets: [order], instruct: {{{}}}}}]"
CASES = [
    (
        ADVERTISED.format("order", "user"),
        "recipients.ads: 'order' goes to nobody of the kind 'promotion', as 'nobody' in line",
    ),
    (
        ADVERTISED.format("user.contact", "user.contact.email"),
        "recipients.ads: 'user.contact' goes to nobody of the kind 'promotion', as 'nobody' in line",
    ),
    (
        TOLD.format("partner", "way: email, address: privacy.c.example"),
        "recipients.c.instruct.address: 'privacy.c.example' is no address for the way 'email'",
    ),
    (TOLD.format("partner", "way: email"), "recipients.c.instruct: '' is no address for the way 'email'"),
    (
        TOLD.format("partner", "way: webhook, address: 'http://c.example/hook'"),
        "recipients.c.instruct.address: 'http://c.example/hook' is no address for the way 'webhook'",
    ),
    (
        TOLD.format("partner", "way: webhook, address: 'https://us:secret@c.example/hook'"),
        "recipients.c.instruct.address: 'https://us:secret@c.example/hook' is no address for the way 'webhook'",
    ),
    (
        TOLD.format("partner", "way: task, address: a@c.example"),
        "recipients.c.instruct.address: 'a@c.example' is no address for the way 'task'",
    ),
    (TOLD.format("partner", "way: fax, address: a@c.example"), "recipients.c.instruct.way: unknown word 'fax'"),
    (TOLD.format("partner", "address: a@c.example"), "recipients.c.instruct: 'way' is missing"),
    (
        TOLD.format("authority", "way: email, address: a@c.example"),
        "recipients.c.instruct: 'c' takes no instruction, so it is never told to erase",
    ),
    (
        TOLD.format("aggregate_only", "way: task"),
        "recipients.c.instruct: 'c' gets nothing about one person, so it is never told to erase",
    ),
    (
        TOLD.format("promotion, is_allowed: false", "way: task"),
        "recipients.c.instruct: 'c' gets nothing at all, so it is never told to erase",
    ),
    ("never_export: [user.secret]", "never_export[0]: unknown data category 'user.secret'"),
    ("on_sale: {placements: [shop_window]}", "on_sale.placements[0]: unknown word 'shop_window'"),
    ("regimes: [eu_gdpr, uk_gdrp]", "regimes[1]: unknown word 'uk_gdrp'; did you mean 'uk_gdpr'?"),
    ("escalation: {after: [not_satisfid]}", "escalation.after[0]: unknown word 'not_satisfid'; did you mean 'not_satisfied'?"),
    ("escalation: {url: 'javascript:alert(1)'}", "escalation.url: 'javascript:alert(1)' cannot be reached"),
    ("message_channels: [{key: fax, starts: never}]", "message_channels.fax: unknown word 'fax'"),
    ("message_classes: [{key: servce, can_be_stopped: true}]", "message_classes.servce: unknown word 'servce'; did you mean"),
    ("rights: {access: {channels: []}}", "rights.access.channels: a right that is offered has no channel"),
    ("rights: {limit: {channels: [email], proof: staff}}", "rights.limit.proof: no proof may be asked for limit"),
    ("promised: {respond: {count: 0, unit: month}}", "promised.respond.count: 0 is no length"),
    ("age: {under: 0}", "age.under: 0 is no age of children"),
    ("age: {under: 16, buyers_from: 13}", "age.buyers_from: buyers from 13 would be children"),
    *(
        (f"{key}: 36526", f"{key}: 36526 days is longer than anybody lives to see (expected at most 36525)")
        for key in ("package_days", "record_retention_days")
    ),
    ("approval: {cooling_off_days: 36526}", "approval.cooling_off_days: 36526 days is longer"),
    ("backups: [{key: n, what: all, every_days: 1, kept_days: 36526}]", "backups.n.kept_days: 36526 days is longer"),
    ("backups: [{key: n, what: all, every_days: 36526, kept_days: 1}]", "backups.n.every_days: 36526 days is longer"),
    *(
        (
            f"retention: [{{key: a, record_classes: [order], then: delete, from_facts: [x], keep: {{{unit}: {most + 1}}}}}]",
            f"retention.a.keep.{unit}: {most + 1} {unit} is longer than anybody lives to see (expected at most {most})",
        )
        for unit, most in (("years", 100), ("months", 1200), ("days", 36525))
    ),
    *(
        (
            f"promised: {{{clock}: {{count: {most + 1}, unit: {unit}}}}}",
            f"promised.{clock}.count: {most + 1} of its unit is longer than anybody lives to see (expected at most {most})",
        )
        for clock in ("acknowledge", "respond")
        for unit, most in (("month", 120), ("calendar_day", 3653), ("business_day", 2610))
    ),
    ("backups: [{key: ' ', what: all, every_days: 1, kept_days: 3}]", "backups. : ' ' is no key (expected letters, digits"),
    ("subject_classes: [{key: a b, title: A, purposes: [x]}]", "subject_classes.a b: 'a b' is no key"),
    ("package_days: 0", "package_days: 0 days is no time"),
    ("backups: [{key: n, what: all, every_days: 0, kept_days: 3}]", "backups.n.every_days: 0 days is no time"),
    ("locale: german", "locale: 'german' cannot be used here"),
    ("escalation: {sentence: {en: Go., dutsch: Geh.}}", "escalation.sentence.dutsch: unknown language 'dutsch'"),
    ("escalation: {sentence: {de: Geh.}}", "escalation.sentence: the sentence in the shop's own language (en, of locale)"),
    ("not_offered: [{promise: TL-1, reason: No.}]", "not_offered.TL-1.promise: 'TL-1' is no promise"),
    ("retention: [{key: o, record_classes: [order], keep: {years: 7}, then: delete}]", "retention.o: a period counts"),
    ("retention: [{key: o, record_classes: [order], at_once: [user.name], then: delete}]", "retention.o: nothing is kept"),
    ("blockers: [{key: r, record_class: retrun, until_fact: closed_on, blocks: [order]}]",
     "blockers.r.record_class: unknown record class 'retrun'; did you mean 'return'?"),
    ("recipients: [{key: c, name: C, kind: partner, gets: [user.adress]}]", "recipients.c.gets[0]: unknown data category"),
    ("statements: [{key: s, title: S, sentence: {en: None.}, contradicted_by: [browsing_evnt]}]",
     "statements.s.contradicted_by[0]: unknown record class 'browsing_evnt'; did you mean 'browsing_event'?"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), CASES)
def test_profile_when_one_line_makes_no_sense_then_only_that_is_told(line: str, said: str) -> None:
    assert [each[: len(f"p.yaml:8: {said}")] for each in problems_of(PLAIN + line)] == [f"p.yaml:8: {said}"]


def test_promise_when_it_is_honoured_and_not_offered_then_both_places_are_named() -> None:
    text = PLAIN + "duties: [{feature: sealing, promises: [CO-01]}]\nnot_offered: [{promise: CO-01, reason: No.}]"

    assert problems_of(text) == [
        "p.yaml:9: not_offered.CO-01: CO-01 is honoured by duties.sealing in line 8 (expected one of the two)"
    ]


def test_words_when_they_are_a_shops_own_then_they_are_taken() -> None:
    text = PLAIN + (
        "retention: [{key: f, record_classes: [horse_fitting], keep: {days: 3}, from_facts: [shod_on], then: delete}]"
    )

    assert problems_of(text) == []


def test_recipient_when_only_others_are_forbidden_then_it_is_taken() -> None:
    forbidden = "{key: nobody, name: Nobody, kind: promotion, gets: [sms_subscription], is_allowed: false}"
    others = (
        "{key: ads, name: Ads, kind: promotion, gets: [order]}",
        "{key: sender, name: Sender, kind: processor, gets: [sms_subscription]}",
        "{key: also, name: Also, kind: promotion, gets: [sms_subscription], is_allowed: false}",
    )

    assert problems_of(PLAIN + f"recipients: [{forbidden}, {', '.join(others)}]") == []


@pytest.mark.parametrize(
    "how",
    [
        "way: email, address: privacy@c.example",
        "way: webhook, address: 'https://c.example:8443/hook?token=a@b'",
        "way: task",
        "way: nobody",
    ],
)
def test_recipient_when_it_can_be_told_then_it_is_taken(how: str) -> None:
    assert problems_of(PLAIN + TOLD.format("partner", how)) == []


def test_opt_out_when_no_proof_is_named_then_none_is_asked() -> None:
    profile, problems = read_profile(PLAIN + "rights: {opt_out: {channels: [email]}, access: {}}", "p.yaml")

    assert problems == ()
    assert profile is not None
    assert [(right.code.value, right.proof.value) for right in profile.rights] == [
        ("opt_out", "none"),
        ("access", "mailbox"),
    ]


@pytest.mark.parametrize("name", ["' '", '"Corner\\nBcc: all"', '"Corner\\u202e"', '"\\x07"'])
def test_name_of_the_shop_when_no_letter_could_carry_it_then_is_refused(name: str) -> None:
    assert problems_of(PLAIN.replace("name: Corner", f"name: {name}")) == [
        "p.yaml:2: name: the name is no line that could be printed (expected a name on one line, such as Corner Gems)"
    ]


LARGEST = """\
record_retention_days: 36525
package_days: 36525
approval: {cooling_off_days: 36525}
promised: {acknowledge: {count: 2610, unit: business_day}, respond: {count: 120, unit: month}}
retention: [{key: a, record_classes: [order], then: delete, from_facts: [ordered_on], keep: {years: 100}}]
"""


def test_numbers_when_they_are_the_largest_that_can_be_meant_then_are_taken() -> None:
    assert problems_of(PLAIN + LARGEST) == []
