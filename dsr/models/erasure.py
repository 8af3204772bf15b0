"""What is decided and done when somebody's data is erased: the plan, its steps, what stays, and what forbids any of it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.db import models

from dsr.models.shop import Shop
from dsr.models.source import Source
from dsr.models.subject_request import SubjectRequest


class ErasurePlan(models.Model):
    """A plan that was frozen: what would be done with every record, and the hash of that. The newest of a request counts.

    ``sealed`` holds its records with their keys, under the request's key. ``outcomes`` are the same put together, without a
    value or a key: for screens, the letter and the evidence.
    """

    class State(models.TextChoices):
        """Outdated: something had changed when it was to be run, so it was not."""

        FROZEN = "frozen", "Waits for approval"
        APPROVED = "approved", "Approved"
        RUNNING = "running", "Running"
        PROVED = "proved", "Done and proved"
        OUTDATED = "outdated", "Outdated"

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="erasure_plans")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.FROZEN)
    fingerprint = models.CharField(max_length=64)
    as_of = models.DateField()
    outcomes = models.JSONField(default=list)
    sealed = models.BinaryField()
    frozen_at = models.DateTimeField()
    frozen_by = models.CharField(max_length=40, help_text="Who, as the audit log says it: staff:7, command.")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=40, blank=True)
    runs_from = models.DateTimeField(null=True, help_text="End of the time in which the person may still stop it.")
    changes = models.JSONField(default=list, help_text="Why it is outdated, in words.")
    still_open = models.JSONField(
        default=dict, help_text="By policy version: the blockers that were open in any source since its run began."
    )
    proved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("subject_request", "number")
        constraints = [
            models.UniqueConstraint(fields=("subject_request", "number"), name="one_plan_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_request} plan {self.number}"


class PlanStep(models.Model):
    """What one source is asked to do, in one transaction of its own or batch after batch, and the proof that it did.

    ``sealed_rows`` are the rows with their keys and new values, under the request's key, ``sealed_seen`` what was there just
    before the first change, which is never looked up again. The numbers of the ledger's segments say that the intent was written
    down before anything was touched.
    """

    class State(models.TextChoices):
        """By hand: nobody but a person can do it; they say so, and the proof is theirs."""

        WAITING = "waiting", "Waiting"
        APPLIED = "applied", "Done, not proved yet"
        PROVED = "proved", "Done and proved"
        FAILED = "failed", "Not done"
        BY_HAND = "by_hand", "To be done by hand"

    plan = models.ForeignKey(ErasurePlan, on_delete=models.CASCADE, related_name="steps")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="plan_steps")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    outcomes = models.JSONField(default=list, help_text="What was decided, without a value or a key; rows count in it.")
    sealed_rows = models.BinaryField(null=True)
    sealed_seen = models.BinaryField(null=True)
    intent = models.PositiveBigIntegerField(
        null=True, help_text="The ledger's segment written before the first change."
    )
    outcome = models.PositiveBigIntegerField(null=True, help_text="The ledger's segment written afterwards.")
    passes = models.PositiveSmallIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="By action: how many records it met.")
    progress = models.JSONField(
        default=dict, help_text="Once it has begun: records done, of how many, and the batches that are left."
    )
    proof = models.JSONField(default=dict, help_text="What looking again found.")
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.TextField(blank=True)
    applied_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("plan", "number")
        constraints = [models.UniqueConstraint(fields=("plan", "source"), name="one_step_per_source")]
        indexes = [  # The highest number is asked for before each entry.
            models.Index(fields=("intent",), name="steps_by_intent", condition=models.Q(intent__isnull=False)),
            models.Index(fields=("outcome",), name="steps_by_outcome", condition=models.Q(outcome__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.source.name}"


class OutcomeChange(models.Model):
    """A member of staff decided otherwise than the policy's rule about records of one request, and said why.

    ``digest`` empty means every record of the collection. The reason is told to the person, so it is sealed like the rest.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="outcome_changes")
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    collection = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=12)
    until = models.DateField(null=True)
    sealed_reason = models.BinaryField()
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("subject_request", "source", "collection", "digest"), name="one_change_per_record"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_request} {self.collection} {self.action}"


class HoldQuerySet(models.QuerySet["Hold"]):
    """Questions about holds."""

    def lasting(self, today: date) -> HoldQuerySet:
        """Those that forbid something today; one lasts through its last day."""
        return self.filter(models.Q(until=None) | models.Q(until__gte=today), lifted_at=None)


class Hold(models.Model):
    """Somebody forbade any change of one record: a court, an authority, a claim. Known by the record's digest alone.

    Its ground is sealed under the key of its request, which is not forgotten as long as the hold lasts.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="holds")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="holds")
    collection = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, db_index=True)
    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.SET_NULL, null=True, related_name="holds")
    sealed_ground = models.BinaryField(null=True)
    until = models.DateField(null=True)
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=40, blank=True)
    lifted_at = models.DateTimeField(null=True)

    objects: ClassVar[HoldQuerySet] = HoldQuerySet.as_manager()  # type: ignore[assignment]  # django-stubs widens it to Manager

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.collection} {self.digest[:12]}"


class KeptRecordQuerySet(models.QuerySet["KeptRecord"]):
    """Questions about what stays."""

    def waiting(self) -> KeptRecordQuerySet:
        """Still there for its reason."""
        return self.filter(state=KeptRecord.State.WAITING)

    def erased(self) -> KeptRecordQuerySet:
        """Of which nothing of the person's is left: also where an empty row is."""
        emptied = models.Q(state=KeptRecord.State.WAITING, event=KeptRecord.EMPTIED)
        return self.filter(emptied | models.Q(state=KeptRecord.State.FINISHED))

    def sealed_before(self, month: date) -> KeptRecordQuerySet:
        """Those sealed by a month before that one, and those that have ended and are sealed still."""
        ended = ~models.Q(state=KeptRecord.State.WAITING) & ~models.Q(key_month=None)
        return self.filter(models.Q(key_month__lt=month) | ended)

    def due(self, today: date) -> KeptRecordQuerySet:
        """Those whose last day has passed, those that wait for an event, and those under a hold, which may be lifted before."""
        return self.waiting().filter(models.Q(until__lt=today) | models.Q(until=None) | models.Q(rule="legal-hold"))


class KeptRecord(models.Model):
    """A record that an erasure left, why, until when, and what is done then.

    It outlives its request's key by years, and its row stays in the shop's database all that time: so its key is sealed by the
    month instead, and anew before that is over, until it has ended.
    """

    class State(models.TextChoices):
        """Gone: the shop itself removed it meanwhile."""

        WAITING = "waiting", "Stays"
        FINISHED = "finished", "Erased at its time"
        GONE = "gone", "Gone by itself"

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="kept_records")
    subject_request = models.ForeignKey(
        SubjectRequest, on_delete=models.SET_NULL, null=True, related_name="kept_records"
    )
    person = models.UUIDField(
        default=uuid.uuid4, help_text="Drawn by lot: which records are one person's, once no log says so."
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="kept_records")
    collection = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, db_index=True)
    sealed_key = models.BinaryField()
    key_month = models.DateField(null=True, help_text="The month by whose key it is sealed. None: it has ended.")
    action = models.CharField(max_length=12, help_text="keep or deactivate")
    record_class = models.CharField(max_length=80)
    policy_number = models.PositiveIntegerField()
    rule = models.CharField(max_length=80)
    basis_code = models.CharField(max_length=40)
    basis = models.CharField(max_length=300)
    promises = models.JSONField(default=list)
    until = models.DateField(null=True)
    event = models.CharField(max_length=60, blank=True)
    review_on = models.DateField(null=True)
    afterwards = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    kept_at = models.DateTimeField()
    intent = models.PositiveBigIntegerField(null=True, help_text="The ledger's segment written before it is erased.")
    looked_at = models.DateField(null=True, help_text="The last day on which it was looked at and had to stay.")
    ended_at = models.DateTimeField(null=True)

    EMPTIED: ClassVar[str] = "nothing_refers_to_it"
    """The event that an emptied row waits for, whose place is needed by rows that refer to it: nothing of the person is in it."""

    objects: ClassVar[KeptRecordQuerySet] = KeptRecordQuerySet.as_manager()  # type: ignore[assignment]  # django-stubs widens it to Manager

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("subject_request", "source", "digest"), name="one_kept_record_per_request"),
        ]
        indexes = [
            models.Index(fields=("until",), name="records_that_stay", condition=models.Q(state="waiting")),
            models.Index(fields=("intent",), name="records_by_intent", condition=models.Q(intent__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.collection} {self.digest[:12]} {self.until or self.event}"

    @property
    def is_shell(self) -> bool:
        """Whether its row was emptied and goes once nothing refers to it."""
        return self.event == self.EMPTIED


class ErasedIdentity(models.Model):
    """The keyed hash of an identifier whose person was erased: how their coming back, by a restore or an import, is noticed."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="erased_identities")
    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.SET_NULL, null=True)
    kind = models.CharField(max_length=20)
    digest = models.CharField(max_length=70)
    erased_at = models.DateTimeField()
    is_back_since = models.DateTimeField(null=True, help_text="When it was last found in a source again.")

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=("shop", "digest"), name="one_erased_identity_per_shop")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
