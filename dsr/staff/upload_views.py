"""Exports handed in at the screen instead of an address: the owner's side."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from dsr.models import Membership, Shop, Source
from dsr.sources.base import SourceError
from dsr.staff.forms import StaffForm
from dsr.staff.signed_in import posted, staff_of
from dsr.web import access, uploads
from dsr.web.handing_in import ManyFiles
from dsr.workflow import source_files
from dsr.workflow.connections import AlreadyThere

TOO_LARGE = (
    "These files are too large to hand in: 50 MB each, 60 MB together. Put them into a folder of the server instead."
)


class FilesForm(StaffForm):
    """Newer files of a source that is there."""

    exports = forms.FileField(
        label="Files",
        widget=ManyFiles(attrs={"multiple": True, "accept": ".csv,.tsv,.txt,.xlsx"}),
        help_text="CSV with a row of column names, or .xlsx. Each file, or each sheet, is a collection by its name.",
        error_messages={"required": "Choose at least one file", "empty": "This file is empty"},
    )


class UploadForm(FilesForm):
    """A new source of files."""

    shop = forms.ModelChoiceField(Shop.objects.none(), empty_label=None)
    name = forms.SlugField(
        max_length=60,
        help_text="A short word, for example fair.",
        error_messages={"required": "Give the source a name"},
    )
    field_order = ("shop", "name", "exports")

    def __init__(self, *args: Any, open_to: QuerySet[Shop], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shop"].queryset = open_to  # type: ignore[attr-defined]  # a ModelChoiceField has one


@access.owner
@csrf_exempt  # The token is checked below, after the form's size was.
def add(request: HttpRequest) -> HttpResponse:
    """Hand in files, and have a description of them drafted."""
    if request.method == "POST" and not uploads.keep_in_memory(request):
        messages.error(request, TOO_LARGE)
        return redirect("staff:upload_source")
    return _add(request)


@access.owner
@csrf_exempt  # The token is checked below, after the form's size was.
def replace(request: HttpRequest, source_id: int) -> HttpResponse:
    """What was handed in and when, and newer files in its place."""
    if request.method == "POST" and not uploads.keep_in_memory(request):
        messages.error(request, TOO_LARGE)
        return redirect("staff:source_files", source_id)
    return _replace(request, source_id)


@csrf_protect
def _add(request: HttpRequest) -> HttpResponse:
    user = staff_of(request)
    form = UploadForm(*posted(request), open_to=access.shops_for(user, Membership.Role.OWNER))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            draft = source_files.connect_uploaded(
                said["shop"], name=said["name"], contents=_contents(request), user=user, now=timezone.now()
            )
        except AlreadyThere as error:
            form.add_error("name", str(error))
        except SourceError as error:
            form.add_error("exports", str(error))
        else:
            messages.success(request, "The files can be read. They are not searched before you publish a description.")
            return redirect("staff:classify", draft.source_id)
    context = {"section": "sources", "form": form, "title": "Hand in exported files"}
    return render(request, "staff/files_form.html", context)


@csrf_protect
def _replace(request: HttpRequest, source_id: int) -> HttpResponse:
    user = staff_of(request)
    source = access.source_for(user, source_id)
    kept = list(source.files.defer("sealed").select_related("uploaded_by"))
    if source.kind != Source.Kind.FILE or not kept:
        raise Http404
    form = FilesForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            source_files.replace(source, contents=_contents(request), user=user, now=timezone.now())
        except SourceError as error:
            form.add_error("exports", str(error))
        else:
            messages.success(request, f"{source.name} is read from the newer files from now on.")
            return redirect("staff:source_files", source.pk)
    context = {"section": "sources", "form": form, "title": f"Files of {source.name}", "source": source, "files": kept}
    return render(request, "staff/files_form.html", context)


def _contents(request: HttpRequest) -> dict[str, bytes]:
    return {file.name or "file": file.read() for file in request.FILES.getlist("exports")}
