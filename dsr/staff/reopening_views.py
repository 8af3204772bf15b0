"""What is put away after an erasure, opened for an hour with a reason."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from dsr.staff.forms import StaffForm
from dsr.staff.signed_in import staff_of
from dsr.web import access
from dsr.workflow import reopening
from dsr.workflow.reopening import Why


class ReopenForm(StaffForm):
    """For what."""

    why = forms.ChoiceField(label="For what do you need it?", choices=[("", "Choose"), *Why.choices])


@access.accounts
@require_POST
def reopen(request: HttpRequest, reference: str) -> HttpResponse:
    """Write down why, and open it."""
    user = staff_of(request)
    subject_request = access.put_away_for(user, reference)
    form = ReopenForm(request.POST)
    if form.is_valid():
        reopening.reopen(subject_request, Why(form.cleaned_data["why"]), user=user, now=timezone.now())
        messages.success(request, "Open to you for an hour. Your reason stands in the timeline.")
    else:
        messages.warning(request, "Choose for what you need it; nothing was opened.")
    return redirect("staff:request", reference)
