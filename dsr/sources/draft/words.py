"""Names taken apart: ``custFirstName``, ``fname`` and ``DATE_NAISSANCE`` as words, and the meanings that they may have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from dsr.sources.draft.listed import listed
from dsr.sources.draft.vocabulary import MEANINGS, ORGANISATIONS, PEOPLE, SPOILERS, STAFF

SHORTEST_PART = 3
"""A glued name is taken apart into words of at least so many letters."""

LONGEST_PREFIXED = 4

ABBREVIATIONS = {
    "nummer": "number", "numero": "number", "cust": "customer", "usr": "user", "addr": "address", "acct": "account",
    "num": "number", "no": "number",
    "nr": "number", "nbr": "number", "qty": "quantity", "desc": "description", "amt": "amount", "dt": "date",
    "ts": "timestamp", "msg": "message", "ord": "order", "prod": "product", "cat": "category", "inv": "invoice",
    "pmt": "payment", "shp": "shipping", "ship": "shipping", "bill": "billing", "org": "organization",
    "emp": "employee", "ref": "reference", "subscr": "subscription", "sub": "subscription", "txn": "transaction",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NamedMeaning:
    """A meaning that a name may have; ``score`` grows with the part of the name that says so."""

    meaning: str
    score: float
    phrase: str


@lru_cache(maxsize=8192)
def tokens(name: str) -> tuple[str, ...]:
    """The words of a name in lower case without accents; digits are words of their own."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.replace("ß", "ss")) if not unicodedata.combining(c))
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    split = re.sub(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])", " ", split)
    words = [word.lower() for word in re.split(r"[^A-Za-z0-9]+", split) if word]
    return tuple(part for word in words for part in _parts(word))


@lru_cache(maxsize=8192)
def singular(word: str) -> str:
    """An English plural without its ending; other words as they are."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The word by which two names meet: singular, abbreviations written out."""
    return singular(ABBREVIATIONS.get(word, word))


def stems(name: str) -> tuple[str, ...]:
    """The stems of a name's words, digits left out."""
    return tuple(stem(word) for word in tokens(name) if not word.isdigit())


@lru_cache(maxsize=8192)
def meanings_of(name: str) -> tuple[NamedMeaning, ...]:
    """The meanings a column's name may have, best first."""
    words = tuple(word for word in tokens(name) if not word.isdigit()) or tokens(name)
    whole = tokens(name)
    best: dict[str, NamedMeaning] = {}
    for phrase, meaning in _PHRASES:
        for said in (words, whole):
            at = _find(said, phrase)
            if at is None:
                continue
            score = _score(said, phrase, at)
            if meaning not in best or score > best[meaning].score:
                best[meaning] = NamedMeaning(meaning, score, " ".join(phrase))
    return tuple(sorted(best.values(), key=lambda each: (-each.score, each.meaning)))


def _score(words: tuple[str, ...], phrase: tuple[str, ...], at: int) -> float:
    """How much a phrase says of the whole name: its share, more at the end, nothing before a spoiling word."""
    after = words[at + len(phrase) :]
    if any(word in SPOILERS or stem(word) in SPOILERS for word in after):
        return 0.0
    share = len(phrase) / len(words)
    length = 0.08 * (len(phrase) - 1)
    return min(1.0, 0.45 + 0.4 * share + (0.15 if not after else -0.1 * len(after)) + length)


def _find(words: tuple[str, ...], phrase: tuple[str, ...]) -> int | None:
    """Where a phrase last stands in the words."""
    for at in range(len(words) - len(phrase), -1, -1):
        if words[at : at + len(phrase)] == phrase:
            return at
    return None


def _split(phrases: str) -> Iterable[tuple[str, ...]]:
    return (tuple(phrase.split()) for phrase in phrases.split(","))


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    every = {word for meaning in MEANINGS.values() for phrase in _split(meaning.phrases) for word in phrase}
    common = listed(
        "customer user client shipping billing order delivery contact account home work gift friend invoice payment card "
        "date code number hash line item id ref key type status member guest owner sender bill ship cust create update "
        "created updated modified last first message display nice registered activation parent post term link option "
        "meta value author event set stock record discount attribute price quantity product basket cart voucher review category "
        "bestellung auftrag rechnung lieferung zahlung artikel position vertrag commande facture paiement livraison pedido "
        "factura pago envio ordine fattura bestelling beleg angebot mahnung gutschrift "
        "message note subscription address image file search view request history log session preference"
    )
    return frozenset(word for word in every | PEOPLE | ORGANISATIONS | STAFF | common if len(word) > 1)


@lru_cache(maxsize=8192)
def _parts(word: str) -> tuple[str, ...]:
    """A glued word as its parts when all of it is known words: ``shipcity`` is ``ship city``."""
    known = _known()
    if word in known or stem(word) in known or len(word) <= LONGEST_PREFIXED or word.isdigit():
        return (word,)
    best = _segments(word, known, 3)
    if not best and len(word) > LONGEST_PREFIXED and word[1:] in known:
        return (word[0], word[1:])  # umail, cname: a letter for the table before every name
    return best or (word,)


def _segments(word: str, known: frozenset[str], most: int) -> tuple[str, ...]:
    if word in known:
        return (word,)
    if most == 1:
        return ()
    found: list[tuple[str, ...]] = []
    for cut in range(len(word) - 2, SHORTEST_PART - 1, -1):
        head, tail = word[:cut], word[cut:]
        if head not in known and head.endswith("s") and head[:-1] in known and len(head) > LONGEST_PREFIXED:
            head = head[:-1]  # Auftragsnummer, Rechnungsbetrag
        if head in known:
            rest = _segments(tail, known, most - 1)
            if rest and (len(tail) >= SHORTEST_PART or tail in ("id", "no", "nr")):
                found.append((head, *rest))
    return min(found, key=len) if found else ()


def _phrase_list() -> tuple[tuple[tuple[str, ...], str], ...]:
    pairs = [(phrase, name) for name, meaning in MEANINGS.items() for phrase in _split(meaning.phrases)]
    return tuple(
        dict.fromkeys((tuple(part for word in phrase for part in tokens(word)), name) for phrase, name in pairs)
    )


_PHRASES = _phrase_list()
