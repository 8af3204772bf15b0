import hashlib

from hypothesis import given
from hypothesis import strategies as st

from dsr.records import CANONICAL_JSON, Portable, RecordKey

TEXT = st.text()
PORTABLE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@given(source=TEXT, collection=TEXT, columns=st.lists(st.tuples(TEXT, PORTABLE), max_size=4))
def test_a_digest_is_that_of_the_canonical_json(
    source: str, collection: str, columns: list[tuple[str, Portable]]
) -> None:
    typed = [[name, type(value).__name__, value] for name, value in columns]
    canonical = CANONICAL_JSON([source, collection, typed])

    assert RecordKey(source, collection, tuple(columns)).digest == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_digest_is_the_same_for_ever() -> None:
    key = RecordKey("shop", "orders", (("id", 10), ("shop", "Zürich")))

    assert (
        key.digest == hashlib.sha256(b'["shop","orders",[["id","int",10],["shop","str","Z\xc3\xbcrich"]]]').hexdigest()
    )


def test_a_number_and_its_text_are_two_keys() -> None:
    assert RecordKey("s", "c", (("id", 1),)).digest != RecordKey("s", "c", (("id", "1"),)).digest
