"""Whether a source is still as it was described: what the last check found, and a check here and now."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dsr.models import SourceCheck
from dsr.staff.signed_in import staff_of
from dsr.web import access
from dsr.workflow import source_checks
from dsr.workflow.actors import staff
from dsr.workflow.connections import NotDescribed


@access.owner
def alarms(request: HttpRequest, source_id: int) -> HttpResponse:
    """What the last check found, each alarm with the line that would settle it."""
    source = access.described_source_for(staff_of(request), source_id)
    last = SourceCheck.objects.filter(source=source).first()
    return render(request, "staff/source_check.html", {"section": "sources", "source": source, "check": last})


@access.owner
@require_POST
def check(request: HttpRequest, source_id: int) -> HttpResponse:
    """Compare the source with its description now. Each of its statements may take ten seconds at most."""
    source = access.described_source_for(staff_of(request), source_id)
    try:
        result = source_checks.check_source(source, actor=staff(staff_of(request)), now=timezone.now())
    except NotDescribed as error:
        messages.warning(request, str(error))
        return redirect("staff:sources")
    tell = messages.warning if result.alarms or result.error_code else messages.success
    tell(request, f"{source.name}: {source_checks.summary(result)}.")
    return redirect("staff:source_alarms", source.pk)
