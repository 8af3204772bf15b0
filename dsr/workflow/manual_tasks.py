"""Manual tasks: a colleague is asked to look something up, by a link that needs no account.

Only the digest of a link's token is stored, and opening the link changes and shows nothing: mail scanners open links too.
The button behind it shows the task. The mail names the shop, the reference and the day, never the person.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction

from dsr import crypto
from dsr.clocks.arithmetic import day_of
from dsr.models import ManualTask, Notice, SourceRun, SubjectRequest, TaskFile, TaskLink
from dsr.records import Identity
from dsr.workflow import audit, expansion, manual_places, notices, sealing, shops
from dsr.workflow.actors import COLLEAGUE, SYSTEM, Actor
from dsr.workflow.manual_places import Assignee

MOST_MAILS_A_DAY = 5
DAYS_BEFORE_THE_REQUESTS_OWN = 2
"""A colleague's answer must still be reviewed and packed before the request's own date."""
LINK_DAYS_AFTER_DUE = 30


class LinkFailed(Exception):
    """The link leads nowhere; ``reason`` is unknown or expired."""

    def __init__(self, reason: str, task: ManualTask | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.task = task


class TaskClosed(Exception):
    """The task was answered or called off meanwhile."""


@dataclass(frozen=True, slots=True)
class Sought:
    """One identifier to search by, its hashes under every key that is held, and the one that is kept with the request."""

    identity: Identity
    digests: tuple[str, ...]
    kept_as: str

    def is_unseen_in(self, task: ManualTask) -> bool:
        """True when the task's page has not shown it."""
        return not set(self.digests) & set(task.shown)


def make(run: SourceRun, now: datetime) -> ManualTask:
    """Ask the place's assignee, in the caller's transaction."""
    assignee = manual_places.place_of(run.source).assignee
    subject_request = run.subject_request
    task = ManualTask.objects.create(
        source_run=run,
        sealed_assignee=_sealed(subject_request, assignee),
        due_on=_due_on(run, now),
        made_at=now,
    )
    facts: dict[str, audit.Fact] = {"source": run.source.name, "task": task.pk, "due_on": task.due_on.isoformat()}
    audit.record(subject_request, "task.made", actor=SYSTEM, now=now, facts=facts)
    _mail(task, SYSTEM, now)
    return task


def ask_again(run: SourceRun, now: datetime) -> None:
    """The place is to be searched again, in the caller's transaction: its answer stands unless there is a new identifier.

    Then the same place is asked once more. What it answered before is kept and added to.
    """
    newest = run.tasks.first()
    if newest is not None and newest.state != ManualTask.State.CALLED_OFF:
        if not any(each.is_unseen_in(newest) for each in _sought(run)):
            return
        if newest.state == ManualTask.State.OPEN:
            if newest.opened_at is not None:
                _mail(newest, SYSTEM, now)
            return
    run.state = SourceRun.State.QUEUED
    run.records, run.counts, run.held, run.finished_at = 0, {}, {}, None
    run.save()
    make(run, now)


def call_off(run: SourceRun, now: datetime) -> None:
    """Nobody needs this answer any more, in the caller's transaction. What was prepared for it is dropped."""
    for task in run.tasks.open():
        ManualTask.objects.filter(pk=task.pk).update(
            state=ManualTask.State.CALLED_OFF, closed_at=now, sealed_draft=None
        )
        audit.record(run.subject_request, "task.called_off", actor=SYSTEM, now=now, facts=_facts(task))
    TaskFile.objects.filter(task__source_run=run).delete()


def find(token: str, now: datetime) -> ManualTask:
    """The task that a link belongs to, in whatever state it is. Raises LinkFailed."""
    links = TaskLink.objects.select_related(
        "task__source_run__source__shop",
        "task__source_run__dataset_version",
        "task__source_run__subject_request__shop",
        "task__source_run__subject_request__policy_version__shop",
    )
    link = links.filter(token_digest=crypto.secret_digest(token)).first()
    if link is None:
        raise LinkFailed("unknown")
    if link.is_expired(now):
        raise LinkFailed("expired", link.task)
    return link.task


@transaction.atomic(durable=True)
def open_task(task: ManualTask, *, now: datetime) -> None:
    """The colleague pressed the button behind the link: the first time is a fact of the request."""
    first = ManualTask.objects.open().filter(pk=task.pk, opened_at=None).update(opened_at=now)
    if first:
        audit.record(task.source_run.subject_request, "task.opened", actor=COLLEAGUE, now=now, facts=_facts(task))


@transaction.atomic(durable=True)
def send_again(task: ManualTask, *, actor: Actor, now: datetime) -> bool:
    """Mail another link; False when too many were sent within a day. Raises TaskClosed."""
    _lock_open(task)
    if task.links.filter(made_at__gt=now - timedelta(days=1)).count() >= MOST_MAILS_A_DAY:
        return False
    _mail(task, actor, now)
    return True


@transaction.atomic(durable=True)
def hand_over(task: ManualTask, assignee: Assignee, *, actor: Actor, now: datetime) -> None:
    """Ask somebody else instead; the links of the first one end. Raises TaskClosed, BadPlace."""
    checked = Assignee(manual_places.as_name(assignee.name), manual_places.as_email(assignee.email))
    _lock_open(task)
    task.links.all().delete()
    task.files.all().delete()
    task.sealed_assignee, task.sealed_draft = _sealed(task.source_run.subject_request, checked), None
    task.opened_at = None
    task.save(update_fields=("sealed_assignee", "sealed_draft", "opened_at"))
    audit.record(task.source_run.subject_request, "task.handed_over", actor=actor, now=now, facts=_facts(task))
    _mail(task, actor, now)


def remind(task: ManualTask, *, today: date, now: datetime) -> None:
    """Mail the assignee once more, in the caller's transaction."""
    task.reminded_on, task.reminders = today, task.reminders + 1
    task.save(update_fields=("reminded_on", "reminders"))
    facts = _facts(task) | {"number": task.reminders}
    audit.record(task.source_run.subject_request, "task.reminded", actor=SYSTEM, now=now, facts=facts)
    _write(task, Notice.Kind.TASK_REMINDER, now)


def assignee_of(task: ManualTask) -> Assignee:
    """Who is asked."""
    plain = sealing.unseal_for(task.source_run.subject_request, bytes(task.sealed_assignee), purpose="assignee")
    return Assignee(**json.loads(plain))


def sought(task: ManualTask) -> list[Sought]:
    """What to search by now: what was proved and what it revealed, as far as the place can be searched by it."""
    return _sought(task.source_run)


def show(task: ManualTask) -> list[tuple[Identity, bool]]:
    """What to search by, for the task's page, and whether the place's last answer did not know it yet.

    What was shown is remembered: an answer counts for no more than that.
    """
    found = sought(task)
    before = task.source_run.tasks.filter(state=ManualTask.State.ANSWERED, pk__lt=task.pk).first()
    shown = sorted({*task.shown, *(each.kept_as for each in found)})
    if shown != task.shown:
        ManualTask.objects.open().filter(pk=task.pk).update(shown=shown)
        task.shown = shown
    return [(each.identity, before is not None and each.is_unseen_in(before)) for each in found]


def _sought(run: SourceRun) -> list[Sought]:
    subject_request = run.subject_request
    country = shops.profile_in(subject_request.policy_version).country
    person = expansion.known(subject_request, country).person_for(run.source)
    needs = run.source.manual_place.needs
    needed = [each for each in person.identities if each.kind.value in needs]
    digests = partial(sealing.identity_digests, subject_request.shop)
    kept_as = partial(sealing.lookup_digest, subject_request)
    return [Sought(each, tuple(digests(each)), kept_as(each)) for each in needed or person.identities]


def _lock_open(task: ManualTask) -> None:
    if not ManualTask.objects.select_for_update().open().filter(pk=task.pk).exists():
        raise TaskClosed(str(task.pk))


def _due_on(run: SourceRun, now: datetime) -> date:
    subject_request = run.subject_request
    today = day_of(now, shops.profile_in(subject_request.policy_version).time_zone)
    wished = today + timedelta(days=run.source.manual_place.days)
    latest = subject_request.due_on - timedelta(days=DAYS_BEFORE_THE_REQUESTS_OWN)
    return max(min(wished, latest), today + timedelta(days=1))


def _mail(task: ManualTask, actor: Actor, now: datetime) -> None:
    _write(task, Notice.Kind.TASK, now)
    audit.record(task.source_run.subject_request, "task.mailed", actor=actor, now=now, facts=_facts(task))


def _write(task: ManualTask, kind: Notice.Kind, now: datetime) -> None:
    run, assignee, token = task.source_run, assignee_of(task), secrets.token_urlsafe(32)
    last_day = max(task.due_on, now.date()) + timedelta(days=LINK_DAYS_AFTER_DUE)
    expires_at = datetime.combine(last_day, time(), UTC)
    TaskLink.objects.create(task=task, token_digest=crypto.secret_digest(token), made_at=now, expires_at=expires_at)
    context = {
        "link": f"{settings.DSR_BASE_URL}/task/{token}/",
        "title": run.dataset_version.description["title"],
        "assignee": assignee.name,
        "due_on": task.due_on,
        "is_overdue": task.is_overdue(now.date()),
        "expires_at": expires_at,
    }
    notices.write_to(assignee.email, run.subject_request, kind, now=now, context=context)


def _sealed(subject_request: SubjectRequest, assignee: Assignee) -> bytes:
    return sealing.seal_for(subject_request, json.dumps(asdict(assignee)).encode(), purpose="assignee")


def _facts(task: ManualTask) -> dict[str, audit.Fact]:
    return {"source": task.source_run.source.name, "task": task.pk}
