"""What a search itself taught: identifiers that rows of the person revealed, and questions that only staff can answer."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from dsr.models.source import Source
from dsr.models.subject_request import SubjectRequest


class LearntIdentity(models.Model):
    """An identifier that a row of the person revealed (a former e-mail address), by which other places are searched.

    It is kept apart from what the person said: nothing is ever sent to a learnt address.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="learnt_identities")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    via = models.CharField(max_length=300, help_text="The collection and column that revealed it.")
    step = models.PositiveSmallIntegerField(help_text="Counted at its source: 1 by what it was first told.")
    kind = models.CharField(max_length=20)
    digest = models.CharField(max_length=70)
    sealed = models.BinaryField()
    learnt_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("subject_request", "source", "digest"), name="one_learnt_identity_per_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_request_id} by {self.via}"


class MatchQuestionQuerySet(models.QuerySet["MatchQuestion"]):
    """Questions about questions."""

    def unanswered(self) -> MatchQuestionQuerySet:
        """Those that wait for staff."""
        return self.filter(answer="")


class MatchQuestion(models.Model):
    """*Same person?* A row that agrees with the person only weakly. It is searched no further before staff say so."""

    class Answer(models.TextChoices):
        """What staff decided."""

        SAME = "same", "The same person"
        OTHER = "other", "Somebody else"

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="match_questions")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    collection = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="Keyed hash of the row's answerable content.")
    sealed = models.BinaryField(help_text="The fields that agree and differ, and what an acceptance would add.")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    answered_at = models.DateTimeField(null=True)

    objects: ClassVar[MatchQuestionQuerySet] = MatchQuestionQuerySet.as_manager()  # type: ignore[assignment]  # django-stubs widens it to Manager

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("subject_request", "source", "digest"), name="one_question_per_match"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_request_id}: same person in {self.collection}?"
