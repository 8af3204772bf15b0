#!/usr/bin/env python3
"""Every command of the project. Starts the embedded database first when no DATABASE_URL is set."""

import os
import sys
from pathlib import Path

from dsr import embedded

try:
    from django.core.management import execute_from_command_line
except ImportError:
    sys.exit("Django is not here: run make setup, then .venv/bin/python manage.py ...")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dsr.settings")
    try:
        embedded.prepare_environment(Path(__file__).resolve().parent)
    except embedded.EmbeddedError as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
