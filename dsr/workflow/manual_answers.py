"""What a colleague hands in: prepared step by step, sealed at every step, and confirmed once.

The confirmed answer becomes findings of the source's run, in the same chunks as a database's rows. Of two who confirm at
once the first one counts, and the other is told so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.exports.release import file_named_in
from dsr.models import ManualTask, SourceRun, TaskFile
from dsr.records import Portable, Record, RecordKey
from dsr.workflow import audit, chunks, gathering, sealing, shops
from dsr.workflow.actors import Actor
from dsr.workflow.file_kinds import (
    LARGEST_ANSWER,
    MOST_FILES,
    TEXT,
    FileKind,
    FileRefused,
    kind_of,
    name_in_one_line,
    text_of,
)
from dsr.workflow.manual_places import ANSWERS, FILES, TEXTS
from dsr.workflow.manual_tasks import TaskClosed

LONGEST_NOTE = 20_000
LARGEST_INLINE_TEXT = 60_000
"""Characters; a longer text travels as a file of its own."""
FOUND, NOTHING = "Something was found", "Nothing was found"


class NothingSaid(Exception):
    """The answer is not whole: no name, or neither a finding nor *nothing found*, or both."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed so far."""

    answered_by: str = ""
    note: str = ""
    is_nothing: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that waits for the confirmation."""

    pk: int
    name: str
    size: int


def draft_of(task: ManualTask) -> Draft:
    """What was typed so far."""
    if task.sealed_draft is None:
        return Draft()
    request = task.source_run.subject_request
    return Draft(**json.loads(sealing.unseal_for(request, bytes(task.sealed_draft), purpose="draft")))


@transaction.atomic(durable=True)
def keep_draft(task: ManualTask, draft: Draft) -> None:
    """Keep what was typed. Raises TaskClosed."""
    sealed = sealing.seal_for(task.source_run.subject_request, json.dumps(asdict(draft)).encode(), purpose="draft")
    if not ManualTask.objects.open().filter(pk=task.pk).update(sealed_draft=sealed):
        raise TaskClosed(str(task.pk))
    task.sealed_draft = sealed


@transaction.atomic(durable=True)
def add_file(task: ManualTask, *, name: str, content: bytes, now: datetime) -> None:
    """Keep a file for the answer; the same file again changes nothing. Raises TaskClosed and FileRefused."""
    kind_of(content)
    if not ManualTask.objects.select_for_update().open().filter(pk=task.pk).exists():
        raise TaskClosed(str(task.pk))
    digest = hashlib.sha256(content).hexdigest()
    kept = list(task.files.values_list("sha256", "size"))
    if digest in {sha256 for sha256, _ in kept}:
        return
    if len(kept) >= MOST_FILES:
        raise FileRefused(f"is one too many: at most {MOST_FILES} can be handed in.")
    if sum(size for _, size in kept) + len(content) > LARGEST_ANSWER:
        raise FileRefused(f"does not fit: all files together may have {LARGEST_ANSWER // 1_000_000} MB.")
    request = task.source_run.subject_request
    TaskFile.objects.create(
        task=task,
        sha256=digest,
        size=len(content),
        sealed_name=sealing.seal_for(request, name_in_one_line(name).encode(), purpose="task-file-name"),
        sealed=sealing.seal_for(request, content, purpose="task-file"),
        made_at=now,
    )


@transaction.atomic(durable=True)
def remove_file(task: ManualTask, number: int) -> None:
    """Take a file back before the answer is confirmed."""
    task.files.filter(pk=number, task__state=ManualTask.State.OPEN).delete()


def prepared(task: ManualTask) -> list[Prepared]:
    """The files that wait, in the order they came."""
    return [Prepared(file.pk, _name(task, file), file.size) for file in task.files.defer("sealed")]


def is_whole(task: ManualTask, draft: Draft) -> bool:
    """True when the draft says who answers, and either what was found or that nothing was."""
    has_files = task.files.exists()
    is_said = not has_files if draft.is_nothing else has_files or bool(draft.note.strip())
    return is_said and bool(draft.answered_by.strip())


def answer(task: ManualTask, *, actor: Actor, now: datetime) -> None:
    """Make the draft the source's answer. Raises WrongState, TaskClosed and NothingSaid."""
    run = task.source_run
    with transaction.atomic(durable=True):
        subject_request = gathering.lock_while_gathering(run)
        task = ManualTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
        if task.state != ManualTask.State.OPEN:
            raise TaskClosed(str(task.pk))
        task.source_run = run
        draft = draft_of(task)
        if not is_whole(task, draft):
            raise NothingSaid(str(task.pk))
        packer = _packed(run, task, draft, now)
        count = task.files.count()
        task.state, task.closed_at, task.has_found = ManualTask.State.ANSWERED, now, not draft.is_nothing
        task.sealed_draft = None
        task.save(update_fields=("state", "closed_at", "has_found", "sealed_draft"))
        task.files.all().delete()
        run.searched_by = task.shown
        facts: dict[str, audit.Fact] = {
            "source": run.source.name,
            "task": task.pk,
            "result": "found" if task.has_found else "nothing",
            "files": count,
        }
        audit.record(subject_request, "task.answered", actor=actor, now=now, facts=facts)
        gathering.settle(subject_request, run, packer, actor=actor, now=now)


def _packed(run: SourceRun, task: ManualTask, draft: Draft, now: datetime) -> chunks.Packer:
    """The answer as chunks, after what an earlier answer of the same place had said."""
    earlier = {name: list(_earlier(run, name)) for name in (ANSWERS, TEXTS, FILES)}
    run.chunks.all().delete()
    run.blobs.all().delete()
    request = run.subject_request
    profile = shops.profile_in(request.policy_version)
    person = sealing.proved_person(request, profile.country)
    packer = chunks.Packer(run, person, sealing.data_key(request), now)
    today = day_of(now, profile.time_zone).isoformat()
    new = list(_files(run, task, {name: len(records) for name, records in earlier.items()}))
    said: dict[str, Portable] = {
        "answered_on": today,
        "answered_by": draft.answered_by.strip(),
        "result": NOTHING if draft.is_nothing else FOUND,
        "note": draft.note.strip() or None,
    }
    new.append(_record(run, ANSWERS, len(earlier[ANSWERS]) + 1, said))
    for name, records in earlier.items():
        for record in (*records, *(each for each in new if each.key.collection == name)):
            packer.add(record)
    packer.close_chunk()
    return packer


def _earlier(run: SourceRun, collection: str) -> Iterator[Record]:
    for row in chunks.read(run, collection):
        oversized = {
            field: chunks.read_blob(run, sha256)
            for field, value in row.values.items()
            if (sha256 := file_named_in(value)) is not None
        }
        key = RecordKey(run.source.name, collection, (("number", row.values["number"]),))
        yield Record(key, row.values, row.held, oversized)


def _files(run: SourceRun, task: ManualTask, numbers: dict[str, int]) -> Iterator[Record]:
    for file in task.files.all():
        content = sealing.unseal_for(run.subject_request, bytes(file.sealed), purpose="task-file")
        kind, name = kind_of(content), _name(task, file)
        collection = TEXTS if kind.media_type == TEXT else FILES
        numbers[collection] += 1
        if collection == TEXTS:
            yield _text(run, numbers[collection], name, text_of(content) or "")
        else:
            yield _binary(run, numbers[collection], name, kind, content)


def _text(run: SourceRun, number: int, name: str, text: str) -> Record:
    """A text is kept as text: so numbers that must never leave are found in it."""
    raw = text.encode()
    said: dict[str, Portable] = {"name": name, "size": len(raw), "content": text}
    if len(text) <= LARGEST_INLINE_TEXT:
        return _record(run, TEXTS, number, said)
    return _record(run, TEXTS, number, said | {"content": _stand_in(raw, "txt")}, {"content": raw})


def _binary(run: SourceRun, number: int, name: str, kind: FileKind, content: bytes) -> Record:
    said: dict[str, Portable] = {
        "name": name,
        "type": kind.media_type,
        "size": len(content),
        "content": _stand_in(content, kind.ending),
    }
    return _record(run, FILES, number, said, {"content": content})


def _stand_in(content: bytes, ending: str) -> dict[str, Portable]:
    return {"$file": f"files/{hashlib.sha256(content).hexdigest()}.{ending}", "bytes": len(content)}


def _record(
    run: SourceRun,
    collection: str,
    number: int,
    said: dict[str, Portable],
    oversized: dict[str, bytes] | None = None,
) -> Record:
    key = RecordKey(run.source.name, collection, (("number", number),))
    return Record(key, {"number": number, **said}, oversized=oversized or {})


def _name(task: ManualTask, file: TaskFile) -> str:
    request = task.source_run.subject_request
    return sealing.unseal_for(request, bytes(file.sealed_name), purpose="task-file-name").decode()
