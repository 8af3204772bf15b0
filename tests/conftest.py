"""The cast: two people with fixed roles in a small shop of their own. Ada asks; Bela's rows must never appear or change."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from dsr import jobs
from dsr.demo.build import END_SESSIONS
from dsr.keyring import KeyRing
from dsr.lifecycle import RequestType
from dsr.models import Job, Membership, Shop, Source, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import connections, intake, shops
from dsr.workflow.actors import COMMAND, staff
from tests.mariadb import mariadb_server, mariadb_url  # noqa: F401  (fixtures for every folder)
from tests.own_ring import own_ring  # noqa: F401  (likewise)

ADA = Identity(IdentityKind.EMAIL, "ada@example.com")
BELA = Identity(IdentityKind.EMAIL, "bela@example.org")
SHOP_DATABASE = f"small_shop_{os.getpid()}"
ERASING_DATABASE = f"erasing_shop_{os.getpid()}"
HERE = Path(__file__).parent
_LEDGERS = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def keys() -> KeyRing:
    """The key ring of this session."""
    return KeyRing.create(django_settings.DSR_KEYRING, demo=True)


@pytest.fixture(autouse=True)
def own_ledger(settings: Settings) -> None:
    """A ledger of the test's own: its rows are taken back at its end, and with its entries left that would be a restore."""
    settings.DSR_LEDGER = django_settings.SESSION_FOLDER / "ledgers" / str(next(_LEDGERS))


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 1, 6, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def shop_url() -> Iterator[str]:
    """A real database with the small shop in it: customers, orders, lines, a gift, a newsletter."""
    server = os.environ["DEMO_SHOPS_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {SHOP_DATABASE}")
        connection.execute(f"CREATE DATABASE {SHOP_DATABASE}")
    url = server.rpartition("/")[0] + f"/{SHOP_DATABASE}"
    with psycopg.connect(url) as connection:
        connection.execute((HERE / "small_shop" / "schema.sql").read_text())
    yield url
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(END_SESSIONS, [SHOP_DATABASE])
        connection.execute(f"DROP DATABASE {SHOP_DATABASE}")


@pytest.fixture(scope="session")
def erasing_database() -> Iterator[str]:
    """An empty database for a shop that tests may change."""
    server = os.environ["DEMO_SHOPS_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {ERASING_DATABASE}")
        connection.execute(f"CREATE DATABASE {ERASING_DATABASE}")
    yield server.rpartition("/")[0] + f"/{ERASING_DATABASE}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(END_SESSIONS, [ERASING_DATABASE])
        connection.execute(f"DROP DATABASE {ERASING_DATABASE}")


@pytest.fixture
def shop(db: None, now: datetime) -> Shop:
    return shops.add_shop(slug="small-shop", name="Small Shop", actor=COMMAND, now=now)


@pytest.fixture
def source(shop: Shop, shop_url: str, now: datetime) -> Source:
    return connect(shop, "shop", shop_url, now)


@pytest.fixture
def other_shop(db: None, now: datetime) -> Shop:
    return shops.add_shop(slug="other-shop", name="Other Shop", actor=COMMAND, now=now)


@pytest.fixture
def owner(db: None) -> User:
    user = User.objects.create_user("olga")
    shops.give_role(user, Membership.Role.OWNER)
    return user


@pytest.fixture
def reviewer(shop: Shop) -> User:
    user = User.objects.create_user("rita")
    shops.give_role(user, Membership.Role.REVIEWER, shop)
    return user


@pytest.fixture
def asked(source: Source, owner: User, now: datetime) -> SubjectRequest:
    """Ada's request, her identity proved to staff, nothing gathered yet."""
    return ask(source.shop, ADA, now, owner)


@pytest.fixture
def gathered(asked: SubjectRequest) -> SubjectRequest:
    """Ada's request in review."""
    work_off(asked)
    return asked


def connect(shop: Shop, name: str, url: str, now: datetime) -> Source:
    """Connect the small shop's database under ``name``."""
    dataset, overlay = HERE / "small_shop" / "shop.yaml", HERE / "small_shop" / "shop.dsr.yaml"
    made, _ = connections.add_source(
        shop,
        name=name,
        url=url,
        dataset_text=dataset.read_text(),
        dataset_name=dataset.name,
        overlay_text=overlay.read_text(),
        overlay_name=overlay.name,
        actor=COMMAND,
        now=now,
    )
    return made


def ask(shop: Shop, who: Identity, now: datetime, owner: User | None = None) -> SubjectRequest:
    """Open a request; with ``owner`` the identity is proved, without it the mail is on its way."""
    return intake.open_request(
        shop=shop,
        request_type=RequestType.ACCESS,
        identities=(who,),
        channel=SubjectRequest.Channel.PORTAL,
        proved_to=staff(owner) if owner else None,
        now=now,
    )


def work_off(subject_request: SubjectRequest, clock: Callable[[], datetime] = timezone.now) -> None:
    """Do the request's jobs here and now, each once, until none is due."""
    while job := Job.objects.filter(subject_request=subject_request, state="ready", run_after__lte=clock()).first():
        getattr(jobs, job.kind)(job.pk)
    subject_request.refresh_from_db()
