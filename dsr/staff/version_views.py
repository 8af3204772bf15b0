"""The published versions of a source's description: who made them, when, what differs, and publishing one again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dsr.sources.base import SourceError
from dsr.staff import version_page
from dsr.staff.signed_in import staff_of
from dsr.web import access
from dsr.workflow import versions
from dsr.workflow.actors import staff
from dsr.workflow.connections import Refused


@access.owner
def history(request: HttpRequest, source_id: int) -> HttpResponse:
    """Every version, newest first."""
    source = access.described_source_for(staff_of(request), source_id)
    rows = source.versions.select_related("made_by", "repeats").defer("dataset_text", "overlay_text")
    return render(
        request, "staff/versions.html", {"section": "sources", "source": source, "rows": rows.order_by("-number")}
    )


@access.owner
def difference(request: HttpRequest, source_id: int, before: int, after: int) -> HttpResponse:
    """What one version says differently from another."""
    source = access.described_source_for(staff_of(request), source_id)
    pair = [get_object_or_404(source.versions.select_related("made_by"), number=number) for number in (before, after)]
    context = {"section": "sources", "source": source, "before": pair[0], "after": pair[1]}
    try:
        context |= version_page.of_versions(*pair)
    except Refused as error:
        messages.error(request, f"One of them can no longer be read: {error.problems[0]}")
        return redirect("staff:versions", source.pk)
    return render(request, "staff/difference.html", context)


@access.owner
@require_POST
def again(request: HttpRequest, source_id: int, number: int) -> HttpResponse:
    """Publish an older version as a new one."""
    user = staff_of(request)
    source = access.described_source_for(user, source_id)
    version = get_object_or_404(source.versions, number=number)
    try:
        made = versions.publish_again(version, actor=staff(user), now=timezone.now())
    except (Refused, SourceError) as error:
        messages.error(request, f"Version {number} does not fit the database any more: {error}")
    else:
        messages.success(request, f"Version {made.number} says what version {number} said.")
    return redirect("staff:versions", source.pk)
