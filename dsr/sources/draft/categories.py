"""A data category for every column, once it is known whose rows the table holds."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dsr.sources.draft.classes import PUBLISHED
from dsr.sources.draft.listed import listed
from dsr.sources.draft.live import LiveColumn, LiveTable
from dsr.sources.draft.model import ColumnDraft
from dsr.sources.draft.reading import NOTHING_READ, Reading, key_column, read_column, value_column
from dsr.sources.draft.role import Role
from dsr.sources.draft.study import Study, last_words
from dsr.sources.draft.values import FEWEST, Sample, document, masked, sample_of
from dsr.sources.draft.vocabulary import MEANINGS, ORGANISATIONS, PEOPLE
from dsr.sources.draft.words import stems, tokens

OPERATIONS = ("system.operations",)
ADDRESS_INSIDE = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,}")
SOME_TEXTS = 0.1
EXAMPLES = 3
NAMES_PEOPLE = {
    "account", "address", "saved_card", "gift_recipient", "referral", "newsletter_subscription", "contest_entry",
    "job_application", "testimonial", "call_log", "sms_subscription", "catalogue_subscription", "review", "message",
    "profile", "survey_answer",
}  # fmt: skip
"""Classes of which a bare ``name`` is a person's name."""

TECHNICAL = listed(
    "version revision checksum slug position sort order_by lock etag sequence deleted site sync synced "
    "shop store tenant object ctid rowversion ordering guid legacy import imported"
)
SECRETS = {"password", "credential"}
THE_SECRET = {"user.financial.credit_card", "user.financial.bank_account"}
PERSONAL_ANYWHERE = {
    "first_name",
    "last_name",
    "birth_date",
    "gender",
    "national_id",
    "passport",
    "licence",
    "card",
    "bank",
}
DEEPEST = 3
CHARGES = {"reference", "token", "key", "profile", "vault", "external", "fingerprint"}
WISHED = listed("attribute option customization customisation personalization personalisation wish choice")


def draft_column(
    study: Study, live: LiveTable, column: LiveColumn, role: Role, roles: Mapping[str, Role]
) -> ColumnDraft:
    """One column of a table whose role is known."""
    sample = study.sample(live.name).of(column.name)
    reading = study.reading(live.name, column.name)
    categories, confidence, reason = _category(study, live, column, role, roles, reading)
    third = role.third.get(column.name, "")
    fields = _document(sample, role) if column.type == "json" and role.is_personal and not column.is_array else ()
    return ColumnDraft(
        name=column.name,
        type="json" if fields else column.type,
        nullable=column.nullable,
        data_categories=categories,
        identity=role.identities.get(column.name, ""),
        confidence=round(confidence, 2),
        reason=reason,
        examples=tuple(masked(value) for value in list(dict.fromkeys(sample.values))[:EXAMPLES]),
        third_party=third,
        length=column.length,
        never_export=reading.meaning in SECRETS and role.is_personal,
        fields=fields,
    )


def _category(
    study: Study, live: LiveTable, column: LiveColumn, role: Role, roles: Mapping[str, Role], reading: Reading
) -> tuple[tuple[str, ...], float, str]:
    reference = next((r for r in study.references[live.name] if column.name in r.columns), None)
    if reference is not None and reference.columns == (column.name,) and roles[reference.target].names_people:
        return ("user.unique_id",), 0.9, f"refers to a person in {reference.target}"
    if not role.is_personal and not role.holds_people:
        return _of_nobody(study, live, column, reading)
    keyed = _values_of_keys(study, live, column, role.record_class.category if role.record_class else "user")
    if keyed:
        return keyed
    said = _meant(study, live, column, role, reading) if reading.meaning and reading.confidence >= 0.45 else None
    if said and reference is None:
        return said
    is_key = column.name in live.key and (len(live.key) == 1 or column.type == "integer")
    if reference is not None and not is_key and role.record_class and _is_all_of_one(study, live, role):
        return (role.record_class.category,), 0.6, f"part of a row of the class {role.record_class.name}"
    if reference is not None:
        return _referring(role, reading, reference.target, roles[reference.target])
    if is_key:
        if role.names_people and _is_root(role):
            return ("user.unique_id",), 0.8, "the key of a person's row"
        return OPERATIONS, 0.7, "the key of the row"
    return _by_reach(live, column, role)


def _is_all_of_one(study: Study, live: LiveTable, role: Role) -> bool:
    """Whether every column of a row says the same: what was bought, what was looked at. Then its references say it too."""
    hangs_on_record = role.ownership == "attached" or (role.record_class and role.record_class.name == "browsing_event")
    readings = study.readings[live.name].values()
    tells = any(reading.weight == 2 or reading.meaning == "note" for reading in readings)
    return bool(hangs_on_record) and not tells


def _referring(role: Role, reading: Reading, name: str, target: Role) -> tuple[tuple[str, ...], float, str]:
    """A reference in a person's row: structure, or what the row is about (a product)."""
    if target.is_personal or not role.record_class or set(stems(name)) & TECHNICAL:
        return OPERATIONS, 0.7, f"refers to {name}"
    if reading.meaning in ("country", "state", "city", "language", "role"):
        return (MEANINGS[reading.meaning].category,), 0.85, f"{reading.reason}, by reference to {name}"
    return (role.record_class.category,), 0.6, f"what the row is about, in {name}"


def _is_root(role: Role) -> bool:
    return role.ownership == "owned" and not role.followed


def _of_nobody(
    study: Study, live: LiveTable, column: LiveColumn, reading: Reading
) -> tuple[tuple[str, ...], float, str]:
    """A column of a catalogue or of configuration; what is a person's beyond doubt keeps its category."""
    if reading.meaning in ("credential", "password") and reading.confidence >= 0.6:
        return ("system.authentication",), 0.8, reading.reason
    if "session" in stems(live.table):
        if tokens(column.name)[-1] in ("data", "payload", "value", "content"):
            return ("user.device.cookie",), 0.7, "what a visitor's session holds"
        if column.name in live.key or reading.meaning == "session_id":
            return ("system.authentication",), 0.7, "the key of a visitor's session"
    meanings = {each.meaning for each in study.readings[live.name].values()}
    has_names = {"first_name", "last_name"} <= meanings
    is_sure = reading.weight == 2 and reading.confidence >= 0.6
    if (is_sure and reading.meaning in PERSONAL_ANYWHERE) or (has_names and reading.weight):
        return (MEANINGS[reading.meaning].category,), reading.confidence, reading.reason
    named = _addresses_inside(study.sample(live.name).of(column.name))
    if named and column.name not in live.key:
        return ("user.content.private",), 0.6, f"{named} different e-mail addresses inside the sampled values"
    said = f"; {reading.reason}, but nothing here leads to a person" if reading.meaning else ""
    return OPERATIONS, 0.8, "the table is nobody's" + said


def _addresses_inside(sample: Sample) -> int:
    """How many different e-mail addresses longer texts hold; 0 when few do.

    A plain address is another matter: in a table of suppliers it is the supplier's.
    """
    texts = [value for value in sample.values if not ADDRESS_INSIDE.fullmatch(value)]
    with_one = [found for text in texts if (found := ADDRESS_INSIDE.findall(text))]
    different = {address.lower() for several in with_one for address in several}
    is_common = len(with_one) >= FEWEST and len(with_one) >= SOME_TEXTS * len(texts)
    return len(different) if is_common and len(different) >= FEWEST else 0


def _meant(
    study: Study, live: LiveTable, column: LiveColumn, role: Role, reading: Reading
) -> tuple[tuple[str, ...], float, str] | None:
    """The category of a meaning in a person's row; None where the row's class says more."""
    kind = role.record_class
    category = MEANINGS[reading.meaning].category
    if kind is None:
        return (category,), reading.confidence, reading.reason
    if reading.meaning == "name" and not _names_a_person(study, live, column, role):
        return ((kind.category,), 0.6, f"a name in a row of the class {kind.name}")
    if reading.meaning == "note":
        if kind.name in PUBLISHED:
            return ("user.content.public",), reading.confidence, reading.reason
        if kind.name == "order_line" and tokens(column.name)[-1:] in (("description",), ("text",), ("details",)):
            return (kind.category,), 0.6, f"what the row of the class {kind.name} says"
    moved = _IN_CLASS.get((reading.meaning, kind.name))
    if moved:
        return (moved,), reading.confidence, f"{reading.reason}; in a row of the class {kind.name}"
    if reading.meaning == "credential" and kind.name != "account":
        return ("system.authentication",), reading.confidence, f"{reading.reason}; opens something of the person's"
    return (category,), reading.confidence, reading.reason


_IN_CLASS = {
    ("url", "browsing_event"): "user.behavior.browsing_history",
    ("credential", "saved_card"): "user.financial.credit_card",
    ("credential", "payment"): "user.financial.credit_card",
    **{
        (meaning, "order_line"): "user.behavior.purchase_history"
        for meaning in ("language", "company", "location", "job")
    },
}
"""Where the class of the row changes what a meaning says: a token of a saved card can be charged again."""


def _names_a_person(study: Study, live: LiveTable, column: LiveColumn, role: Role) -> bool:
    """Whether a bare ``name`` is a person's."""
    kind = role.record_class
    words = set(last_words(column.name)[:-1])
    sample = study.sample(live.name).of(column.name)
    many = len(sample.values) >= FEWEST + 2
    if many and sample.share("person") < 0.2:
        return False
    if words & PEOPLE:
        return True
    if words & THINGS:
        return False
    if kind is not None and kind.name in NAMES_PEOPLE:
        return True
    if words & {"billing", "shipping", "delivery", "contact"}:
        return True
    return many and sample.share("person") >= 0.8 and sample.distinct * 2 >= len(sample.values)


THINGS = ORGANISATIONS | listed(
    "item file event trigger card offer image document field domain host class function table action attachment folder "
    "bank street city topic subject dog cat pet animal breed brand model color variety route device app"
)
"""What else has a name."""


def _by_reach(live: LiveTable, column: LiveColumn, role: Role) -> tuple[tuple[str, ...], float, str]:
    """A column that says nothing personal by itself, in a person's row: still theirs."""
    kind = role.record_class
    words = set(last_words(column.name))
    if kind is not None and kind.name == "saved_card" and column.type == "text" and words & CHARGES:
        return ("user.financial.credit_card",), 0.75, "by which a saved card can be charged again"
    if words == {"value"} and set(stems(live.table)) & WISHED:
        return ("user.content.private",), 0.65, "what was wished for, in the person's own words"
    if words == {"code"} and kind is not None and kind.name in ("address", "review", "message"):
        return OPERATIONS, 0.5, "says how the row is kept"
    if words & TECHNICAL and not (column.type == "text" and words == {"position"}):
        return OPERATIONS, 0.6, "says how the row is kept"
    if kind is None:
        return ("user",), 0.5, "in a person's row"
    if kind.name in ("account", "address") and column.type == "boolean":
        return ("user.account.settings",), 0.7, "a setting in a person's row"
    if kind.name in ("address", "staff_note") and column.type in ("date", "datetime"):
        return OPERATIONS, 0.6, "when the row was made"
    if kind.category == "user.content.public" and "status" in words:
        return OPERATIONS, 0.5, "says how the row is kept"
    return (kind.category,), 0.6, f"in a row of the class {kind.name}"


def _values_of_keys(
    study: Study, live: LiveTable, column: LiveColumn, otherwise: str
) -> tuple[tuple[str, ...], float, str] | None:
    """The value column of a key/value table: each key is read as a column of its own."""
    key, value = key_column(live), value_column(live)
    if key is None or value is None or value.name != column.name:
        return None
    by_key: dict[str, list[object]] = {}
    for row in study.sample(live.name).rows:
        if row.get(key.name) is not None:
            by_key.setdefault(str(row[key.name]), []).append(row.get(column.name))
    found: dict[str, int] = {}
    for name, values in by_key.items():
        reading = read_column(LiveColumn(name, "text", True), sample_of(values))
        if reading.meaning and reading.weight == 2 and reading.confidence >= 0.6:
            category = MEANINGS[reading.meaning].category
            found[category] = found.get(category, 0) + 1
    if not found:
        return (otherwise,), 0.6, f"values of {len(by_key)} different keys in a person's row"
    categories = tuple(sorted(found, key=lambda category: (-found[category], category)))
    return categories, 0.75, f"{sum(found.values())} of {len(by_key)} different keys hold such values"


def _document(sample: Sample, role: Role) -> tuple[ColumnDraft, ...]:
    """The places inside the documents of a column."""
    parsed = [document(value) for value in sample.values]
    return _places([each for each in parsed if isinstance(each, dict)], role, DEEPEST)


def _places(documents: list[dict[str, object]], role: Role, depth: int) -> tuple[ColumnDraft, ...]:
    names = list(dict.fromkeys(name for each in documents for name in each if _is_name(name)))
    if not documents or depth == 0 or len(names) > 60:
        return ()
    otherwise = role.record_class.category if role.record_class else "user"
    drafts = []
    for name in sorted(names):
        values = [each[name] for each in documents if each.get(name) is not None]
        inner = _places([each for each in values if isinstance(each, dict)], role, depth - 1)
        plain = [each for each in values if not isinstance(each, dict | list)]
        reading = read_column(LiveColumn(name, "text", True), sample_of(plain)) if plain and not inner else NOTHING_READ
        category = MEANINGS[reading.meaning].category if reading.meaning else otherwise
        drafts.append(
            ColumnDraft(
                name=name,
                type="json" if inner else "text",
                nullable=True,
                data_categories=(category,),
                confidence=round(reading.confidence, 2),
                reason=reading.reason or "inside a person's document",
                fields=inner,
            )
        )
    return tuple(drafts)


def _is_name(name: str) -> bool:
    """Names of a document's places only: a key that is itself a value (an address, a number) is no name."""
    return name.isprintable() and "@" not in name and "." not in name and len(name) <= 60 and not name[:1].isdigit()
