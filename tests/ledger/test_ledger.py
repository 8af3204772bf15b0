"""What the ledger gives back, how it grows and expires, and what it does with a file that is not whole."""

import shutil
import stat
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from dsr import crypto
from dsr.ledger import Entry, Ledger, LedgerFull, LedgerProblem, LedgerTampered, New, Report
from tests.ledger.buckets import Objects
from tests.ledger.conftest import AT, KEYS, LAST_DAY, SEED, bodies, opened, segments, sign

Written = Callable[[int], Ledger]
Place = Path | Objects


def test_entries_come_back_as_they_were_appended(anywhere: Place) -> None:
    east = datetime(2026, 3, 1, 14, 30, tzinfo=timezone(timedelta(hours=2)))
    opened(anywhere).append("ada", b'{"rows": ["\xc3\xa9"]}', at=east, expires_on=LAST_DAY)

    assert list(opened(anywhere).entries()) == [Entry(1, "ada", east, LAST_DAY, b'{"rows": ["\xc3\xa9"]}')]


@pytest.mark.parametrize("shop", ["größe", 'the "best"', "a\\b", "two\nlines", ""])
def test_a_shop_of_any_name_comes_back_as_it_was_written(anywhere: Place, shop: str) -> None:
    opened(anywhere).append_many([New(shop, b"one", AT, LAST_DAY), New("ada", b"two", AT, LAST_DAY)])

    assert [(entry.shop, entry.body) for entry in opened(anywhere).entries()] == [(shop, b"one"), ("ada", b"two")]


def test_an_empty_ledger_has_no_entries_and_makes_no_folder(folder: Path) -> None:
    assert (opened(folder).length(), bodies(opened(folder))) == (0, [])
    assert opened(folder).verify() == Report(0, 0, 0, 0, "", ())
    assert not folder.exists()


def test_entries_of_one_shop_or_after_a_number_are_those_alone(filled: Written, anywhere: Place) -> None:
    filled(5)

    assert bodies(opened(anywhere), "bob") == ["erased 2", "erased 4"]
    assert bodies(opened(anywhere), after=3) == ["erased 4", "erased 5"]
    assert bodies(opened(anywhere), "ada", after=1) == ["erased 3", "erased 5"]
    assert bodies(opened(anywhere), after=5) == []
    assert bodies(opened(anywhere), after=99) == []


def test_what_was_done_cannot_be_read_without_the_key(written: Written, folder: Path) -> None:
    written(1)
    content = (folder / "00000001.json").read_bytes()

    assert b"ada" in content
    assert b"erased" not in content


def test_files_can_be_read_by_their_owner_alone(written: Written, folder: Path) -> None:
    written(1)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_many_at_once_are_numbered_in_order(filled: Written, anywhere: Place) -> None:
    ledger = filled(1)
    numbers = ledger.append_many([New("ada", f"again {n}".encode(), AT, LAST_DAY) for n in range(250)])

    assert numbers == list(range(2, 252))
    assert bodies(opened(anywhere), after=1) == [f"again {n}" for n in range(250)]
    assert ledger.append_many([]) == []
    assert ledger.append("ada", b"last", at=AT, expires_on=LAST_DAY) == 252
    assert opened(anywhere).verify() == Report(252, 1, 252, 0, "", ())


def test_two_that_are_open_at_once_write_behind_each_other(anywhere: Place) -> None:
    one, other = opened(anywhere), opened(anywhere)
    numbers = [each.append("ada", b"x", at=AT, expires_on=LAST_DAY) for each in (one, other, other, one, other)]

    assert numbers == [1, 2, 3, 4, 5]
    assert (one.length(), other.length()) == (5, 5)
    assert opened(anywhere).verify().segments == 5


def test_files_that_no_ledger_writes_do_not_matter(filled: Written, anywhere: Place) -> None:
    filled(2)
    for name in (
        "00000000.json",
        "0000000003.json",
        "00000003.json~",
        "3.json",
        "\u0663\u0663\u0663\u0663.json",
        "notes",
    ):
        (anywhere / name).write_text("{")

    assert opened(anywhere).verify() == Report(2, 1, 2, 0, "", ())
    assert opened(anywhere).append("ada", b"x", at=AT, expires_on=LAST_DAY) == 3


def test_entries_of_an_older_key_stay_readable(filled: Written, anywhere: Place) -> None:
    filled(1)
    opened(anywhere, version="2").append("ada", b"newer", at=AT, expires_on=LAST_DAY)

    assert bodies(opened(anywhere)) == ["erased 1", "newer"]


def test_a_key_ring_that_is_another_is_not_called_tampering(filled: Written, anywhere: Place) -> None:
    filled(2)
    stranger = Ledger(str(anywhere), {"1": b"another key ring's first key....."[:32]}, version="1")

    with pytest.raises(LedgerProblem, match=r"00000001\.json, line 7: .* key ring") as caught:
        bodies(stranger)

    assert not isinstance(caught.value, LedgerTampered)


def test_a_time_without_its_zone_is_a_mistake_of_the_caller(folder: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        opened(folder).append("ada", b"x", at=datetime(2026, 3, 1), expires_on=LAST_DAY)


def test_a_last_file_cut_anywhere_is_torn_and_its_number_is_used_again(written: Written, folder: Path) -> None:
    written(3)
    last = folder / "00000003.json"
    whole = last.read_bytes()

    for size in range(len(whole)):
        last.write_bytes(whole[:size])
        ledger = opened(folder)
        assert ledger.length() == 2
        assert bodies(ledger) == ["erased 1", "erased 2"]
        assert ledger.verify() == Report(2, 1, 2, 0, last.name, ())
        assert ledger.append("ada", b"once more", at=AT, expires_on=LAST_DAY) == 3
        assert (folder / "00000003.json.torn").read_bytes() == whole[:size]
        assert bodies(opened(folder)) == ["erased 1", "erased 2", "once more"]
        (folder / "00000003.json.torn").unlink()


def test_a_last_file_with_a_lost_block_is_torn(written: Written, folder: Path) -> None:
    written(2)
    last = folder / "00000002.json"
    whole = last.read_bytes()
    last.write_bytes(whole[:100] + bytes(len(whole) - 200) + whole[-100:])

    assert opened(folder).verify() == Report(1, 1, 1, 0, last.name, ())


def test_the_first_file_of_all_may_be_torn(written: Written, folder: Path) -> None:
    written(1)
    (folder / "00000001.json").write_bytes(b"{")

    assert opened(folder).length() == 0
    assert opened(folder).append("ada", b"x", at=AT, expires_on=LAST_DAY) == 1


def test_every_torn_file_of_a_number_is_kept_aside(written: Written, folder: Path) -> None:
    ledger = written(1)
    for _ in range(3):
        (folder / "00000001.json").write_bytes(b"{")
        ledger.append("ada", b"x", at=AT, expires_on=LAST_DAY)

    aside = ("00000001.json.torn", "00000001.json.torn2", "00000001.json.torn3")
    assert opened(folder).verify() == Report(1, 1, 1, 0, "", aside)


def test_an_open_ledger_notices_that_its_last_file_was_torn(written: Written, folder: Path) -> None:
    ledger = written(2)
    (folder / "00000002.json").write_bytes(b"{")

    assert ledger.append("ada", b"again", at=AT, expires_on=LAST_DAY) == 2
    assert bodies(ledger) == ["erased 1", "again"]


def test_a_ledger_shorter_than_the_caller_knows_takes_no_entry(filled: Written, anywhere: Place) -> None:
    filled(3)
    (anywhere / "00000003.json").unlink()

    with pytest.raises(LedgerTampered, match="ends with number 2, but number 3 was written"):
        opened(anywhere).append("ada", b"x", at=AT, expires_on=LAST_DAY, known=3)

    with pytest.raises(LedgerTampered, match="ends with number 2, but number 3 was written"):
        opened(anywhere).verify(known=3)
    assert segments(anywhere) == ["00000001.json", "00000002.json"]
    assert opened(anywhere).append("ada", b"x", at=AT, expires_on=LAST_DAY, known=2) == 3
    assert opened(anywhere).verify(known=3).last == 3


def test_an_open_ledger_notices_that_an_older_copy_was_put_back(written: Written, folder: Path, tmp_path: Path) -> None:
    ledger = written(2)
    shutil.copytree(folder, tmp_path / "copy")
    for _ in range(2):
        ledger.append("ada", b"later", at=AT, expires_on=LAST_DAY)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "copy", folder)

    assert ledger.length() == 2
    with pytest.raises(LedgerTampered, match="ends with number 2, but number 4 was written"):
        ledger.append("ada", b"x", at=AT, expires_on=LAST_DAY, known=4)


def test_a_longer_copy_that_was_put_back_is_gone_on_with(written: Written, folder: Path, tmp_path: Path) -> None:
    ledger = written(2)
    longer = tmp_path / "longer"
    shutil.copytree(folder, longer)
    opened(longer).append_many([New("ada", b"elsewhere", AT, LAST_DAY)] * 2)
    shutil.rmtree(folder)
    shutil.copytree(longer, folder)

    assert ledger.length() == 4
    assert ledger.append("ada", b"x", at=AT, expires_on=LAST_DAY) == 5
    assert opened(folder).verify().segments == 5


def test_what_the_caller_knows_may_have_expired(filled: Written, anywhere: Place) -> None:
    filled(3).expire(date(2027, 1, 1), sign)

    assert opened(anywhere).verify(known=3) == Report(0, 0, 0, 3, "", ())
    assert opened(anywhere).append("ada", b"x", at=AT, expires_on=LAST_DAY, known=3) == 4


def test_leading_entries_expire_after_their_last_day(anywhere: Place) -> None:
    ledger = opened(anywhere)
    days = [date(2026, 4, 1), date(2026, 4, 2), date(2026, 6, 1), date(2026, 4, 3)]
    for number, day in enumerate(days, 1):
        ledger.append("ada", f"erased {number}".encode(), at=AT, expires_on=day)

    assert ledger.expire(date(2026, 4, 1), sign) == 0
    assert ledger.expire(date(2026, 4, 2), sign) == 1
    assert ledger.expire(date(2026, 5, 1), sign) == 1
    assert ledger.expire(date(2026, 5, 1), sign) == 0
    # The fourth has expired too, but the third has not.
    assert bodies(opened(anywhere)) == ["erased 3", "erased 4"]
    assert opened(anywhere).verify() == Report(2, 3, 4, 2, "", ())


def test_a_ledger_of_which_everything_expired_goes_on_with_the_next_number(filled: Written, anywhere: Place) -> None:
    ledger = filled(3)

    assert ledger.expire(date(2027, 1, 1), sign) == 3
    assert segments(anywhere) == []
    assert (ledger.length(), opened(anywhere).checkpoint(), bodies(ledger)) == (3, 3, [])
    assert ledger.append("ada", b"new", at=AT, expires_on=LAST_DAY) == 4
    assert opened(anywhere).verify() == Report(1, 4, 4, 3, "", ())


def test_what_an_interrupted_expiry_left_does_not_count_and_is_cleared(filled: Written, anywhere: Place) -> None:
    filled(3)
    first = (anywhere / "00000001.json").read_bytes()
    opened(anywhere).expire(date(2027, 1, 1), sign)
    (anywhere / "00000001.json").write_bytes(first)

    assert bodies(opened(anywhere)) == []
    opened(anywhere).append("ada", b"new", at=AT, expires_on=LAST_DAY)

    assert segments(anywhere) == ["00000004.json"]


def test_entries_that_expire_while_they_are_read_are_passed_over(filled: Written, anywhere: Place) -> None:
    ledger = filled(2)
    ledger.append("ada", b"stays", at=AT, expires_on=date(2028, 1, 1))
    reading = ledger.entries()
    first = next(reading)

    ledger.expire(date(2027, 1, 1), sign)

    assert [first.body, *(entry.body for entry in reading)] == [b"erased 1", b"stays"]


def test_a_reader_may_append_what_it_did(filled: Written) -> None:
    ledger = filled(3)

    done = [ledger.append("ada", b"done", at=AT, expires_on=LAST_DAY) for _ in ledger.entries()]

    assert done == [4, 5, 6]


def test_a_checkpoint_is_not_written_with_a_key_that_nobody_would_believe(filled: Written, anywhere: Place) -> None:
    with pytest.raises(LedgerProblem, match="Nothing was dropped"):
        filled(2).expire(date(2027, 1, 1), lambda message: crypto.sign(b"x" * 32, message))

    assert opened(anywhere).verify() == Report(2, 1, 2, 0, "", ())


def test_a_checkpoint_of_an_older_signing_key_is_believed(filled: Written, anywhere: Place) -> None:
    filled(1).expire(date(2027, 1, 1), sign)
    public_keys = [crypto.public_key(b"n" * 32), crypto.public_key(SEED)]

    assert Ledger(str(anywhere), KEYS, version="1", public_keys=public_keys).length() == 1


def test_a_folder_that_cannot_be_made_is_a_full_ledger(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(LedgerFull, match="nothing is erased without it"):
        opened(tmp_path / "file").append("ada", b"x", at=AT, expires_on=LAST_DAY)


def test_a_file_that_cannot_be_read_is_a_problem_and_no_tampering(written: Written, folder: Path) -> None:
    written(1)
    (folder / "00000001.json").unlink()
    (folder / "00000001.json").mkdir()

    with pytest.raises(LedgerProblem, match="cannot be read") as caught:
        bodies(opened(folder))

    assert not isinstance(caught.value, LedgerTampered)
