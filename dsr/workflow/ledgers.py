"""What of an erasure is written into the ledger, and what seals it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max

from dsr import crypto
from dsr.ledger import Ledger, LedgerProblem
from dsr.models import KeptRecord, LedgerPosition, PlanStep, Shop, SubjectRequest
from dsr.policy.schema import Profile
from dsr.policy.terms import BackupSet
from dsr.records import Action, PlanRow
from dsr.workflow import erasure_files, erasure_steps, ledger_position, sealing, shops
from dsr.workflow.erasure_files import NamedFile

INTENT = "intent"
OUTCOME = "outcome"
SUPPRESSION = "suppression"
MARGIN = timedelta(days=31)
"""Longer than the longest backup: one that was made late, or found again."""
WITHOUT_BACKUPS = timedelta(days=365)
"""Where the profile names no backup, nobody knows how old a copy may be that comes back."""


class Fate(StrEnum):
    """What a kept record is once its row was changed: at its end, or an empty row that something still refers to."""

    ENDED = "ended"
    EMPTIED = "emptied"


class DatabasePutBack(LedgerProblem):
    """Our own database is one from a backup. Nothing is erased, lest nobody ever hear of what it lost."""

    TOLD = (
        "Our database was put back from a backup: the erasure ledger knows of erasures that it has lost. "
        "Run manage.py replay --ours to see them, and with --execute to make them good."
    )


def ledger() -> Ledger:
    """The installation's erasure ledger."""
    ring = sealing.ring()
    version, _ = ring.latest("ledger")
    public = tuple(crypto.public_key(seed) for seed in ring.all_versions("signing").values())
    return _opened(settings.DSR_LEDGER, tuple(ring.all_versions("ledger").items()), version, public)


@lru_cache(maxsize=1)
def _opened(
    folder: Path | str, keys: tuple[tuple[str, bytes], ...], version: str, public_keys: tuple[bytes, ...]
) -> Ledger:
    """Kept, because a ledger that remembers its end need not look through its folder before each entry."""
    return Ledger(folder, dict(keys), version=version, public_keys=public_keys)


def known_number() -> int:
    """The highest number that our database has on record. A ledger that ends before it was cut short."""
    found = PlanStep.objects.aggregate(intent=Max("intent"), outcome=Max("outcome"))
    later = KeptRecord.objects.aggregate(intent=Max("intent"))
    noted = LedgerPosition.objects.aggregate(number=Max("number"))["number"]
    return max(found["intent"] or 0, found["outcome"] or 0, later["intent"] or 0, noted or 0)


def write_intent(
    step: PlanStep, rows: Sequence[PlanRow] | None = None, *, spared: Sequence[str] = (), now: datetime
) -> int:
    """Write down what a source is about to be asked, before it is; the segment's number. Raises LedgerProblem.

    ``spared``: digests of rows that an earlier intent of the step speaks of and that stay as they are after all.
    """
    chosen = [each.row for each in erasure_steps.rows_of(step)] if rows is None else rows
    asked = [erasure_steps.written(row) for row in chosen if row.action is not Action.KEEP]
    digests = {row.key.digest for row in chosen}
    files = erasure_steps.files_of([each for each in erasure_steps.rows_of(step) if each.row.key.digest in digests])
    body = {**_about(step), "kind": INTENT, "rows": asked, **_files(files)}
    return _append(step.plan.subject_request, {**body, "spared": list(spared)} if spared else body, now)


def write_outcome(step: PlanStep, *, now: datetime) -> int:
    """Write down that a source has done it; the segment's number."""
    return _append(step.plan.subject_request, {**_about(step), "kind": OUTCOME, "counts": step.counts}, now)


def write_due(
    shop: Shop,
    source: str,
    rows: Sequence[PlanRow],
    profile: Profile,
    *,
    files: Sequence[NamedFile] = (),
    fates: Mapping[str, Fate] | None = None,
    now: datetime,
) -> int:
    """Write down what is about to be erased because its time is over; the segment's number. ``fates``: by digest, what the kept
    records are by that; without one they go on staying."""
    body = {
        "request": "",
        "source": source,
        "step": 0,
        "kind": INTENT,
        "rows": [erasure_steps.written(row) for row in rows],
        **_files(files),
        **({"fates": dict(fates)} if fates else {}),
    }
    return _write(shop, body, profile, now)


def files_of(number: int) -> list[NamedFile]:
    """The files that an entry says go with its rows; none once it has expired. Raises LedgerProblem."""
    return [NamedFile(*each) for each in _body_of(number).get("files", ())]


def rows_of(number: int) -> list[PlanRow]:
    """The rows that an entry says are erased; none once it has expired. Raises LedgerProblem."""
    body = _body_of(number)
    return [erasure_steps.read(body["source"], row) for row in body.get("rows", ())]


def fates_of(number: int) -> dict[str, Fate]:
    """What an entry says kept records are once it is done, by digest; none once it has expired. Raises LedgerProblem."""
    return {digest: Fate(fate) for digest, fate in _body_of(number).get("fates", {}).items()}


def _body_of(number: int) -> dict[str, Any]:
    entry = next(ledger().entries(after=number - 1), None)
    return json.loads(entry.body) if entry is not None and entry.number == number else {}


def write_suppression(
    subject_request: SubjectRequest,
    identities: Mapping[str, str],
    *,
    kept: Sequence[Mapping[str, Any]] = (),
    now: datetime,
) -> int:
    """Write down by which keyed hashes an erased person is known if they come back, and what of theirs stays until when.

    ``identities``: kinds by hash. ``kept``: as ``kept_rows.written`` gives it, for a database of ours that loses it.
    """
    body = {
        "kind": SUPPRESSION,
        "request": str(subject_request.public_id),
        "identities": dict(identities),
        "kept": list(kept),
    }
    return _append(subject_request, body, now)


def last_backup_ends(profile: Profile, erased_on: date) -> date | None:
    """The day on which the last backup copy from before an erasure ends; None when the profile names no backups."""
    return max((copy_ends(each, erased_on) for each in profile.backups), default=None)


def needed_until(profile: Profile, erased_on: date) -> date:
    """The last day on which a copy from before an erasure may come back, and a margin."""
    ends = last_backup_ends(profile, erased_on)
    return ends + MARGIN if ends else erased_on + WITHOUT_BACKUPS


def copy_ends(backups: BackupSet, erased_on: date) -> date:
    """The day on which the last of some copies from before an erasure ends: the next one is made a period later, at most."""
    return erased_on + timedelta(days=backups.kept_days + backups.every_days)


def _files(files: Sequence[NamedFile]) -> dict[str, Any]:
    return {"files": [erasure_files.written(each) for each in files]} if files else {}


def _about(step: PlanStep) -> dict[str, Any]:
    return {"request": str(step.plan.subject_request.public_id), "source": step.source.name, "step": step.number}


def _append(subject_request: SubjectRequest, body: dict[str, Any], now: datetime) -> int:
    return _write(subject_request.shop, body, shops.profile_in(subject_request.policy_version), now)


def _write(shop: Shop, body: dict[str, Any], profile: Profile, now: datetime) -> int:
    # Backups may be kept longer by now than the policy says by which something is decided, which may be years old.
    expires_on = max(needed_until(each, now.date()) for each in (profile, shops.profile_of(shop, now)))
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    if ledger_position.is_behind(ledger()):  # One more entry, and nothing would tell any more that ours was put back.
        raise DatabasePutBack(DatabasePutBack.TOLD)
    number = ledger().append(shop.slug, plain, at=now, expires_on=expires_on, known=known_number())
    ledger_position.note_end(number)
    return number
