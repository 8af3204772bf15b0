"""The answer as files, sealed in the storage, until they expire; and every letter that was issued, for the evidence."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from dsr.models.subject_request import SubjectRequest


class Package(models.Model):
    """All files of one answer, made from one frozen snapshot."""

    subject_request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="package")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    records = models.PositiveIntegerField()
    manifest_sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"package of {self.subject_request_id}"

    def is_expired(self, now: datetime) -> bool:
        """True when the person must ask for it again."""
        return now >= self.expires_at


class PackageFile(models.Model):
    """One file of a package; ``stored_as`` names the sealed file in the storage."""

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=250)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(null=True)
    stored_as = models.CharField(max_length=250)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=("package", "name"), name="one_file_per_name")]

    def __str__(self) -> str:
        return self.name


class IssuedLetter(models.Model):
    """One letter as it was issued: number 1 as the plan was carried out, a new one whenever somebody who got the data answers.

    ``content`` is the letter without what people typed, so it names nobody but the request and its recipients. The person's own
    files are those of the newest; ``sha256`` is of the canonical JSON of ``content``, and stands in the audit log.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="issued_letters")
    number = models.PositiveIntegerField()
    issued_at = models.DateTimeField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("subject_request", "number")
        constraints = [
            models.UniqueConstraint(fields=("subject_request", "number"), name="one_letter_per_number"),
        ]

    def __str__(self) -> str:
        return f"letter {self.number} of {self.subject_request_id}"
