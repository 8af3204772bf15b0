"""The request itself, the identifiers it was made under, and the proof of who made it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models

from dsr.lifecycle import CLOSED_STATES, OPEN_STATES, RequestType, State
from dsr.models.shop import PolicyVersion, Shop


class SubjectRequestQuerySet(models.QuerySet["SubjectRequest"]):
    """The questions that lists ask."""

    def open(self) -> SubjectRequestQuerySet:
        """Not answered, refused, withdrawn or lapsed."""
        return self.filter(state__in=OPEN_STATES)

    def confirmed(self) -> SubjectRequestQuerySet:
        """Open, and the person has shown that it is theirs."""
        return self.open().exclude(state__in=(State.RECEIVED, State.VERIFYING))

    def unconfirmed(self) -> SubjectRequestQuerySet:
        """Waiting for the person to confirm."""
        return self.filter(state__in=(State.RECEIVED, State.VERIFYING))

    def closed(self) -> SubjectRequestQuerySet:
        """Nothing more will happen."""
        return self.filter(state__in=CLOSED_STATES)

    def overdue(self, today: date) -> SubjectRequestQuerySet:
        """Open past their date."""
        return self.open().filter(due_on__lt=today)

    def found_by(self, digests: list[str]) -> SubjectRequestQuerySet:
        """Made under one of these identity hashes."""
        return self.filter(identity_hashes__digest__in=digests).distinct()


class SubjectRequest(models.Model):
    """One request under a right. What the person told us stands in it sealed."""

    class Channel(models.TextChoices):
        """How it reached the shop."""

        PORTAL = "portal", "Portal"
        PHONE = "phone", "Telephone"
        EMAIL = "email", "E-mail"
        LETTER = "letter", "Letter"
        COUNTER = "counter", "Shop counter"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=20, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="subject_requests")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT)
    type = models.CharField(max_length=20, choices=[(each.value, each.name.title()) for each in RequestType])
    state = models.CharField(max_length=20, choices=[(each.value, each.name.title()) for each in State])
    channel = models.CharField(max_length=20, choices=Channel)
    regime = models.CharField(max_length=40, default="shop-promise")
    received_at = models.DateTimeField()
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="owned_requests"
    )
    refusal_ground = models.CharField(max_length=40, blank=True)
    key_month = models.DateField(help_text="The month whose key wraps this request's data key.")
    wrapped_key = models.BinaryField()
    sealed_identities = models.BinaryField()

    objects: ClassVar[SubjectRequestQuerySet] = SubjectRequestQuerySet.as_manager()  # type: ignore[assignment]  # django-stubs widens it to Manager

    class Meta:
        ordering = ("due_on", "id")
        indexes = [
            models.Index(fields=("shop", "due_on", "id"), name="open_queue", condition=models.Q(closed_at=None)),
            models.Index(fields=("shop", "-received_at", "-id"), name="request_history"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """True while something may still happen."""
        return State(self.state) in OPEN_STATES

    def is_overdue(self, today: date) -> bool:
        """True when it is open past its date."""
        return self.is_open and self.due_on < today


class IdentityHash(models.Model):
    """A keyed hash of one identifier of the request: how staff find it without the address standing in a column."""

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="identity_hashes")
    kind = models.CharField(max_length=20)
    digest = models.CharField(max_length=70, db_index=True)
    is_verified = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("subject_request", "digest"), name="one_hash_per_identity")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_request_id}"


class IdentityCheck(models.Model):
    """Proof that the requester is the subject: a link and a code by e-mail, or a member of staff who vouches."""

    class Method(models.TextChoices):
        """How it was or will be proved."""

        EMAIL = "email", "Link or code by e-mail"
        STAFF = "staff", "Proved to staff"

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="identity_checks")
    method = models.CharField(max_length=10, choices=Method)
    token_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001  NULL does not clash under unique, "" would
    code_digest = models.CharField(max_length=64, blank=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.method} check of {self.subject_request_id}"
