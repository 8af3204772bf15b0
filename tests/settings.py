"""The settings of the tests: the app's own, on the embedded database. pytest-django reads this before any conftest."""

from pathlib import Path

from dsr import embedded

embedded.prepare_environment(Path(__file__).resolve().parent.parent)

from dsr.settings import *  # noqa: E402, F403  (the addresses above must stand first)
