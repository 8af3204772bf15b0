"""The register of a shop's backups, and the form by which a try is written down."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from dsr.models import BackupTrial, Shop
from dsr.staff import policy_page
from dsr.staff.forms import StaffForm
from dsr.staff.signed_in import posted, staff_of
from dsr.web import access
from dsr.workflow import backups
from dsr.workflow.actors import staff
from dsr.workflow.backups import LONGEST_NOTE, Registered, TrialRefused

SHOWN = 20


class TrialForm(StaffForm):
    """Which backup, when, and whether it worked."""

    key = forms.ChoiceField(label="Which backup?", error_messages={"required": "Choose the backup"})
    tried_on = forms.DateField(
        label="On which day?",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Enter the day of the try", "invalid": "Enter a day, as 2026-03-01"},
    )
    has_worked = forms.ChoiceField(
        label="Did it work?",
        choices=[("", "Choose"), ("yes", "It worked: the data was there"), ("no", "It did not work")],
        error_messages={"required": "Say whether it worked"},
    )
    words = forms.CharField(
        label="What was met?",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="Needed when it did not work. No names of customers.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": f"At most {LONGEST_NOTE} characters; write less"},
    )

    def __init__(self, *args: Any, registered: list[Registered], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(each.backup.key, each.backup.what) for each in registered]
        self.fields["key"].choices = named  # type: ignore[attr-defined]  # a ChoiceField has them


@access.owner
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """Every set of backups with its last proof, the tries, and the form for another."""
    user, now = staff_of(request), timezone.now()
    shop = access.owned_shop(user, slug)
    registered = backups.register(shop, now)
    form = TrialForm(*posted(request), registered=registered)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            backups.note(
                shop,
                said["key"],
                tried_on=said["tried_on"],
                has_worked=said["has_worked"] == "yes",
                words=said["words"],
                actor=staff(user),
                now=now,
            )
        except TrialRefused as refused:
            form.add_error(
                "words" if said["has_worked"] == "no" and not said["words"].strip() else "tried_on", str(refused)
            )
        else:
            messages.success(request, "The try is written down.")
            return redirect("staff:backups", shop.slug)
    return render(request, "staff/backups.html", _context(shop, registered, form))


def _context(shop: Shop, registered: list[Registered], form: TrialForm) -> dict[str, Any]:
    trials = list(shop.backup_trials.select_related("shop")[:SHOWN])
    everyone = [*trials, *(each.proved for each in registered if each.proved)]
    who = policy_page.names_of({each.made_by for each in everyone})
    what = {each.backup.key: each.backup.what for each in registered}
    return {
        "section": "policy",
        "tab": "backups",
        "shop": shop,
        "rows": [(each, who[each.proved.made_by] if each.proved else "") for each in registered],
        "trials": [_shown(each, what, who) for each in trials],
        "form": form,
    }


def _shown(trial: BackupTrial, what: dict[str, str], who: dict[str, str]) -> dict[str, Any]:
    return {
        "trial": trial,
        "what": what.get(trial.key, trial.key),
        "who": who[trial.made_by],
        "words": backups.words_of(trial),
    }
