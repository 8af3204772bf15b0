"""The what-if counts of a person what a request would gather, in every demo shop."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from dsr.demo.shops import SHOPS, DemoShop
from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry
from dsr.sources.sql_population import counted_collections, read_population
from tests.demo.conftest import DemoServer

EVERY_NTH = 9


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)
def test_population_when_compared_with_what_is_gathered_then_nobody_has_a_row_too_many(
    demo_server: DemoServer, shop: DemoShop
) -> None:
    described = registry.load(shop.dataset.read_text(), shop.overlay.read_text())
    url, missing, sampled = demo_server.shops[shop.slug], 0, 0
    counted = counted_collections(described, lambda _record_class, available: available)
    people: dict[str, Counter[str]] = defaultdict(Counter)
    for person, kind, _, rows in read_population(shop.slug, url, described, counted, "America/New_York"):
        people[person][counted[kind].collection] += rows
    assert {"@" in person for person in people} == {True}
    with registry.open_source("sql", shop.slug, url, described) as source:
        for address in sorted(people)[::EVERY_NTH]:
            person_asking = Person((Identity(IdentityKind.EMAIL, address),))
            records = list(source.gather(source.locate(person_asking, {})))
            gathered = Counter(each.key.collection for each in records)
            assert people[address] <= gathered, address
            missing += sum(gathered[each.collection] for each in counted) - people[address].total()
            sampled += people[address].total()
    # A request also finds what a telephone number or another address of the person's leads to.
    assert missing < sampled / 10
