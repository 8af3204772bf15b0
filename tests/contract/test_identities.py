"""Every row that names people comes with the key by which a gather knows it, in every kind of database."""

from __future__ import annotations

import pytest

from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry
from dsr.sources.sql_identities import read_identities
from tests.contract.databases import Plain
from tests.contract.shop import DATASET

KINDS = frozenset({IdentityKind.EMAIL, IdentityKind.PHONE})
NAMING = [
    ("customer", ("Ada@Example.com", "(202) 555-0100"), (("id", 1),), True),
    ("customer", ("bela@example.org", "+1 202 555 0199"), (("id", 2),), True),
    ("customer", ("not-ada@example.com", "1 202 555 01001"), (("id", 3),), True),
    ("order", (" ADA@example.COM ",), (("number", "A-2"),), False),
    ("order", ("bela@example.org",), (("number", "B-2"),), False),
    ("contest_entry", ("bela@example.org",), (("id", 5),), False),
]
"""Collection, what its columns say, its key, and whether something else says whose it is: a customer number, an owner."""
KEYLESS = """
dataset:
  - fides_key: shop
    collections:
      - name: listed
        fields:
          - {name: number, fides_meta: {data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: password, data_categories: [user.authorization.password]}
"""


@pytest.mark.parametrize("contract_url", ["postgresql", "mariadb", "sqlite"], indirect=True)
def test_every_row_that_names_somebody_comes_once_with_its_key(contract_url: str) -> None:
    found = []
    for place, row in read_identities("shop", contract_url, registry.load(DATASET), KINDS):
        key = place.key(row)
        found.append((key.collection, tuple(row[: len(place.columns)]), key.columns, place.claims(row)))

    assert found == NAMING


def test_a_row_without_a_key_is_known_by_what_may_be_read_of_it(plain: Plain) -> None:
    plain.run("CREATE TABLE listed (number integer, email varchar(60), password varchar(60))")
    plain.run("INSERT INTO listed VALUES (7, 'ada@example.com', 'hash')")
    described = registry.load(KEYLESS)
    ada = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))
    with registry.open_source("sql", "shop", plain.url, described) as source:
        (gathered,) = source.gather(source.locate(ada, {}))

    ((place, row),) = read_identities("shop", plain.url, described, KINDS)

    assert place.key(row) == gathered.key
    assert gathered.key.columns == (("number", 7), ("email", "ada@example.com"))
