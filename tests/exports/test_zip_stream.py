"""The archive: made while it is read, readable by everything that reads archives."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator

from dsr.exports.zip_stream import zip_stream
from tests.exports.answers import ada, package_of


def test_zip_when_read_back_holds_every_file_byte_for_byte() -> None:
    files, _ = package_of(ada())

    whole = b"".join(zip_stream((name, len(content), [content]) for name, content in files.items()))

    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o600}


def test_zip_when_made_twice_is_the_same() -> None:
    files = [("a.txt", 1, [b"a"]), ("b.pdf", 1, [b"b"])]

    assert b"".join(zip_stream(files)) == b"".join(zip_stream(files))


def test_zip_when_a_file_comes_in_pieces_sends_the_first_before_it_asks_for_the_last() -> None:
    asked = []

    def pieces() -> Iterator[bytes]:
        for number in range(8):
            asked.append(number)
            yield os.urandom(100_000)

    stream = zip_stream([("large.bin", 800_000, pieces())])
    next(stream)
    next(stream)

    assert max(asked) < 4


def test_zip_when_there_are_no_files_is_an_empty_archive() -> None:
    assert zipfile.ZipFile(io.BytesIO(b"".join(zip_stream([])))).namelist() == []


def test_zip_when_a_file_is_beyond_four_gigabytes_says_so_in_its_head() -> None:
    stream = zip_stream([("huge.bin", 5_000_000_000, [b"x"])])

    head = b"".join(stream)

    assert zipfile.ZipFile(io.BytesIO(head)).read("huge.bin") == b"x"
    assert head[4:6] == b"\x2d\x00"  # version needed to extract: 4.5, ZIP64
