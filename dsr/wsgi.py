"""The door for gunicorn. Starts the embedded database first when no DATABASE_URL is set.

With ``--preload`` gunicorn forks after this file: what is loaded here lies in memory once, however many workers there are.
"""

import gc
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
from django.urls import get_resolver

application = get_wsgi_application()
get_resolver().check()  # Loads every view, which the first visitor would wait for otherwise.
gc.collect()
gc.freeze()  # Otherwise each worker's first collection copies all that it shares.
