"""Every term of a profile has its words, in the order in which a customer would ask."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from enum import StrEnum

import pytest

from dsr.clocks.words import DayUnit, Period, RightCode
from dsr.policy import terms
from dsr.policy.loader import default_profile, parse_profile
from dsr.policy.schema import Profile
from dsr.policy.terms import Length, RetentionRule, Then
from dsr.web import plain_terms, term_words

PLAIN = parse_profile(default_profile("small-shop", "Small Shop"), "small-shop")
FULL = replace(
    PLAIN,
    locale="de-DE",
    promised=terms.Promised(Period(10, DayUnit.BUSINESS_DAY), Period(1, DayUnit.MONTH)),
    regimes=("eu_gdpr",),
    revision=terms.Revision(date(2025, 3, 1)),
    age=terms.AgeLine(13, buyers_from=18, parent=(terms.WayIn.EMAIL, terms.WayIn.PHONE)),
    subject_classes=(
        terms.SubjectClass("gift_recipient", "People who get a gift", ("gift_delivery",), terms.Marketing.NEVER),
    ),
    message_classes=(terms.MessageClass("service", False), terms.MessageClass("promotional", True)),
    message_channels=(terms.MessageChannel("sms", terms.Marketing.OPT_IN, (terms.WayIn.SMS,)),),
    recipients=(
        terms.Recipient("ups", "UPS", terms.RecipientKind.PROCESSOR, ("order", "user.contact.address"), "Delivers."),
        terms.Recipient("broker", "A broker", terms.RecipientKind.PROMOTION, ("order",), is_allowed=False),
    ),
    retention=(
        RetentionRule(
            "invoices",
            ("invoice", "order"),
            Then.DELETE,
            keep=Length(years=7),
            from_facts=("invoiced_on", "ordered_on"),
            ending=terms.Ending.CALENDAR_YEAR,
            meanwhile=terms.Meanwhile.DEACTIVATED,
            at_once=("user.contact.phone_number",),
            basis=terms.Basis("G17-3b", "GDPR Article 17(3)(b)"),
            sentence={"de": "Rechnungen behalten wir.", "en": "We keep invoices."},
            promises=("CJ-04",),
        ),
        RetentionRule("visits", ("browsing_event",), Then.ANONYMISE),
    ),
    blockers=(terms.BlockerRule("open_return", "return", "closed_on", ("return", "order")),),
    backups=(terms.BackupSet("nightly", "Nightly copies", 1, 30),),
    statements=(terms.Statement("cookies", "Cookies", {"en": "Not linked to you."}),),
    on_policy_change=terms.NoticeDuty(("home_page", "email"), only_new_data=True),
    on_sale=terms.NoticeDuty(("email",), is_before=True),
    escalation=terms.Escalation("TrustArc", "https://trustarc.example"),
)


def chapter(profile: Profile, key: str) -> list[tuple[str, tuple[str, ...]]]:
    found = next(each for each in plain_terms.chapters(profile) if each.key == key)
    return [(item.title, item.sentences) for item in found.items]


def test_chapters_when_a_profile_says_everything_then_all_of_them_are_there_in_order() -> None:
    assert [each.key for each in plain_terms.chapters(FULL)] == [key for key, *_ in plain_terms.CHAPTERS]


def test_chapters_when_a_profile_says_little_then_no_heading_is_empty() -> None:
    assert [each.key for each in plain_terms.chapters(PLAIN)] == ["rights", "clocks", "held", "kept"]


def test_retention_when_something_is_kept_then_how_long_from_what_without_what_and_why() -> None:
    kept, gone = plain_terms.kept(FULL)

    assert kept.what == "Invoices and orders"
    assert kept.how_long == "7 years from the end of the year of the date of the invoice or else the day of the order"
    assert kept.meanwhile == "deactivated and without phone number"
    assert (kept.then, kept.citation, kept.sentence) == ("Deleted", "GDPR Article 17(3)(b)", "Rechnungen behalten wir.")
    assert (gone.what, gone.how_long, gone.meanwhile, gone.then) == ("Visits", "not kept", "", "Made anonymous")


def test_retention_when_its_sentence_names_the_last_day_then_no_page_shows_the_bare_word_for_it() -> None:
    rule = replace(FULL.retention[0], sentence={"en": "Locked away through {until}."})

    assert plain_terms.kept(replace(PLAIN, retention=(rule,)))[0].sentence == (
        "Locked away through the last day of that time."
    )


def test_recipient_when_it_gets_totals_alone_then_no_data_is_named() -> None:
    figures = terms.Recipient("f", "Advertisers", terms.RecipientKind.AGGREGATE_ONLY, ("user.demographic",), "To plan.")

    assert chapter(replace(PLAIN, recipients=(figures,)), "recipients") == [
        ("Advertisers", ("Gets totals only, nothing about a person.", "To plan."))
    ]


@pytest.mark.parametrize(
    ("gets", "words"),
    [("user", "any of your data"), ("user.contact.email", "email"), ("wish_list", "wish lists")],
)
def test_recipient_when_it_gets_something_then_it_is_named(gets: str, words: str) -> None:
    court = terms.Recipient("court", "A court", terms.RecipientKind.AUTHORITY, (gets,))

    assert chapter(replace(PLAIN, recipients=(court,)), "recipients") == [
        ("A court", (f"An authority or court; gets {words}.",))
    ]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (
            "clocks",
            [
                (
                    "Our answer",
                    (
                        "We tell you within 10 working days that your request has reached us.",
                        "We answer within 1 month.",
                        "Where the law of the place you live in sets an earlier date, that date holds.",
                    ),
                )
            ],
        ),
        ("blockers", [("Returns that are still open", ("While one is open, returns and orders stay as they are.",))]),
        ("backups", [("Nightly copies", ("One is made every day and kept for 30 days.",))]),
        ("recipients", [("UPS", ("Works for us; gets orders and postal address.", "Delivers."))]),
        (
            "messages",
            [
                ("Messages about your orders and account", ("They cannot be stopped on their own.",)),
                ("Offers and news", ("You can stop them.",)),
                (
                    "Text messages",
                    ("Used for advertising only after you said yes.", "You stop it by text message."),
                ),
            ],
        ),
        (
            "people",
            [
                ("People who get a gift", ("Used only for: gift delivery.", "Never used for advertising.")),
                (
                    "Children",
                    (
                        "Everybody under 13 is a child to us.",
                        "Buyers are 18 or older.",
                        "A parent can ask by e-mail and by telephone.",
                    ),
                ),
            ],
        ),
        ("statements", [("Cookies", ("Not linked to you.",))]),
        (
            "notices",
            [
                (
                    "When this policy changes",
                    (
                        "We tell you on the home page and by e-mail.",
                        "New terms hold only for what we collect after them.",
                    ),
                ),
                ("When the business is sold", ("We tell you before it happens by e-mail.",)),
            ],
        ),
        ("escalation", [("TrustArc", ("If our answer does not satisfy you, you may turn to TrustArc.",))]),
    ],
)
def test_chapter_when_it_has_something_to_say_then_it_says_this(
    key: str, told: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert chapter(FULL, key) == told


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (RightCode, term_words.RIGHTS),
        (terms.WayIn, term_words.WAYS),
        (terms.Proof, term_words.PROOFS),
        (terms.Marketing, term_words.MARKETING),
        (terms.RecipientKind, term_words.KINDS),
        (DayUnit, term_words.UNITS),
    ],
)
def test_codes_when_told_to_people_then_each_has_its_words(codes: type[StrEnum], words: dict[StrEnum, str]) -> None:
    assert set(words) == set(codes)


@pytest.mark.parametrize(
    ("name", "words"),
    [("order_line", "what you ordered"), ("repair", "repairs"), ("survey_entry", "survey entries"), ("news", "news")],
)
def test_record_class_when_it_has_no_words_of_its_own_then_its_plural(name: str, words: str) -> None:
    assert term_words.record_words(name) == words


def test_sentence_when_the_language_is_missing_then_english_and_then_any() -> None:
    assert term_words.sentence({"de": "Ja", "en": "Yes"}, "de-AT") == "Ja"
    assert term_words.sentence({"en": "Yes"}, "de-AT") == "Yes"
    assert term_words.sentence({"fr": "Oui"}, "de-AT") == "Oui"
    assert term_words.sentence({}, "de-AT") == ""


def test_terms_when_one_is_added_to_the_profile_then_somebody_decides_whether_customers_read_it() -> None:
    told = {"rights", "promised", "regimes", "categories", "retention", "blockers", "backups", "recipients",
            "message_classes", "message_channels", "subject_classes", "age", "statements", "on_policy_change",
            "on_sale", "escalation", "revision", "contacts"}  # fmt: skip
    not_told = {
        "shop", "name", "reference_prefix", "accent", "time_zone", "country", "locale",
        "record_retention_days", "package_days", "never_export", "approval", "duties", "not_offered", "placed",
    }  # fmt: skip

    assert {each.name for each in fields(Profile)} - told - not_told == set()


def test_clocks_when_the_shop_promised_no_time_then_the_law_sets_the_date() -> None:
    lawful = replace(PLAIN, promised=terms.Promised(), regimes=("eu_gdpr", "us_ca"))

    assert chapter(lawful, "clocks") == [
        (
            "Our answer",
            (
                (
                    "The law of the place you live in sets the date; where that is not known, we keep the earliest that may "
                    "apply."
                ),
            ),
        )
    ]
