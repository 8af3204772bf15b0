"""Whether the shop's databases are still as they were described: asked every night, on demand, and before each erasure.

An alarm stands as long as its cause: each check writes the whole result anew, and keeps only since when an alarm is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from dsr.models import DatasetVersion, Shop, Source, SourceCheck
from dsr.policy.schema import Profile
from dsr.sources import registry
from dsr.sources.alarms import Alarm, Checked, Code
from dsr.sources.base import SourceError
from dsr.sources.registry import Description
from dsr.workflow import audit, connections, policy_coverage, queue, shops
from dsr.workflow.actors import SYSTEM, Actor
from dsr.workflow.connections import Refused
from dsr.workflow.queue import Claim, Work


class NotAsDescribed(Exception):
    """A database is not as it was described, or could not be looked at; ``checks`` are the results that say so."""

    def __init__(self, checks: Sequence[SourceCheck]) -> None:
        super().__init__("; ".join(f"{check.source}: {summary(check)}" for check in checks))
        self.checks = tuple(checks)


def ask_for_tonight(now: datetime) -> None:
    """Have every described, active source checked once a day, in the caller's transaction."""
    for source in _active(Source.objects.all()):
        queue.enqueue(Work.CHECK_SOURCE, target_id=source.pk, now=now, key=f"check:{source.pk}:{now:%Y-%m-%d}")


def check_source_tonight(claim: Claim) -> None:
    """The job's work. A source that cannot be reached is a result, too."""
    source = _active(Source.objects.filter(pk=claim.target_id)).first()
    if source is not None:
        check_source(source, actor=SYSTEM, now=claim.clock())
    with transaction.atomic(durable=True):
        claim.finish()


def check_sources(shop: Shop | None = None, name: str = "", *, actor: Actor, now: datetime) -> list[SourceCheck]:
    """Check every described, active source, of one shop or of that name where given."""
    sources = Source.objects.all() if shop is None else shop.sources.all()
    chosen = _active(sources.filter(name=name) if name else sources)
    return [check_source(source, actor=actor, now=now) for source in chosen]


def check_before_erasure(shop: Shop, *, actor: Actor, now: datetime) -> None:
    """Look at every source of the shop now. Raises NotAsDescribed when one has alarms or could not be looked at."""
    checks = check_sources(shop, actor=actor, now=now)
    standing = [check for check in checks if check.alarms or check.error_code]
    if standing:
        raise NotAsDescribed(standing)


def check_source(source: Source, *, actor: Actor, now: datetime) -> SourceCheck:
    """Compare one source with its description and keep the result; a change of its alarms is a fact of the shop.

    A source that could not be looked at keeps the alarms it had, with the reason.
    """
    try:
        checked = _look(source, connections.current_version(source), now)
    except (Refused, SourceError) as error:
        return _keep_failure(source, error, now)
    return _keep(source, checked, actor, now)


def summary(check: SourceCheck) -> str:
    """One line for people."""
    if check.error_code:
        return f"could not be checked ({check.error_text})"
    count, back = len(check.alarms), check.came_back
    words = "as described" if not count else f"{count} alarm{'s' if count > 1 else ''}"
    return f"{words}; {back} address{'es' if back > 1 else ''} of erased people back in it" if back else words


def fresh(sources: Iterable[Source]) -> int:
    """How many alarms the last check of these sources met first."""
    checks = SourceCheck.objects.filter(source__in=sources, source__is_active=True)
    return sum(len(check.fresh_alarms) for check in checks)


def _active(sources: Any) -> Any:
    described = sources.filter(is_active=True, versions__isnull=False).exclude(kind=Source.Kind.MANUAL)
    return described.distinct().select_related("shop").order_by("pk")


def _look(source: Source, version: DatasetVersion, now: datetime) -> Checked:
    described = connections.described_by(version)
    checked = registry.examine(
        source.kind,
        source.name,
        connections.url_of(source),
        described,
        recorded=version.description.get("types", {}),
        elsewhere=frozenset(_described_elsewhere(source)),
    )
    ruled = tuple(without_rule(source.name, described, shops.profile_of(source.shop, now)))
    return Checked((*checked.alarms, *ruled), checked.advice, checked.types)


def _described_elsewhere(source: Source) -> Iterator[tuple[str, str]]:
    """The tables that the shop's other sources describe in the same database."""
    for version in connections.current_versions(source.shop):
        if version.source.pk != source.pk and version.source.host == source.host:
            yield from connections.described_by(version).tables


def without_rule(source: str, described: Description, profile: Profile) -> Iterator[Alarm]:
    """An alarm for each collection, and each column that people are found by, of which no rule says what becomes of it."""
    for gap in policy_coverage.gaps_in(source, described, profile):
        yield Alarm(Code.NO_RULE, gap.holding.place, gap.message, gap.cure, gap.file, gap.line)


def _keep(source: Source, checked: Checked, actor: Actor, now: datetime) -> SourceCheck:
    with transaction.atomic(durable=True):
        before = SourceCheck.objects.select_for_update().filter(source=source).first()
        known = {
            (each["code"], each["place"]): each["since"] for each in (before.alarms + before.advice if before else [])
        }
        alarms = [_row(alarm, known, now) for alarm in checked.alarms]
        result = {
            "checked_at": now,
            "alarms": alarms,
            "advice": [_row(alarm, known, now) for alarm in checked.advice],
            "error_code": "",
            "error_text": "",
        }
        check, _ = SourceCheck.objects.update_or_create(source=source, defaults=result)
        if before is None or _names(before.alarms) != _names(alarms):
            facts: dict[str, audit.Fact] = {"source": source.pk, "name": source.name, "alarms": len(alarms)}
            audit.record_for_shop(source.shop, "source.checked", actor=actor, now=now, facts=facts)
    return check


def _keep_failure(source: Source, error: Refused | SourceError, now: datetime) -> SourceCheck:
    code = error.code if isinstance(error, SourceError) else "schema_mismatch"
    result = {"checked_at": now, "error_code": code, "error_text": str(error)}
    with transaction.atomic(durable=True):
        check, _ = SourceCheck.objects.update_or_create(source=source, defaults=result)
    return check


def _row(alarm: Alarm, known: dict[tuple[str, str], str], now: datetime) -> dict[str, Any]:
    since = known.get((alarm.code.value, alarm.place), now.isoformat())
    return {**asdict(alarm), "code": alarm.code.value, "since": since}


def _names(alarms: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(each["code"], each["place"]) for each in alarms}
