"""Exports that staff hand in at the screen: kept sealed, read like a folder, replaced by newer ones of the same name.

Every file is read as a table before any is kept, so that a mistake is told by file and line while the person who made it
looks. Sources know nothing of our tables: this module says how the files of an address are opened.

They are customer lists that lie in our database, so each has a key of its own, wrapped by a month's key and wrapped anew before
that is destroyed (``forgetting.py``): what was replaced or removed cannot be opened in an old dump of ours for long.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction

from dsr import crypto
from dsr.clocks.arithmetic import add_months
from dsr.keyring import KeyDestroyed
from dsr.models import DatasetDraft, Shop, Source, SourceFile
from dsr.sources import files
from dsr.sources.base import SourceError
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
    files.read_through({**_of(place, but=_named(contents)), **_named(contents)})
    _keep(place, source, contents, user, now)
    facts: dict[str, audit.Fact] = {
        "shop": source.shop.slug,
        "source": source.pk,
        "name": source.name,
        "files": len(contents),
    }
    audit.record_for_shop(source.shop, "shop.files_replaced", actor=staff(user), now=now, facts=facts)


def wrap_anew(month: date, now: datetime) -> int:
    """Wrap every file's key whose month lies before ``month`` by a later one; returns how many. Doing it twice does it once."""
    due = SourceFile.objects.expired(month)
    return sum(_wrap_anew(number, month, now) for number in due.values_list("pk", flat=True))


@transaction.atomic(durable=True)
def _wrap_anew(number: int, month: date, now: datetime) -> bool:
    file = SourceFile.objects.expired(month).select_for_update(of=("self",)).filter(pk=number).first()
    if file is None:
        return False
    try:
        key = crypto.new_key() if file.wrapped_key is None else _key_of(file)
    except KeyDestroyed:  # In a database that was restored from a dump: it stays unreadable, and says so.
        file.key_month, file.wrapped_key = _next_month(now), b""
    else:
        if file.wrapped_key is None:  # Handed in before files had keys of their own.
            file.sealed = crypto.seal(key, _opened(file), context=_context(file.place, file.name))
        file.key_month, file.wrapped_key = _wrapped(key, file.place, file.name, now)
    file.save(update_fields=("sealed", "key_month", "wrapped_key"))
    return True


def _keep(place: UUID, source: Source | None, contents: Contents, user: User, now: datetime) -> None:
    for name, content in _named(contents).items():
        key = crypto.new_key()
        key_month, wrapped_key = _wrapped(key, place, name, now)
        SourceFile.objects.update_or_create(
            place=place,
            name=name,
            defaults={
                "source": source,
                "size": len(content),
                "sealed": crypto.seal(key, content, context=_context(place, name)),
                "key_month": key_month,
                "wrapped_key": wrapped_key,
                "uploaded_at": now,
                "uploaded_by": user,
            },
        )


def _of(place: UUID, but: Collection[str] = ()) -> dict[str, bytes]:
    """What is kept, except the files of those names. Raises SourceError for one that cannot be read any more."""
    kept = SourceFile.objects.filter(place=place).exclude(name__in=list(but))
    try:
        return {file.name: _opened(file) for file in kept}
    except KeyDestroyed as gone:
        raise SourceError(str(gone), code="failed", permanent=True) from None


def _opened(file: SourceFile) -> bytes:
    if file.wrapped_key is not None:
        return crypto.unseal(_key_of(file), bytes(file.sealed), context=_context(file.place, file.name))
    version, _, body = bytes(file.sealed).partition(b":")
    key = sealing.ring().key("credentials", version.decode())
    return crypto.unseal(key, body, context=_context(file.place, file.name))


def _key_of(file: SourceFile) -> bytes:
    if file.key_month is None or not file.wrapped_key:
        raise KeyDestroyed(f"{file.name}: its key is destroyed. Hand the file in again.")
    month_key = sealing.ring().month_key(file.key_month)
    return crypto.unseal(month_key, bytes(file.wrapped_key), context=f"key:{_context(file.place, file.name)}")


def _wrapped(key: bytes, place: UUID, name: str, now: datetime) -> tuple[date, bytes]:
    """The month that will wrap the key until it is wrapped anew, and the key under it."""
    month = _next_month(now)
    return month, crypto.seal(sealing.ring().month_key(month), key, context=f"key:{_context(place, name)}")


def _next_month(now: datetime) -> date:
    return add_months(now.date().replace(day=1), 1)


def _named(contents: Contents) -> dict[str, bytes]:
    return {name_in_one_line(name): content for name, content in contents.items()}


def _context(place: UUID, name: str) -> str:
    return f"source-file:{place}:{name}"


files.Uploads.read = lambda place: _of(UUID(place))
