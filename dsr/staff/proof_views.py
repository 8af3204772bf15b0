"""Proofs that came with a wish: opened by staff, and added where they came by letter or mail."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from dsr.keyring import KeyDestroyed
from dsr.models import CorrectionFile, CorrectionItem
from dsr.staff.signed_in import staff_of
from dsr.staff.wording import FORGOTTEN
from dsr.web import access
from dsr.workflow import correction_files
from dsr.workflow.actors import staff
from dsr.workflow.file_kinds import FileRefused, name_in_one_line
from dsr.workflow.transitions import WrongState


@access.contents
@require_POST
def add(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Keep what came by letter or mail with the wish."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    item = get_object_or_404(CorrectionItem, subject_request=subject_request, number=number)
    for file in request.FILES.getlist("proofs"):
        name = name_in_one_line(file.name or "file")
        try:
            correction_files.add(
                subject_request, item, name=name, content=file.read(), actor=staff(user), now=timezone.now()
            )
        except FileRefused as refused:
            messages.warning(request, f"“{name}” {refused}")
        except WrongState as error:
            messages.warning(request, str(error))
        except KeyDestroyed:
            messages.warning(request, FORGOTTEN)
    return redirect("staff:correction", reference, number)


@access.contents
@require_safe
def proof(request: HttpRequest, reference: str, number: int, file_id: int) -> HttpResponse:
    """One proof: to be saved, never shown by the browser itself."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    mine = CorrectionFile.objects.filter(item__subject_request=subject_request, item__number=number)
    file = get_object_or_404(mine.select_related("item"), pk=file_id)
    try:
        name, content = correction_files.opened(subject_request, file, actor=staff(user), now=timezone.now())
    except KeyDestroyed:
        raise Http404 from None
    response = HttpResponse(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{reference}-{name}") or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
