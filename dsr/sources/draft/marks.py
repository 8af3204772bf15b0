"""What single columns of a person's row are for: looking people up, naming a second person, dating the record."""

from __future__ import annotations

from dsr.records import IdentityKind
from dsr.sources.draft.classes import RecordClass
from dsr.sources.draft.live import LiveColumn, LiveTable
from dsr.sources.draft.reading import Reading
from dsr.sources.draft.role import Role
from dsr.sources.draft.study import Study, last_words
from dsr.sources.draft.vocabulary import PEOPLE, THIRD
from dsr.sources.draft.words import stems

MEANT = 0.5
SURE = 0.6
GIVERS = {"referrer", "customer", "inviter", "sender", "user", "giver", "buyer", "client", "member"}
CALLED = ("account", "sms_subscription", "call_log")
"""Classes whose phone number is the person's own; on a parcel it is shared in a household, or the recipient's."""

NUMBER_WORDS = {"number", "increment", "reference", "code"}


def mark_columns(study: Study, live: LiveTable, role: Role) -> None:
    """Write the identities and third parties of a person's table into its role."""
    if not role.is_personal:
        return
    for column in live.columns:
        reading = study.reading(live.name, column.name)
        who = _second_person(column.name, reading, role.record_class)
        if who:
            role.third.setdefault(column.name, who)
        kind = _identity(study, live, column, reading, role)
        if kind:
            role.identities[column.name] = kind.value


def _identity(study: Study, live: LiveTable, column: LiveColumn, reading: Reading, role: Role) -> IdentityKind | None:
    kind = role.record_class.name if role.record_class else ""
    if any(column.name in each.columns for each in study.references[live.name]):
        return None
    if column.type == "text" and reading.confidence >= SURE:
        if reading.meaning == "email":
            return IdentityKind.EMAIL
        if reading.meaning == "phone" and kind in CALLED and column.name not in role.third:
            return IdentityKind.PHONE
    if column.type not in ("text", "integer"):
        return None
    if reading.meaning == "customer_number" or (kind == "account" and _is_customer_number(live, column.name)):
        return IdentityKind.CUSTOMER_NUMBER
    return IdentityKind.ORDER_NUMBER if kind == "order" and _is_order_number(live, column.name) else None


def _second_person(column: str, reading: Reading, kind: RecordClass | None) -> str:
    """Whom a column holds beside the person: everybody named in a gift or a referral, and whom its own name names."""
    tells = reading.weight == 2 or reading.meaning in ("name", "city", "country", "state")
    if not tells or reading.confidence < MEANT:
        return ""
    words = set(last_words(column))
    name = kind.name if kind else ""
    if name == "gift_recipient" and not words & GIVERS:
        return "gift recipient"
    if name == "referral" and words & {"recipient", "invited", "email", "name"} and not words & GIVERS:
        return "referred friend"
    if name == "wish_list" and reading.meaning == "email":
        return "friend"
    if reading.meaning == "full_name" and "by" in words:
        return "member of staff"
    return next((meaning for word, meaning in THIRD.items() if word in words), "")


def _is_customer_number(live: LiveTable, column: str) -> bool:
    words = last_words(column)
    own = set(stems(live.table)) | PEOPLE | {"number", "increment", "id", "code"}
    return bool(set(words) & {"number", "increment"}) and set(words) <= own and live.is_unique(column)


def _is_order_number(live: LiveTable, column: str) -> bool:
    words = last_words(column)
    own = set(stems(live.table)) | {"order", "number", "reference", "increment", "id", "code"}
    is_number = bool(words) and bool(set(words) & NUMBER_WORDS) and set(words) <= own
    return is_number and live.is_unique(column) and (live.key != (column,) or "number" in words)


def find_facts(live: LiveTable, kind: RecordClass, study: Study) -> dict[str, str]:
    """The dates that a policy asks for: of several columns that fit, the one with the most telling word."""
    facts: dict[str, str] = {}
    moments = [
        c.name for c in live.columns if c.type in ("date", "datetime") or _holds_dates(study, live, c.name, c.type)
    ]
    for fact, words in kind.facts:
        order = words.split()
        ranked = sorted(
            (min((order.index(w) for w in _plain(name) if w in order), default=99), name) for name in moments
        )
        ranked = [(rank, name) for rank, name in ranked if rank < 99 and name not in facts.values()]
        if ranked:
            facts[fact] = ranked[0][1]
    return facts


def _plain(name: str) -> list[str]:
    return [*last_words(name), *(word + "d" for word in last_words(name) if word.endswith("e"))]


def _holds_dates(study: Study, live: LiveTable, column: str, kind: str) -> bool:
    sample = study.sample(live.name).of(column)
    is_birth = study.reading(live.name, column).meaning == "birth_date"
    return kind == "text" and not is_birth and bool(sample.values) and sample.share("date") > 0.8
