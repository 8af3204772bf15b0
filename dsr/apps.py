"""The one Django app."""

from django.apps import AppConfig


class DsrConfig(AppConfig):
    """``dsr`` is the app and the project package at once."""

    name = "dsr"
    verbose_name = "Data subject requests"

    def ready(self) -> None:
        """Register the system checks."""
        from dsr import checks  # noqa: F401, PLC0415  Django's own place for it: checks need loaded models.
