"""The sentences of a decision for the customer, where the shop's profile has none of its own, and days in words.

A sentence of the profile may hold ``{until}``: the last day on which the record stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from dsr.policy.terms import Length

UNTIL = "{until}"

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
        "delete_ended": "The time for which we keep such records ended on {until}. We delete this record.",
        "anonymise_ended": "The time for which we keep such records ended on {until}. "
        "We remove from this record everything that tells who you are.",
        "keep": "We keep this record through {until}.",
        "deactivate": "We keep this record locked away, out of everyday use, through {until}.",
        "partly": "We do not keep the parts of it that are not needed for that.",
        "undated": "We still have to establish the day from which its time counts, and look at it again "
        "by {review} at the latest.",
        "blocked": "Something about this record is still open, so we cannot change it yet.",
        "afterwards": "Once that has ended:",
        "shared": "This record is another person's too, so we leave it as it is for as long as it is theirs.",
        "held": "For a legal reason we have to leave this record as it is until that reason has ended.",
        "held_until": "For a legal reason we have to leave this record as it is until {until} has passed.",
        "needed": "Another record that has to stay refers to this one, so it stays as an empty shell: we remove from it "
        "everything that tells who you are.",
        "unknown_day": "a day that we still have to establish",
        "correct": "We correct this record.",
        "left_alone": "What stands here is right as it is, so we leave it.",
        "history": "This record says what was so when it was made, so we leave it as it was.",
        "beside": "It says the same as what we corrected. We left it as it is, because something else may hang on it (how you "
        "sign in, say). Tell us if it shall change too.",
    },
    "de": {
        "delete": "Wir löschen diesen Eintrag.",
        "anonymise": "Wir entfernen aus diesem Eintrag alles, was auf Sie schließen lässt.",
        "delete_ended": "Die Zeit, für die wir solche Einträge aufbewahren, endete am {until}. Wir löschen diesen Eintrag.",
        "anonymise_ended": "Die Zeit, für die wir solche Einträge aufbewahren, endete am {until}. "
        "Wir entfernen aus diesem Eintrag alles, was auf Sie schließen lässt.",
        "keep": "Wir bewahren diesen Eintrag bis einschließlich {until} auf.",
        "deactivate": "Wir bewahren diesen Eintrag gesperrt bis einschließlich {until} auf.",
        "partly": "Teile davon, die dafür nicht nötig sind, behalten wir nicht.",
        "undated": "Den Tag, von dem an die Frist zählt, müssen wir noch feststellen; wir sehen spätestens am {review} "
        "wieder nach.",
        "blocked": "Zu diesem Eintrag ist noch etwas offen, deshalb können wir ihn noch nicht ändern.",
        "afterwards": "Sobald das beendet ist:",
        "shared": "Dieser Eintrag gehört auch zu einer anderen Person; wir lassen ihn, wie er ist, solange er auch ihrer ist.",
        "held": "Aus einem rechtlichen Grund müssen wir diesen Eintrag lassen, wie er ist, bis dieser Grund entfällt.",
        "held_until": "Aus einem rechtlichen Grund müssen wir diesen Eintrag bis einschließlich {until} lassen, wie er ist.",
        "needed": "Ein anderer Eintrag, der bleiben muss, verweist auf diesen; deshalb bleibt eine leere Hülle: Wir entfernen "
        "alles daraus, was auf Sie schließen lässt.",
        "unknown_day": "zu einem Tag, den wir noch feststellen müssen",
        "correct": "Wir berichtigen diesen Eintrag.",
        "left_alone": "Was hier steht, ist richtig, deshalb lassen wir es so.",
        "history": "Dieser Eintrag sagt, was galt, als er entstand; deshalb lassen wir ihn, wie er war.",
        "beside": "Hier steht dasselbe wie das, was wir berichtigt haben. Wir haben es gelassen, wie es ist, weil anderes daran "
        "hängen kann (etwa Ihre Anmeldung). Sagen Sie uns, wenn es auch geändert werden soll.",
    },
}


@dataclass(slots=True)
class Voice:
    """Tells one customer everything about one record, in the asked language, else the shop's, else English.

    ``spoken`` are the languages that it had to use.
    """

    language: str
    locale: str
    spoken: set[str] = field(default_factory=set)

    def own(self, sentences: Mapping[str, str], **days: date | None) -> str:
        """The shop's own sentence with its days in words; empty when it has none."""
        said = {_tag(tongue): text for tongue, text in sentences.items() if text}
        tongue = next((each for each in tongues(self.language, self.locale) if each in said), "")
        return self._filled(said[tongue], tongue, days) if tongue else ""

    def say(self, name: str, **days: date | None) -> str:
        """One of SENTENCES."""
        tongue = next(each for each in tongues(self.language, self.locale) if each in SENTENCES)
        return self._filled(SENTENCES[tongue][name], tongue, days)

    def detour(self) -> str:
        """For staff: that the customer reads another language than the one asked for; empty when not."""
        asked = _tag(self.language)
        others = sorted(tongue for tongue in self.spoken if _plain(tongue) != _plain(asked))
        return f"There are no words in '{asked}' for this: the customer reads {', '.join(others)}." * bool(
            asked and others
        )

    def _filled(self, text: str, tongue: str, days: Mapping[str, date | None]) -> str:
        """Not ``str.format``: a shop's sentence may hold any brace, and one that means nothing here stays as it stands."""
        self.spoken.add(tongue)
        unknown = SENTENCES.get(_plain(tongue), SENTENCES[LAST_RESORT])["unknown_day"]
        for name, day in days.items():
            text = text.replace(f"{{{name}}}", unknown if day is None else in_words(day, tongue))
        return text


def tongues(language: str, locale: str) -> tuple[str, ...]:
    """The languages to try, in order: the asked one, its plain form, the shop's, English."""
    asked, shops = _tag(language), _tag(locale)
    return tuple(dict.fromkeys(each for each in (asked, _plain(asked), shops, _plain(shops), LAST_RESORT) if each))


def in_words(day: date, tongue: str) -> str:
    """``31 December 2033`` or ``31. Dezember 2033``; of a language without words here, the ISO date."""
    plain = _plain(tongue)
    if plain not in MONTHS:
        return day.isoformat()
    return DAY[plain].format(day=day.day, month=MONTHS[plain][day.month - 1], year=day.year)


def length(keep: Length) -> str:
    """``7 years``; for staff."""
    parts = ((keep.years, "year"), (keep.months, "month"), (keep.days, "day"))
    return " and ".join(f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in parts if count) or "0 days"


def _tag(tongue: str) -> str:
    """``de_AT`` and ``de-at`` are one language."""
    return tongue.replace("_", "-").lower()


def _plain(tongue: str) -> str:
    return tongue.partition("-")[0]
