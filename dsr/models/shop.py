"""A shop, what it promised, and who works on its requests."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Shop(models.Model):
    """One brand with its own published policy, sources and mailboxes."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """What a shop promised from a moment on. Immutable, and the database keeps it so: a request keeps the version in force
    when it was received."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="policy_versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=40, help_text="Who, as the audit log says it: command, staff:7.")
    in_force_from = models.DateTimeField()
    is_material = models.BooleanField(default=False, help_text="Customers had to be told of the change.")
    notice_proofs = models.JSONField(default=list, help_text="Where and on which day customers were told of it.")

    class Meta:
        ordering = ("shop", "number")
        constraints = [models.UniqueConstraint(fields=("shop", "number"), name="one_policy_version_per_number")]

    def __str__(self) -> str:
        return f"{self.shop.slug} {self.number}"


class Membership(models.Model):
    """What a member of staff may do, in one shop or (``shop`` empty) in all of them."""

    class Role(models.TextChoices):
        """Each may do what the one before it may: a reviewer works on requests; accounts also opens what was found about
        erased people whose records must stay; an owner also connects sources and sees everything."""

        REVIEWER = "reviewer", "Reviewer"
        ACCOUNTS = "accounts", "Accounts"
        OWNER = "owner", "Owner"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("user", "shop"), name="one_role_per_shop", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"
