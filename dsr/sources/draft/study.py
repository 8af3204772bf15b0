"""Everything that is known of a database while it is judged: schema, samples, readings, references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsr.sources.draft.classes import TELLING, class_of_words
from dsr.sources.draft.listed import listed
from dsr.sources.draft.live import LiveTable
from dsr.sources.draft.model import ReferenceDraft
from dsr.sources.draft.reading import NOTHING_READ, Reading, office_share
from dsr.sources.draft.sampling import NOTHING, TableSample
from dsr.sources.draft.values import Sample
from dsr.sources.draft.vocabulary import ORGANISATIONS, PEOPLE
from dsr.sources.draft.words import stem, stems, tokens

IDENTITIES = {"email", "phone", "customer_number"}
HUMAN = {
    "first_name": 2.0, "last_name": 2.0, "birth_date": 2.5, "gender": 1.5, "password": 2.0, "username": 1.0, "phone": 1.0,
    "ip": 1.0, "user_agent": 0.5, "consent": 1.0, "full_name": 1.5, "national_id": 2.0, "honorific": 0.5, "street": 0.5,
    "postcode": 0.5, "card": 1.0, "credential": 0.5, "customer_number": 1.0, "marital": 1.5, "income": 1.0, "passport": 2.0,
    "licence": 1.5, "job": 1.0,
}  # fmt: skip
"""How much each kind of column speaks for a table of people, beside an e-mail address."""

EMAIL_SPEAKS = 3.0
PEOPLE_SPEAK = 3.0
ORGANISATION_SPEAKS = -5.0
LEAST_SCORE = 3.0
NAMED_NUMBER_SPEAKS = 1.0
WHOLE_NAMES = {"full_name", "last_name"}
"""With a telephone number beside it such a name is a person's who can be found, also without an e-mail address."""
MANY_SPEAK = 5.0
UNNAMED_COSTS = 2.0
SURE_SCORE = 6.0
NAMES_OF_THINGS = {"name", "company", "url", "street", "phone", "fax", "title"}
NAMES_OF_PEOPLE = {
    "first_name", "last_name", "full_name", "username", "password", "birth_date", "gender", "consent", "ip", "honorific",
    "credential", "customer_number", "user_agent",
}  # fmt: skip
MOST_OFFICES = 0.5
FEW_OFFICES = 0.2
MANY_ADDRESSES = 8
MANY_DOMAINS = 3


@dataclass
class Study:
    """One database under study."""

    tables: Mapping[str, LiveTable]
    samples: Mapping[str, TableSample]
    readings: Mapping[str, Mapping[str, Reading]]
    references: Mapping[str, list[ReferenceDraft]]

    def sample(self, name: str) -> TableSample:
        """What was read of a table."""
        return self.samples.get(name, NOTHING)

    def reading(self, table: str, column: str) -> Reading:
        """What a column may say."""
        return self.readings[table].get(column, NOTHING_READ)


def is_organisation(live: LiveTable) -> bool:
    """Whether a table's name ends in a word for a catalogue, configuration or a company.

    A table that does nothing but link two others is neither.
    """
    words = stems(live.table)
    last = words[-1] if words else ""
    linked = {column for key in live.foreign_keys for column in key.columns} | set(live.key)
    if len(live.foreign_keys) > 1 and all(column.name in linked for column in live.columns):
        return False
    kind = class_of_words(words)
    if kind is not None and set(words) & TELLING:
        return False
    if last in NEUTRAL and any(word in _ORGANISATIONS for word in words[-2:-1]):
        return True
    return last in _ORGANISATIONS and last not in PEOPLE


NEUTRAL = listed("translation value set image attribute detail data info entity item type description content link")
_ORGANISATIONS = frozenset(stem(word) for word in ORGANISATIONS) | ORGANISATIONS


def people_scores(
    tables: Mapping[str, LiveTable], samples: Mapping[str, TableSample], readings: Mapping[str, Mapping[str, Reading]]
) -> dict[str, float]:
    """How much each table is about people, by its name and by what its columns say."""
    return {name: _score(live, samples[name], readings[name]) for name, live in tables.items()}


def _score(live: LiveTable, sample: TableSample, readings: Mapping[str, Reading]) -> float:
    words = stems(live.table)
    meanings = {reading.meaning for reading in readings.values() if reading.confidence >= 0.5}
    addresses = [sample.of(name) for name, reading in readings.items() if reading.meaning == "email"]
    offices = office_share(addresses)
    score = EMAIL_SPEAKS if addresses and offices < MOST_OFFICES else 0.0
    score += MANY_SPEAK if any(_are_many_people(sample) for sample in addresses) else 0.0
    score += min(6.0, sum(weight for meaning, weight in HUMAN.items() if meaning in meanings))
    score += NAMED_NUMBER_SPEAKS if "phone" in meanings and meanings & WHOLE_NAMES else 0.0
    if words and is_people_word(words[-1]):
        score += PEOPLE_SPEAK if meanings & set(HUMAN) or addresses else 1.0
    elif any(word in PEOPLE for word in words):
        score += 1.0
    is_thing = bool(meanings & NAMES_OF_THINGS) and not meanings & NAMES_OF_PEOPLE
    if addresses and is_thing and class_of_words(words) is None and score < SURE_SCORE:
        score -= UNNAMED_COSTS
    if is_organisation(live) and not _lists_addresses(live, readings):
        score += ORGANISATION_SPEAKS
        score -= 0.0 if meanings & {"first_name", "last_name", "birth_date", "password"} else 2.0
    if offices >= MOST_OFFICES:
        score -= 2.0
    return score


def _lists_addresses(live: LiveTable, readings: Mapping[str, Reading]) -> bool:
    """Whether each row is an e-mail address of its own: a newsletter's readers, not the newsletters and their senders."""
    return any(reading.meaning == "email" and live.is_unique(name) for name, reading in readings.items())


def _are_many_people(sample: Sample) -> bool:
    """Whether the addresses are of many people: a company's own lie on one or two domains."""
    domains = {value.rpartition("@")[2].lower() for value in sample.values}
    return sample.distinct >= MANY_ADDRESSES and len(domains) >= MANY_DOMAINS and office_share([sample]) < FEW_OFFICES


COLLEAGUES = listed("staff admin administrator employee operator manager clerk medico doctor physician nurse")
_SINGULAR_PEOPLE = frozenset(stem(word) for word in PEOPLE)


def is_people_word(word: str) -> bool:
    """Whether a word of a table's name says that its rows are people, customers or colleagues."""
    return word in PEOPLE or word in _SINGULAR_PEOPLE or word in COLLEAGUES


def last_words(name: str) -> tuple[str, ...]:
    """The words of a column's name that say whose it is, in lower case."""
    return tuple(stem(word) for word in tokens(name))
