"""What the portal asks, and how an answer is read. Every message says what is wrong and what to do about it."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dsr.policy.schema import Profile
from dsr.portal.layout import Answer, More, Question, form_helper
from dsr.records import Identity, IdentityKind, normalise_email
from dsr.web import residences
from dsr.workflow import identities
from dsr.workflow.identities import BadIdentity
from dsr.workflow.intake import MOST_IDENTITIES

LONGEST_LIST = 2000
LONGEST_NUMBER = 60
NULL_CHARACTER = "Remove the invisible character; it is not part of an address or number"
EMAIL_ERRORS = {
    "required": "Enter your email address",
    "invalid": "Enter an email address in the right form, like name@example.com",
    "max_length": "Enter an email address of at most 254 characters",
    "null_characters_not_allowed": NULL_CHARACTER,
}
LIST_ERRORS = {
    "max_length": f"Write at most {LONGEST_LIST} characters here",
    "null_characters_not_allowed": NULL_CHARACTER,
}


def email_field(**kwargs: Any) -> forms.EmailField:
    """An email address, entered the way browsers help with."""
    attrs = {"autocomplete": "email", "inputmode": "email", "spellcheck": "false", "autocapitalize": "none"}
    return forms.EmailField(max_length=254, error_messages=EMAIL_ERRORS, widget=forms.EmailInput(attrs=attrs), **kwargs)


def list_field(label: str, help_text: str) -> forms.CharField:
    """Several answers, one on each line."""
    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"})
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=LONGEST_LIST,
        error_messages=LIST_ERRORS,
        widget=widget,
    )


class FindForm(forms.Form):
    """How can we find you? One address is enough; the rest is for people with several."""

    email = email_field(
        help_text="We look for you under this address and write to it. We will not tell anyone whether it is known to us."
    )
    other_emails = list_field(
        "Other email addresses", "For example an older one, or the one of a guest order. One on each line."
    )
    phones = list_field("Phone numbers", "One on each line.")
    customer_numbers = list_field("Customer numbers", "They stand on invoices and in your account. One on each line.")

    residence = forms.ChoiceField(
        label="Which country or state do you live in?",
        help_text="It decides which law sets the date of our answer. Without it we keep to the strictest.",
        required=False,
        choices=residences.choices,
        error_messages={"invalid_choice": "Choose a country or state from the list, or leave it out"},
    )

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.profile = profile
        self.fields["email"].label = f"What email address do you use with {profile.name}?"
        self.helper = form_helper(
            Question("email"),
            More(
                "I used another email, a phone number or ordered as a guest",
                Answer("other_emails"),
                Answer("phones"),
                Answer("customer_numbers"),
            ),
            More("I would like to say where I live", Answer("residence")),
            button="Continue",
        )

    def clean_other_emails(self) -> list[Identity]:
        """Each line an address."""
        return self._read(IdentityKind.EMAIL, "other_emails", "it is not in the form of an email address")

    def clean_phones(self) -> list[Identity]:
        """Each line a number that can exist."""
        return self._read(IdentityKind.PHONE, "phones", "it is not a complete phone number")

    def clean_customer_numbers(self) -> list[Identity]:
        """Each line a number as the shop writes it."""
        for number in _lines(self.cleaned_data["customer_numbers"]):
            if len(number) > LONGEST_NUMBER:
                raise ValidationError(
                    f"Check “{_short(number)}”: a customer number has at most {LONGEST_NUMBER} characters"
                )
        return self._read(IdentityKind.CUSTOMER_NUMBER, "customer_numbers", "it is not a customer number")

    def clean(self) -> dict[str, Any]:
        """No more ways to find a person than one person has."""
        if len(self.identities()) > MOST_IDENTITIES:
            field = next(name for name in ("other_emails", "phones", "customer_numbers") if self.cleaned_data.get(name))
            raise ValidationError(
                {
                    field: f"Give at most {MOST_IDENTITIES} addresses and numbers together; for more, please get in touch with us"
                }
            )
        return self.cleaned_data

    def as_typed(self) -> dict[str, str]:
        """The answers as they were written, to show them again."""
        return {name: self.data.get(name, "") for name in self.fields}

    def identities(self) -> tuple[Identity, ...]:
        """Everything given, normalised, the address to write to first."""
        given = self.cleaned_data
        emails = [Identity(IdentityKind.EMAIL, normalise_email(given["email"]))] if given.get("email") else []
        others = (given.get(name, ()) for name in ("other_emails", "phones", "customer_numbers"))
        return tuple(dict.fromkeys([*emails, *chain.from_iterable(others)]))

    def _read(self, kind: IdentityKind, field: str, what_is_wrong: str) -> list[Identity]:
        found = []
        for line in _lines(self.cleaned_data[field]):
            try:
                found.append(identities.read(kind, line, self.profile.country))
            except BadIdentity:
                raise ValidationError(f"Check “{_short(line)}”: {what_is_wrong}") from None
        return found


class CodeForm(forms.Form):
    """The six digits out of our mail."""

    code = forms.CharField(
        label="Enter the six-digit code",
        max_length=20,
        help_text="We sent an email with a code and a link. Enter the code here, or use the link.",
        error_messages={
            "required": "Enter the six-digit code",
            "max_length": "Enter the six-digit code",
            "null_characters_not_allowed": "Enter the six-digit code",
        },
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input"}),
    )

    def __init__(self, *args: Any, action: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(Answer("code"), button="Confirm", action=action)

    def clean_code(self) -> str:
        """Six digits, however they were grouped."""
        digits = "".join(each for each in self.cleaned_data["code"] if each.isdecimal() and each.isascii())
        if len(digits) != 6:
            raise ValidationError("Enter the six-digit code")
        return digits


class CheckRequestForm(forms.Form):
    """A reference and an address. The answer is the same whatever they are."""

    reference = forms.CharField(
        label="Reference",
        max_length=40,
        help_text="It stands in the subject of every email from us.",
        error_messages={
            "required": "Enter the reference of your request",
            "max_length": "Check the reference; it looks like AB-1234-5678",
            "null_characters_not_allowed": NULL_CHARACTER,
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    email = email_field(label="Email address", help_text="The one you gave when you asked.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(Answer("reference"), Answer("email"), button="Send me a link")

    def clean_reference(self) -> str:
        """As it is stored: capitals, without spaces."""
        return "".join(self.cleaned_data["reference"].split()).upper()

    def clean_email(self) -> str:
        """As it is compared."""
        return normalise_email(self.cleaned_data["email"])


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NUMBER else text[:57] + "…"
