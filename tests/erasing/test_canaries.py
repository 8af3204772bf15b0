"""The scan itself: a scan that finds nothing proves something only when it would have found it."""

from __future__ import annotations

import base64
import gzip
import json
import zlib

import pytest
from django.core import signing

from tests.erasing.canaries import canaries, hits, read

SECRET = "ada.byron@example.com"
FACTS = json.dumps({"told": f"Dear {SECRET}, your parcel waits at Ünter Street"}).encode()


@pytest.mark.parametrize(
    "written",
    [
        FACTS,
        base64.b64encode(FACTS),
        base64.urlsafe_b64encode(zlib.compress(FACTS)),
        rb"\\x" + FACTS.hex().encode(),
        rb"\\x" + zlib.compress(FACTS).hex().encode(),
        gzip.compress(FACTS).hex().encode(),
        base64.b64encode(base64.b64encode(FACTS)),
        signing.dumps({"checkout": {"guest_email": SECRET}}, key="k", compress=True).encode(),
        SECRET.encode().replace(b"@", rb"\u0040"),
    ],
    ids=["plain", "base64", "packed", "bytea", "packed-bytea", "gzip", "twice", "session", "escaped"],
)
def test_scan_when_a_value_is_written_in_another_way_then_finds_it(written: bytes) -> None:
    assert hits([SECRET], read(b"1\tsomething\t" + written + b"\t\\N\n")) == {SECRET}


@pytest.mark.parametrize(
    "other", [f"not-{SECRET}", f"{SECRET}.attacker.test", SECRET.replace("@", "+gifts@"), f"x{SECRET}", f"{SECRET}x"]
)
def test_scan_when_a_value_is_part_of_another_then_does_not_take_it_for_that(other: str) -> None:
    assert hits([SECRET], read(f"1\t{other}\n")) == frozenset()


def test_canaries_when_a_value_is_a_number_a_day_or_a_code_then_are_without_it() -> None:
    cells = ["1000.00", "2024-02-29 12:30:15.12+00", r"\N", "t", "USD", "new", "3b", "Ada", "李雷", "Ada-Surname"]

    assert canaries(cells) == {"Ada", "李雷", "ada-surname"}


@pytest.mark.parametrize("written", ["1\tAda\t\\N", "lovelace, Ada (VIP)", '{"told": "Ada"}', "客户李雷上海"])
def test_scan_when_a_short_value_stands_by_itself_then_finds_it_also_where_it_is_packed(written: str) -> None:
    name = "李雷" if "李雷" in written else "Ada"

    assert hits([name], read(f"1\t{written}\n")) == {name}
    assert hits([name], read(base64.b64encode(f"Said: {written}.........".encode()))) == {name}


@pytest.mark.parametrize(
    "other", ["Adam", "the ada", "tok-Ada", "x/Ada/9Kq", "Ada@example.com", "\x00\x07Ada\x01", "�\x07 Ada ��"]
)
def test_scan_when_a_short_value_only_seems_to_stand_there_then_does_not_find_it(other: str) -> None:
    assert hits(["Ada"], read(f"1\t{other}\n")) == frozenset()
