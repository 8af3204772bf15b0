"""A dump of our database that was taken before a person was forgotten, opened with the key ring as it is afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from dsr import crypto
from dsr.keyring import KeyDestroyed, KeyRing
from dsr.models import DoubtPosition, Job, KeptRecord, Notice, Shop, Source, SubjectRequest
from dsr.workflow import chunks, daily, finishing, forgetting, kept_rows, notices, queue, sealing
from tests.doubts import conftest as doubtful
from tests.erasing.conftest import carry_out, connected, url, wanted, wish  # noqa: F401  (fixtures)
from tests.own.attack import found_in, keys_in
from tests.own.dumps import as_text, dump, restored
from tests.own.scene import CANARIES, whole_request
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

LATER = timedelta(days=400)


def files_below(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.django_db(transaction=True)
def test_an_old_dump_and_the_ring_as_it_is_now_say_nothing_of_who_was_forgotten(
    own_ring: KeyRing, source: Source, owner: User, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    subject_request = whole_request(source, owner)
    old_dump, old_ring = dump(tmp_path, "old.dump"), keys_in(own_ring.path)
    old_files = Path(shutil.copytree(default_storage.path(str(subject_request.public_id)), tmp_path / "files"))
    places = [as_text(old_dump), *files_below(old_files)]
    # The scan is real: with the ring as it was then it reads everything, without a ring nothing.
    assert found_in(places, CANARIES, old_ring) == set(CANARIES)
    assert found_in(places, CANARIES, set()) == set()

    assert confirms(places[0], own_ring, "small-shop", "ada@example.com")

    the_nights_work(timezone.now() + LATER)

    assert not confirms(places[0], own_ring, "small-shop", "ada@example.com")
    assert found_in(places, CANARIES, keys_in(own_ring.path)) == set()
    left = [
        as_text(dump(tmp_path, "new.dump")),
        *files_below(Path(default_storage.path(str(subject_request.public_id)))),
    ]
    assert found_in(left, CANARIES, old_ring) == set()
    assert found_in([caplog.text.encode()], CANARIES, old_ring) == set()
    with restored(old_dump):
        nothing_opens(SubjectRequest.objects.get(pk=subject_request.pk))
        assert_the_page_says_forgotten(subject_request, owner)


@pytest.mark.django_db(transaction=True)
def test_an_erasures_old_dump_says_nothing_either(
    own_ring: KeyRing,
    wanted: SubjectRequest,  # noqa: F811  (a fixture)
    owner: User,
    now: datetime,
    tmp_path: Path,
) -> None:
    carry_out(wanted, owner, now)
    assert wanted.state == "fulfilled"
    of_ada = CANARIES[:5]
    old_dump, old_ring = as_text(dump(tmp_path, "old.dump")), keys_in(own_ring.path)
    assert found_in([old_dump], of_ada, old_ring) >= {"ada@example.com", "Ada Lovelace", "called back"}
    assert found_in([old_dump], of_ada, set()) == set()

    the_nights_work(timezone.now() + LATER)

    assert found_in([old_dump], of_ada, keys_in(own_ring.path)) == set()
    assert found_in([as_text(dump(tmp_path, "new.dump"))], of_ada, old_ring) == set()


@pytest.mark.django_db(transaction=True)
def test_an_old_dump_does_not_say_which_row_an_erasure_kept_though_it_stays_on(
    own_ring: KeyRing,
    connected: Source,  # noqa: F811  (a fixture)
    url: str,  # noqa: F811
    owner: User,
    now: datetime,
    tmp_path: Path,
) -> None:
    newsletters = {**KEEPING, "key": "letters", "record_classes": ["newsletter_subscription"], "at_once": []}
    going = {**GOING, "record_classes": ["account", "gift_recipient"]}
    promise(connected.shop, now, retention=[KEEPING, newsletters, going])
    wanted = carry_out(wish(connected.shop, owner, now), owner, now)  # noqa: F811
    assert wanted.state == "fulfilled"
    kept = KeptRecord.objects.waiting().filter(collection="newsletter")
    assert kept.count() == 1
    old_dump, old_ring = as_text(dump(tmp_path, "old.dump")), keys_in(own_ring.path)
    assert "ada@example.com" in found_in([old_dump], CANARIES[:5], old_ring)

    the_nights_work(timezone.now() + LATER)

    assert found_in([old_dump], CANARIES[:5], keys_in(own_ring.path)) == set()
    # It stays, and its time will come: the row is known by a seal of this month, in the database as it is now.
    assert "ada@example.com" in found_in([as_text(dump(tmp_path, "new.dump"))], CANARIES[:5], keys_in(own_ring.path))
    kept.update(state=KeptRecord.State.FINISHED)
    forgetting.forget_expired(timezone.now() + LATER + LATER)
    assert found_in([as_text(dump(tmp_path, "last.dump"))], CANARIES[:5], keys_in(own_ring.path)) == set()


@pytest.mark.django_db(transaction=True)
def test_a_kept_record_when_a_dump_is_older_than_its_key_then_somebody_is_told(
    own_ring: KeyRing,
    wanted: SubjectRequest,  # noqa: F811  (a fixture)
    owner: User,
    now: datetime,
) -> None:
    carry_out(wanted, owner, now)
    own_ring.destroy_months_before((now + LATER).date())
    kept_rows.seal_anew((now + LATER).date().replace(day=1), now + LATER)

    report = finishing.finish(wanted.shop, now=now + 10 * LATER, execute=True)

    assert report.unreadable[("shop", "orders")] == 2
    assert report.erased.total() == 0
    finishing.finish(wanted.shop, now=now + 10 * LATER, execute=True, let_go=True)
    assert KeptRecord.objects.waiting().count() == 0


def confirms(dump: bytes, ring: KeyRing, shop: str, address: str) -> bool:
    """Whether somebody who tries an address finds its hash in the dump, under any key that the ring holds."""
    keys = keys_in(ring.path)
    tried = [crypto.keyed_hash(key, shop=shop, kind="email", value=address) for key in keys]
    return any(each.encode() in dump for each in tried)


@pytest.mark.django_db(transaction=True)
def test_an_old_dump_says_nothing_of_a_value_that_was_in_doubt(
    own_ring: KeyRing, shop: Shop, erasing_database: str, settings: Settings, tmp_path: Path
) -> None:
    canary, now = "A-canary-77341", timezone.now()
    settings.DSR_MOST_DOUBTS = 1  # So that the look stops behind it, and where it stopped is a key as well.
    doubtful.in_postgresql(erasing_database, "DROP SCHEMA public CASCADE")
    doubtful.in_postgresql(erasing_database, "CREATE SCHEMA public")
    doubtful.in_postgresql(erasing_database, doubtful.SCHEMA.replace("C-1", canary))
    source = doubtful.connect(shop, erasing_database, now, "collections:\n" + doubtful.ONLY_ADDRESSES)
    doubtful.look(source, now)
    assert canary in doubtful.waiting(source)[0]
    assert DoubtPosition.objects.exclude(key_month=None).exists()
    old_dump, old_ring = as_text(dump(tmp_path, "old.dump")), keys_in(own_ring.path)
    assert found_in([old_dump], [canary], old_ring) == {canary}
    assert found_in([old_dump], [canary], set()) == set()

    the_nights_work(now + LATER)

    assert found_in([old_dump], [canary], keys_in(own_ring.path)) == set()
    assert found_in([as_text(dump(tmp_path, "new.dump"))], [canary], keys_in(own_ring.path) | old_ring) == set()


def the_nights_work(now: datetime) -> None:
    """As the worker does it in that night."""
    daily.ask(now)
    for kind, work in (("forget_expired", daily.forget), ("tidy_up", daily.tidy_up)):
        queue.perform(Job.objects.get(kind=kind).pk, work, queue.leave_it_parked, lambda: now)
    assert set(Job.objects.filter(kind__in=("forget_expired", "tidy_up")).values_list("state", flat=True)) == {"done"}


def nothing_opens(subject_request: SubjectRequest) -> None:
    """By our own code, in the restored database."""
    assert bytes(subject_request.wrapped_key) != b""
    (run, *_) = subject_request.source_runs.filter(chunks__isnull=False)
    for look in (
        lambda: sealing.person_of(subject_request, "US"),
        lambda: list(chunks.read(run, "customers")),
        lambda: notices.read(Notice.objects.filter(subject_request=subject_request)[0]),
    ):
        with pytest.raises(KeyDestroyed):
            look()


def assert_the_page_says_forgotten(subject_request: SubjectRequest, owner: User) -> None:
    desk = Client()
    desk.force_login(owner)
    page = desk.get(f"/staff/requests/{subject_request.reference}/").content.decode()
    assert "has been forgotten" in page
    assert [each for each in CANARIES if each in page] == []
