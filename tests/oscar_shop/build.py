"""Migrates and fills the Oscar shop at ``OSCAR_SHOP_URL``. Run as ``python -m tests.oscar_shop.build``, a process of its own."""

import os
import warnings

import django
from django.core.management import call_command


def main() -> None:
    """Every table by Oscar's own migrations, then everybody."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.oscar_shop.settings"
    warnings.simplefilter("ignore")
    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
    from tests.oscar_shop.people import fill  # noqa: PLC0415  (models exist only after django.setup)

    fill()


if __name__ == "__main__":
    main()
