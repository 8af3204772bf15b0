"""A description that is being worked on: proposed by a machine or taken from the version in force, decided by people."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models

from dsr.models.source import DatasetVersion, Source

PERSONAL = "user"
SURE = 0.9
"""Confidence from which a proposal may be confirmed in bulk."""


class DatasetDraft(models.Model):
    """What will be the next version of a source's description. Nobody is searched for by it.

    The texts are what was proposed; what people decide stands in the rows of its columns and is written into the texts
    when the draft is published.
    """

    class State(models.TextChoices):
        """Only a ready draft can be classified."""

        WRITING = "writing", "Being written"
        READY = "ready", "Ready to be classified"
        FAILED = "failed", "Could not be written"

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="draft")
    based_on = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, null=True, help_text="None: the first one.")
    state = models.CharField(max_length=10, choices=State, default=State.WRITING)
    tables_done = models.PositiveIntegerField(default=0)
    tables_total = models.PositiveIntegerField(default=0)
    dataset_name = models.CharField(max_length=200)
    dataset_text = models.TextField(blank=True)
    overlay_name = models.CharField(max_length=200, blank=True)
    overlay_text = models.TextField(blank=True)
    error_text = models.TextField(blank=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.source} draft"


class DraftCollection(models.Model):
    """A table of the draft."""

    draft = models.ForeignKey(DatasetDraft, on_delete=models.CASCADE, related_name="collections")
    position = models.PositiveIntegerField()
    dataset = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    table = models.CharField(max_length=200, help_text="As the database has it, with the schema if one is declared.")
    record_class = models.CharField(max_length=100, blank=True)
    subject_class = models.CharField(max_length=100, blank=True)
    ownership = models.CharField(max_length=20, blank=True)
    is_skipped = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    rows_estimate = models.BigIntegerField(null=True)
    question = models.TextField(blank=True, help_text="What only a person can say; empty when nothing is asked.")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=("draft", "name"), name="one_draft_collection_per_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def needs_a_person(self) -> bool:
        """Something is asked that nobody has answered."""
        return bool(self.question) and self.decided_at is None


class DraftColumn(models.Model):
    """A column of the draft: what is proposed, how surely and why, and what a person decided.

    No value of the shop's is ever stored here. ``links`` are ``[dataset, collection.field, direction]``. ``proposed`` is
    what these fields were before anybody changed them.
    """

    collection = models.ForeignKey(DraftCollection, on_delete=models.CASCADE, related_name="columns")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=100, blank=True)
    is_key = models.BooleanField(default=False)
    data_categories = models.JSONField(default=list)
    identity = models.CharField(max_length=40, blank=True)
    third_party = models.CharField(max_length=100, blank=True)
    is_never_export = models.BooleanField(default=False)
    links = models.JSONField(default=list)
    proposed = models.JSONField(default=dict)
    confidence = models.FloatField(default=0, help_text="Of the proposal, 0 to 1.")
    reason = models.TextField(blank=True)
    question = models.TextField(blank=True, help_text="What only a person can say; empty when nothing is asked.")
    is_changed = models.BooleanField(default=False)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=("collection", "name"), name="one_draft_column_per_name")]

    def __str__(self) -> str:
        return f"{self.collection}.{self.name}"

    @property
    def is_decided(self) -> bool:
        """A person, or the version this draft began from, has settled it."""
        return self.decided_at is not None

    @property
    def needs_a_person(self) -> bool:
        """Something is asked that nobody has answered."""
        return bool(self.question) and not self.is_decided

    @property
    def is_unsure(self) -> bool:
        """Nobody has settled it, and the proposal may well be wrong."""
        return not self.is_decided and self.confidence < SURE

    @property
    def is_personal(self) -> bool:
        """It says something about a person."""
        return any(each == PERSONAL or each.startswith(f"{PERSONAL}.") for each in self.data_categories)
