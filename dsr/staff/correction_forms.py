"""What staff type in about wishes to have something corrected."""

from __future__ import annotations

from django import forms

from dsr.models import CorrectionItem
from dsr.staff.forms import StaffForm
from dsr.workflow.corrections import GROUNDS, LONGEST, LONGEST_STATEMENT


class WishForm(StaffForm):
    """One more wish, as the person told it or as the shop noticed it."""

    kind = forms.ChoiceField(
        label="What is it about?",
        choices=[(each.value, each.label.removeprefix("My ").capitalize()) for each in CorrectionItem.Kind],
    )
    says = forms.CharField(label="What it says now", required=False, max_length=LONGEST)
    wanted = forms.CharField(label="What it should say", required=False, max_length=LONGEST)
    why = forms.CharField(
        label="How that can be seen",
        required=False,
        max_length=LONGEST,
        help_text="A document, a call, what they told. Ask for a document only where nothing else will do.",
    )


class AcceptForm(StaffForm):
    """Beside the values: what was not followed, and by what else the person was proved."""

    partly_because = forms.CharField(
        label="Only a part of it? Say what was not followed, and why",
        required=False,
        max_length=LONGEST,
        help_text="The person reads it.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    partly_ground = forms.ChoiceField(
        label="On which ground is that part not followed?",
        choices=[("", "Everything is followed"), *GROUNDS.items()],
        required=False,
    )
    proved_otherwise = forms.BooleanField(
        label="I made sure who they are by something other than what is contested here",
        required=False,
        help_text="Needed where the address or number by which they were proved is itself to be changed. It is logged.",
    )


class RefuseWishForm(StaffForm):
    """On which ground, in what further words, and what the person holds against it."""

    ground = forms.ChoiceField(
        label="On which ground?",
        choices=[("", "Choose"), *GROUNDS.items()],
        error_messages={"required": "Choose the ground on which it is refused"},
    )
    reason = forms.CharField(
        label="In this case",
        required=False,
        max_length=LONGEST,
        help_text="The person reads the ground and this.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    statement = forms.CharField(
        label="What the person holds against it",
        required=False,
        max_length=LONGEST_STATEMENT,
        help_text="In their own words, if they told it already. It stays beside the answer.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class StatementForm(StaffForm):
    """What the person holds against a refusal, told later."""

    statement = forms.CharField(
        label="What the person holds against it",
        max_length=LONGEST_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write down what the person holds against it"},
    )
