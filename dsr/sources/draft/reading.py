"""What one column may say, from its name, its type and its values: small scored rules, each with its reason in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dsr.sources.draft.listed import listed
from dsr.sources.draft.live import LiveColumn, LiveTable
from dsr.sources.draft.values import FEWEST, Sample
from dsr.sources.draft.vocabulary import MEANINGS, PEOPLE, ROLE_MAILBOXES
from dsr.sources.draft.words import meanings_of, stem, stems, tokens

LEAST_NAME_SCORE = 0.55
SOME = 0.1
MOSTLY = 0.8
LONG_KEY = 32
MOST_KEY_VALUE_COLUMNS = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """The best meaning of a column, a key of ``MEANINGS`` or empty; ``weight`` as in :class:`Meaning`.

    ``is_proved``: the values say so by themselves, whatever the name.
    """

    meaning: str
    confidence: float
    reason: str
    is_proved: bool = False

    @property
    def weight(self) -> int:
        """2 is about a person by itself, 1 only in a person's row, 0 never."""
        return MEANINGS[self.meaning].weight if self.meaning else 0


NOTHING_READ = Reading("", 0.5, "")


@dataclass(frozen=True, slots=True)
class Proof:
    """A test of values that says a meaning by itself from ``least`` on, with ``confidence``."""

    test: str
    meaning: str
    least: float
    confidence: float
    words: str
    fewest: int = FEWEST


PROOFS = (
    Proof("email", "email", 0.75, 0.95, "are e-mail addresses"),
    Proof("password", "password", 0.6, 0.97, "are password hashes", 1),
    Proof("iban", "iban", 0.8, 0.97, "are IBANs (modulo 97)", 2),
    Proof("card", "card", 0.8, 0.95, "are card numbers (Luhn)"),
    Proof("masked_card", "card", 0.8, 0.8, "are masked card numbers", 2),
    Proof("ip", "ip", 0.9, 0.95, "are internet addresses", 2),
    Proof("user_agent", "user_agent", 0.6, 0.95, "name a browser", 2),
    Proof("phone_plus", "phone", 0.8, 0.85, "are international phone numbers"),
    Proof("street", "street", 0.6, 0.75, "look like streets"),
)
MEANING_OF_PROOF = {"iban": "bank"}

CONFIRMED = {
    "email": ("email", 0.6, 0.3),
    "phone": ("phone", 0.5, 0.15),
    "fax": ("phone", 0.5, 0.15),
    "ip": ("ip", 0.6, 0.3),
    "user_agent": ("user_agent", 0.3, 0.0),
    "postcode": ("postcode", 0.5, 0.0),
    "bank": ("iban", 0.5, 0.0),
    "full_name": ("person", 0.5, 0.0),
    "url": ("url", 0.4, 0.0),
    "password": ("password", 0.5, 0.0),
    "gender": ("gender", 0.5, 0.0),
    "street": ("street", 0.4, 0.0),
}
"""By meaning: the test that confirms it, from which share on, and below which share the name is not believed."""

STATUS_WORDS = listed(
    "open closed pending paid unpaid shipped cancelled canceled complete completed processing draft published active "
    "inactive new done failed sent queued refunded returned delivered error success approved rejected enabled disabled "
    "confirmed unconfirmed subscribed unsubscribed bounced expired offen bezahlt versandt storniert abgeschlossen "
    "pagado pendiente enviado cancelado paye envoye annule created started stopped waiting running archived deleted "
    "ready received returned_partially on_hold hold in_progress todo trash spam publish private public"
)
TEXTUAL = {"first_name", "last_name", "full_name", "name", "city", "company", "job"}
SHORTEST_HONORIFICS = listed("mr mrs ms miss dr prof herr frau mme mlle m monsieur madame sr sra dhr mevr mx sir")


def read_columns(live: LiveTable, samples: dict[str, Sample]) -> dict[str, Reading]:
    """A reading for each column of a table; names that need company (``state``, ``title``) are read beside the others."""
    readings = {column.name: read_column(column, samples[column.name]) for column in live.columns}
    said = {reading.meaning for reading in readings.values()}
    has_place = bool(said & {"postcode", "city"}) or "street" in said
    for column in live.columns:
        reading, sample = readings[column.name], samples[column.name]
        other = _other_half(reading, said)
        if reading.meaning == "name" and set(stems(column.name)) & _PEOPLE:
            readings[column.name] = Reading("full_name", reading.confidence, f"{reading.reason} of a person")
        elif other:
            readings[column.name] = Reading(other, reading.confidence, f"{reading.reason}, beside its other half")
        elif (
            reading.meaning in ("state", "country") and not has_place and not sample.values and column.type != "text"
        ) or (reading.meaning == "state" and (not has_place or looks_like_status(sample))):
            readings[column.name] = NOTHING_READ
        elif reading.meaning == "title":
            readings[column.name] = _title(said, sample)
    value = value_column(live)
    if (
        value is not None
        and samples[value.name].share("email") >= SOME
        and samples[value.name].count("email") >= FEWEST
    ):
        words = f"{samples[value.name].count('email')} of {len(samples[value.name].values)} sampled values are e-mail addresses"
        readings[value.name] = Reading("email", 0.65, words, is_proved=True)
    return readings


KEY_ENDS = {"key", "name", "attribute", "code", "field", "property"}
VALUE_ENDS = {"value", "val", "data", "content", "wert", "valor", "valeur"}


def key_column(live: LiveTable) -> LiveColumn | None:
    """The column of a key/value table that names what the row says."""
    return next((each for each in live.columns if each.type == "text" and _ends_in(each, KEY_ENDS)), None)


def value_column(live: LiveTable) -> LiveColumn | None:
    """The column of a key/value table that holds what its key names."""
    if key_column(live) is None or len(live.columns) > MOST_KEY_VALUE_COLUMNS:
        return None
    return next((each for each in live.columns if each.type in ("text", "json") and _ends_in(each, VALUE_ENDS)), None)


def _ends_in(column: LiveColumn, words: set[str]) -> bool:
    return bool(words & set(tokens(column.name)[-1:]))


_PEOPLE = {stem(word) for word in PEOPLE}


def _other_half(reading: Reading, said: set[str]) -> str:
    """``name`` beside a first name is a last name, ``nombre`` beside ``apellidos`` a first name."""
    if reading.meaning != "name" or said >= {"first_name", "last_name"}:
        return ""
    return "last_name" if "first_name" in said else "first_name" if "last_name" in said else ""


def _title(said: set[str], sample: Sample) -> Reading:
    """``title`` beside a first or last name is how a person is addressed, unless its values are longer than that."""
    beside = bool(said & {"first_name", "last_name"})
    short = [value for value in sample.values if value.lower().rstrip(".") in SHORTEST_HONORIFICS]
    if beside and len(short) >= len(sample.values) / 2:
        return Reading("honorific", 0.85, "name says title, beside a first or last name")
    return NOTHING_READ


def looks_like_status(sample: Sample) -> bool:
    """Whether the values are words for how far something has come."""
    different = {value.lower() for value in sample.values}
    return bool(different) and sum(value in STATUS_WORDS for value in different) * 2 >= len(different)


def read_column(column: LiveColumn, sample: Sample) -> Reading:
    """The best reading of one column alone."""
    if column.type in ("boolean", "time"):
        return _flag(column)
    proved = list(_proved(column, sample))
    named = [reading for reading in _named(column, sample) if reading.confidence >= 0.4]
    for proof in proved:
        agreeing = next((reading for reading in named if reading.meaning == proof.meaning), None)
        if agreeing:
            said = f"{agreeing.reason.split(';')[0]}; {proof.reason}"
            return Reading(proof.meaning, max(proof.confidence, 0.98), said, is_proved=True)
    if proved and not (named and named[0].confidence > _weight_of_proof(proved[0], named[0])):
        return proved[0]
    if not named and _opens_something(column, sample):
        if len(sample.values) >= FEWEST:
            return Reading("credential", 0.65, "its name says key or code, and no two values are alike")
        return Reading("credential", 0.55, "name says key, and it is long")
    return named[0] if named else _inside(column, sample) if column.type == "text" else NOTHING_READ


def _opens_something(column: LiveColumn, sample: Sample) -> bool:
    """Whether a column holds random keys: whoever has one can confirm, cancel or read something."""
    if column.type != "text" or tokens(column.name)[-1:] not in (
        ("key",),
        ("code",),
        ("hash",),
        ("token",),
        ("secret",),
    ):
        return False
    is_long_key = tokens(column.name) == ("key",) and (column.length or 0) >= LONG_KEY
    if len(sample.values) < FEWEST:
        return is_long_key
    apart = sample.distinct > MOSTLY * len(sample.values)
    return apart and (
        sample.share("token") > MOSTLY or (is_long_key and not any(" " in each for each in sample.values))
    )


def _weight_of_proof(proof: Reading, named: Reading) -> float:
    """Digits and streets look like much else: there a plain name says more than the values."""
    is_rival = MEANINGS[named.meaning].weight == 2 and proof.meaning in ("phone", "street")
    return proof.confidence - 0.25 if is_rival else proof.confidence


def _flag(column: LiveColumn) -> Reading:
    """A yes or no can say only what a person agreed to or may do."""
    for named in meanings_of(column.name):
        if named.meaning in ("consent", "role") and named.score > 0:
            return Reading(named.meaning, 0.8, f"name says {named.phrase}; yes or no")
    return NOTHING_READ


def _proved(column: LiveColumn, sample: Sample) -> Iterator[Reading]:
    if column.type not in ("text", "integer") or not sample.values:
        return
    for proof in PROOFS:
        share = sample.share(proof.test)
        if len(sample.values) < proof.fewest or share < proof.least:
            continue
        if proof.test == "card" and (sample.distinct < FEWEST or stems(column.name)[-1:] == ("id",)):
            continue
        if proof.test == "phone_plus" and column.type == "integer":
            continue
        meaning = MEANING_OF_PROOF.get(proof.meaning, proof.meaning)
        words = f"{sample.count(proof.test)} of {len(sample.values)} sampled values {proof.words}"
        yield Reading(meaning, proof.confidence, words, is_proved=True)


def _named(column: LiveColumn, sample: Sample) -> Iterator[Reading]:
    """What the name says, as far as type and values allow it, best first."""
    found = []
    for named in meanings_of(column.name):
        meaning = MEANINGS[named.meaning]
        if named.score < LEAST_NAME_SCORE or not _fits(column, named.meaning):
            continue
        confidence, words = _believed(named.meaning, named.score, sample)
        if confidence > 0:
            reason = f"name says {meaning.words}" + (f"; {words}" if words else "")
            found.append((confidence, named.score, Reading(named.meaning, confidence, reason)))
    found.sort(key=lambda each: (-each[1], -each[0], each[2].meaning))
    return (reading for _, _, reading in found)


def _fits(column: LiveColumn, meaning: str) -> bool:
    """Whether a column of that type can hold it. A number that ends in ``id`` is a key, whatever stands before it."""
    if column.type == "bytes" and meaning not in ("photo", "password", "biometric", "credential", "ip"):
        return False
    last = tokens(column.name)[-1:]
    if last in (("id",), ("fk",)) and column.type in ("integer", "text") and meaning not in ID_MEANINGS:
        return False
    return column.type in MEANINGS[meaning].types or (column.type == "json" and meaning in ("note", "consent"))


ID_MEANINGS = {
    "session_id",
    "device_id",
    "national_id",
    "role",
    "social",
    "card",
    "country",
    "state",
    "city",
    "customer_number",
}


def _believed(meaning: str, score: float, sample: Sample) -> tuple[float, str]:
    """The confidence in a name's meaning after a look at the values, and what they say in words."""
    count = len(sample.values)
    if count < FEWEST:
        return 0.36 + 0.4 * score, "no values to look at" if not count else ""
    test, least, floor = CONFIRMED.get(meaning, ("", 0.0, 0.0))
    share = sample.share(test) if test else 0.0
    if (floor and share < floor) or _is_refuted(meaning, sample):
        return 0.0, ""
    said = f"{sample.count(test)} of {count} sampled values agree" if test else ""
    return (min(0.97, 0.55 + 0.4 * score), said) if test and share >= least else (0.4 + 0.4 * score, "")


def _is_refuted(meaning: str, sample: Sample) -> bool:
    """Whether the values cannot mean what the name says."""
    count = len(sample.values)
    if sample.share("date") > 0.5 and "date" not in MEANINGS[meaning].types:
        return True
    if meaning in TEXTUAL and (max(sample.share("number"), sample.share("url")) > 0.5 or looks_like_status(sample)):
        return True
    return {
        "gender": sample.distinct > max(12, count // 3),
        "marital": sample.distinct > max(12, count // 3),
        "honorific": sample.distinct > max(12, count // 3),
        "birth_date": sample.share("date") + sample.share("number") < 0.5,
        "geo": sample.share("number") < 0.5 and sample.share("json") < 0.5 and sample.distinct < FEWEST,
        "location": count > FEWEST and sample.distinct < FEWEST,
    }.get(meaning, False)


def _inside(column: LiveColumn, sample: Sample) -> Reading:
    """Text whose name says nothing: prose, or addresses inside it, or the name of who did something."""
    count = len(sample.values)
    if count >= FEWEST and tokens(column.name)[-1:] == ("by",) and sample.share("person") >= 0.5:
        return Reading(
            "full_name", 0.75, f"name says by whom; {sample.count('person')} of {count} sampled values look like names"
        )
    if count >= FEWEST and sample.share("email_inside") >= 0.3:
        words = f"{sample.count('email_inside')} of {count} sampled values contain an e-mail address"
        return Reading("note", 0.7, words)
    if count >= FEWEST and sample.share("prose") >= 0.5:
        return Reading("note", 0.6, f"{sample.count('prose')} of {count} sampled values are sentences")
    return NOTHING_READ


def office_share(samples: Sequence[Sample]) -> float:
    """The share of e-mail addresses that belong to an office (``info@``) rather than to a person."""
    addresses = [value for sample in samples for value in sample.values if "@" in value]
    office = [address for address in addresses if address.split("@")[0].lower() in ROLE_MAILBOXES]
    return len(office) / len(addresses) if addresses else 0.0
