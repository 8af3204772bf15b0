import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from dsr.keyring import KeyDestroyed, KeyRing, KeyRingProblem


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing.create(tmp_path / "keys" / "ring.json")


def test_a_new_ring_is_readable_by_its_owner_alone(ring: KeyRing) -> None:
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600


def test_an_existing_ring_is_never_overwritten(ring: KeyRing) -> None:
    before = ring.path.read_bytes()

    with pytest.raises(FileExistsError):
        KeyRing.create(ring.path)

    assert ring.path.read_bytes() == before


def test_a_month_has_one_key_for_every_process(ring: KeyRing) -> None:
    first = ring.month_key(date(2026, 11, 3))

    assert KeyRing(ring.path).month_key(date(2026, 11, 30)) == first
    assert ring.month_key(date(2026, 12, 1)) != first


def test_a_destroyed_month_is_gone_from_the_file_and_not_made_anew(ring: KeyRing) -> None:
    ring.month_key(date(2026, 10, 1))
    text = ring.path.read_text()
    kept = ring.month_key(date(2026, 11, 1))

    assert ring.destroy_months_before(date(2026, 11, 1)) == ["2026-10"]

    assert ring.path.read_text() != text
    assert ring.month_key(date(2026, 11, 1)) == kept
    with pytest.raises(KeyDestroyed):
        ring.month_key(date(2026, 10, 15))


def test_a_missing_or_damaged_ring_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeyRingProblem, match="init_keys"):
        KeyRing(tmp_path / "none.json").latest("hash")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(KeyRingProblem, match="damaged"):
        KeyRing(tmp_path / "bad.json").latest("hash")


@pytest.fixture
def older_ring(ring: KeyRing) -> KeyRing:
    """A ring from before there was a ledger."""
    content = json.loads(ring.path.read_text())
    del content["ledger"]
    ring.path.write_text(json.dumps(content))
    return KeyRing(ring.path)


def test_a_new_ring_has_a_ledger_key_of_its_own(ring: KeyRing) -> None:
    content = json.loads(ring.path.read_text())
    keys = [key for section in ("hash", "credentials", "signing", "ledger") for key in content[section].values()]

    assert len(set(keys)) == 4
    assert ring.all_versions("ledger") == dict([ring.latest("ledger")])


def test_an_older_ring_gets_its_ledger_key_on_first_use_and_keeps_it(older_ring: KeyRing) -> None:
    before = json.loads(older_ring.path.read_text())
    key = older_ring.latest("ledger")

    after = json.loads(older_ring.path.read_text())
    assert KeyRing(older_ring.path).latest("ledger") == older_ring.latest("ledger") == key
    assert {**after, "ledger": None} == {**before, "ledger": None}
    assert stat.S_IMODE(older_ring.path.stat().st_mode) == 0o600


def test_an_older_ring_that_many_ask_at_once_gives_all_the_same_ledger_key(older_ring: KeyRing) -> None:
    with ThreadPoolExecutor(8) as many:
        keys = set(many.map(lambda _: KeyRing(older_ring.path).latest("ledger"), range(16)))

    assert keys == {KeyRing(older_ring.path).latest("ledger")}


def test_only_the_sections_that_are_known_are_made(older_ring: KeyRing) -> None:
    before = older_ring.path.read_bytes()

    assert older_ring.all_versions("nonsense") == {}
    assert older_ring.path.read_bytes() == before


def test_lookups_have_a_key_for_each_month_of_arrival_that_can_go(ring: KeyRing) -> None:
    (old, first), (new, second) = ring.lookup_key(date(2026, 10, 3)), ring.lookup_key(date(2026, 11, 3))
    assert (old, new, ring.lookup_key(date(2026, 10, 30))) == ("2610", "2611", (old, first))
    assert ring.lookups_before(date(2026, 11, 1)) == ["2610"]

    assert ring.destroy_lookups_before(date(2026, 11, 30)) == ["2610"]

    assert ring.lookup_keys() == {"2611": second}
    assert ring.destroy_lookups_before(date(2026, 11, 30)) == []
