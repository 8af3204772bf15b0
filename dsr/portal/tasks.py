"""The page behind a manual task's link: a colleague looks something up and hands it in. No account, no script."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from dsr.clocks.arithmetic import day_of
from dsr.models import ManualTask
from dsr.web import access, handing_in, uploads
from dsr.web.handing_in import HandInForm
from dsr.web.rate_limits import is_too_often
from dsr.workflow import answer, manual_answers, manual_tasks, sealing, shops
from dsr.workflow.actors import COLLEAGUE
from dsr.workflow.manual_answers import NothingSaid
from dsr.workflow.manual_tasks import LinkFailed, TaskClosed
from dsr.workflow.transitions import WrongState

MOST_WRONG_LINKS = 30
MOST_POSTS = 150
HOUR = 3600
METHODS = ["GET", "HEAD", "POST"]


@access.colleague
@csrf_exempt  # The token is checked below, after the form's size was.
@require_http_methods(METHODS)
def task(request: HttpRequest, token: str) -> HttpResponse:
    """First a cover that shows nothing of the person, then the task and the form to answer it."""
    if request.method == "POST" and not uploads.keep_in_memory(request):
        return render(request, "portal/task_too_large.html", {"token": token}, status=413)
    return _task(request, token)


@access.colleague
@require_http_methods(METHODS)
def check(request: HttpRequest, token: str) -> HttpResponse:
    """The answer as it will be sent; only here it is."""
    found = _open_task(request, token)
    if isinstance(found, HttpResponse):
        return found
    draft = manual_answers.draft_of(found)
    if not access.has_opened(request, found) or not manual_answers.is_whole(found, draft):
        return redirect("portal:task", token)
    if request.method == "POST":
        with suppress(TaskClosed, WrongState, NothingSaid):  # Somebody was faster: the next page says how it stands.
            manual_answers.answer(found, actor=COLLEAGUE, now=timezone.now())
        return redirect("portal:task", token)
    return render(
        request, "portal/task_check.html", {**_about(found), "draft": draft, "files": manual_answers.prepared(found)}
    )


@csrf_protect
def _task(request: HttpRequest, token: str) -> HttpResponse:
    found = _open_task(request, token)
    if isinstance(found, HttpResponse):
        return found
    now = timezone.now()
    if not access.has_opened(request, found):
        if request.method != "POST":
            return render(request, "portal/task_cover.html", _about(found))
        manual_tasks.open_task(found, now=now)
        access.remember_task(request, found)
        return redirect("portal:task", token)
    if request.method != "POST":
        return _page(request, found, handing_in.blank(found))
    try:
        form, is_ready = handing_in.take(request, found, now)
    except TaskClosed:
        return redirect("portal:task", token)
    if is_ready:
        return redirect("portal:task_check", token)
    return _page(request, found, form) if form.errors else redirect("portal:task", token)


def _open_task(request: HttpRequest, token: str) -> ManualTask | HttpResponse:
    """The task that waits for an answer, or the one page that says why there is nothing to do."""
    try:
        found = manual_tasks.find(token, timezone.now())
    except LinkFailed as failed:
        if is_too_often(request, "task-link", most=MOST_WRONG_LINKS, seconds=HOUR):
            return render(request, "portal/too_often.html", status=429)
        about = _about(failed.task) if failed.task else {}
        return render(request, "portal/task_closed.html", {**about, "reason": failed.reason}, status=404)
    if request.method == "POST" and is_too_often(request, "task", most=MOST_POSTS, seconds=HOUR):
        return render(request, "portal/too_often.html", _about(found), status=429)
    is_forgotten = sealing.is_forgotten(found.source_run.subject_request)
    if is_forgotten or found.state != ManualTask.State.OPEN:
        reason = ManualTask.State.CALLED_OFF if is_forgotten else found.state
        return render(request, "portal/task_closed.html", {**_about(found), "reason": reason})
    return found


def _page(request: HttpRequest, found: ManualTask, form: HandInForm) -> HttpResponse:
    context = {
        **_about(found),
        "form": form,
        "sought": [
            {"label": answer.IDENTITY_LABELS[identity.kind.value], "value": identity.value, "is_new": is_new}
            for identity, is_new in manual_tasks.show(found)
        ],
        "is_asked_again": found.source_run.tasks.filter(state=ManualTask.State.ANSWERED).exists(),
        "instructions": found.source_run.source.manual_place.instructions,
        "files": manual_answers.prepared(found),
    }
    return render(request, "portal/task.html", context)


def _about(found: ManualTask) -> dict[str, Any]:
    """What every page may say: the shop, the place, the day. Nothing of the person."""
    subject_request = found.source_run.subject_request
    profile = shops.profile_in(subject_request.policy_version)
    return {
        "shop": subject_request.shop,
        "profile": profile,
        "task": found,
        "title": found.source_run.dataset_version.description["title"],
        "subject_request": subject_request,
        "reference": subject_request.reference,
        "is_overdue": found.is_overdue(day_of(timezone.now(), profile.time_zone)),
    }
