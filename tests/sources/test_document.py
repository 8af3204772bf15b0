"""One place in a document changes, and every other character stays."""

from __future__ import annotations

import json

import pytest

from dsr.sources.dataset import Collection, Field
from dsr.sources.document import place_of, with_value

ODD = ' { "b" : 1.50 ,"a":[ {"x":1,"x":2} , {"y" : 12345678901234567890123}, [ {"x":"\\u00e9"} ] ], "b\\"c":{ } } '


@pytest.mark.parametrize(
    ("path", "places", "expected"),
    [
        (("b",), 1, ODD.replace("1.50", '"N"')),
        (("a", "x"), 3, ODD.replace('"x":1,"x":2', '"x":"N","x":"N"').replace('"x":"\\u00e9"', '"x":"N"')),
        (("a", "1", "y"), 1, ODD.replace("12345678901234567890123", '"N"')),
        (("a", "1"), 1, ODD.replace('{"y" : 12345678901234567890123}', '"N"')),
        (('b"c',), 1, ODD.replace("{ } }", '"N" }')),
        (("b", "c"), 0, ODD),
        (("a", "9"), 0, ODD),
        (("nowhere",), 0, ODD),
    ],
)
def test_a_place_is_changed_and_the_rest_stays(path: tuple[str, ...], places: int, expected: str) -> None:
    assert with_value(ODD, path, "N") == (expected, places)


@pytest.mark.parametrize(
    ("document", "path", "expected"),
    [
        ("{}", ("a",), '{"a": 1}'),
        ('{"b": 2 }', ("a",), '{"b": 2 , "a": 1}'),
        ('[{"b": {}}, {}]', ("b", "a"), '[{"b": {"a": 1}}, {}]'),
        ('{"b": null}', ("b", "a"), '{"b": null}'),
        ("null", ("a",), "null"),
    ],
)
def test_a_member_is_added_where_there_is_an_object_for_it(document: str, path: tuple[str, ...], expected: str) -> None:
    added, places = with_value(document, path, 1, may_add=True)

    assert (added, places) == (expected, int(added != document))
    json.loads(added)


@pytest.mark.parametrize("document", ["", "no json", '{"a": 1', '{"a": 1} and more'])
def test_what_is_no_json_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|Extra data"):
        with_value(document, ("a",), 1)


def field(name: str, *inside: Field) -> Field:
    return Field(name, 1, fields=inside)


def test_names_with_dots_are_told_from_paths() -> None:
    inner = field("a.b", field("c"))
    collection = Collection("t", 1, (field("doc", inner, field("list", field("n"))), field("doc.x"), field("plain")))

    assert place_of(collection, "doc.x") == ("doc.x", ())
    assert place_of(collection, "doc.a.b") == ("doc", ("a.b",))
    assert place_of(collection, "doc.a.b.c") == ("doc", ("a.b", "c"))
    assert place_of(collection, "doc.list.0.n") == ("doc", ("list", "0", "n"))
    assert place_of(collection, "doc.list.0") == ("doc", ("list", "0"))
    assert place_of(collection, "doc.list.m") is None
    assert place_of(collection, "plain.a") is None
    assert place_of(collection, "nothing") is None
