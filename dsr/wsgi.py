"""The door for gunicorn. Starts the embedded database first when no DATABASE_URL is set."""

import os
import sys
from pathlib import Path

from dsr import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dsr.settings")
try:
    embedded.prepare_environment(Path(__file__).resolve().parent.parent)
except embedded.EmbeddedError as error:
    sys.exit(str(error))

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
