"""All settings, from the environment, with typed readers that refuse what they do not understand.

Importing this file starts nothing and reads no database. ``manage.py``, ``wsgi.py`` and the tests call
``embedded.prepare_environment`` first, which fills in the database addresses when none were given.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """A setting as text; ``NAME_FILE`` may name a file that holds it instead."""
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else os.environ.get(name, default)


def env_bool(name: str, default: bool) -> bool:
    """1 or 0, true or false; anything else is a mistake worth stopping for."""
    text = env(name, "1" if default else "0").lower()
    if text not in {"1", "0", "true", "false"}:
        raise ImproperlyConfigured(f"{name} is {text!r}; write 1 or 0.")
    return text in {"1", "true"}


def env_list(name: str, default: str = "") -> list[str]:
    """Words separated by commas."""
    return [word.strip() for word in env(name, default).split(",") if word.strip()]


def database(name: str) -> dict[str, Any]:
    """Django's description of the PostgreSQL at the address in ``name``."""
    try:
        parts = conninfo_to_dict(env(name) or "postgresql://dsr_app@127.0.0.1:1/dsr")
    except ProgrammingError:
        raise ImproperlyConfigured(f"{name} is not an address such as postgresql://user:password@host/name.") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "dsr"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        # Never psycopg's pool: a worker forks, and two processes on one socket read each other's rows.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # A database machine that vanishes says no goodbye; what the address itself says of this goes first.
        "OPTIONS": {"connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 60_000, **parts},
    }


VAR = Path(env("DSR_VAR", str(BASE_DIR / "var")))
DSR_DEMO = env_bool("DSR_DEMO", False)
_LEDGER = env("DSR_LEDGER", str(VAR / "ledger"))
DSR_LEDGER = _LEDGER if _LEDGER.startswith("s3://") else Path(_LEDGER)
DSR_KEYRING = Path(env("DSR_KEYRING", str(VAR / "keys" / "keyring.json")))
DSR_ANCHORS = Path(env("DSR_ANCHORS", str(VAR / "anchors")))
DSR_BASE_URL = env("DSR_BASE_URL", "http://127.0.0.1:8000")
DSR_LINK_HOURS = 72
# What one source may give for one person. The seconds stay below the time after which a worker is ended (Q_CLUSTER).
DSR_MOST_ROWS = int(env("DSR_MOST_ROWS", "1000000"))
DSR_MOST_MEGABYTES = int(env("DSR_MOST_MEGABYTES", "2000"))
DSR_MOST_SECONDS = int(env("DSR_MOST_SECONDS", "800"))
# What one night may erase of a table because its time is over, in percent: more is more likely a wrong date than the law.
DSR_MOST_FINISHED_PERCENT = int(env("DSR_MOST_FINISHED_PERCENT", "5"))
# How many values that may be wrong, old or missing wait for the staff of one shop at most.
DSR_MOST_DOUBTS = int(env("DSR_MOST_DOUBTS", "50"))
# Whether the program of a recipient may stand in our own network: in earnest a policy could lead a worker anywhere in there.
DSR_PRIVATE_WEBHOOKS = DSR_DEMO

PLAIN_HTTP = DSR_DEMO or env_bool("DSR_PLAIN_HTTP", False)


def secret_key() -> str:
    """From the environment, else the file that ``manage.py init_keys`` made, else a value no check accepts."""
    file = VAR / "keys" / "secret_key"
    return env("DSR_SECRET_KEY") or (file.read_text().strip() if file.exists() else "insecure-until-init_keys-ran")


SECRET_KEY = secret_key()
SECRET_KEY_FALLBACKS = env_list("DSR_SECRET_KEY_FALLBACKS")
DEBUG = False
ALLOWED_HOSTS = env_list("DSR_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("DSR_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "dsr.apps.DsrConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "django_q",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "dsr.web.middleware.NoNullCharacters",
    "dsr.web.restored.ClosedWhileRestored",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dsr.web.middleware.PrivatePages",
]
ROOT_URLCONF = "dsr.urls"
WSGI_APPLICATION = "dsr.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dsr.web.context.site",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": database("DATABASE_URL")}
APP_ROLE = DATABASES["default"]["USER"]
DATABASE_OWNER = database("DATABASE_OWNER_URL" if env("DATABASE_OWNER_URL") else "DATABASE_URL")
if env("DSR_DATABASE_ROLE") == "owner":
    DATABASES = {"default": DATABASE_OWNER}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    # Django's 300 entries would be culled while they still count somebody's tries.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "dsr_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # The cluster writes its status twice a second, and its word about its own health is worth nothing (run_worker).
    "cluster_status": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

# The queue is transport only; the guarantees are the Job rows' (workflow/queue.py). A retry must outlast the time-out of
# everything a worker has fetched, or a slow job runs twice. Successes are not kept: our own rows say what was done.
DSR_WORKERS = int(env("DSR_WORKERS", "2"))
Q_CLUSTER = {
    "name": "dsr",
    "orm": "default",
    "cache": "cluster_status",
    "workers": DSR_WORKERS,
    "bulk": 1,
    "queue_limit": 1,
    "poll": 0.1,
    "timeout": 900,
    "retry": 3600,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "recycle": 500,
    "max_rss": 600_000,
    "catch_up": False,
    "scheduler": False,
    "log_level": "WARNING",
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR / "packages"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/staff/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "dsr.web.accounts.ClosedAccounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"

EMAIL_BACKEND = env("DSR_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env("DSR_EMAIL_HOST", "localhost")
EMAIL_PORT = int(env("DSR_EMAIL_PORT", "25"))
EMAIL_HOST_USER = env("DSR_EMAIL_USER")
EMAIL_HOST_PASSWORD = env("DSR_EMAIL_PASSWORD")
EMAIL_USE_TLS = env_bool("DSR_EMAIL_TLS", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DSR_FROM_EMAIL", "privacy@localhost")

SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = not PLAIN_HTTP
SECURE_HSTS_PRELOAD = not PLAIN_HTTP
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not PLAIN_HTTP
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DSR_BEHIND_PROXY = env_bool("DSR_BEHIND_PROXY", False)
ALLAUTH_TRUSTED_PROXY_COUNT = int(DSR_BEHIND_PROXY)
if DSR_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
# One form field may hold 1 MB; a larger one is refused before anything reads it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "dsr.web.log_lines.WithoutSecrets",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("DSR_LOG_LEVEL", "WARNING")},
    "loggers": {"dsr": {"level": "INFO"}},
}
