"""From a value in doubt to a correction on the shop's own initiative, by the road that there is (``corrections.py``).

All that is in doubt of a record is looked into at once: one person, one request, one mail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.lifecycle import RequestType
from dsr.models import Doubt, Source, SubjectRequest
from dsr.records import Identity, IdentityKind, Record, normalise_email
from dsr.sources.description import Description
from dsr.sources.doubts import Because, DoubtRule
from dsr.sources.sql_doubts import WAITING_SECONDS, DoubtLook, open_look
from dsr.workflow import audit, connections, corrections, doubts, intake, shops
from dsr.workflow.actors import Actor
from dsr.workflow.corrections import Asked, Kind, Place
from dsr.workflow.doubts import SETTLED, DoubtRefused

KINDS = {
    "user.name": Kind.NAME,
    "user.contact.email": Kind.EMAIL,
    "user.contact.phone_number": Kind.PHONE,
    "user.contact.address": Kind.ADDRESS,
    "user.demographic.date_of_birth": Kind.BIRTH,
}
WHY = {
    Because.WRONG: "We noticed that it is probably wrong.",
    Because.OUTDATED: "We noticed that it is probably out of date.",
    Because.INCOMPLETE: "We noticed that it is missing.",
}


@dataclass(frozen=True, slots=True)
class _Met:
    """A doubt that still stands, with the record as it is now."""

    doubt: Doubt
    rule: DoubtRule
    record: Record

    @property
    def says(self) -> str:
        """The value that is in doubt."""
        return doubts.text_of(self.record, self.rule.field)


def look_into(doubt: Doubt, *, actor: Actor, now: datetime) -> SubjectRequest:
    """Open a correction, on the shop's initiative, for the person of the record, with every field of it that is in doubt.

    Who that is, is read from the shop at this moment. Raises DoubtRefused (also when somebody was faster), NotOffered,
    SourceError, Refused.
    """
    if doubt.state != Doubt.State.OPEN:
        raise DoubtRefused(doubts.decided_meanwhile(doubt))
    source = doubt.source
    described = connections.described_by(connections.current_version(source))
    profile = shops.profile_of(source.shop, now)
    today = day_of(now, profile.time_zone)
    url, country = connections.url_of(source), profile.country
    with open_look(source.name, url, described, country, seconds=WAITING_SECONDS) as looking:
        met = _met(doubt, described, looking, today)
        record = met[0].record
        if why := doubts.barred(source, described, looking, [record], today).get(doubt.digest):
            raise DoubtRefused(why)
        (person,) = looking.people(record)
    return _opened(source, described, met, _told_by(person, met, country), actor, now)


@transaction.atomic(durable=True)
def _opened(
    source: Source,
    described: Description,
    met: Sequence[_Met],
    identities: tuple[Identity, ...],
    actor: Actor,
    now: datetime,
) -> SubjectRequest:
    """The request, and the doubts that led to it taken up; the first of them must still wait."""
    rows = [doubts.locked(met[0].doubt), *_waiting(met[1:])]
    numbers = {row.pk for row in rows}
    made = intake.take_in(
        shop=source.shop,
        request_type=RequestType.CORRECTION,
        identities=identities,
        channel=SubjectRequest.Channel.SHOP,
        proved_to=actor,
        wishes=[_wish(source, described, each) for each in met if each.doubt.pk in numbers],
        actor=actor,
        now=now,
    )
    for row in rows:
        row.state, row.subject_request, row.decided_by, row.decided_at = Doubt.State.TAKEN_UP, made, str(actor), now
        row.save(update_fields=("state", "subject_request", "decided_by", "decided_at"))
        audit.record_for_shop(source.shop, "shop.doubt_taken_up", actor=actor, now=now, facts=doubts.facts_of(row))
    return made


def _waiting(met: Iterable[_Met]) -> list[Doubt]:
    """Those of some doubts that still wait, held in the caller's transaction."""
    rows = Doubt.objects.select_for_update(of=("self",)).select_related("source")
    return list(rows.filter(pk__in=[each.doubt.pk for each in met], state=Doubt.State.OPEN).order_by("pk"))


def _met(doubt: Doubt, described: Description, looking: DoubtLook, today: date) -> list[_Met]:
    """The doubt and the others about its record, as far as they stand; those that do not, go. Raises DoubtRefused when it is
    itself one of them."""
    place = {"collection": doubt.collection, "digest": doubt.digest}
    others = doubt.source.doubts.filter(state=Doubt.State.OPEN, **place).exclude(pk=doubt.pk)
    found = []
    for each in (doubt, *others.select_related("source__shop").order_by("pk")[: corrections.MOST_ITEMS - 1]):
        rule, key = doubts.rule_of(each, described), doubts.key_of(each, described)
        record = looking.still(each.collection, rule, [key], today).get(each.digest) if rule and key else None
        if rule is None or record is None or doubts.is_mended(each, rule, record):
            Doubt.objects.filter(pk=each.pk, state=Doubt.State.OPEN).delete()
            if each == doubt:
                raise DoubtRefused(SETTLED)
            continue
        found.append(_Met(each, rule, record))
    return found


def _wish(source: Source, described: Description, met: _Met) -> Asked:
    field = described.graph.collections[met.record.key.collection].field(met.rule.field)
    categories = field.data_categories if field else ()
    kinds = (kind for name, kind in KINDS.items() for each in categories if f"{each}.".startswith(f"{name}."))
    place = Place(source, met.record.key.collection, met.record.key.digest, met.rule.field)
    says = met.says[: corrections.LONGEST]
    return Asked(next(kinds, Kind.OTHER), wanted="", says=says, why=WHY[met.rule.because], place=place)


def _told_by(person: Collection[Identity], met: Sequence[_Met], country: str) -> tuple[Identity, ...]:
    """The identifiers under which the request is made. A mailbox from which mail came back is none to write to."""
    doubted = {normalise_email(each.says) for each in met if each.rule.because is Because.WRONG}
    known = doubts.readable(person, country)
    rest = tuple(each for each in known if not (each.kind is IdentityKind.EMAIL and each.value in doubted))
    return (rest or known)[: intake.MOST_IDENTITIES]
