"""Reading a profile: every term of it, with its line, and every mistake at once."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from dsr.clocks.words import DayUnit, Period, RightCode
from dsr.policy import terms
from dsr.policy.loader import PROFILES, ProfileError, default_profile, parse_profile, read_profile
from dsr.policy.schema import Category, Contacts, Profile
from dsr.policy.terms import Basis, Length, Marketing, Proof, RecipientKind, Then, WayIn

PLAIN = """\
shop: corner
name: Corner
reference_prefix: CO
time_zone: Europe/Berlin
country: DE
categories:
  - {key: all, title: All, sentence: All that we hold.}
"""
WHOLE = """\
shop: corner
name: Corner
reference_prefix: CO
accent: "#123456"
time_zone: Europe/Berlin
country: DE
locale: de-DE
contacts: {emails: [a@corner.example], phones: ["+493012345678"], website: https://corner.example, promises: [CO-01]}
categories:
  - key: all
    title: All
    sentence: All that we hold.
    recipients: [The carrier]
    record_classes: [order]
    data_categories: [user.name]
    promises: [CO-02]
rights:
  erasure: {channels: [portal, email], proof: two_facts, promises: [CO-03]}
  opt_out: {channels: [unsubscribe_link], proof: none}
  limit: {is_offered: false}
age: {under: 13, buyers_from: 18, parent: [email], promises: [CO-04]}
subject_classes:
  - {key: gift_recipient, title: Gift recipients, purposes: [delivery], marketing: never, promises: [CO-05]}
message_classes:
  - {key: service, can_be_stopped: false, sentence: {de: Bis das Konto ruht., en: Until the account rests.}}
message_channels:
  - {key: post, starts: opt_in, stopped_by: [post, email]}
recipients:
  - {key: carrier, name: Carrier, kind: processor, gets: [address], needs_permission: true, is_allowed: false}
retention:
  - key: orders
    record_classes: [order, order_line]
    keep: {years: 10}
    from_facts: [paid_on, ordered_on]
    ending: calendar_year
    meanwhile: deactivated
    at_once: [user.content]
    then: anonymise
    basis: {code: G17-3b, citation: AO 147}
    is_published: true
    sentence: {de: Bestellungen bleiben., en: Orders stay.}
    promises: [CO-06, CO-07]
blockers:
  - {key: repair, record_class: repair, until_fact: closed_on, blocks: [account], sentence: {de: Wartet.}}
backups:
  - {key: nightly, what: all databases, every_days: 1, kept_days: 30}
never_export: [user.content.private]
regimes: [eu_gdpr]
promised: {acknowledge: {count: 5, unit: business_day}, respond: {count: 1, unit: month}, promises: [CO-08]}
escalation: {body: A body, url: "https://body.example", after: [not_acknowledged], sentence: {de: Dorthin.}}
on_policy_change: {placements: [home_page], is_before: true, only_when_material: true, only_new_data: true}
on_sale: {placements: [email]}
approval: {second_person: [erasure], typed_reference: [erasure], cooling_off_days: 3}
statements:
  - {key: cookies, title: Cookies, sentence: {de: Keine.}, contradicted_by: [browsing_event]}
duties:
  - {feature: sealing, promises: [CO-09]}
not_offered:
  - {promise: CO-10, reason: It is not ours.}
revision: {revised_on: 2024-02-29, promises: [CO-11]}
record_retention_days: 30
package_days: 7
"""


def problems_of(text: str) -> list[str]:
    """What the loader says against a text."""
    return [str(problem) for problem in read_profile(text, "p.yaml")[1]]


def test_profile_when_it_says_everything_then_every_term_is_read_with_its_line() -> None:
    profile = parse_profile(WHOLE, "whole")

    assert profile.contacts == Contacts(
        ("a@corner.example",), ("+493012345678",), "", (), "https://corner.example", "", ("CO-01",), line=8
    )
    assert profile.categories == (
        Category("all", "All", "All that we hold.", "", ("The carrier",), ("order",), ("user.name",), ("CO-02",), 10),
    )
    assert profile.rights == (
        terms.Right(RightCode.ERASURE, (WayIn.PORTAL, WayIn.EMAIL), Proof.TWO_FACTS, promises=("CO-03",), line=18),
        terms.Right(RightCode.OPT_OUT, (WayIn.UNSUBSCRIBE_LINK,), Proof.NONE, line=19),
        terms.Right(RightCode.LIMIT, proof=Proof.NONE, is_offered=False, line=20),
    )
    assert profile.age == terms.AgeLine(13, 18, (WayIn.EMAIL,), ("CO-04",))
    assert profile.subject_classes == (
        terms.SubjectClass("gift_recipient", "Gift recipients", ("delivery",), Marketing.NEVER, ("CO-05",), 23),
    )
    assert profile.message_classes[0].sentence == {"de": "Bis das Konto ruht.", "en": "Until the account rests."}
    assert profile.message_channels == (
        terms.MessageChannel("post", Marketing.OPT_IN, (WayIn.POST, WayIn.EMAIL), (), 27),
    )
    assert profile.recipients == (
        terms.Recipient("carrier", "Carrier", RecipientKind.PROCESSOR, ("address",), "", True, False, None, (), 29),
    )
    assert profile.retention == (
        terms.RetentionRule(
            "orders", ("order", "order_line"), Then.ANONYMISE, Length(years=10), ("paid_on", "ordered_on"),
            terms.Ending.CALENDAR_YEAR, terms.Meanwhile.DEACTIVATED, ("user.content",), Basis("G17-3b", "AO 147"), True, False,
            {"de": "Bestellungen bleiben.", "en": "Orders stay."}, ("CO-06", "CO-07"), 31,
        ),
    )  # fmt: skip
    assert profile.blockers == (
        terms.BlockerRule("repair", "repair", "closed_on", ("account",), {"de": "Wartet."}, (), 44),
    )
    assert profile.backups == (terms.BackupSet("nightly", "all databases", 1, 30, line=46),)
    assert profile.promised == terms.Promised(Period(5, DayUnit.BUSINESS_DAY), Period(1, DayUnit.MONTH), ("CO-08",))
    assert profile.escalation == terms.Escalation(
        "A body", "https://body.example", ("not_acknowledged",), {"de": "Dorthin."}
    )
    assert profile.on_policy_change == terms.NoticeDuty(("home_page",), True, True, True)
    assert profile.approval == terms.Approval((RightCode.ERASURE,), (RightCode.ERASURE,), 3)
    assert profile.statements == (terms.Statement("cookies", "Cookies", {"de": "Keine."}, ("browsing_event",), (), 55),)
    assert profile.duties == (terms.Duty("sealing", ("CO-09",), 57),)
    assert profile.not_offered == (terms.NotOffered("CO-10", "It is not ours.", 59),)
    assert profile.revision == terms.Revision(date(2024, 2, 29), ("CO-11",))
    assert (profile.never_export, profile.regimes) == (("user.content.private",), ("eu_gdpr",))
    assert (profile.record_retention_days, profile.package_days) == (30, 7)


def test_whole_profile_when_compared_with_the_schema_then_no_field_of_it_is_left_at_its_default() -> None:
    whole, plain = parse_profile(WHOLE, "whole"), parse_profile(PLAIN, "plain")

    assert [each.name for each in dataclasses.fields(Profile) if getattr(whole, each.name) == getattr(plain, each.name)
            and each.name not in {"shop", "name", "reference_prefix", "time_zone", "country"}] == []  # fmt: skip


def test_promises_when_they_are_named_anywhere_then_the_profile_says_where() -> None:
    placed = parse_profile(WHOLE, "whole").placed

    assert [each.promise for each in sorted(placed, key=lambda each: each.promise)] == [
        "CO-01", "CO-02", "CO-03", "CO-04", "CO-05", "CO-06", "CO-07", "CO-08", "CO-09", "CO-11"]  # fmt: skip
    assert terms.Placed("CO-06", "retention.orders", 42) in placed
    assert terms.Placed("CO-03", "rights.erasure", 18) in placed


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("shopp: x", "p.yaml:8: shopp: unknown key 'shopp'; did you mean 'shop'? (expected one of accent, age, "),
        ("line: 3", "p.yaml:8: line: unknown key 'line'"),
        ("regimes: eu_gdpr", "p.yaml:8: regimes: the text 'eu_gdpr' where a list belongs (expected a list)"),
        ("package_days: -3", "p.yaml:8: package_days: int -3 does not fit here (expected a whole number, 0 or more)"),
        ("package_days: true", "p.yaml:8: package_days: bool True does not fit here"),
        ("revision: {revised_on: soon}", "p.yaml:8: revision.revised_on: the text 'soon' does not fit here (expected a day"),
        ('revision: {revised_on: "2026-01-31"}', "p.yaml:8: revision.revised_on: the text '2026-01-31' does not fit here"),
        ("revision: {revised_on: 2026-02-30}", "p.yaml:8: revision.revised_on: the text '2026-02-30' does not fit here"),
        ("revision: {revised_on: 2026-01-31 10:00:00}", "p.yaml:8: revision.revised_on: datetime "),
        ("package_days: 1.5", "p.yaml:8: package_days: float 1.5 does not fit here"),
        ("package_days: 010", "p.yaml:8: package_days: the text '010' does not fit here"),
        ("package_days: 1:30", "p.yaml:8: package_days: the text '1:30' does not fit here"),
        ("package_days: 0x" + "f" * 5000, "p.yaml:8: package_days: the text '0xfff"),
        ("regimes: [~]", "p.yaml:8: regimes[0]: nothing where text belongs"),
        ("locale: !!binary aGk=", "p.yaml:8: locale: the tag 'tag:yaml.org,2002:binary' is not allowed"),
        ("rights: {access: {}, access: {}}", "p.yaml:8: rights.access: 'access' is written twice; first in line 8"),
        ("<<: {locale: en-US}", "p.yaml:8: <<: unknown key '<<'"),
        ("age: {under: 2024-01-01}", "p.yaml:8: age.under: date datetime.date(2024, 1, 1) does not fit here"),
        ("duties: [{feature: sealing}]", "p.yaml:8: duties.sealing: 'promises' is missing (expected promises: a list)"),
        ("duties: [7]", "p.yaml:8: duties[0]: int 7 where a mapping belongs"),
        ("rights: [access]", "p.yaml:8: rights: a list where a mapping belongs (expected the rights by their codes: access"),
        ("rights: {acces: {}}", "p.yaml:8: rights.acces: unknown key 'acces'; did you mean 'access'?"),
        ("rights: {access: true}", "p.yaml:8: rights.access: bool True where a mapping belongs"),
        ("rights: {access: {code: erasure}}", "p.yaml:8: rights.access.code: unknown key 'code'"),
        ("rights: {access: {proof: mailbx}}", "p.yaml:8: rights.access.proof: unknown word 'mailbx'; did you mean 'mailbox'?"),
        ("contacts: {promises: [TL-4]}", "p.yaml:8: contacts.promises[0]: 'TL-4' is no promise (expected two capitals"),
        ("contacts: {promises: TL-04}", "p.yaml:8: contacts.promises: the text 'TL-04' where a list belongs"),
        ("escalation: {sentence: Go}", "p.yaml:8: escalation.sentence: the text 'Go' where sentences belong"),
        ("escalation: {sentence: {en: ''}}", "p.yaml:8: escalation.sentence.en: an empty sentence"),
        ("country: DE", "p.yaml:8: country: 'country' is written twice; first in line 5"),
    ],
)  # fmt: skip
def test_profile_when_one_line_is_wrong_then_its_line_says_what_was_expected(line: str, said: str) -> None:
    found = problems_of(PLAIN + line)

    assert [each[: len(said)] for each in found] == [said]


def test_profile_when_it_has_many_mistakes_then_all_are_told_in_the_order_of_lines() -> None:
    text = PLAIN.replace("time_zone: Europe/Berlin", "time_zone: Europe/Berln").replace("country: DE\n", "")

    assert problems_of(text + "promised: {respond: {count: one}}") == [
        "p.yaml:1: 'country' is missing (expected country: some text)",
        "p.yaml:4: time_zone: unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'? (expected such as Europe/Paris)",
        "p.yaml:7: promised.respond.count: the text 'one' does not fit here (expected a whole number, 0 or more)",
        "p.yaml:7: promised.respond: 'unit' is missing (expected unit: one of calendar_day, business_day, month)",
    ]


HOSTILE = {
    "nothing": ("", "p.yaml:1: the file is empty"),
    "a list": ("- a\n- b\n", "p.yaml:1: a list where a mapping belongs (expected a mapping of keys)"),
    "a bomb": (
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)),
        "p.yaml:1: too large or too deeply nested to be read",
    ),
    "depth": ("[" * 5000, "p.yaml:1: too large or too deeply nested to be read"),
    "a tag": (PLAIN + "locale: !!python/object:os.system x", "p.yaml:8: locale: the tag "),
    "binary": ("\x00\x01\x02", "p.yaml: not valid YAML: "),
    "ten megabytes": ("# " + "x" * 10_000_000, "p.yaml: the file is too long: 10000002 characters"),
    "a list inside itself": ("shop: &a [*a]", "p.yaml:1: too large or too deeply nested to be read"),
    "more words than anybody writes": (
        "".join(f"k{number}: 1\n" for number in range(20_000)),
        "p.yaml:20000: too large or too deeply nested to be read",
    ),
    "a number without end": (
        PLAIN + "regimes: [0x" + "f" * 5000 + "]",
        "p.yaml:8: regimes[0]: unknown word '0xfff",
    ),
    "tabs": ("shop:\n\tname: x", "p.yaml:2: not valid YAML: found character that cannot start any token"),
    "an alias of nothing": ("shop: *corner", "p.yaml:1: not valid YAML: found undefined alias"),
    "half a character": ('shop: "\\ud800"', "p.yaml:1: not valid YAML: found invalid Unicode character escape code"),
    "two files in one": (PLAIN + "---\n" + PLAIN, "p.yaml:8: not valid YAML: but found another document"),
    "no YAML": ("shop: [", "p.yaml:2: not valid YAML: "),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_profile_when_it_is_hostile_then_one_sentence(name: str) -> None:
    text, said = HOSTILE[name]

    found = problems_of(text)

    assert [each[: len(said)] for each in found] == [said]


@pytest.mark.parametrize("text", ["\ufeff" + PLAIN, PLAIN.replace("\n", "\r\n"), "---\n" + PLAIN])
def test_profile_when_an_editor_wrote_it_in_its_own_way_then_is_read_all_the_same(text: str) -> None:
    assert parse_profile(text, "p.yaml").categories[0].key == "all"
    assert problems_of(text + "locale: x")[0].endswith("(expected a language and a country such as en-US)")


@pytest.mark.parametrize("path", sorted(path for path in PROFILES.glob("*.yaml") if path.stem != "default"))
def test_profiles_of_the_shops_when_read_then_there_is_nothing_to_say(path) -> None:
    assert problems_of(path.read_text()) == []
    assert parse_profile(path.read_text(), path.name).shop == path.stem


def test_default_profile_when_filled_then_there_is_nothing_to_say() -> None:
    profile = parse_profile(default_profile("corner", "Corner Ünder"), "corner")

    assert (profile.name, profile.reference_prefix) == ("Corner Ünder", "CO")


def test_profile_error_when_told_then_every_problem_has_its_line() -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(PLAIN + "acent: x\nlocal: y", "p.yaml")

    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    assert [problem.line for problem in caught.value.problems] == [8, 9]
