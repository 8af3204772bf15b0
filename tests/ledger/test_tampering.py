"""Whatever somebody does to the files, reading says so, with the file and the line. Every case is generated."""

import base64
import json
import string
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from dsr.ledger import Ledger, LedgerProblem, LedgerTampered, New
from dsr.ledger.segments import CHECKPOINT_FIELDS, FIELDS
from tests.ledger.buckets import Objects
from tests.ledger.conftest import AT, LAST_DAY, bodies, opened, segments, sign

Written = Callable[[int], Ledger]
Place = Path | Objects
OTHER_VALUES: dict[str, list[object]] = {
    "format": [2, True, "1", None],
    "number": [4, 0, -1, 99, True, "2", 2.0],
    "shop": ["eve", "", "Ada", None, 7],
    "at": ["2026-03-01T12:30:00.000251+00:00", "2026-03-01T13:30:00.000250+01:00", "yesterday", ""],
    "expires_on": ["2026-10-01", "2026-09-29", "20260930", "never"],
    "key": ["2:0000000000000000", "1", "", None],
    "previous": ["0" * 64, "f" * 64, "", None],
    "body": ["", "AAAA", "not base64", None, ["AA=="]],
}


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(("field", "value"), [(name, each) for name, values in OTHER_VALUES.items() for each in values])
def test_another_value_in_any_field_is_found(
    filled: Written, anywhere: Place, number: int, field: str, value: object
) -> None:
    filled(3)
    path = anywhere / f"0000000{number}.json"
    fields = json.loads(path.read_text())
    assert list(fields) == list(FIELDS) == list(OTHER_VALUES)
    if fields[field] is value or (field, number, value) == ("previous", 1, "0" * 64):
        value = "e" * 64
    path.write_text(json.dumps({**fields, field: value}, indent=1) + "\n")

    with pytest.raises(LedgerProblem, match=rf"{path.name}, line \d"):
        bodies(opened(anywhere))


def test_any_other_byte_in_any_file_is_found(written: Written, folder: Path) -> None:
    """In the last file a byte that takes its end away, or makes a hole in it, is a torn file; nothing goes unseen."""
    written(3)
    for name in segments(folder):
        path = folder / name
        whole = path.read_bytes()
        for place in range(len(whole)):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert _found_at(folder).startswith(name), (name, place)
        path.write_bytes(whole)
    assert len(bodies(opened(folder))) == 3


@pytest.mark.parametrize("body", [b"erased 1", b"erased 12", b"erased 123"])
def test_a_body_that_says_the_same_in_other_letters_is_found(folder: Path, body: bytes) -> None:
    """The last letter before the end of a base64 text has bits that mean nothing; they, too, must be as they were written."""
    opened(folder).append("ada", body, at=AT, expires_on=LAST_DAY)
    path = folder / "00000001.json"
    whole = path.read_text()
    text = json.loads(whole)["body"]
    place = len(text.rstrip("=")) - 1
    same = 0
    for letter in set(string.ascii_letters + string.digits + "+/") - {text[place]}:
        other = text[:place] + letter + text[place + 1 :]
        same += base64.b64decode(other) == base64.b64decode(text)
        path.write_text(whole.replace(text, other))
        assert _found_at(folder).startswith(path.name), letter
    assert same == {0: 0, 1: 3, 2: 15}[text.count("=")]


def _found_at(folder: Path) -> str:
    try:
        return opened(folder).verify().torn_last
    except LedgerProblem as problem:
        return str(problem).removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    "write",
    [
        lambda text: text.replace("\n ", "\n  ", 1),
        lambda text: text.replace('"shop"', '"number": 9,\n "shop"'),
        lambda text: text.replace('"ada"', '"\\u0061da"'),
        lambda text: text.replace("\n}\n", ',\n "note": ""\n}\n'),
        lambda text: text + text,
        lambda text: "[" * 100_000 + "\n}\n",
        lambda text: "1" * 5000 + "\n}\n",
        lambda text: "null\n}\n",
        lambda text: text.encode("utf-16").decode("latin-1") + "\n}\n",
    ],
)
def test_the_same_said_in_another_way_is_found(filled: Written, anywhere: Place, write: Callable[[str], str]) -> None:
    filled(2)
    path = anywhere / "00000001.json"
    path.write_text(write(path.read_text()))

    with pytest.raises(LedgerTampered, match=r"00000001\.json, line \d"):
        bodies(opened(anywhere))


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_a_missing_file_is_named(filled: Written, anywhere: Place, gone: int) -> None:
    filled(4)
    (anywhere / f"0000000{gone}.json").unlink()

    with pytest.raises(LedgerTampered, match=rf"0000000{gone}\.json, line 1: the file is missing"):
        bodies(opened(anywhere))
    with pytest.raises(LedgerTampered, match=rf"0000000{gone}\.json"):
        opened(anywhere).append("ada", b"x", at=AT, expires_on=LAST_DAY)


def test_a_middle_file_cut_anywhere_is_tampering(written: Written, folder: Path) -> None:
    written(3)
    path = folder / "00000002.json"
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(LedgerTampered, match=r"00000002\.json, line \d"):
            bodies(opened(folder))


@pytest.mark.parametrize(("one", "other"), [(1, 2), (1, 3), (2, 3)])
def test_two_files_that_changed_places_are_found(filled: Written, anywhere: Place, one: int, other: int) -> None:
    filled(3)
    first, second = anywhere / f"0000000{one}.json", anywhere / f"0000000{other}.json"
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)

    with pytest.raises(LedgerTampered, match=rf"0000000{one}\.json, line 3: it says that it is number {other}"):
        bodies(opened(anywhere))


def test_another_ledgers_file_of_the_same_number_is_found(filled: Written, anywhere: Place, tmp_path: Path) -> None:
    filled(2)
    other = opened(tmp_path / "other")
    other.append("ada", b"something else", at=AT, expires_on=LAST_DAY)
    (anywhere / "00000001.json").write_bytes((tmp_path / "other" / "00000001.json").read_bytes())

    # It is whole and sealed with the right key; the entry after it knows another one before itself.
    with pytest.raises(LedgerTampered, match=r"00000002\.json, line 8"):
        bodies(opened(anywhere))


def test_a_reading_that_begins_later_knows_the_entry_before_it(
    filled: Written, anywhere: Place, tmp_path: Path
) -> None:
    filled(3)
    other = opened(tmp_path / "other")
    other.append_many([New("ada", b"forged", AT, LAST_DAY)] * 2)
    (anywhere / "00000002.json").write_bytes((tmp_path / "other" / "00000002.json").read_bytes())

    with pytest.raises(LedgerTampered, match=r"00000003\.json, line 8"):
        bodies(opened(anywhere), after=2)


def test_a_file_that_another_process_wrote_is_not_torn_when_others_follow(filled: Written, anywhere: Place) -> None:
    ledger = filled(1)
    opened(anywhere).append_many([New("ada", b"by another", AT, LAST_DAY)] * 2)
    path = anywhere / "00000002.json"
    path.write_bytes(path.read_bytes()[:-5])

    with pytest.raises(LedgerTampered, match=r"00000002\.json, line \d"):
        ledger.append("ada", b"x", at=AT, expires_on=LAST_DAY)
    assert segments(anywhere) == ["00000001.json", "00000002.json", "00000003.json"]


def test_nothing_is_appended_behind_a_last_entry_that_was_changed(filled: Written, anywhere: Place) -> None:
    ledger = filled(2)
    path = anywhere / "00000002.json"
    path.write_text(path.read_text().replace('"bob"', '"eve"'))

    for each in (ledger, opened(anywhere)):
        with pytest.raises(LedgerTampered, match=r"00000002\.json, line 9"):
            each.append("ada", b"x", at=AT, expires_on=LAST_DAY)
    assert segments(anywhere) == ["00000001.json", "00000002.json"]


@pytest.fixture
def with_checkpoint(anywhere: Place) -> Place:
    """Two entries have expired, two are left."""
    ledger = opened(anywhere)
    for day in (1, 2, 20, 21):
        ledger.append("ada", b"x", at=AT, expires_on=date(2026, 4, day))
    assert ledger.expire(date(2026, 4, 10), sign) == 2
    return anywhere / "checkpoint.json"


def test_any_other_byte_in_the_checkpoint_is_found(with_checkpoint: Place, anywhere: Place) -> None:
    whole = with_checkpoint.read_bytes()
    assert list(json.loads(whole)) == list(CHECKPOINT_FIELDS)

    for place in range(len(whole)):
        with_checkpoint.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(LedgerTampered, match=r"checkpoint\.json, line \d"):
            opened(anywhere).length()
    for size in range(len(whole)):
        with_checkpoint.write_bytes(whole[:size])
        with pytest.raises(LedgerTampered, match=r"checkpoint\.json, line \d"):
            opened(anywhere).append("ada", b"x", at=AT, expires_on=LAST_DAY)


def test_a_beginning_cut_off_beyond_the_checkpoint_is_found(with_checkpoint: Place, anywhere: Place) -> None:
    (anywhere / "00000003.json").unlink()

    with pytest.raises(LedgerTampered, match=r"00000003\.json, line 1: the file is missing"):
        bodies(opened(anywhere))


def test_a_checkpoint_that_is_gone_is_found(with_checkpoint: Place, anywhere: Place) -> None:
    with_checkpoint.unlink()

    with pytest.raises(LedgerTampered, match=r"00000001\.json, line 1: the file is missing"):
        bodies(opened(anywhere))


def test_an_older_checkpoint_that_was_put_back_is_found(with_checkpoint: Place, anywhere: Place) -> None:
    older = with_checkpoint.read_bytes()
    assert opened(anywhere).expire(date(2026, 4, 21), sign) == 1
    with_checkpoint.write_bytes(older)

    with pytest.raises(LedgerTampered, match=r"00000003\.json, line 1: the file is missing"):
        bodies(opened(anywhere))


def test_a_checkpoint_of_another_installation_is_found(with_checkpoint: Place, anywhere: Place) -> None:
    with pytest.raises(LedgerTampered, match=r"checkpoint\.json, line 6: this installation did not sign it"):
        Ledger(str(anywhere), {"1": b"1" * 32}, version="1", public_keys=()).length()
