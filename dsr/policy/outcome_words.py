"""The sentences of a decision for the customer, where the shop's profile has none of its own, and days in words.

A sentence of the profile may hold ``{until}``: the last day on which the record stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dsr.policy.terms import Length, RetentionRule

LAST_RESORT = "en"

MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember",
    ),
}  # fmt: skip
DAY = {"en": "{day} {month} {year}", "de": "{day}. {month} {year}"}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "delete": "We delete this record.",
        "anonymise": "We remove from this record everything that tells who you are.",
        "delete_ended": "We kept this record through {until}, as long as our policy said. Now we delete it.",
        "anonymise_ended": "We kept this record through {until}, as long as our policy said. "
        "Now we remove everything that tells who you are.",
        "keep": "We keep this record through {until}.",
        "deactivate": "We keep this record locked away, out of everyday use, through {until}.",
        "undated": "We still have to establish the day from which its time counts, and look at it again "
        "by {review} at the latest.",
        "blocked": "Something about this record is still open, so we cannot change it yet.",
        "afterwards": "Once that has ended:",
        "shared": "This record is another person's too, so we keep it until their data is erased as well.",
        "held": "We are under a legal duty not to change this record until that duty is lifted.",
        "held_until": "We are under a legal duty not to change this record before {until} has passed.",
        "unknown_day": "a day that we still have to establish",
    },
    "de": {
        "delete": "Wir löschen diesen Eintrag.",
        "anonymise": "Wir entfernen aus diesem Eintrag alles, was auf Sie schließen lässt.",
        "delete_ended": "Wir haben diesen Eintrag bis einschließlich {until} aufbewahrt, so lange wie angekündigt. "
        "Jetzt löschen wir ihn.",
        "anonymise_ended": "Wir haben diesen Eintrag bis einschließlich {until} aufbewahrt, so lange wie angekündigt. "
        "Jetzt entfernen wir alles, was auf Sie schließen lässt.",
        "keep": "Wir bewahren diesen Eintrag bis einschließlich {until} auf.",
        "deactivate": "Wir bewahren diesen Eintrag gesperrt bis einschließlich {until} auf.",
        "undated": "Den Tag, von dem an die Frist zählt, müssen wir noch feststellen; wir sehen spätestens am {review} "
        "wieder nach.",
        "blocked": "Zu diesem Eintrag ist noch etwas offen, deshalb können wir ihn noch nicht ändern.",
        "afterwards": "Sobald das beendet ist:",
        "shared": "Dieser Eintrag gehört auch zu einer anderen Person; wir behalten ihn, bis auch deren Daten gelöscht sind.",
        "held": "Wir sind rechtlich verpflichtet, diesen Eintrag nicht zu ändern, bis diese Pflicht aufgehoben wird.",
        "held_until": "Wir sind rechtlich verpflichtet, diesen Eintrag bis einschließlich {until} nicht zu ändern.",
        "unknown_day": "zu einem Tag, den wir noch feststellen müssen",
    },
}


def tongues(language: str, locale: str) -> tuple[str, ...]:
    """The languages to try, in order: the asked one, its plain form, the shop's, English."""
    wanted = (language, language.partition("-")[0], locale, locale.partition("-")[0], LAST_RESORT)
    return tuple(dict.fromkeys(each for each in wanted if each))


def chosen(sentences: Mapping[str, str], wanted: Sequence[str]) -> str:
    """The first of ``sentences`` in one of the wanted languages; empty when there is none."""
    return next((sentences[tongue] for tongue in wanted if sentences.get(tongue)), "")


def rule_sentence(rule: RetentionRule, until: date | None, wanted: Sequence[str]) -> str:
    """The rule's own sentence with its day in words; empty when the profile has none."""
    tongue = next((each for each in wanted if rule.sentence.get(each)), "")
    return _filled(rule.sentence[tongue], tongue, {"until": until}) if tongue else ""


def sentence(name: str, wanted: Sequence[str], **days: date | None) -> str:
    """One of SENTENCES in the first wanted language that has them."""
    tongue = next(each for each in wanted if each in SENTENCES)
    return _filled(SENTENCES[tongue][name], tongue, days)


def in_words(day: date, tongue: str) -> str:
    """``31 December 2033`` or ``31. Dezember 2033``; of a language without words here, the ISO date."""
    plain = tongue.partition("-")[0]
    if plain not in MONTHS:
        return day.isoformat()
    return DAY[plain].format(day=day.day, month=MONTHS[plain][day.month - 1], year=day.year)


def length(keep: Length) -> str:
    """``7 years``; for staff."""
    parts = ((keep.years, "year"), (keep.months, "month"), (keep.days, "day"))
    return " and ".join(f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in parts if count) or "0 days"


def _filled(text: str, tongue: str, days: Mapping[str, date | None]) -> str:
    """Not ``str.format``: a shop's sentence may hold any brace, and one that means nothing here stays as it stands."""
    for name, day in days.items():
        plain = tongue.partition("-")[0]
        unknown = SENTENCES.get(plain, SENTENCES[LAST_RESORT])["unknown_day"]
        text = text.replace(f"{{{name}}}", unknown if day is None else in_words(day, tongue))
    return text
