"""Sources and parked jobs: the owner's side."""

from __future__ import annotations

from typing import Any, TypedDict

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import F, Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dsr.models import Job, Membership, Shop, Source
from dsr.sources.base import SourceError
from dsr.staff.forms import RedescribeForm, SourceForm
from dsr.staff.signed_in import posted, staff_of
from dsr.web import access
from dsr.workflow import connections, drafting, parked
from dsr.workflow.actors import staff
from dsr.workflow.connections import AlreadyThere, Refused
from dsr.workflow.transitions import WrongState


@access.owner
def sources(request: HttpRequest) -> HttpResponse:
    """Every connected database of the owner's shops."""
    rows = access.sources_for(staff_of(request)).annotate(
        version=Max("versions__number"), draft_state=F("draft__state"), as_of=Max("files__uploaded_at")
    )
    return render(request, "staff/sources.html", {"section": "sources", "rows": rows.order_by("shop__name", "name")})


@access.owner
def add(request: HttpRequest) -> HttpResponse:
    """Connect a database; every mistake of its description is told at once."""
    user = staff_of(request)
    form = SourceForm(*posted(request), open_to=_shops(user))
    if request.method == "POST" and form.is_valid():
        try:
            return _connect(request, form.cleaned_data, user)
        except (AlreadyThere, Refused, SourceError) as error:
            _tell(form, error)
    return render(
        request, "staff/source_form.html", {"section": "sources", "form": form, "title": "Connect a database"}
    )


def _connect(request: HttpRequest, said: dict[str, Any], user: User) -> HttpResponse:
    given = {"name": said["name"], "url": said["url"], "write_url": said["write_url"]}
    if said["is_undescribed"]:
        draft = drafting.connect_undescribed(said["shop"], **given, actor=staff(user), now=timezone.now())
        messages.success(request, f"{draft.source.name} answers. It is not searched before you publish a description.")
        return redirect("staff:classify", draft.source_id)
    source, warnings = connections.add_source(
        said["shop"], **given, **_described(said), actor=staff(user), now=timezone.now()
    )
    for warning in warnings:
        messages.warning(request, str(warning))
    messages.success(request, f"{source.name} is connected.")
    return redirect("staff:sources")


@access.owner
def change(request: HttpRequest, source_id: int) -> HttpResponse:
    """Describe a source anew, or give it another address."""
    user = staff_of(request)
    source = access.source_for(user, source_id)
    if source.kind == Source.Kind.MANUAL:
        return redirect("staff:manual_source", source.pk)
    current = source.versions.order_by("-number").first()
    kept = {"dataset_text": current.dataset_text, "overlay_text": current.overlay_text} if current else {}
    form = RedescribeForm(*posted(request), open_to=_shops(user), initial=kept)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            version = connections.change_source(
                source,
                url=said["url"],
                write_url=said["write_url"],
                **_described(said),
                actor=staff(user),
                now=timezone.now(),
            )
        except (Refused, SourceError) as error:
            _tell(form, error)
        else:
            messages.success(request, f"{source.name} has version {version.number} now.")
            return redirect("staff:sources")
    context = {"section": "sources", "form": form, "source": source, "title": f"{source.shop.name}: {source.name}"}
    return render(request, "staff/source_form.html", context)


@access.owner
@require_POST
def disconnect(request: HttpRequest, source_id: int) -> HttpResponse:
    """Ask this source no more."""
    user = staff_of(request)
    source = access.source_for(user, source_id)
    try:
        connections.disconnect_source(source, actor=staff(user), now=timezone.now())
    except Refused as error:
        messages.error(request, f"{source.name} stays connected, because another source refers to it: {error}")
    else:
        messages.success(request, f"{source.name} will not be asked any more. What it answered stays.")
    return redirect("staff:sources")


@access.owner
@require_POST
def reconnect(request: HttpRequest, source_id: int) -> HttpResponse:
    """Ask a disconnected source again."""
    user = staff_of(request)
    source = access.source_for(user, source_id)
    try:
        connections.reconnect_source(source, actor=staff(user), now=timezone.now())
    except (Refused, SourceError) as error:
        messages.error(
            request, f"{source.name} stays disconnected: {error} Open it to give another address or description."
        )
    else:
        messages.success(
            request, f"{source.name} is connected again. Requests that still wait for it can ask it again."
        )
    return redirect("staff:sources")


@access.owner
def jobs(request: HttpRequest) -> HttpResponse:
    """Jobs that were given up."""
    rows = _parked(staff_of(request)).order_by("-finished_at")[:200]
    return render(request, "staff/jobs.html", {"section": "jobs", "rows": rows})


@access.owner
@require_POST
def try_again(request: HttpRequest, job_id: int) -> HttpResponse:
    """Give a parked job its tries back."""
    user = staff_of(request)
    job = _parked(user).filter(pk=job_id).first()
    if job is None:
        raise Http404
    try:
        parked.try_again(job, actor=staff(user), now=timezone.now())
    except WrongState:
        messages.warning(request, "Its request has moved on; there is nothing left to try.")
    else:
        messages.success(request, "It is being tried again.")
    return redirect("staff:jobs")


def _parked(user: User) -> QuerySet[Job]:
    mine = Job.objects.filter(subject_request__shop__in=_shops(user))
    return mine.parked().select_related("subject_request__shop")


def _shops(user: User) -> QuerySet[Shop]:
    return access.shops_for(user, Membership.Role.OWNER)


class _Texts(TypedDict):
    """What a description is made of."""

    dataset_text: str
    dataset_name: str
    overlay_text: str
    overlay_name: str


def _described(said: dict[str, Any]) -> _Texts:
    return {
        "dataset_text": said["dataset"],
        "dataset_name": said["dataset_name"],
        "overlay_text": said["overlay"],
        "overlay_name": said["overlay_name"],
    }


def _tell(form: forms.Form, error: AlreadyThere | Refused | SourceError) -> None:
    if isinstance(error, Refused):
        for problem in error.problems:
            form.add_error(None, str(problem))
    else:
        form.add_error("name" if isinstance(error, AlreadyThere) and "name" in form.fields else None, str(error))
