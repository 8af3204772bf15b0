"""Exports that staff hand in at the screen: kept sealed, read like a folder, replaced by newer ones of the same name.

Every file is read as a table before any is kept, so that a mistake is told by file and line while the person who made it
looks. Sources know nothing of our tables: this module says how the files of an address are opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction

from dsr import crypto
from dsr.models import DatasetDraft, Shop, Source, SourceFile
from dsr.sources import files
from dsr.workflow import audit, drafting, sealing
from dsr.workflow.actors import staff
from dsr.workflow.file_kinds import name_in_one_line

Contents = Mapping[str, bytes]
"""What was handed in, by file name."""


def connect_uploaded(shop: Shop, *, name: str, contents: Contents, user: User, now: datetime) -> DatasetDraft:
    """A new source of these files, with a draft of its description. Raises AlreadyThere and SourceError."""
    files.read_through(contents)
    place = uuid4()
    with transaction.atomic(durable=True):
        _keep(place, None, contents, user, now)
    try:
        draft = drafting.connect_undescribed(
            shop, name=name, url=f"{files.UPLOADED}{place}", actor=staff(user), now=now
        )
    except Exception:
        SourceFile.objects.filter(place=place).delete()
        raise
    SourceFile.objects.filter(place=place).update(source=draft.source)
    return draft


@transaction.atomic(durable=True)
def replace(source: Source, *, contents: Contents, user: User, now: datetime) -> None:
    """Keep newer files; those of another name stay. Raises SourceError when one cannot be read."""
    place = source.files.values_list("place", flat=True)[0]
    files.read_through({**_of(place), **_named(contents)})
    _keep(place, source, contents, user, now)
    facts: dict[str, audit.Fact] = {
        "shop": source.shop.slug,
        "source": source.pk,
        "name": source.name,
        "files": len(contents),
    }
    audit.record_for_shop(source.shop, "shop.files_replaced", actor=staff(user), now=now, facts=facts)


def _keep(place: UUID, source: Source | None, contents: Contents, user: User, now: datetime) -> None:
    version, key = sealing.ring().latest("credentials")
    for name, content in _named(contents).items():
        sealed = version.encode() + b":" + crypto.seal(key, content, context=_context(place, name))
        SourceFile.objects.update_or_create(
            place=place,
            name=name,
            defaults={
                "source": source,
                "size": len(content),
                "sealed": sealed,
                "uploaded_at": now,
                "uploaded_by": user,
            },
        )


def _of(place: UUID) -> dict[str, bytes]:
    return {file.name: _opened(file) for file in SourceFile.objects.filter(place=place)}


def _opened(file: SourceFile) -> bytes:
    version, _, body = bytes(file.sealed).partition(b":")
    key = sealing.ring().key("credentials", version.decode())
    return crypto.unseal(key, body, context=_context(file.place, file.name))


def _named(contents: Contents) -> dict[str, bytes]:
    return {name_in_one_line(name): content for name, content in contents.items()}


def _context(place: UUID, name: str) -> str:
    return f"source-file:{place}:{name}"


files.Uploads.read = lambda place: _of(UUID(place))
