"""The connected sources of a shop: adding one, describing it anew, opening it for a job.

Nothing half-saved: texts are parsed and compared with the live database first, and every mistake is told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from dsr.models import DatasetDraft, DatasetVersion, DraftColumn, Shop, Source
from dsr.records import IdentityKind, Person
from dsr.sources import registry
from dsr.sources.base import FieldPath, Links, SourceError
from dsr.sources.base import Source as OpenSource
from dsr.sources.files import UPLOADED, is_file_url
from dsr.sources.registry import Description, Survey
from dsr.workflow import audit, sealing
from dsr.workflow.actors import Actor
from dsr.yaml_text import Problem

PersonFor = Callable[[Source], Person]
"""Who is asking, as one source may be searched."""


class AlreadyThere(Exception):
    """A shop or source of that name exists."""


class NotDescribed(Exception):
    """The source has no published description yet, so nothing can be asked of it."""


class Outdated(Exception):
    """Somebody published another version since this draft was begun."""


class Refused(Exception):
    """The source cannot be used as described; ``problems`` is everything that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def add_source(
    shop: Shop,
    *,
    name: str,
    url: str,
    write_url: str = "",
    dataset_text: str,
    dataset_name: str,
    overlay_text: str = "",
    overlay_name: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[Source, tuple[Problem, ...]]:
    """Connect a database; returns it with what is worth knowing but does not stand in the way.

    ``write_url`` is the address by another role, for corrections and erasures alone.
    Raises AlreadyThere, Refused (texts, or texts against the live database) and SourceError (cannot connect).
    """
    refuse_twins(shop, name)
    surveyed = _survey(shop, name, url, dataset_text, dataset_name, overlay_text, overlay_name)
    _try_to_connect(name, write_url, surveyed[0])
    with transaction.atomic(durable=True):
        source = Source.objects.create(
            shop=shop,
            name=name,
            kind=kind_of(url),
            sealed_url=sealing.seal_credential(url, owner=f"{shop.slug}/{name}"),
            sealed_write_url=sealed_write_url(write_url, f"{shop.slug}/{name}"),
            host=host_of(url),
            created_at=now,
        )
        version = _new_version(source, surveyed, dataset_text, dataset_name, overlay_text, overlay_name, actor, now)
        facts: dict[str, audit.Fact] = {
            "shop": shop.slug,
            "source": source.pk,
            "name": name,
            "kind": source.kind,
            "version": version.number,
        }
        audit.record_for_shop(shop, "source.connected", actor=actor, now=now, facts=facts)
    return source, tuple(problem for problem in surveyed[1].problems if problem.is_warning)


def change_source(
    source: Source,
    *,
    url: str = "",
    write_url: str = "",
    dataset_text: str,
    dataset_name: str,
    overlay_text: str = "",
    overlay_name: str = "",
    actor: Actor,
    now: datetime,
    origin: DatasetVersion.Origin = DatasetVersion.Origin.GIVEN,
    repeats: DatasetVersion | None = None,
    settles: DatasetDraft | None = None,
) -> DatasetVersion:
    """Give a source a new description, and new addresses where they are not empty. Raises as ``add_source`` does.

    ``settles`` is the draft that this description was made of; it ends with it. Raises Outdated when another description
    was published since the draft was begun.
    """
    url = url or url_of(source)
    surveyed = _survey(source.shop, source.name, url, dataset_text, dataset_name, overlay_text, overlay_name)
    _try_to_connect(source.name, write_url, surveyed[0])
    with transaction.atomic(durable=True):
        source.sealed_url = sealing.seal_credential(url, owner=str(source))
        source.host, source.kind = host_of(url), kind_of(url)
        source.sealed_write_url = sealed_write_url(write_url, str(source)) or source.sealed_write_url
        source.save(update_fields=("sealed_url", "sealed_write_url", "host", "kind"))
        columns = _end(settles) if settles else {}
        version = _new_version(source, surveyed, dataset_text, dataset_name, overlay_text, overlay_name, actor, now)
        DatasetVersion.objects.filter(pk=version.pk).update(origin=origin, repeats=repeats)
        facts: dict[str, audit.Fact] = {
            "shop": source.shop.slug,
            "source": source.pk,
            "name": source.name,
            "version": version.number,
            "origin": str(origin),
            **columns,
        }
        audit.record_for_shop(source.shop, "source.changed", actor=actor, now=now, facts=facts)
    return version


@transaction.atomic(durable=True)
def disconnect_source(source: Source, *, actor: Actor, now: datetime) -> None:
    """Ask this source no more; what it answered stays. Raises Refused when another source hangs on what it finds."""
    remaining = [version for version in _described_versions(source.shop) if version.source.pk != source.pk]
    texts = tuple(version.dataset_text for version in remaining)
    for version in remaining:
        _parsed(version, tuple(text for text in texts if text != version.dataset_text))
    Source.objects.filter(pk=source.pk).update(is_active=False)
    facts: dict[str, audit.Fact] = {"shop": source.shop.slug, "source": source.pk, "name": source.name}
    audit.record_for_shop(source.shop, "source.disconnected", actor=actor, now=now, facts=facts)


def reconnect_source(source: Source, *, actor: Actor, now: datetime) -> None:
    """Ask a disconnected source again, as its newest version describes it. Raises Refused and SourceError.

    Requests that went on without it are not opened again; those that still wait for it can ask it again.
    """
    version = source.versions.order_by("-number").first()
    if version is not None and source.kind != Source.Kind.MANUAL:
        texts = (version.dataset_text, version.dataset_name, version.overlay_text, version.overlay_name)
        _survey(source.shop, source.name, url_of(source), *texts)
    with transaction.atomic(durable=True):
        if Source.objects.filter(pk=source.pk, is_active=False).update(is_active=True):
            facts: dict[str, audit.Fact] = {"shop": source.shop.slug, "source": source.pk, "name": source.name}
            facts["version"] = version.number if version else None
            audit.record_for_shop(source.shop, "source.reconnected", actor=actor, now=now, facts=facts)


def kind_of(url: str) -> Source.Kind:
    """What an address leads to."""
    return Source.Kind.FILE if is_file_url(url) else Source.Kind.SQL


def url_of(source: Source) -> str:
    """The address with its password, for connecting and for nothing else."""
    return sealing.unseal_credential(bytes(source.sealed_url), owner=str(source))


def write_url_of(source: Source) -> str | None:
    """The address by the role that may write, for a plan's rows and for nothing else; None when there is none."""
    if source.sealed_write_url is None:
        return None
    return sealing.unseal_credential(bytes(source.sealed_write_url), owner=f"{source}/write")


def current_version(source: Source) -> DatasetVersion:
    """The description in force. Raises NotDescribed when none was ever published."""
    newest = source.versions.order_by("-number").first()
    if newest is None:
        raise NotDescribed(f"{source.name} is not described yet, and is not searched. Classify it and publish that.")
    return newest


def undescribed(shop: Shop) -> list[str]:
    """The names of the active sources that no request searches, because nobody has published a description of them."""
    return list(shop.sources.filter(is_active=True, versions=None).values_list("name", flat=True))


def refuse_twins(shop: Shop, name: str) -> None:
    """Raise AlreadyThere when the shop has a source of that name."""
    existing = shop.sources.filter(name=name).first()
    if existing is not None:
        again = "" if existing.is_active else " It is disconnected: connect it again, its versions are kept."
        raise AlreadyThere(f"{shop.slug} has a source {name!r} already.{again}")


def current_versions(shop: Shop) -> list[DatasetVersion]:
    """The descriptions of all active sources, by name."""
    versions = DatasetVersion.objects.filter(source__shop=shop, source__is_active=True)
    return list(
        versions.order_by("source__name", "source_id", "-number")
        .distinct("source__name", "source_id")
        .select_related("source")
    )


def _described_versions(shop: Shop) -> list[DatasetVersion]:
    """Those that have a dataset; a person who is asked has none."""
    return [version for version in current_versions(shop) if version.source.kind != Source.Kind.MANUAL]


@contextmanager
def opened(source: Source, version: DatasetVersion, person_for: PersonFor) -> Iterator[tuple[OpenSource, Links]]:
    """The source, connected, with the values its references need from the shop's other sources. Raises SourceError."""
    try:
        described = _load(source.shop, version)
    except Refused as refused:
        message = f"Its description no longer holds: {refused.problems[0]}"
        raise SourceError(message, code="schema_mismatch", permanent=True) from None
    links = _links(source, described, person_for, frozenset((source.pk,)))
    with registry.open_source(source.kind, source.name, url_of(source), described) as open_source:
        yield open_source, links


def looked_up_kinds(source: Source, version: DatasetVersion) -> frozenset[IdentityKind]:
    """By which identifiers a source is searched, those of the sources whose findings it hangs on included."""
    if source.kind == Source.Kind.MANUAL:
        return frozenset(map(IdentityKind, source.manual_place.needs)) or frozenset(IdentityKind)
    return _kinds(source, _load(source.shop, version), frozenset((source.pk,)))


def _kinds(source: Source, described: Description, asked: frozenset[int]) -> frozenset[IdentityKind]:
    kinds = described.identity_kinds
    for version, its in _hangs_on(source, described, asked):
        kinds |= _kinds(version.source, its, asked | {version.source.pk})
    return kinds


def _links(source: Source, described: Description, person_for: PersonFor, asked: frozenset[int]) -> Links:
    """What the shop's other sources hold for the fields that this one refers to.

    Those may hang on others in turn. ``asked`` are the sources on the way here: a circle ends where it began.
    """
    links: dict[FieldPath, Sequence[Hashable]] = {}
    for version, its in _hangs_on(source, described, asked):
        other = version.source
        further = _links(other, its, person_for, asked | {other.pk})
        with registry.open_source(
            other.kind, other.name, url_of(other), its, exposed=described.needed_links
        ) as open_other:
            for path, values in open_other.locate(person_for(other), further).links.items():
                links[path] = [*links.get(path, ()), *values]
    return links


def _hangs_on(
    source: Source, described: Description, asked: frozenset[int]
) -> Iterator[tuple[DatasetVersion, Description]]:
    """The shop's other sources that a source's references lead to, as far as they are not on the way here."""
    needed = {path.dataset for path in described.needed_links}
    for version in _described_versions(source.shop) if needed else ():
        if version.source.pk not in asked:
            its = _load(source.shop, version)
            if its.dataset_keys & needed:
                yield version, its


def described_by(version: DatasetVersion) -> Description:
    """A version's description, read together with the shop's others. Raises Refused when it no longer holds."""
    return _load(version.source.shop, version)


def _load(shop: Shop, version: DatasetVersion) -> Description:
    return _parsed(version, _other_texts(shop, version.source.name))


def _parsed(version: DatasetVersion, others: tuple[str, ...]) -> Description:
    names = {"dataset_file": version.dataset_name, "overlay_file": version.overlay_name or "overlay"}
    try:
        return registry.load(version.dataset_text, version.overlay_text, others=others, **names)
    except registry.DatasetError as error:
        raise Refused(error.problems) from None


def _other_texts(shop: Shop, name: str) -> tuple[str, ...]:
    return tuple(version.dataset_text for version in _described_versions(shop) if version.source.name != name)


def _survey(
    shop: Shop, name: str, url: str, dataset_text: str, dataset_name: str, overlay_text: str, overlay_name: str
) -> tuple[Description, Survey]:
    try:
        described = registry.load(
            dataset_text,
            overlay_text,
            dataset_file=dataset_name,
            overlay_file=overlay_name or "overlay",
            others=_other_texts(shop, name),
        )
    except registry.DatasetError as error:
        raise Refused(error.problems) from None
    surveyed = registry.survey(kind_of(url).value, name, url, described)
    if surveyed.errors:
        raise Refused(surveyed.errors)
    return described, surveyed


def _try_to_connect(name: str, write_url: str, described: Description) -> None:
    """Raises SourceError when there is an address for writing and nobody answers at it."""
    if write_url:
        with registry.open_source(Source.Kind.SQL.value, f"{name}, for writing", write_url, described):
            pass


def sealed_write_url(write_url: str, owner: str) -> bytes | None:
    """An address for writing as it is stored; None for none."""
    return sealing.seal_credential(write_url, owner=f"{owner}/write") if write_url else None


def _new_version(
    source: Source,
    surveyed: tuple[Description, Survey],
    dataset_text: str,
    dataset_name: str,
    overlay_text: str,
    overlay_name: str,
    actor: Actor,
    now: datetime,
) -> DatasetVersion:
    return DatasetVersion.objects.create(
        source=source,
        number=source.versions.count() + 1,
        dataset_name=PurePath(dataset_name).name,
        dataset_text=dataset_text,
        overlay_name=PurePath(overlay_name).name,
        overlay_text=overlay_text,
        description=_description(source, *surveyed),
        made_at=now,
        made_by_id=actor.staff_id,
    )


def _end(draft: DatasetDraft) -> dict[str, audit.Fact]:
    """Remove a draft that is being published, in the caller's transaction; returns how its columns were settled."""
    mine = DatasetDraft.objects.select_for_update(of=("self",)).filter(pk=draft.pk, based_on=draft.based_on_id).first()
    newest = draft.source.versions.order_by("-number").first()
    if mine is None or newest != draft.based_on:
        raise Outdated(f"Another version of {draft.source.name} was published meanwhile; begin the draft anew.")
    columns = DraftColumn.objects.filter(collection__draft=mine)
    facts: dict[str, audit.Fact] = {
        "columns": columns.count(),
        "decided": columns.filter(decided_at__isnull=False).count(),
        "changed": columns.filter(is_changed=True).count(),
    }
    mine.delete()
    return facts


def _description(source: Source, described: Description, surveyed: Survey) -> dict[str, Any]:
    return {
        "title": described.title or source.name,
        "unseen": list(described.unseen),
        "collections": [asdict(each) for each in surveyed.collections],
        "types": surveyed.types,
    }


def host_of(url: str) -> str:
    """Where the database is, without user, password or anything else."""
    if url.startswith(UPLOADED):
        return f"files {url.removeprefix(UPLOADED)[:8]}"  # Sources of one host are taken for one database.
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}"[:200]
