"""The rules of sense for a profile: what is well written and still cannot be meant. Each is an error, with its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass
from itertools import combinations
from typing import Any
from zoneinfo import available_timezones

import phonenumbers

from dsr.clocks import regimes
from dsr.clocks.words import DayUnit
from dsr.data_categories import data_categories
from dsr.policy import known_words
from dsr.policy.reading import PROMISE, WITHOUT_PROOF, ProfileReader
from dsr.policy.schema import Profile
from dsr.policy.terms import Length, Proof, RecipientKind, Telling
from dsr.yaml_text import nearest

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
PREFIX = re.compile(r"[A-Z0-9]{2,4}")
KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
LOCALE = re.compile(r"([a-z]{2})-([A-Z]{2})")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
PHONE = re.compile(r"\+[1-9]\d{6,14}")
URL = re.compile(r"https?://[^\s/.]+(\.[^\s/.]+)+(/\S*)?")
WEBHOOK = re.compile(r"https://[^\s/.@?#]+(\.[^\s/.@?#]+)+(/[!-~]*)?")

LISTS = ("categories", "subject_classes", "message_classes", "message_channels", "recipients", "retention", "blockers",
         "backups", "statements")  # fmt: skip
A_CENTURY = {"years": 100, "months": 1_200, "days": 36_525}
"""Nothing that a shop says of its data lasts longer; far beyond it calendars end, and every reckoning with them."""

TEN_YEARS = {DayUnit.MONTH: 120, DayUnit.CALENDAR_DAY: 3_653, DayUnit.BUSINESS_DAY: 2_610}
PLACEMENTS = ("policy_page", "home_page", "email", "post")
CHANNELS = ("email", "post", "phone", "sms", "partners", "profiling")
MESSAGES = ("service", "promotional")
ESCALATES = ("not_acknowledged", "not_satisfied")


class Complain:
    """Called with a place, what was found there and what was expected. What could not be read is not complained of again."""

    def __init__(self, reader: ProfileReader) -> None:
        self._reader = reader

    def __call__(self, place: str, message: str, expected: str, line: int | None = None) -> None:
        """``line`` where the place is not enough, because two items have the same."""
        if place not in self._reader.unread:
            self._reader.complain(line or self._reader.lines.get(place), place, message, expected)

    def is_unread(self, place: str) -> bool:
        """Whether something at or beneath the place could not be read."""
        return any(each == place or each.startswith((f"{place}.", f"{place}[")) for each in self._reader.unread)


def check(profile: Profile, reader: ProfileReader) -> None:
    """Complain to ``reader`` of everything in the profile that cannot be meant."""
    complain = Complain(reader)
    for rule in (_identity, _contacts, _records, _facts, _categories, _codes, _rights, _lengths, _clocks, _numbers, _sentences,
                 _promises, _recipients, _contradictions, _instructions):  # fmt: skip
        rule(profile, complain)
    _twins(profile, reader)


def _identity(profile: Profile, complain: Complain) -> None:
    """What the shop is called and where it is."""
    for key, pattern, expected in (
        ("shop", SLUG, "small letters, digits and - such as corner-shop"),
        ("reference_prefix", PREFIX, "two to four capital letters or digits"),
        ("accent", COLOUR, "a colour such as #334155"),
        ("locale", LOCALE, "a language and a country such as en-US"),
    ):
        said = getattr(profile, key)
        if said and not pattern.fullmatch(said):
            complain(key, f"'{said}' cannot be used here", expected)
    if profile.name and not (profile.name.strip() and profile.name.isprintable()):
        complain("name", "the name is no line that could be printed", "a name on one line, such as Corner Gems")
    zones, countries = available_timezones(), phonenumbers.SUPPORTED_REGIONS
    if profile.time_zone and profile.time_zone not in zones:
        message = f"unknown time zone '{profile.time_zone}'{nearest(profile.time_zone, zones)}"
        complain("time_zone", message, "such as Europe/Paris")
    if profile.country and profile.country not in countries:
        complain("country", f"unknown country '{profile.country}'", "two capital letters (ISO 3166) such as US")


def _contacts(profile: Profile, complain: Complain) -> None:
    contacts = profile.contacts
    listed = [(f"contacts.emails[{n}]", said, EMAIL, "name@place.example") for n, said in enumerate(contacts.emails)]
    listed += [
        (f"contacts.phones[{n}]", said, PHONE, "+, country and number, digits only (E.164)")
        for n, said in enumerate(contacts.phones)
    ]
    listed += [(place, said, URL, "https:// and an address") for place, said in urls(profile)]
    for place, said, pattern, expected in listed:
        if said and not pattern.fullmatch(said):
            complain(place, f"'{said}' cannot be reached", expected)


def urls(profile: Profile) -> tuple[tuple[str, str], ...]:
    """Every web address of a profile, with its place."""
    contacts, escalation = profile.contacts, profile.escalation
    return (
        ("contacts.website", contacts.website),
        ("contacts.policy_url", contacts.policy_url),
        ("escalation.url", escalation.url),
    )


def record_classes(profile: Profile) -> Iterator[tuple[str, str]]:
    """Every record class that a profile names outside its categories, with its place."""
    for rule in profile.retention:
        yield from _each(f"retention.{rule.key}.record_classes", rule.record_classes)
    for blocker in profile.blockers:
        yield f"blockers.{blocker.key}.record_class", blocker.record_class
        yield from _each(f"blockers.{blocker.key}.blocks", blocker.blocks)
    for statement in profile.statements:
        yield from _each(f"statements.{statement.key}.contradicted_by", statement.contradicted_by)
    for recipient in profile.recipients:
        words = _each(f"recipients.{recipient.key}.gets", recipient.gets)
        yield from ((place, word) for place, word in words if not _is_category(word))


def facts(profile: Profile) -> Iterator[tuple[str, str]]:
    """Every fact that a profile counts from or waits for, with its place."""
    for rule in profile.retention:
        yield from _each(f"retention.{rule.key}.from_facts", rule.from_facts)
    for blocker in profile.blockers:
        yield f"blockers.{blocker.key}.until_fact", blocker.until_fact


def _each(place: str, words: Collection[str]) -> Iterator[tuple[str, str]]:
    return ((f"{place}[{number}]", word) for number, word in enumerate(words))


def _is_category(word: str) -> bool:
    return word.partition(".")[0] in {"user", "system"}


def _records(profile: Profile, complain: Complain) -> None:
    own = {name for category in profile.categories for name in category.record_classes}
    for category in profile.categories:
        for place, word in _each(f"categories.{category.key}.record_classes", category.record_classes):
            _slip(place, word, known_words.RECORD_CLASSES, "record class", complain)
    for place, word in record_classes(profile):
        if word not in own:
            _slip(place, word, own | known_words.RECORD_CLASSES, "record class", complain)


def _facts(profile: Profile, complain: Complain) -> None:
    for place, word in facts(profile):
        _slip(place, word, known_words.FACTS, "fact", complain)


def _slip(place: str, word: str, known: Collection[str], what: str, complain: Complain) -> None:
    meant = known_words.slip_of(word, known)
    if meant:
        complain(place, f"unknown {what} '{word}'; did you mean '{meant}'?", f"a {what}")


def _categories(profile: Profile, complain: Complain) -> None:
    """Data categories, in Fideslang."""
    named = list(_each("never_export", profile.never_export))
    for category in profile.categories:
        named += _each(f"categories.{category.key}.data_categories", category.data_categories)
    for rule in profile.retention:
        named += _each(f"retention.{rule.key}.at_once", rule.at_once)
    for recipient in profile.recipients:
        gets = _each(f"recipients.{recipient.key}.gets", recipient.gets)
        named += [(place, word) for place, word in gets if _is_category(word)]
    for place, word in named:
        if word not in data_categories():
            close = nearest(word, data_categories())
            complain(place, f"unknown data category '{word}'{close}", "a key of Fideslang's data categories")


def _codes(profile: Profile, complain: Complain) -> None:
    """Words of which there are only a few."""
    named = [
        *((*pair, PLACEMENTS) for pair in _each("on_policy_change.placements", profile.on_policy_change.placements)),
        *((*pair, PLACEMENTS) for pair in _each("on_sale.placements", profile.on_sale.placements)),
        *((*pair, regimes.codes()) for pair in _each("regimes", profile.regimes)),
        *((*pair, ESCALATES) for pair in _each("escalation.after", profile.escalation.after)),
        *((f"message_channels.{each.key}", each.key, CHANNELS) for each in profile.message_channels),
        *((f"message_classes.{each.key}", each.key, MESSAGES) for each in profile.message_classes),
    ]
    for place, word, known in named:
        if word and word not in known:
            complain(place, f"unknown word '{word}'{nearest(word, known)}", "one of " + ", ".join(known))


def _rights(profile: Profile, complain: Complain) -> None:
    for right in profile.rights:
        place = f"rights.{right.code}"
        if right.code in WITHOUT_PROOF and right.proof is not Proof.NONE:
            message = f"no proof may be asked for {right.code} (11 CCR 7060(b)), and this one is '{right.proof}'"
            complain(f"{place}.proof", message, "none")
        if right.is_offered and not right.channels and not complain.is_unread(f"{place}.channels"):
            complain(f"{place}.channels", "a right that is offered has no channel", "at least one, such as email")


def _lengths(profile: Profile, complain: Complain) -> None:
    for rule in profile.retention:
        place = f"retention.{rule.key}"
        if complain.is_unread(f"{place}.keep"):
            continue
        if rule.keep is not None:
            if _units(rule.keep) != 1:
                complain(
                    f"{place}.keep",
                    "a period has exactly one unit above 0",
                    "years, months or days, such as {years: 7}",
                )
            for unit, most in A_CENTURY.items():
                _at_most(f"{place}.keep.{unit}", getattr(rule.keep, unit), most, unit, complain)
            if not rule.from_facts:
                complain(place, "a period counts from nothing", "from_facts: a list such as [ordered_on]")
        elif rule.at_once or rule.from_facts:
            complain(place, "nothing is kept, so no day counts and nothing goes earlier", "keep, or neither of them")


def _clocks(profile: Profile, complain: Complain) -> None:
    """How long a shop promised to take."""
    for name in ("acknowledge", "respond"):
        period = getattr(profile.promised, name)
        if period is not None and period.count < 1:
            complain(f"promised.{name}.count", f"{period.count} is no length", "a whole number above 0")
        if period is not None:
            _at_most(f"promised.{name}.count", period.count, TEN_YEARS[period.unit], "of its unit", complain)


def _at_most(place: str, number: int, most: int, what: str, complain: Complain) -> None:
    """Something that would end in a time that no calendar has, or that nobody would wait for."""
    if number > most:
        complain(place, f"{number} {what} is longer than anybody lives to see", f"at most {most}")


def _units(length: Length) -> int:
    return sum(number > 0 for number in (length.years, length.months, length.days))


def _numbers(profile: Profile, complain: Complain) -> None:
    days = [(key, getattr(profile, key)) for key in ("record_retention_days", "package_days")]
    for backup in profile.backups:
        days += [(f"backups.{backup.key}.{key}", getattr(backup, key)) for key in ("every_days", "kept_days")]
    for place, number in days:
        if number < 1:
            complain(place, f"{number} days is no time", "a whole number above 0")
    for place, number in (*days, ("approval.cooling_off_days", profile.approval.cooling_off_days)):
        _at_most(place, number, A_CENTURY["days"], "days", complain)
    age = profile.age
    if age and not 1 <= age.under <= 21:
        complain("age.under", f"{age.under} is no age of children", "a whole number of years from 1 to 21")
    if age and age.buyers_from is not None and age.buyers_from < age.under:
        complain("age.buyers_from", f"buyers from {age.buyers_from} would be children", f"{age.under} or more")


def _sentences(profile: Profile, complain: Complain) -> None:
    """Sentences by language, of which the shop's own must not be missing."""
    main = profile.locale[:2]
    for place, said in sentences(profile):
        for language in said:
            if language not in known_words.LANGUAGES:
                complain(
                    f"{place}.{language}", f"unknown language '{language}'", "two small letters (ISO 639) such as en"
                )
        if said and main in known_words.LANGUAGES and main not in said:
            complain(
                place, f"the sentence in the shop's own language ({main}, of locale) is missing", f"{main}: a sentence"
            )


def sentences(profile: Profile) -> Iterator[tuple[str, dict[str, str]]]:
    """Every sentence of a profile by language, with its place."""
    for each in fields(profile):
        value = getattr(profile, each.name)
        for item in value if isinstance(value, tuple) else (value,):
            if is_dataclass(item) and isinstance(said := getattr(item, "sentence", None), dict):
                yield f"{each.name}{_named(item)}.sentence", said


def _named(item: Any) -> str:
    key = getattr(item, "key", "")
    return f".{key}" if key else ""


def _promises(profile: Profile, complain: Complain) -> None:
    placed = {each.promise: each for each in profile.placed}
    for each in profile.not_offered:
        place = f"not_offered.{each.promise}"
        if each.promise and not PROMISE.fullmatch(each.promise):
            complain(f"{place}.promise", f"'{each.promise}' is no promise", "two capitals and two digits such as TL-04")
        elif each.promise in placed:
            at = placed[each.promise]
            complain(place, f"{each.promise} is honoured by {at.place} in line {at.line}", "one of the two")


def _recipients(profile: Profile, complain: Complain) -> None:
    """Somebody is to get what the profile itself says that nobody of that kind gets (WJ-01, ML-10)."""
    for forbidden in profile.recipients:
        for each in profile.recipients if not forbidden.is_allowed else ():
            given = [name for name in each.gets if any(_is_within(name, other) for other in forbidden.gets)]
            if each.is_allowed and each.kind is forbidden.kind and given:
                message = (
                    f"'{given[0]}' goes to nobody of the kind '{each.kind}', as '{forbidden.key}' in line "
                    f"{forbidden.line} says"
                )
                complain(
                    f"recipients.{each.key}", message, "another kind, is_allowed: false, or less in gets", each.line
                )


ADDRESSES = {
    Telling.EMAIL: (EMAIL, "an address such as privacy@place.example"),
    Telling.WEBHOOK: (WEBHOOK, "https:// and an address, without a user name"),
    Telling.TASK: (re.compile(""), "no address: staff do it by hand"),
    Telling.NOBODY: (re.compile(""), "no address: nobody is told"),
}
NEVER_TOLD = {
    RecipientKind.AGGREGATE_ONLY: "gets nothing about one person",
    RecipientKind.AUTHORITY: "takes no instruction",
}


def _instructions(profile: Profile, complain: Complain) -> None:
    """How recipients are told of an erasure: an address that fits the way, and nobody who cannot be told."""
    for each in profile.recipients:
        place = f"recipients.{each.key}.instruct"
        if each.instruct is None or complain.is_unread(place):
            continue
        why = NEVER_TOLD.get(each.kind) if each.is_allowed else "gets nothing at all"
        if why:
            complain(place, f"'{each.key}' {why}, so it is never told to erase", "no instruct here")
        pattern, expected = ADDRESSES[each.instruct.way]
        if not pattern.fullmatch(each.instruct.address):
            message = f"'{each.instruct.address}' is no address for the way '{each.instruct.way}'"
            complain(f"{place}.address" if each.instruct.address else place, message, expected)


def _is_within(one: str, other: str) -> bool:
    """Whether either of two things that somebody gets is a part of the other; ``user`` is everything about people."""
    return "user" in (one, other) or f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _contradictions(profile: Profile, complain: Complain) -> None:
    """One rule keeps what another lets go: nobody could say what the shop promised."""
    for one, other in combinations(profile.retention, 2):
        both = sorted(set(one.record_classes) & set(other.record_classes))
        is_known = not any(complain.is_unread(f"retention.{rule.key}.keep") for rule in (one, other))
        if both and is_known and (one.keep is None) != (other.keep is None):
            message = (
                f"it contradicts '{one.key}' in line {one.line}: one keeps {both[0]}, the other keeps nothing of it"
            )
            complain(f"retention.{other.key}", message, f"one rule for {both[0]}", other.line)


def _twins(profile: Profile, reader: ProfileReader) -> None:
    """Items without a usable name, and two of one name."""
    for place in LISTS:
        first: dict[str, int | None] = {}
        for item in getattr(profile, place):
            if item.key and not KEY.fullmatch(item.key):
                message = f"'{item.key[:40]}' is no key"
                reader.complain(item.line, f"{place}.{item.key[:40]}", message, "letters, digits, - and _, at most 60")
            elif item.key in first:
                message = f"'{item.key}' stands twice; first in line {first[item.key]}"
                reader.complain(item.line, f"{place}.{item.key}", message, "another key")
            elif item.key:
                first[item.key] = item.line
