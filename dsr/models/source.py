"""A connected place where a shop keeps data, and its answer to one request."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db import models

from dsr.models.shop import Shop
from dsr.models.subject_request import SubjectRequest


class Source(models.Model):
    """One place of a shop. A database's address holds a password, so it is sealed and never shown again."""

    class Kind(models.TextChoices):
        """How it is read."""

        SQL = "sql", "Database"
        FILE = "file", "Files"
        MANUAL = "manual", "A person"

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="sources")
    name = models.SlugField(max_length=60)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.SQL)
    sealed_url = models.BinaryField()
    sealed_write_url = models.BinaryField(null=True, help_text="Of a role that may also write; reading never uses it.")
    sealed_files = models.BinaryField(null=True, help_text="The folder in which the files lie that its rows name.")
    host = models.CharField(max_length=200, help_text="Shown to staff instead of the address.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("shop", "name")
        constraints = [models.UniqueConstraint(fields=("shop", "name"), name="one_source_per_name")]

    def __str__(self) -> str:
        return f"{self.shop.slug}/{self.name}"


class DatasetVersion(models.Model):
    """How a source is described from a moment on. Immutable: a run keeps the version it searched by.

    Every version was published; what is still being worked on is a ``DatasetDraft``, by which nobody is searched for.

    ``description`` is what screens and papers need of it, already resolved: a title, and a list of collections, each with
    its title, record class, and fields with labels, types and data categories.
    """

    class Origin(models.TextChoices):
        """Where its texts come from."""

        GIVEN = "given", "Texts given"
        CLASSIFIED = "classified", "Classified"
        AGAIN = "again", "Older version published again"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    dataset_name = models.CharField(max_length=200)
    dataset_text = models.TextField()
    overlay_name = models.CharField(max_length=200, blank=True)
    overlay_text = models.TextField(blank=True)
    description = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, help_text="Nobody: a command.")
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.GIVEN)
    repeats = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, help_text="Published again: which one.")

    class Meta:
        ordering = ("source", "number")
        constraints = [models.UniqueConstraint(fields=("source", "number"), name="one_dataset_version_per_number")]

    def __str__(self) -> str:
        return f"{self.source} version {self.number}"

    @cached_property
    def collections(self) -> dict[str, dict[str, Any]]:
        """The described collections by name, in the dataset's order."""
        return {each["name"]: each for each in self.description["collections"]}


class SourceRunQuerySet(models.QuerySet["SourceRun"]):
    """Questions about answers."""

    def unanswered(self) -> SourceRunQuerySet:
        """Sources that have not given their answer yet, failed ones included."""
        return self.exclude(state__in=(SourceRun.State.DONE, SourceRun.State.LEFT_OUT))


class SourceRun(models.Model):
    """One source's answer to one request: how many rows it found, or why it could not say."""

    class State(models.TextChoices):
        """Failed means parked after the last try; a temporary fault stays queued and shows its reason.

        Left out: staff decided to go on without a source that was disconnected before it answered. The copy says so.
        """

        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Searching"
        DONE = "done", "Searched"
        FAILED = "failed", "Failed"
        LEFT_OUT = "left_out", "Not searched"

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="source_runs")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="runs")
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    records = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Rows by collection, every declared one named.")
    held = models.JSONField(default=dict, help_text="By collection and field: how many values stayed in the shop.")
    tries = models.PositiveIntegerField(default=0)
    rounds = models.PositiveSmallIntegerField(default=0, help_text="How often it answered, each time knowing more.")
    searched_by = models.JSONField(default=list, help_text="Keyed hashes of the learnt identities it was searched by.")
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[SourceRunQuerySet] = SourceRunQuerySet.as_manager()  # type: ignore[assignment]  # django-stubs widens it to Manager

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=("subject_request", "source"), name="one_run_per_source")]

    def __str__(self) -> str:
        return f"{self.subject_request} {self.source.name}"
