"""What is wrong, and what it should say: up to three things at once."""

from __future__ import annotations

from typing import Any

from django import forms

from dsr.models import CorrectionItem
from dsr.policy.schema import Profile
from dsr.portal.layout import Answer, More, Question, form_helper
from dsr.workflow.corrections import LONGEST, Asked

Kind = CorrectionItem.Kind
AT_ONCE = ("", "_2", "_3")
WORDS = {2: "A second thing", 3: "A third thing"}
TOO_LONG = f"Write at most {LONGEST} characters here"


class WrongForm(forms.Form):
    """One thing is enough; two more stay shut until somebody needs them."""

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in AT_ONCE:
            self._add(number)
        more = [
            More(f"{WORDS[position]} is wrong too", *(Answer(f"{name}{number}") for name in NAMES))
            for position, number in enumerate(AT_ONCE[1:], start=2)
        ]
        self.fields["kind"].label = f"What does {profile.name} have wrong about you?"
        self.helper = form_helper(
            Question("kind"), Answer("says"), Answer("wanted"), Answer("why"), *more, button="Continue"
        )

    def clean(self) -> dict[str, Any]:
        """What is named must be said."""
        for number in AT_ONCE:
            said = {name: self.cleaned_data.get(f"{name}{number}", "").strip() for name in NAMES}
            is_begun = bool(said["says"] or said["wanted"] or said["why"])
            if number and not (said["kind"] or is_begun):
                continue
            if not said["wanted"] and not said["says"] and f"wanted{number}" not in self.errors:
                self.add_error(f"wanted{number}", "Say what it should say, or at least what is wrong")
            if number and is_begun and not said["kind"]:
                self.add_error(f"kind{number}", "Choose what it is about")
        return self.cleaned_data

    def as_typed(self) -> dict[str, str]:
        """The answers as they were written, to show them again."""
        return {name: self.data.get(name, "") for name in self.fields}

    def wishes(self) -> tuple[Asked, ...]:
        """Everything that is said to be wrong, in order."""
        said = self.cleaned_data
        return tuple(
            Asked(Kind(said[f"kind{n}"]), said[f"wanted{n}"], said[f"says{n}"], said[f"why{n}"])
            for n in AT_ONCE
            if said[f"kind{n}"]
        )

    def _add(self, number: str) -> None:
        first = [("", "Choose")] if number else []
        self.fields[f"kind{number}"] = forms.ChoiceField(
            label="What is it about?",
            choices=[*first, *Kind.choices],
            required=not number,
            error_messages={"required": "Choose what it is about", "invalid_choice": "Choose something from the list"},
        )
        for name, (label, help_text) in TEXTS.items():
            self.fields[f"{name}{number}"] = forms.CharField(
                label=label,
                help_text=help_text,
                required=False,
                max_length=LONGEST,
                error_messages={
                    "max_length": TOO_LONG,
                    "null_characters_not_allowed": "Remove the invisible character",
                },
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )


TEXTS = {
    "says": ("What does it say now?", "As far as you know. Leave it out if you do not."),
    "wanted": ("What should it say?", ""),
    "why": (
        "How can we see that?",
        "A sentence is mostly enough: “I moved in May”, “a letter was missing”. You can add a file later, if one is needed.",
    ),
}
NAMES = ("kind", *TEXTS)
