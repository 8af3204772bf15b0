"""Manual tasks on a request: how one stands, answering in the colleague's place, mailing again, asking somebody else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from dsr.clocks.arithmetic import day_of
from dsr.models import ManualTask
from dsr.staff import story
from dsr.staff.forms import StaffForm
from dsr.staff.signed_in import staff_of
from dsr.staff.wording import FORGOTTEN, masked
from dsr.web import access, handing_in, uploads
from dsr.web.handing_in import HandInForm
from dsr.workflow import answer, manual_answers, manual_tasks, sealing, shops
from dsr.workflow.actors import staff
from dsr.workflow.manual_answers import NothingSaid
from dsr.workflow.manual_places import Assignee, BadPlace
from dsr.workflow.manual_tasks import TaskClosed
from dsr.workflow.transitions import WrongState

CLOSED = "This task has been closed meanwhile; nothing was changed."


class AssigneeForm(StaffForm):
    """Who is asked instead."""

    assignee = forms.CharField(label="Name", max_length=100, error_messages={"required": "Enter a name"})
    email = forms.EmailField(
        label="E-mail", error_messages={"required": "Enter an e-mail address", "invalid": "Enter an e-mail address"}
    )


@access.reviewer
@csrf_exempt  # The token is checked below, after the form's size was.
def show(request: HttpRequest, reference: str, task_id: int) -> HttpResponse:
    """The task with its history, and the form to answer it here."""
    if request.method == "POST" and not uploads.keep_in_memory(request):
        messages.error(request, "These files are too large to send at once: 60 MB together, 20 MB each.")
        return redirect("staff:task", reference, task_id)
    return _show(request, reference, task_id)


@access.reviewer
def check(request: HttpRequest, reference: str, task_id: int) -> HttpResponse:
    """The answer in the colleague's place, once more, and then for good."""
    user = staff_of(request)
    task = access.task_for(user, reference, task_id)
    draft = manual_answers.draft_of(task) if task.state == ManualTask.State.OPEN else None
    if draft is None or not manual_answers.is_whole(task, draft):
        return redirect("staff:task", reference, task_id)
    if request.method == "POST":
        try:
            manual_answers.answer(task, actor=staff(user), now=timezone.now())
        except (TaskClosed, WrongState, NothingSaid):
            messages.warning(request, CLOSED)
        else:
            messages.success(request, "The answer stands among the findings.")
        return redirect("staff:request", reference)
    context = {**_about(task), "draft": draft, "files": manual_answers.prepared(task)}
    return render(request, "staff/task_check.html", context)


@access.reviewer
@require_POST
def send_again(request: HttpRequest, reference: str, task_id: int) -> HttpResponse:
    """Mail the colleague another link."""
    user = staff_of(request)
    task = access.task_for(user, reference, task_id)
    try:
        is_sent = manual_tasks.send_again(task, actor=staff(user), now=timezone.now())
    except TaskClosed:
        messages.warning(request, CLOSED)
    else:
        if is_sent:
            messages.success(request, "Another link is on its way.")
        else:
            messages.warning(request, "Five links were sent within a day. Tomorrow there can be another.")
    return redirect("staff:task", reference, task_id)


@access.reviewer
@require_POST
def hand_over(request: HttpRequest, reference: str, task_id: int) -> HttpResponse:
    """Ask somebody else; the links of the first one end."""
    user = staff_of(request)
    task = access.task_for(user, reference, task_id)
    form = AssigneeForm(request.POST)
    if not form.is_valid():
        return render(request, "staff/task.html", _context(task, handing_in.blank(task), form))
    try:
        said = Assignee(form.cleaned_data["assignee"], form.cleaned_data["email"])
        manual_tasks.hand_over(task, said, actor=staff(user), now=timezone.now())
    except TaskClosed:
        messages.warning(request, CLOSED)
    except BadPlace as error:
        form.add_error(error.field, str(error))
        return render(request, "staff/task.html", _context(task, handing_in.blank(task), form))
    else:
        messages.success(request, "The task was given to somebody else, and a link is on its way there.")
    return redirect("staff:task", reference, task_id)


@csrf_protect
def _show(request: HttpRequest, reference: str, task_id: int) -> HttpResponse:
    user = staff_of(request)
    task = access.task_for(user, reference, task_id)
    if sealing.is_forgotten(task.source_run.subject_request):
        messages.warning(request, FORGOTTEN)
        return redirect("staff:request", reference)
    if request.method != "POST":
        name = user.get_full_name() or user.get_username()
        form = handing_in.blank(task, name) if task.state == ManualTask.State.OPEN else None
        return render(request, "staff/task.html", _context(task, form))
    try:
        form, is_ready = handing_in.take(request, task, timezone.now())
    except TaskClosed:
        messages.warning(request, CLOSED)
        return redirect("staff:task", reference, task_id)
    if is_ready:
        return redirect("staff:task_check", reference, task_id)
    return (
        render(request, "staff/task.html", _context(task, form))
        if form.errors
        else redirect("staff:task", reference, task_id)
    )


def _about(task: ManualTask) -> dict[str, Any]:
    subject_request = task.source_run.subject_request
    zone = shops.profile_in(subject_request.policy_version).time_zone
    return {
        "section": "requests",
        "it": subject_request,
        "task": task,
        "title": task.source_run.dataset_version.description["title"],
        "zone": zone,
        "is_overdue": task.is_overdue(day_of(timezone.now(), zone)),
    }


def _context(task: ManualTask, form: HandInForm | None, assignee_form: AssigneeForm | None = None) -> dict[str, Any]:
    assignee = manual_tasks.assignee_of(task)
    wanted = assignee_form or AssigneeForm(initial={"assignee": assignee.name, "email": assignee.email})
    return {
        **_about(task),
        "form": form,
        "assignee": assignee,
        "assignee_form": wanted,
        "files": manual_answers.prepared(task),
        "sought": [
            {"label": answer.IDENTITY_LABELS[identity.kind.value], "value": masked(identity.value)}
            for identity, _ in (manual_tasks.show(task) if form is not None else [])
        ],
        "instructions": task.source_run.source.manual_place.instructions,
        "events": [
            line for line, facts in story.with_facts(task.source_run.subject_request) if facts.get("task") == task.pk
        ],
    }
