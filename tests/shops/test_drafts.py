"""The drafts of shops that this project did not write, against what was written down about them by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dsr.records import Identity, IdentityKind, Person, Record, normalise_email
from dsr.sources import registry
from dsr.sources.draft import Draft, draft_source
from tests.shops.people import Somebody, crowd
from tests.shops.places import HELD_OUT, KNOWN, Places, ShopPlace
from tests.shops.truth import Comparison, compare, load

EVERY = (*KNOWN, *HELD_OUT)
MIN_RECALL = 0.95
MIN_PRECISION = 0.90


def named(place: ShopPlace) -> str:
    return f"{place.truth}-{place.database}"


@pytest.fixture(scope="module")
def places() -> Iterator[Places]:
    with Places(os.environ["DEMO_SHOPS_URL"]) as places:
        yield places


@pytest.fixture(scope="module")
def urls(places: Places) -> dict[ShopPlace, str]:
    """Every shop, built once."""
    return {place: places.build(place) for place in EVERY}


@pytest.fixture(scope="module")
def drafts(urls: dict[ShopPlace, str]) -> dict[ShopPlace, Draft]:
    """Every shop's draft."""
    return {place: draft_source("sql", place.truth, url) for place, url in urls.items()}


def compared(drafts: dict[ShopPlace, Draft], place: ShopPlace) -> Comparison:
    return compare(drafts[place], load(place.truth))


@pytest.mark.parametrize("place", EVERY, ids=named)
def test_the_list_names_every_column_of_the_shop_once(drafts: dict[ShopPlace, Draft], place: ShopPlace) -> None:
    truth = load(place.truth)

    assert compared(drafts, place).columns == set(truth.kind_of)
    assert truth.secrets <= truth.of("personal")
    assert set(truth.identities) <= truth.of("personal") | truth.of("about")


@pytest.mark.parametrize("place", KNOWN, ids=named)
def test_the_draft_finds_what_is_personal(drafts: dict[ShopPlace, Draft], place: ShopPlace) -> None:
    found = compared(drafts, place)

    assert found.recall >= MIN_RECALL, sorted(found.missed)


@pytest.mark.parametrize("place", KNOWN, ids=named)
def test_what_the_draft_calls_personal_is_so(drafts: dict[ShopPlace, Draft], place: ShopPlace) -> None:
    found = compared(drafts, place)

    assert found.precision >= MIN_PRECISION, sorted(found.wrong)


@pytest.mark.parametrize("place", KNOWN, ids=named)
def test_the_draft_looks_people_up_by_every_email(drafts: dict[ShopPlace, Draft], place: ShopPlace) -> None:
    found = compared(drafts, place)
    emails = {column for column, kind in found.truth.identities.items() if kind == "email"}

    assert emails
    assert emails & found.missed_identities == set()
    assert found.wrong_identities == set()


@pytest.mark.parametrize("place", EVERY, ids=named)
def test_the_draft_can_be_connected_as_it_is(drafts: dict[ShopPlace, Draft], place: ShopPlace) -> None:
    draft = drafts[place]

    description = registry.load(draft.dataset_text, draft.overlay_text)

    named_tables = {collection.name for dataset in description.datasets for collection in dataset.collections}
    assert named_tables == {table.name for table in draft.tables}


def copy_of(url: str, draft: Draft, one: Somebody) -> list[Record]:
    description = registry.load(draft.dataset_text, draft.overlay_text)
    person = Person((Identity(IdentityKind.EMAIL, normalise_email(one.email)),))
    with registry.open_source("sql", draft.key, url, description) as source:
        return list(source.gather(source.locate(person, {})))


@pytest.mark.parametrize("place", [*KNOWN[2:], *HELD_OUT], ids=named)
def test_the_copy_by_a_draft_that_nobody_touched_names_its_person_and_nobody_else(
    urls: dict[ShopPlace, str], drafts: dict[ShopPlace, Draft], place: ShopPlace
) -> None:
    """Oscar's copy is compared row by row in tests/journeys."""
    people = crowd()
    for one in people[:12]:
        text = "\n".join(str(dict(record.values)).lower() for record in copy_of(urls[place], drafts[place], one))

        assert one.email.lower() in text
        assert [other.number for other in people if other is not one and other.email.lower() in text] == []
