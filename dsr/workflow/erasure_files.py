"""The files that erased rows named: removed once their rows are proved to be gone, and looked for again.

Where a source keeps them is told by the operator of the machine alone (``add_source --files``), never in a browser: whoever may
say it says what may be deleted. A file that another row names stays; what cannot be reached is told as not done by us.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from dsr.models import Source
from dsr.records import Action, PlanRow
from dsr.sources import named_files
from dsr.sources.base import WritableSource
from dsr.sources.description import Description
from dsr.sources.erasing import Wish
from dsr.sources.named_files import Fate, NotReached
from dsr.workflow import audit, connections, sealing
from dsr.workflow.actors import Actor

AT_ONCE = 1_000
"""Names that a database is asked for in one statement."""


class NoSuchFolder(Exception):
    """What was given as a source's place for files is none; the message is for people."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that goes with a row. ``name`` as it stands in the column; empty where the value may not be read."""

    collection: str
    column: str
    name: str
    was_there: bool = False


def place(source: Source, folder: str, *, actor: Actor, now: datetime) -> None:
    """Say in which folder of this machine the files lie that a source's rows name. Raises NoSuchFolder."""
    refuse_odd(folder)
    with transaction.atomic(durable=True):
        source.sealed_files = sealing.seal_credential(folder, owner=f"{source}/files")
        source.save(update_fields=("sealed_files",))
        facts: dict[str, audit.Fact] = {"shop": source.shop.slug, "source": source.pk, "name": source.name}
        audit.record_for_shop(source.shop, "shop.files_placed", actor=actor, now=now, facts=facts)


def refuse_odd(folder: str) -> None:
    """Raise NoSuchFolder when it is not the full path of a folder that is there."""
    if not Path(folder).is_absolute() or not Path(folder).is_dir() or Path(folder) == Path("/"):
        raise NoSuchFolder(f"{folder} is no folder of this machine. Give its full path, as /srv/shop/media.")


def named_by(source: Source, described: Description, wish: Wish, row: PlanRow) -> Iterator[NamedFile]:
    """The files that a row names in columns that the plan deletes or masks, and whether they are there now."""
    folders = described.overlay.of(row.key.collection).files
    for column, folder in folders.items() if row.action not in (Action.KEEP, Action.CORRECT) else ():
        if row.action is not Action.DELETE and column not in row.changes:
            continue
        value = wish.values.get(column)
        if column in wish.held or value not in (None, ""):
            named = NamedFile(row.key.collection, column, value if isinstance(value, str) else "")
            yield replace(named, was_there=_is_there(source, folder, named.name))


def remove(
    source: Source, opened: WritableSource, described: Description, files: Sequence[NamedFile]
) -> list[tuple[NamedFile, Fate]]:
    """Remove what no row names any more, each file once; what became of it. Harmless when repeated. Raises SourceError."""
    met: dict[str, list[NamedFile]] = defaultdict(list)
    unknown = []
    for each in files:
        folder = _folder(described, each)
        if path := named_files.path_of(folder, each.name) if folder else "":
            met[path].append(each)
        else:
            unknown.append((each, Fate.BY_HAND))
    still = opened.naming({path: {each.name for each in some} for path, some in met.items()}) if met else frozenset()
    done = []
    for path, some in met.items():
        first = max(some, key=lambda each: each.was_there)
        folder = described.overlay.of(first.collection).files[first.column]
        done.append((first, Fate.SHARED if path in still else _removed(source, folder, path, first)))
    return unknown + done


def removed_words(source: Source, opened: WritableSource, described: Description, files: Sequence[NamedFile]) -> str:
    """Remove them; what there is to say of those that nobody could reach, or nothing. Raises SourceError."""
    by_hand = counted(remove(source, opened, described, files)).get(Fate.BY_HAND, 0)
    if not by_hand:
        return ""
    return (
        f"{by_hand} of the files that erased records named could not be reached and must be deleted by hand. Say with "
        "add_source --files where they lie."
    )


def remove_again(
    source: Source, opened: WritableSource, files: Sequence[NamedFile], *, execute: bool
) -> dict[str, int]:
    """After a backup was put back: how many of such files are there again, and with ``execute`` what became of them.

    Those that could not be looked for are told, those that are not there are not. Raises SourceError.
    """
    described = connections.described_by(connections.current_version(source))
    found: Counter[str] = Counter()
    for number in range(0, len(files), AT_ONCE):
        some = [replace(each, was_there=False) for each in files[number : number + AT_ONCE]]
        if execute:
            found.update(counted(remove(source, opened, described, some)))
            continue
        there = {(_folder(described, each), each.name) for each in some}
        found["there"] += sum(bool(folder) and _is_there(source, folder, name) for folder, name in there)
    return {fate: count for fate, count in found.items() if count and fate != Fate.MISSING}


def counted(done: Iterable[tuple[NamedFile, Fate]]) -> dict[str, int]:
    """How many had which fate; empty where there were none."""
    fates = [fate for _, fate in done]
    return {fate.value: fates.count(fate) for fate in Fate if fate in fates}


def facts(proof: Mapping[str, Any]) -> dict[str, audit.Fact]:
    """What the log says of a proof's files: how many are gone, and how many are not; nothing where there were none."""
    files: dict[str, int] = proof.get("files", {})
    gone = files.get(Fate.GONE, 0)
    return {"files": gone, "files_left": sum(files.values()) - gone} if files else {}


def written(file: NamedFile) -> list[str | bool]:
    """A file as JSON."""
    return [file.collection, file.column, file.name, file.was_there]


def _folder(described: Description, file: NamedFile) -> str:
    """Where the files of its column lie; empty where the description says so no more."""
    return described.overlay.of(file.collection).files.get(file.column, "")


def _root(source: Source) -> str:
    if source.sealed_files is None:
        return ""
    return sealing.unseal_credential(bytes(source.sealed_files), owner=f"{source}/files")


def _is_there(source: Source, folder: str, name: str) -> bool:
    path, root = named_files.path_of(folder, name), _root(source)
    try:
        return bool(path and root) and named_files.is_there(root, folder, path)
    except NotReached:
        return False


def _removed(source: Source, folder: str, path: str, file: NamedFile) -> Fate:
    root = _root(source)
    try:
        was_there = bool(root) and named_files.remove(root, folder, path)
    except NotReached:
        return Fate.BY_HAND
    if not root:
        return Fate.BY_HAND
    return Fate.GONE if was_there or file.was_there else Fate.MISSING
