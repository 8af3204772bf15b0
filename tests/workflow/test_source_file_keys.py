"""Files that staff handed in as a source: readable for as long as they are there, and in no old dump for long."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from dsr import crypto
from dsr.keyring import KeyRing
from dsr.models import Shop, Source, SourceFile
from dsr.sources import files
from dsr.sources.base import SourceError
from dsr.workflow import forgetting, sealing, source_files
from tests.own.attack import found_in, keys_in

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=200)
ADA, BELA = b"email,name\nada@example.com,Ada Lovelace\n", b"email,name\nbela@example.org,Bela Bartok\n"
SECRETS = ("ada@example.com", "Ada Lovelace")


@pytest.fixture
def uploaded(own_ring: KeyRing, shop: Shop, owner: User) -> Source:
    """A customer list that was handed in."""
    draft = source_files.connect_uploaded(shop, name="list", contents={"people.csv": ADA}, user=owner, now=NOW)
    return draft.source


def contents(source: Source) -> dict[str, bytes]:
    """As the source reads them."""
    return dict(files.Uploads.read(str(source.files.values_list("place", flat=True)[0])))


def as_stored(file: SourceFile) -> list[bytes]:
    """What a dump of our database holds of it."""
    return [bytes(file.sealed), bytes(file.wrapped_key or b"")]


def test_a_file_is_wrapped_anew_before_its_months_key_is_destroyed(uploaded: Source, own_ring: KeyRing) -> None:
    before = uploaded.files.get()
    assert before.key_month == date(2026, 6, 1)

    told = forgetting.forget_expired(LATER)

    after = uploaded.files.get()
    assert "2026-06" in told.months
    assert (after.key_month, after.sealed == before.sealed) == (date(2027, 1, 1), True)
    assert contents(uploaded) == {"people.csv": ADA}


def test_what_was_replaced_opens_in_no_old_dump(uploaded: Source, owner: User, own_ring: KeyRing) -> None:
    old_dump, old_ring = as_stored(uploaded.files.get()), keys_in(own_ring.path)
    assert found_in(old_dump, SECRETS, old_ring) == set(SECRETS)
    source_files.replace(uploaded, contents={"people.csv": BELA}, user=owner, now=NOW)

    forgetting.forget_expired(LATER)

    assert found_in(old_dump, SECRETS, keys_in(own_ring.path)) == set()
    assert contents(uploaded) == {"people.csv": BELA}


def test_a_file_from_before_files_had_keys_gets_one(uploaded: Source, own_ring: KeyRing) -> None:
    file = uploaded.files.get()
    version, key = sealing.ring().latest("credentials")
    sealed = version.encode() + b":" + crypto.seal(key, ADA, context=f"source-file:{file.place}:{file.name}")
    SourceFile.objects.filter(pk=file.pk).update(sealed=sealed, key_month=None, wrapped_key=None)
    assert contents(uploaded) == {"people.csv": ADA}

    forgetting.forget_expired(NOW)

    assert uploaded.files.get().key_month == date(2026, 6, 1)
    assert contents(uploaded) == {"people.csv": ADA}
    assert found_in(as_stored(uploaded.files.get()), SECRETS, {key}) == set()


def test_wrapping_twice_wraps_once(uploaded: Source) -> None:
    month = forgetting.month_of(LATER)

    assert [source_files.wrap_anew(month, LATER) for _ in range(2)] == [1, 0]


def test_after_a_restore_a_file_whose_key_went_says_so_and_stops_no_night(
    uploaded: Source, owner: User, own_ring: KeyRing
) -> None:
    own_ring.destroy_months_before(date(2026, 7, 1))

    forgetting.forget_expired(LATER)

    with pytest.raises(SourceError, match="its key is destroyed"):
        contents(uploaded)
    assert own_ring.months_before(forgetting.month_of(LATER)) == []
    source_files.replace(uploaded, contents={"people.csv": BELA}, user=owner, now=LATER)
    assert contents(uploaded) == {"people.csv": BELA}
