import pytest

from dsr.data_categories import data_categories
from dsr.staff import category_words
from dsr.staff.category_words import KEYS, WORDS, UnknownCategory


def test_words_when_a_category_exists_then_it_has_its_own_words() -> None:
    assert set(WORDS) == set(data_categories())
    assert len({words.casefold() for words in WORDS.values()}) == len(WORDS)
    assert not [words for words in WORDS.values() if ";" in words]


def test_keys_when_pressed_then_each_sets_a_category_and_none_moves() -> None:
    assert set(KEYS.values()) <= set(WORDS)
    assert not set(KEYS) & set("jkar")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("E-mail address", ("user.contact.email",)),
        (" e-MAIL address ; Name", ("user.contact.email", "user.name")),
        ("user.device.ip_address", ("user.device.ip_address",)),
        ("Name; user.name", ("user.name",)),
        ("", ()),
    ],
)
def test_read_when_words_or_keys_are_typed_then_both_are_understood(typed: str, read: tuple[str, ...]) -> None:
    assert category_words.read(typed) == read
    assert category_words.read(category_words.in_words(read)) == read


def test_read_when_nothing_goes_by_these_words_then_the_nearest_is_told() -> None:
    with pytest.raises(UnknownCategory, match="“E-mail address”"):
        category_words.read("Email adress")
