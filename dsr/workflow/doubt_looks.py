"""The nightly look for values that may be wrong, old or missing, and what it leaves for staff.

Each night, of each source: what was found before is looked at again, so that what was mended goes by itself; then every table
is looked through from where the last look stopped, a stretch of it for each doubt. No more is put before staff than they can
work through (``DSR_MOST_DOUBTS`` a shop); a look that may add no more stays where it is. No shop is asked inside a transaction.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.keyring import KeyDestroyed
from dsr.models import DatasetVersion, Doubt, DoubtPosition, Shop, Source
from dsr.records import Record, RecordKey
from dsr.sources.base import SourceError
from dsr.sources.description import Description
from dsr.sources.doubt_checks import rules_of
from dsr.sources.doubts import Because, DoubtRule
from dsr.sources.sql_doubts import DoubtLook, open_look
from dsr.workflow import audit, connections, doubts, queue, sealing, shops
from dsr.workflow.actors import SYSTEM, Actor
from dsr.workflow.queue import Claim, FinalFault, Work

STRETCH = 200_000
"""Rows of a table that one look passes by for each doubt."""
MOST_FOUND = 200
"""Doubtful rows of one kind that one look considers."""
AT_ONCE = 25
MOST_REMEMBERED = 2_000
"""Settled doubts of a source that one look looks at again, those first that were not for longest."""


@dataclass
class Looked:
    """What a look came to, by source: how many were found, how many of those before have gone, and why one was not read."""

    found: dict[str, int] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def ask_for_tonight(now: datetime) -> None:
    """Have the databases of every shop looked through once a day, in the caller's transaction; one in whose description nothing
    is called doubtful is not opened."""
    databases = Source.objects.filter(kind=Source.Kind.SQL, versions__isnull=False)
    for number in databases.order_by("shop_id").values_list("shop_id", flat=True).distinct():
        queue.enqueue(Work.LOOK_FOR_DOUBTS, target_id=number, now=now, key=f"doubts:{number}:{now:%Y-%m-%d}")


def look_tonight(claim: Claim) -> None:
    """The job's work for one shop. Raises FinalFault when a source could not be read."""
    looked = look(Shop.objects.get(pk=claim.target_id), actor=SYSTEM, now=claim.clock())
    if looked.failed:
        raise FinalFault("; ".join(looked.failed.values()))
    with transaction.atomic(durable=True):
        claim.finish()


def look(shop: Shop, *, only: str = "", actor: Actor, now: datetime) -> Looked:
    """Look through a shop's databases, or the one source of that name. Exported files are not looked through."""
    looked = Looked()
    for rows in (
        Doubt.objects,
        DoubtPosition.objects,
    ):  # Nobody can look into what a source says that is not asked any more.
        rows.filter(source__shop=shop, source__is_active=False).delete()
    for version in connections.current_versions(shop):
        source = version.source
        if source.kind != Source.Kind.SQL or (only and source.name != only) or not _is_concerned(version):
            continue
        source.shop = shop
        try:
            result = _SourceLook(source, connections.described_by(version), now).result()
            looked.found[source.name], looked.settled[source.name] = result.save(actor)
        except (SourceError, connections.Refused) as error:
            looked.failed[source.name] = str(error)
    return looked


def _is_concerned(version: DatasetVersion) -> bool:
    """Whether its overlay calls anything doubtful, or did."""
    return "doubts" in version.overlay_text or Doubt.objects.filter(source=version.source).exists()


Rules = dict[tuple[str, str, str], DoubtRule]
"""By collection, field and reason."""


@dataclass
class _Result:
    """What one source's look came to, to be saved in one transaction."""

    source: Source
    rules: Rules
    now: datetime
    gone: list[Doubt] = field(default_factory=list)
    mended: list[Doubt] = field(default_factory=list)
    changed: list[Doubt] = field(default_factory=list)
    seen: list[Doubt] = field(default_factory=list)
    fresh: list[Doubt] = field(default_factory=list)
    positions: dict[tuple[str, str, str], RecordKey | None] = field(default_factory=dict)

    @transaction.atomic(durable=True)
    def save(self, actor: Actor) -> tuple[int, int]:
        """How many were found, and how many open ones have gone. What staff decided meanwhile stays decided."""
        settled = 0
        for each in self.gone:
            count, _ = Doubt.objects.filter(pk=each.pk, state=each.state).delete()
            settled += count if each.state == Doubt.State.OPEN else 0
        waiting = Doubt.objects.filter(state=Doubt.State.OPEN)
        settled += waiting.filter(pk__in=[each.pk for each in self.mended]).update(
            state=Doubt.State.MENDED, looked_at=self.now
        )
        for each in self.changed:
            waiting.filter(pk=each.pk).update(
                value_print=each.value_print,
                sign_print=each.sign_print,
                sealed=each.sealed,
                key_month=each.key_month,
            )
        Doubt.objects.filter(pk__in=[each.pk for each in self.seen]).update(looked_at=self.now)
        Doubt.objects.bulk_create(self.fresh, ignore_conflicts=True)
        self._move_on()
        if self.fresh or settled:
            facts: dict[str, audit.Fact] = {"shop": self.source.shop.slug, "source": self.source.name}
            facts |= {"found": len(self.fresh), "settled": settled}
            audit.record_for_shop(self.source.shop, "shop.doubts_looked_for", actor=actor, now=self.now, facts=facts)
        return len(self.fresh), settled

    def _move_on(self) -> None:
        for position in DoubtPosition.objects.filter(source=self.source):
            if (position.collection, position.field, position.because) not in self.rules:
                position.delete()
        for (collection, name, because), key in self.positions.items():
            sealed, month = b"", None
            if key is not None:
                plain = json.dumps([list(pair) for pair in key.columns]).encode()
                context = _context(self.source, collection, name, because)
                sealed, month = sealing.seal_by_month(plain, context=context, now=self.now)
            DoubtPosition.objects.update_or_create(
                source=self.source,
                collection=collection,
                field=name,
                because=because,
                defaults={"sealed": sealed, "key_month": month, "looked_at": self.now},
            )


class _SourceLook:
    """One look at one source."""

    def __init__(self, source: Source, described: Description, now: datetime) -> None:
        profile = shops.profile_of(source.shop, now)
        self._source, self._described, self._now = source, described, now
        self._country, self._today = profile.country, day_of(now, profile.time_zone)
        self._rules: Rules = {
            (name, rule.field, rule.because.value): rule
            for name, rules in rules_of(described).items()
            for rule in rules
        }

    def result(self) -> _Result:
        """Look. Raises SourceError."""
        result = _Result(self._source, self._rules, self._now)
        url = connections.url_of(self._source)
        with open_look(self._source.name, url, self._described, self._country) as looking:
            self._again(looking, result)
            gone = sum(each.state == Doubt.State.OPEN for each in (*result.gone, *result.mended))
            waiting = Doubt.objects.open().filter(source__shop=self._source.shop).count()
            room = settings.DSR_MOST_DOUBTS - waiting + gone
            for (name, column, because), rule, after in self._in_turn():
                if room <= len(result.fresh):
                    break
                end = self._beyond(looking, result, name, rule, after, room)
                result.positions[name, column, because] = end
        return result

    def _again(self, looking: DoubtLook, result: _Result) -> None:
        """What was found before: what is in doubt no more goes, and what was decided is forgotten once it says something else."""
        mine = Doubt.objects.filter(source=self._source).select_related("source__shop")
        settled = mine.exclude(state=Doubt.State.OPEN).order_by("looked_at", "pk")[:MOST_REMEMBERED]
        by_rule: dict[tuple[str, str, str], list[Doubt]] = defaultdict(list)
        for doubt in (*mine.filter(state=Doubt.State.OPEN), *settled):
            by_rule[doubt.collection, doubt.field, doubt.because].append(doubt)
        for named, here in by_rule.items():
            rule = self._rules.get(named)
            if rule is None:
                result.gone += here
            else:
                self._again_by(looking, result, rule, here)

    def _again_by(self, looking: DoubtLook, result: _Result, rule: DoubtRule, here: Sequence[Doubt]) -> None:
        keys = [key for doubt in here if (key := doubts.key_of(doubt, self._described))]
        there = looking.still(here[0].collection, rule, keys, self._today)
        waiting = [there[each.digest] for each in here if each.digest in there and each.state == Doubt.State.OPEN]
        barred = doubts.barred(self._source, self._described, looking, waiting, self._today)
        for doubt in here:
            record = there.get(doubt.digest)
            self._settle(result, doubt, rule, None if doubt.digest in barred else record)

    def _settle(self, result: _Result, doubt: Doubt, rule: DoubtRule, record: Record | None) -> None:
        if record is None or not self._is_remembered(doubt, rule, record):
            result.gone.append(doubt)
            return
        result.seen.append(doubt)
        if doubt.state != Doubt.State.OPEN:
            return
        if doubts.is_mended(doubt, rule, record):
            result.mended.append(doubt)
        elif not (doubts.has_same_value(doubt, rule, record) and doubts.has_same_sign(doubt, rule, record)):
            doubts.seal(doubt, rule, record, self._now)
            result.changed.append(doubt)

    def _is_remembered(self, doubt: Doubt, rule: DoubtRule, record: Record) -> bool:
        """Whether what was decided still answers what the record says. What was left as it is was left for that value; a mail
        that came back before the address was mended says nothing of the new one."""
        if doubt.state == Doubt.State.OPEN:
            return True
        is_same_sign = doubts.has_same_sign(doubt, rule, record)
        if doubt.state == Doubt.State.DISMISSED or rule.because is not Because.WRONG:
            return is_same_sign and doubts.has_same_value(doubt, rule, record)
        return is_same_sign

    def _in_turn(self) -> Iterator[tuple[tuple[str, str, str], DoubtRule, RecordKey | None]]:
        """The rules, each with where to go on: those first whose look was longest ago, so that none waits for the others."""
        known = {
            (each.collection, each.field, each.because): each
            for each in DoubtPosition.objects.filter(source=self._source)
        }
        never = datetime.min.replace(tzinfo=self._now.tzinfo)
        for named in sorted(self._rules, key=lambda one: known[one].looked_at if one in known else never):
            yield named, self._rules[named], self._key_at(known.get(named))

    def _key_at(self, position: DoubtPosition | None) -> RecordKey | None:
        if position is None or position.key_month is None:
            return None
        context = _context(self._source, position.collection, position.field, position.because)
        try:
            plain = sealing.unseal_by_month(bytes(position.sealed), position.key_month, context=context)
        except KeyDestroyed:
            return None
        columns = tuple((name, value) for name, value in json.loads(plain))
        declared = self._described.graph.collections[position.collection].key
        if tuple(name for name, _ in columns) != declared:  # The table was given another key since.
            return None
        return RecordKey(self._source.name, position.collection, columns)

    def _beyond(
        self,
        looking: DoubtLook,
        result: _Result,
        name: str,
        rule: DoubtRule,
        after: RecordKey | None,
        room: int,
    ) -> RecordKey | None:
        """Look on behind a key, and take what is new; where to go on the next time."""
        stretch = looking.beyond(name, rule, after, self._today, most=MOST_FOUND, stretch=STRETCH)
        known = set(
            Doubt.objects.filter(
                source=self._source,
                collection=name,
                field=rule.field,
                because=rule.because.value,
                digest__in=[record.key.digest for record in stretch.rows],
            )
            .exclude(pk__in=[each.pk for each in result.gone])
            .values_list("digest", flat=True)
        )
        fresh = [record for record in stretch.rows if record.key.digest not in known]
        for start in range(0, len(fresh), AT_ONCE):
            some = fresh[start : start + AT_ONCE]
            barred = doubts.barred(self._source, self._described, looking, some, self._today)
            for record in some:
                if len(result.fresh) >= room:
                    return after
                after = record.key
                if record.key.digest not in barred:
                    result.fresh.append(self._made(name, rule, record))
        return stretch.end

    def _made(self, name: str, rule: DoubtRule, record: Record) -> Doubt:
        made = Doubt(
            source=self._source,
            collection=name,
            digest=record.key.digest,
            field=rule.field,
            because=rule.because.value,
            found_at=self._now,
            looked_at=self._now,
        )
        doubts.seal(made, rule, record, self._now)
        return made


def _context(source: Source, collection: str, name: str, because: str) -> str:
    return f"doubts:{source.pk}:{collection}:{name}:{because}"
