"""The demonstration's mailbox: what was written to invented people, readable by whoever sits at the screen."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from dsr.models import Notice
from dsr.web import access
from dsr.workflow import notices, shops

NEWEST = 50


@access.demo_only
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """The newest mails first."""
    newest = Notice.objects.select_related("subject_request__policy_version__shop").order_by("-pk")[:NEWEST]
    return render(request, "portal/outbox.html", {"mails": [_mail(each) for each in newest]})


@access.demo_only
@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail as plain text."""
    return render(request, "portal/outbox_mail.html", {"mail": _mail(get_object_or_404(Notice, pk=pk))})


@access.demo_only
@require_safe
@csp_replace({"style-src": ["'unsafe-inline'"]})  # type: ignore[arg-type]  # its hint knows only views without arguments
def mail_html(_request: HttpRequest, pk: int) -> HttpResponse:
    """One mail as a mail program would show it: with styles in its lines, the only ones that all of them know."""
    return HttpResponse(_mail(get_object_or_404(Notice, pk=pk))["html"])


def _mail(notice: Notice) -> dict[str, Any]:
    return {"pk": notice.pk, "made_at": notice.made_at, "zone": _zone(notice), **notices.read(notice)}


def _zone(notice: Notice) -> str:
    return shops.profile_in(notice.subject_request.policy_version).time_zone
