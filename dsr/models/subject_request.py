"""The request itself, the identifiers it was made under, and the proof of who made it."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models

from dsr.lifecycle import CLOSED_STATES, OPEN_STATES, RequestType, State
from dsr.models.shop import PolicyVersion, Shop

NEAR_DAYS = 3
"""How many days before its date a request without an aim of its own counts as nearly late."""


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
        """Open past their date, and their clock runs."""
        return self.open().filter(due_on__lt=today, is_paused=False)

    def nearly_late(self, today: date) -> SubjectRequestQuerySet:
        """Open, their clock runs, not past their date, but at or past the day that the shop aims for."""
        near = models.Q(target_on__lte=today) | models.Q(target_on=None, due_on__lte=today + timedelta(days=NEAR_DAYS))
        return self.open().filter(near, due_on__gte=today, is_paused=False)

    def unacknowledged(self, today: date) -> SubjectRequestQuerySet:
        """Open, and past the day by which the person should have been told that the request arrived."""
        return self.open().filter(acknowledged_at=None, acknowledge_by__lt=today)

    def expired(self, month: date) -> SubjectRequestQuerySet:
        """Their key's month lies before ``month``, and they are not forgotten yet."""
        return self.filter(key_month__lt=month, forgotten_at=None)

    def put_away(self) -> SubjectRequestQuerySet:
        """Erasures that are done, of people some of whose records still stay (``KeptRecord.State.WAITING``); an empty row is
        nobody's."""
        staying = models.Q(kept_records__state="waiting") & ~models.Q(kept_records__event="nothing_refers_to_it")
        done = self.filter(type=RequestType.ERASURE, state=State.FULFILLED)
        return (
            done.alias(staying=models.FilteredRelation("kept_records", condition=staying))
            .filter(staying__isnull=False)
            .distinct()
        )

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
        SHOP = "shop", "The shop's own idea"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=20, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="subject_requests")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT)
    type = models.CharField(max_length=20, choices=[(each.value, each.name.title()) for each in RequestType])
    state = models.CharField(max_length=20, choices=[(each.value, each.name.title()) for each in State])
    channel = models.CharField(max_length=20, choices=Channel)
    regime = models.CharField(max_length=40, default="shop-promise", help_text="Whose date binds: the earliest.")
    residence = models.CharField(
        max_length=12, blank=True, help_text="Where the person lives: DE, US-CA; empty unknown."
    )
    received_at = models.DateTimeField()
    due_on = models.DateField()
    latest_lawful_on = models.DateField(null=True, help_text="By the reading of the statute that leaves the most time.")
    target_on = models.DateField(null=True, help_text="The shop's own aim, before the date that binds.")
    is_paused = models.BooleanField(
        default=False, help_text="The clock that binds stands still until the person replies."
    )
    acknowledge_by = models.DateField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="owned_requests"
    )
    refusal_ground = models.CharField(max_length=40, blank=True)
    key_month = models.DateField(help_text="The month whose key wraps this request's data key.")
    wrapped_key = models.BinaryField()
    sealed_identities = models.BinaryField()
    forgotten_at = models.DateTimeField(null=True, help_text="What was sealed is removed; the bare log stays.")

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
        """True when it is open past its date, and its clock runs."""
        return self.is_open and not self.is_paused and self.due_on < today

    def is_nearly_late(self, today: date) -> bool:
        """True when it is open, not past its date, but at or past the day that the shop aims for."""
        near_from = self.target_on or self.due_on - timedelta(days=NEAR_DAYS)
        return self.is_open and not self.is_paused and near_from <= today <= self.due_on

    def is_unacknowledged(self, today: date) -> bool:
        """True when it is open and nobody told the person of its arrival by the day for that."""
        due = self.acknowledge_by
        return self.is_open and self.acknowledged_at is None and due is not None and due < today


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
