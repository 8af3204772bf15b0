"""The words of a policy's terms: record classes, facts, lengths, channels, proofs. Codes in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dsr.clocks.words import DayUnit, Period, RightCode
from dsr.policy import terms
from dsr.policy.terms import Marketing, Proof, RecipientKind, WayIn

RIGHTS = {
    RightCode.ACCESS: "See and get a copy of your data",
    RightCode.CORRECTION: "Have something corrected",
    RightCode.ERASURE: "Have your data deleted",
    RightCode.OPT_OUT: "Stop messages, sharing and advertising",
    RightCode.LIMIT: "Limit what sensitive data is used for",
    RightCode.CONSENT_REVOKE: "Take back a consent you gave",
    RightCode.CONCERN: "Raise a concern",
}
WAYS = {
    WayIn.PORTAL: "on this site",
    WayIn.MY_ACCOUNT: "in your account",
    WayIn.EMAIL: "by e-mail",
    WayIn.PHONE: "by telephone",
    WayIn.POST: "by post",
    WayIn.SMS: "by text message",
    WayIn.UNSUBSCRIBE_LINK: "by the unsubscribe link in every mail",
    WayIn.COUNTER: "in the shop",
}
PROOFS = {
    Proof.NONE: "You need not show who you are.",
    Proof.MAILBOX: "We check that your e-mail address is yours.",
    Proof.TWO_FACTS: "We ask for two things that we both know, such as an order number and a postcode.",
    Proof.STAFF: "A member of staff checks who you are.",
}
MARKETING = {
    Marketing.NEVER: "Never used for advertising.",
    Marketing.OPT_IN: "Used for advertising only after you said yes.",
    Marketing.OPT_OUT: "May be used for advertising until you say stop.",
}
KINDS = {
    RecipientKind.PROCESSOR: "works for us",
    RecipientKind.PARTNER: "a partner",
    RecipientKind.PROMOTION: "advertises",
    RecipientKind.AGGREGATE_ONLY: "gets totals only, nothing about a person",
    RecipientKind.AUTHORITY: "an authority or court",
}
CHANNELS = {
    "email": "E-mail",
    "post": "Post and catalogues",
    "phone": "Telephone",
    "sms": "Text messages",
    "partners": "Passing on to partners",
    "profiling": "Profiles and advertising",
}
MESSAGES = {"service": "Messages about your orders and account", "promotional": "Offers and news"}
PLACEMENTS = {
    "policy_page": "on the policy page",
    "home_page": "on the home page",
    "email": "by e-mail",
    "post": "by post",
}
RECORDS = {
    "account": "your account",
    "address": "addresses",
    "order_line": "what you ordered",
    "wish_list": "wish lists",
    "saved_card": "saved cards",
    "staff_note": "notes by our staff",
    "call_log": "calls",
    "sms_subscription": "text message subscriptions",
    "marketing_enrichment": "bought-in details",
    "browsing_event": "visits",
    "newsletter_issue": "newsletters sent",
    "gift_recipient": "gift recipients",
    "survey_answer": "survey answers",
    "contest_entry": "contest entries",
}
FACTS = {
    "ordered_on": "the day of the order",
    "paid_on": "the day of the payment",
    "invoiced_on": "the date of the invoice",
    "returned_on": "the day of the return",
    "closed_on": "the day it was closed",
    "collected_on": "the day we got it",
    "last_active_on": "the day you were last active",
    "appraised_on": "the day of the appraisal",
    "created_on": "the day it was made",
}
DATA = {
    "user.contact.address": "postal address",
    "user.content.private": "private messages",
    "user.device": "what tells your device",
    "user.demographic": "age, gender and the like",
    "user.contact": "ways to reach you",
}
UNITS = {DayUnit.CALENDAR_DAY: "day", DayUnit.BUSINESS_DAY: "working day", DayUnit.MONTH: "month"}


def record_words(name: str) -> str:
    """A record class in words: ``order_line`` is what you ordered, one without words of its own its name in the plural."""
    plain = name.replace("_", " ")
    return RECORDS.get(name) or (
        plain if plain.endswith("s") else f"{plain[:-1]}ies" if plain.endswith("y") else f"{plain}s"
    )


def data_words(name: str) -> str:
    """A data category in words: the last part of its name where it has none of its own."""
    return DATA.get(name) or plain(name.rpartition(".")[2])


def fact_words(name: str) -> str:
    """A fact in words: ``ordered_on`` is the day of the order."""
    return FACTS.get(name) or f"the date “{name.removesuffix('_on').replace('_', ' ')}”"


def length_words(length: terms.Length) -> str:
    """``7 years``, ``1 month``."""
    parts = [(length.years, "year"), (length.months, "month"), (length.days, "day")]
    return listed(counted(number, word) for number, word in parts if number)


def period_words(period: Period) -> str:
    """``10 working days``, ``1 month``."""
    return counted(period.count, UNITS[period.unit])


def counted(number: int, word: str) -> str:
    """``1 month``, ``7 years``."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def every(days: int) -> str:
    """``every day``, ``every 7 days``."""
    return "every day" if days == 1 else f"every {days} days"


def listed(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *head, last = [*words] or [""]
    return f"{', '.join(head)} and {last}" if head else last


def plain(code: str) -> str:
    """A code that has no words of its own, readable: ``my_account`` is ``my account``."""
    return code.replace("_", " ").replace(".", " ")


def sentence(sentences: Mapping[str, str], locale: str) -> str:
    """The sentence in the shop's language, else in English, else in any; empty when there is none."""
    language = locale.partition("-")[0]
    return sentences.get(language) or sentences.get("en") or next(iter(sentences.values()), "")


def capitalised(words: str) -> str:
    """With a capital in front; the rest as it stands."""
    return words[:1].upper() + words[1:]
