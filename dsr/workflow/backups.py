"""The register of a shop's backups: what, how often, how long kept, and when somebody last proved that they can be put back.

The policy names the backups, for the customers' letters go by its figures; here stand only the tries. A backup that nobody ever
put back is a hope, and its erased people come back with it: so a try is asked for once a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.models import BackupTrial, Shop
from dsr.policy.terms import BackupSet
from dsr.workflow import audit, sealing, shops
from dsr.workflow.actors import Actor

PROVED_FOR = timedelta(days=365)
LONGEST_NOTE = 300


class TrialRefused(Exception):
    """Why a try was not written down; the message is for people."""


@dataclass(frozen=True, slots=True)
class Registered:
    """One set of backups. ``proved``: the newest try that worked; ``newest``: the newest of all; ``is_due``: ask for one."""

    backup: BackupSet
    proved: BackupTrial | None
    newest: BackupTrial | None
    is_due: bool


def register(shop: Shop, now: datetime) -> list[Registered]:
    """Every set of backups that the policy in force names, in its order."""
    profile = shops.profile_of(shop, now)
    today = day_of(now, profile.time_zone)
    trials = list(shop.backup_trials.all())
    found = []
    for each in profile.backups:
        mine = [trial for trial in trials if trial.key == each.key]
        proved = next((trial for trial in mine if trial.has_worked), None)
        newest = mine[0] if mine else None
        is_due = proved is None or newest != proved or today - proved.tried_on > PROVED_FOR
        found.append(Registered(each, proved, newest, is_due))
    return found


def due(shop: Shop, now: datetime) -> int:
    """Of how many nobody knows whether they can be put back: never tried, a year ago, or the last try failed."""
    return sum(each.is_due for each in register(shop, now))


@transaction.atomic(durable=True)
def note(
    shop: Shop, key: str, *, tried_on: date, has_worked: bool, words: str = "", actor: Actor, now: datetime
) -> BackupTrial:
    """Write down that somebody tried to put a backup back. Raises TrialRefused."""
    profile = shops.profile_of(shop, now)
    known = [each.key for each in profile.backups]
    if key not in known:
        raise TrialRefused(
            f"The policy of {shop.slug} names no backups '{key}'. It names: {', '.join(known) or 'none'}."
        )
    if tried_on > day_of(now, profile.time_zone):
        raise TrialRefused(f"{tried_on} has not come yet: write down a try that was made.")
    if not has_worked and not words.strip():
        raise TrialRefused("Say what did not work, so that the next try can look at it.")
    if len(words) > LONGEST_NOTE:
        raise TrialRefused(f"At most {LONGEST_NOTE} characters; write less.")
    trial = BackupTrial.objects.create(
        shop=shop,
        key=key,
        tried_on=tried_on,
        has_worked=has_worked,
        sealed_note=sealing.seal_credential(words.strip(), owner=_owner(shop)) if words.strip() else None,
        made_by=str(actor),
        made_at=now,
    )
    facts: dict[str, audit.Fact] = {"shop": shop.slug, "backup": key, "on": str(tried_on), "worked": has_worked}
    audit.record_for_shop(shop, "shop.backup_tried", actor=actor, now=now, facts=facts)
    return trial


def words_of(trial: BackupTrial) -> str:
    """What was met; empty when nothing was said."""
    if trial.sealed_note is None:
        return ""
    return sealing.unseal_credential(bytes(trial.sealed_note), owner=_owner(trial.shop))


def _owner(shop: Shop) -> str:
    return f"{shop.slug}/backups"
