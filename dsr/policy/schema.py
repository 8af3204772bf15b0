"""A policy profile: what one shop promised, in record classes, data categories and facts, never in tables."""

from __future__ import annotations

from dataclasses import dataclass, field

from dsr.policy import terms


@dataclass(frozen=True, slots=True)
class Contacts:
    """Every published way to reach the shop. ``phones`` are E.164."""

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    phone_hours: str = ""
    postal_address: tuple[str, ...] = ()
    website: str = ""
    policy_url: str = ""
    promises: terms.Promises = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """One of the policy's own categories. A collection belongs to the first one that names its record class, else to the
    first that names a parent of one of its data categories, else to the last category of the profile."""

    key: str
    title: str
    sentence: str
    purpose: str = ""
    recipients: tuple[str, ...] = ()
    record_classes: tuple[str, ...] = ()
    data_categories: tuple[str, ...] = ()
    promises: terms.Promises = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One shop's promises. ``promised`` are clocks of its own; statutes come from ``clocks``."""

    shop: str
    name: str
    reference_prefix: str
    time_zone: str
    country: str
    categories: tuple[Category, ...]
    accent: str = "#334155"
    locale: str = "en-US"
    contacts: Contacts = field(default_factory=Contacts)
    rights: tuple[terms.Right, ...] = ()
    record_retention_days: int = 90
    package_days: int = 14
    revision: terms.Revision = field(default_factory=terms.Revision)
    age: terms.AgeLine | None = None
    subject_classes: tuple[terms.SubjectClass, ...] = ()
    message_classes: tuple[terms.MessageClass, ...] = ()
    message_channels: tuple[terms.MessageChannel, ...] = ()
    recipients: tuple[terms.Recipient, ...] = ()
    retention: tuple[terms.RetentionRule, ...] = ()
    blockers: tuple[terms.BlockerRule, ...] = ()
    backups: tuple[terms.BackupSet, ...] = ()
    never_export: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()
    """Codes of the statutes that may apply to the shop's customers; of unknown residence the strictest of them."""
    promised: terms.Promised = field(default_factory=terms.Promised)
    escalation: terms.Escalation = field(default_factory=terms.Escalation)
    on_policy_change: terms.NoticeDuty = field(default_factory=terms.NoticeDuty)
    on_sale: terms.NoticeDuty = field(default_factory=terms.NoticeDuty)
    approval: terms.Approval = field(default_factory=terms.Approval)
    statements: tuple[terms.Statement, ...] = ()
    duties: tuple[terms.Duty, ...] = ()
    not_offered: tuple[terms.NotOffered, ...] = ()
    placed: tuple[terms.Placed, ...] = ()
    """Every place in the file that names a promise."""

    def right(self, code: str) -> terms.Right | None:
        """The right of that code, if the shop offers it."""
        return next((right for right in self.rights if right.code == code and right.is_offered), None)

    def names(self, record_class: str, data_categories: tuple[str, ...]) -> bool:
        """Whether a category speaks of the record class, or of a parent of one of the data categories."""
        if any(record_class and record_class in category.record_classes for category in self.categories):
            return True
        parents = [parent for category in self.categories for parent in category.data_categories]
        return any(f"{name}.".startswith(f"{parent}.") for name in data_categories for parent in parents)

    def category_of(self, record_class: str, data_categories: tuple[str, ...]) -> Category:
        """Where a collection with this record class and these data categories is shown."""
        for category in self.categories:
            if record_class and record_class in category.record_classes:
                return category
        for category in self.categories:
            for parent in category.data_categories:
                if any(name == parent or name.startswith(parent + ".") for name in data_categories):
                    return category
        return self.categories[-1]
