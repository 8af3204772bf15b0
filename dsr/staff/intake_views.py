"""Logging a request that did not come by the portal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from dsr.lifecycle import RequestType
from dsr.models import SubjectRequest
from dsr.staff.forms import LogForm
from dsr.staff.signed_in import posted, staff_of
from dsr.web import access
from dsr.workflow import intake
from dsr.workflow.actors import staff
from dsr.workflow.intake import NotOffered


@access.reviewer
def log_request(request: HttpRequest) -> HttpResponse:
    """The form, and the request it makes."""
    user = staff_of(request)
    form = LogForm(*posted(request), open_to=access.shops_for(user), initial={"channel": "phone"})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = intake.open_request(
                shop=said["shop"],
                request_type=RequestType(said["type"]),
                identities=said["identities"],
                channel=SubjectRequest.Channel(said["channel"]),
                received_at=said["received_at"],
                residence=said["residence"],
                proved_to=staff(user) if said["is_proved"] else None,
                actor=staff(user),
                now=timezone.now(),
            )
        except NotOffered as error:
            form.add_error("type", str(error))
        else:
            return redirect("staff:request", made.reference)
    return render(request, "staff/log_request.html", {"section": "requests", "form": form})
