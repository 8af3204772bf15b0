"""Values that may be wrong, old or missing: what is known of each, what staff see of it, and whether it may be looked into.

Nothing is mended by itself. Who looks into one opens a correction (``doubt_corrections.py``); who leaves a value as it is gives
the ground.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from dsr.keyring import KeyDestroyed
from dsr.lifecycle import OPEN_STATES, RequestType
from dsr.models import (
    CorrectionItem,
    Doubt,
    DoubtPosition,
    ErasedIdentity,
    IdentityHash,
    KeptRecord,
    LearntIdentity,
    Shop,
    Source,
)
from dsr.records import Identity, Portable, Record, RecordKey
from dsr.sources.description import Description
from dsr.sources.doubts import Because, DoubtRule
from dsr.sources.examples import masked
from dsr.sources.sql_doubts import DoubtLook
from dsr.workflow import audit, holds, identities, sealing
from dsr.workflow.actors import Actor
from dsr.workflow.identities import BadIdentity

GROUNDS = {
    "is_right": "It is right as it stands.",
    "history": "It says what was so at the time, and has to stay as it was.",
    "not_needed": "Nothing of it is needed any more.",
    "nobody_knows": "Nobody can say what is right.",
}
"""Why a value is left as it is."""
NOT_LOOKED_AT = timedelta(days=60)
"""After so long nobody knows whether there is still anything in doubt, or even the record."""
AT_STAKE = (RequestType.ERASURE.value, RequestType.CORRECTION.value)
SHARED = "The record is several people's: it cannot be corrected for one of them. Mend it in the shop itself."
NOBODY = (
    "No e-mail address and no customer number leads from the record to its person, so that nobody could be told. Mend it in the "
    "shop itself; once it is mended, the entry here goes with the next look."
)
SETTLED = "The record was mended or is gone since it was found: there is nothing left to do."


class DoubtRefused(Exception):
    """Why nothing was done about a doubt; the message is for people."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What staff are shown of a doubtful value: the value, masked, and the day that tells of the doubt, as ISO; either may be
    empty."""

    value: str
    day: str


def is_looked_for(of_shops: Iterable[Shop]) -> bool:
    """Whether there is anything to show: a doubt, or a table that is looked through for some."""
    mine = {"source__shop__in": list(of_shops), "source__is_active": True}
    return DoubtPosition.objects.filter(**mine).exists() or Doubt.objects.open().filter(**mine).exists()


def shown(doubt: Doubt) -> Shown:
    """What is to be shown. Nothing once its month's key is gone, in a database that was put back from an old dump."""
    try:
        return Shown(*_opened(doubt)[1:])
    except KeyDestroyed:
        return Shown("", "")


def told_by(doubt: Doubt, described: Description) -> str:
    """The column that tells of the doubt, where it is not the field itself."""
    rule = rule_of(doubt, described)
    return rule.when if rule else ""


def key_of(doubt: Doubt, described: Description) -> RecordKey | None:
    """The key of the record; None once its month's key is gone (see :func:`shown`), or when the table was given another key."""
    try:
        columns = tuple((name, value) for name, value in _opened(doubt)[0])
    except KeyDestroyed:
        return None
    declared = described.graph.collections.get(doubt.collection)
    is_its = declared is not None and declared.key == tuple(name for name, _ in columns)
    return RecordKey(doubt.source.name, doubt.collection, columns) if is_its else None


def seal(doubt: Doubt, rule: DoubtRule, record: Record, now: datetime) -> None:
    """Put down what the record says now; the caller saves the doubt."""
    shop = doubt.source.shop
    doubt.value_print, doubt.sign_print = prints(shop, rule, record.values)
    day = text_of(record, rule.sign)[: len("2026-01-31")]
    said = [
        [list(pair) for pair in record.key.columns],
        masked(text_of(record, rule.field)) if rule.sign != rule.field else "",
        day if is_day(day) else "",
    ]
    doubt.sealed, doubt.key_month = sealing.seal_by_month(json.dumps(said).encode(), context=_context(doubt), now=now)


def seal_anew(month: date, now: datetime) -> int:
    """Seal by a later month what was sealed by one before ``month``; how many there were. What nobody can read any more goes, and
    what was not looked at for long, as its source cannot be read: the next look finds it again."""
    count = 0
    while some := list(Doubt.objects.sealed_before(month)[:1_000].values_list("pk", flat=True)):
        with transaction.atomic(durable=True):
            for doubt in Doubt.objects.sealed_before(month).select_for_update(of=("self",)).filter(pk__in=some):
                _seal_one_anew(doubt, now)
        count += len(some)
    # Where a look stopped is not worth a seal of its own: one that began a month ago begins again.
    DoubtPosition.objects.filter(key_month__lt=month).update(sealed=b"", key_month=None)
    return count


def _seal_one_anew(doubt: Doubt, now: datetime) -> None:
    try:
        plain = sealing.unseal_by_month(bytes(doubt.sealed), doubt.key_month, context=_context(doubt))
    except KeyDestroyed:
        plain = b""
    if not plain or doubt.looked_at < now - NOT_LOOKED_AT:
        doubt.delete()
        return
    doubt.sealed, doubt.key_month = sealing.seal_by_month(plain, context=_context(doubt), now=now)
    doubt.save(update_fields=("sealed", "key_month"))


def prints(shop: Shop, rule: DoubtRule, values: Mapping[str, Portable]) -> tuple[str, str]:
    """Of the value, and of what tells that it is in doubt."""
    texts = ["" if values.get(name) is None else str(values[name]) for name in (rule.field, rule.sign)]
    return sealing.print_of(shop, "doubtful", texts[0]), sealing.print_of(shop, "sign", texts[1])


def has_same_value(doubt: Doubt, rule: DoubtRule, record: Record) -> bool:
    """Whether the value is as it was when the doubt was found."""
    return sealing.is_print_of(doubt.source.shop, "doubtful", text_of(record, rule.field), doubt.value_print)


def has_same_sign(doubt: Doubt, rule: DoubtRule, record: Record) -> bool:
    """Whether what tells of the doubt is as it was."""
    return sealing.is_print_of(doubt.source.shop, "sign", text_of(record, rule.sign), doubt.sign_print)


def is_mended(doubt: Doubt, rule: DoubtRule, record: Record) -> bool:
    """Whether the value is another one by now: a mail that came back says nothing of the address that stands there since."""
    return rule.because is Because.WRONG and not has_same_value(doubt, rule, record)


def text_of(record: Record, name: str) -> str:
    """A value as text; empty for none."""
    value = record.values.get(name)
    return "" if value is None else str(value)


def is_day(text: str) -> bool:
    """Whether a text is a day as ISO writes it."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def barred(
    source: Source, described: Description, looking: DoubtLook, records: Sequence[Record], today: date
) -> dict[str, str]:
    """By digest, why nobody may look into a record now, in words: it is held, kept, out of use, nobody's or several people's, or
    its person has asked for an erasure or a correction. Raises SourceError."""
    digests = [record.key.digest for record in records]
    held = set(holds.standing(source, digests, today))
    kept = set(KeptRecord.objects.waiting().filter(source=source, digest__in=digests).values_list("digest", flat=True))
    asked = _asked_for(source, digests)
    found: dict[str, str] = {}
    for record in records:
        digest = record.key.digest
        out_of_use = described.overlay.of(record.key.collection).deactivate
        if digest in held:
            found[digest] = "A hold forbids any change of this record."
        elif digest in kept or (out_of_use and all(record.values.get(k) == v for k, v in out_of_use.items())):
            found[digest] = "The record is out of use and stays only because it must."
        elif digest in asked:
            found[digest] = f"{asked[digest]} is about this record already: note it there."
        elif why := _why_nobody(source.shop, looking.people(record)):
            found[digest] = why
    return found


@transaction.atomic(durable=True)
def dismiss(doubt: Doubt, *, ground: str, actor: Actor, now: datetime) -> None:
    """Leave a value as it is; it is not shown again as long as it stays so. Raises DoubtRefused."""
    if ground not in GROUNDS:
        raise DoubtRefused("Choose why it is left as it is.")
    row = locked(doubt)
    row.state, row.ground, row.decided_by, row.decided_at = Doubt.State.DISMISSED, ground, str(actor), now
    row.save(update_fields=("state", "ground", "decided_by", "decided_at"))
    facts = facts_of(row) | {"ground": ground}
    audit.record_for_shop(row.source.shop, "shop.doubt_dismissed", actor=actor, now=now, facts=facts)


def locked(doubt: Doubt) -> Doubt:
    """The doubt, held in the caller's transaction. Raises DoubtRefused when it waits for nobody any more."""
    row = Doubt.objects.select_for_update(of=("self",)).select_related("source__shop").filter(pk=doubt.pk).first()
    if row is None:
        raise DoubtRefused(SETTLED)
    if row.state != Doubt.State.OPEN:
        raise DoubtRefused(decided_meanwhile(row))
    return row


def decided_meanwhile(doubt: Doubt) -> str:
    """Why nothing more can be done about it, in words."""
    if doubt.state == Doubt.State.TAKEN_UP and doubt.subject_request:
        return f"Somebody looks into this already: {doubt.subject_request.reference}."
    return "Somebody else decided about this meanwhile."


def facts_of(doubt: Doubt) -> dict[str, audit.Fact]:
    """A doubt as the audit log names it."""
    return {
        "doubt": doubt.pk,
        "source": doubt.source.name,
        "collection": doubt.collection,
        "field": doubt.field,
        "because": doubt.because,
    }


def rule_of(doubt: Doubt, described: Description) -> DoubtRule | None:
    """What the description says of such a doubt; None where it says nothing any more."""
    rules = described.overlay.of(doubt.collection).doubts
    return next((each for each in rules if (each.field, each.because) == (doubt.field, doubt.because)), None)


def readable(person: Iterable[Identity], country: str) -> tuple[Identity, ...]:
    """Those that somebody could have typed: a mask that an erasure left is no address."""
    found = []
    for each in sorted(person, key=lambda one: (one.kind, one.value)):
        try:
            found.append(identities.read(each.kind, each.value, country))
        except BadIdentity:
            continue
    return tuple(found)


def _asked_for(source: Source, digests: Collection[str]) -> dict[str, str]:
    """By digest, the open request in which something of these records is to be corrected."""
    rows = CorrectionItem.objects.filter(
        source=source, digest__in=digests, subject_request__state__in=[each.value for each in OPEN_STATES]
    )
    return dict(rows.values_list("digest", "subject_request__reference"))


def _why_nobody(shop: Shop, people: Sequence[frozenset[Identity]]) -> str:
    """Why no request can be opened for the person of a record; empty when one can."""
    if len(people) > 1:
        return SHARED
    known = readable(people[0], "") if people else ()
    if not known:
        return NOBODY
    digests = [digest for each in known for digest in sealing.identity_digests(shop, each)]
    if ErasedIdentity.objects.filter(shop=shop, digest__in=digests).exists():
        return "The person was erased. If they are back, that is for whoever looks after erasures."
    open_ones = {
        "subject_request__shop": shop,
        "subject_request__type__in": AT_STAKE,
        "subject_request__state__in": [each.value for each in OPEN_STATES],
        "digest__in": digests,
    }
    for rows in (IdentityHash.objects, LearntIdentity.objects):
        reference = rows.filter(**open_ones).values_list("subject_request__reference", flat=True).first()
        if reference:
            return f"{reference} is about this person already, and open: settle that first, or note it there."
    return ""


def _opened(doubt: Doubt) -> tuple[list[tuple[str, Portable]], str, str]:
    plain = sealing.unseal_by_month(bytes(doubt.sealed), doubt.key_month, context=_context(doubt))
    columns, value, day = json.loads(plain)
    return [(name, held) for name, held in columns], value, day


def _context(doubt: Doubt) -> str:
    return f"doubt:{doubt.digest}:{doubt.field}:{doubt.because}"
