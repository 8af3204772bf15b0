"""The settings of the tests: the app's own, on the embedded database. pytest-django reads this before any conftest.

The suite runs as the owner of the tables, because its flush truncates them; what the app's own role may not do has tests of
its own. Keys, anchors and packages live in a folder of the session, and each test has a ledger of its own (``conftest.py``).
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from dsr import embedded

os.environ.setdefault("DSR_PLAIN_HTTP", "1")
os.environ["DSR_DATABASE_ROLE"] = "owner"
embedded.prepare_environment(Path(__file__).resolve().parent.parent)

from dsr.settings import *  # noqa: E402, F403  (the addresses above must stand first)

SESSION_FOLDER = Path(tempfile.mkdtemp(prefix="dsr-tests-"))
atexit.register(shutil.rmtree, SESSION_FOLDER, ignore_errors=True)
DSR_KEYRING = SESSION_FOLDER / "keyring.json"
DSR_LEDGER = SESSION_FOLDER / "ledger"
DSR_ANCHORS = SESSION_FOLDER / "anchors"
DSR_PRIVATE_WEBHOOKS = True
DSR_BASE_URL = "https://privacy.example"
SECRET_KEY = "only-for-the-tests-of-this-session"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": SESSION_FOLDER}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STATIC_ROOT = SESSION_FOLDER / "static"
STATIC_ROOT.mkdir()
