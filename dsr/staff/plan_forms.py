"""What staff type in about a plan: an outcome of their own, a hold, the approval."""

from __future__ import annotations

from django import forms

from dsr.records import Action
from dsr.staff.forms import StaffForm
from dsr.workflow.erasure_approval import LONGEST_REASON


class OutcomeForm(StaffForm):
    """Another outcome than the rule's, and why."""

    action = forms.ChoiceField(
        label="What shall become of it?",
        choices=[
            (Action.DELETE.value, "Delete it"),
            (Action.ANONYMISE.value, "Make it anonymous"),
            (Action.DEACTIVATE.value, "Take it out of use, and keep it so until a day"),
            (Action.KEEP.value, "Keep it until a day"),
        ],
        error_messages={"required": "Choose what shall become of it"},
    )
    until = forms.DateField(
        label="Keep it until",
        required=False,
        help_text="Only for what stays: the last day on which it does.",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Write the day as 2027-02-28"},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="The person reads this in the letter, as you write it.",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, in words that the person will read"},
    )


class FollowForm(StaffForm):
    """Of a correction: whether a record follows that would stay, or stays that would follow."""

    action = forms.ChoiceField(
        label="What shall become of it?",
        choices=[(Action.CORRECT.value, "Correct it as well"), (Action.KEEP.value, "Leave it as it is")],
        error_messages={"required": "Choose what shall become of it"},
    )
    reason = forms.CharField(
        label="Why?",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why; it stays with the request"},
    )


class HoldForm(StaffForm):
    """Who forbade any change, and until when."""

    ground = forms.CharField(
        label="On which ground?",
        help_text="The file number of a court or an authority, or the claim. No names: it stands in the letter.",
        max_length=200,
        error_messages={"required": "Say on which ground nothing may be changed"},
    )
    until = forms.DateField(
        label="Until",
        required=False,
        help_text="Its last day. Leave it empty, and it lasts until somebody lifts it.",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Write the day as 2027-02-28"},
    )


class ApproveForm(StaffForm):
    """The plan that was read, and the reference typed by hand."""

    fingerprint = forms.CharField(widget=forms.HiddenInput)
    typed_reference = forms.CharField(
        label="Type the reference of this request",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
