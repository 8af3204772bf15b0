"""What every source must do when it reads, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsr.records import Identity, IdentityKind, Person, Record
from dsr.sources import registry
from dsr.sources.base import Source
from tests.contract.shop import ADA, BELA_ALONE, DATASET, EVERY

BY_EMAIL = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))
NOBODY = Person((Identity(IdentityKind.EMAIL, "nobody@example.com"),))


def kind_of(url: str) -> str:
    return "file" if url.startswith("file:") else "sql"


@pytest.fixture
def source(contract_url: str) -> Iterator[Source]:
    with registry.open_source(kind_of(contract_url), "shop", contract_url, registry.load(DATASET)) as opened:
        yield opened


def gathered(source: Source, person: Person = BY_EMAIL) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in source.gather(source.locate(person, {})):
        found.setdefault(record.key.collection, []).append(record)
    return found


def rows(found: dict[str, list[Record]]) -> dict[str, list[tuple[object, ...]]]:
    return {name: [tuple(record.values.values()) for record in records] for name, records in found.items()}


def test_all_of_a_person_is_found_in_the_order_of_dataset_and_key(source: Source) -> None:
    found = rows(gathered(source))

    assert found == ADA
    assert list(found) == list(ADA)


def test_a_customer_number_alone_leads_to_the_same_rows(source: Source) -> None:
    number = Identity(IdentityKind.CUSTOMER_NUMBER, "C-1")
    found = source.locate(Person((number,)), {})

    assert rows(gathered(source, Person((number,)))) == rows(gathered(source))
    assert [(each.identity.kind, each.via, each.step) for each in found.revealed] == [
        (IdentityKind.EMAIL, "customer.email", 1),
        (IdentityKind.PHONE, "customer.phone", 1),
    ]


def test_a_phone_alone_is_a_question_about_the_account_that_has_it(source: Source) -> None:
    phone = Person((Identity(IdentityKind.PHONE, "+12025550100"),), country="US")
    located = source.locate(phone, {})
    (question,) = located.weak

    assert list(source.gather(located)) == []
    assert question.collection == "customer"
    assert question.agrees == (("phone", "(202) 555-0100"),)
    assert rows(gathered(source, Person(question.reveals))) == rows(gathered(source))


def test_an_order_number_leads_to_that_order_alone(source: Source) -> None:
    found = rows(gathered(source, Person((Identity(IdentityKind.ORDER_NUMBER, "A-1"),))))

    assert {name: len(listed) for name, listed in found.items()} == {
        "order": 1, "line": 2, "engraving": 1, "address": 1, "product": 2,
    }  # fmt: skip


def test_nobody_elses_row_is_found(source: Source, contract_counts: dict[str, int]) -> None:
    keys = {
        (record.key.collection, record.key.columns[0][1]) for found in gathered(source).values() for record in found
    }

    assert contract_counts == EVERY
    assert keys.isdisjoint(BELA_ALONE)


def test_every_collection_is_counted_also_where_nothing_is(source: Source) -> None:
    located = source.locate(BY_EMAIL, {})

    assert source.count(located) == {**{name: len(listed) for name, listed in ADA.items()}, "contest_entry": 0}
    assert source.count(source.locate(NOBODY, {})) == dict.fromkeys(EVERY, 0)


def test_an_unknown_person_has_no_rows(source: Source) -> None:
    assert gathered(source, NOBODY) == {}
    assert gathered(source, Person(())) == {}


def test_two_gathers_are_alike_to_the_digest(source: Source) -> None:
    first = [record.key.digest for found in gathered(source).values() for record in found]
    second = [record.key.digest for found in gathered(source).values() for record in found]

    assert first == second
    assert len(set(first)) == len(first) - 1  # the two equal visits of a table without a key


def test_a_secret_is_named_and_not_read(source: Source) -> None:
    customer = gathered(source)["customer"][0]

    assert (customer.held, customer.values["password"]) == (("password",), None)


def test_description_and_database_agree(source: Source) -> None:
    assert source.check() == []
