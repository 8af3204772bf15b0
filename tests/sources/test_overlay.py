"""The overlay: read whole, refused with its line, and what later layers are told of a collection."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from dsr.sources import registry
from dsr.sources.dataset import DatasetError
from dsr.sources.description import describe_collections, in_words

DATASET = """
dataset:
  - fides_key: shop
    name: The shop
    collections:
      - name: customers
        description: Who buys
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - name: referred_by
            data_categories: [user.contact.email]
            description: Who sent them
            fides_meta: {references: [{dataset: shop, field: customers.email}]}
          - {name: vat_id, data_categories: [user.government_id]}
          - {name: joined_at}
          - {name: tags, fides_meta: {data_type: "string[]"}}
"""
OVERLAY = """\
source_title: Web shop
time_zone: Europe/Paris
collections:
  customers:
    title: Accounts
    record_class: account
    subject_class: customer
    ownership: owned
    time_zone: America/New_York
    facts: {collected_on: joined_at}
    third_party: {referred_by: friend}
    never_export: [tags]
    labels: {joined_at: Joined}
    order_by: [joined_at]
    unique: [email]
    same_person: [referred_by]
"""


def mistakes(overlay: str) -> list[str]:
    with pytest.raises(DatasetError) as caught:
        registry.load(DATASET, overlay, overlay_file="shop.dsr.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_later_layers_are_told_everything_about_a_collection() -> None:
    description = registry.load(DATASET, OVERLAY)
    (customers,) = describe_collections(description, {"customers": {"joined_at": "datetime"}})
    fields = {each.name: each for each in customers.fields}

    assert description.title == "Web shop"
    assert {key: value for key, value in asdict(customers).items() if key != "fields"} == {
        "name": "customers",
        "title": "Accounts",
        "description": "Who buys",
        "record_class": "account",
        "subject_class": "customer",
        "ownership": "owned",
        "time_zone": "America/New_York",
        "facts": {"collected_on": "joined_at"},
    }
    assert [(each.label, each.type) for each in customers.fields] == [
        ("ID", "integer"),
        ("Email", "text"),
        ("Referred by", "text"),
        ("VAT ID", "text"),
        ("Joined", "datetime"),
        ("Tags", "json"),
    ]
    assert [name for name, each in fields.items() if each.is_never_export] == ["vat_id", "tags"]
    assert [name for name, each in fields.items() if each.is_key] == ["id"]
    assert (fields["referred_by"].third_party, fields["referred_by"].description) == ("friend", "Who sent them")


def test_a_dataset_alone_is_enough() -> None:
    description = registry.load(DATASET)
    (customers,) = describe_collections(description, {})

    assert (description.title, customers.title, customers.ownership) == ("The shop", "Customers", "owned")
    assert (customers.record_class, customers.time_zone, customers.facts) == ("", "", {})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("date_of_birth", "Date of birth"),
        ("dateOfBirth", "Date of birth"),
        ("OrderLines", "Order lines"),
        ("user_id", "User ID"),
        ("ip", "IP"),
        ("  ", "  "),
        ("größe", "Größe"),
    ],
)
def test_names_become_words(name: str, words: str) -> None:
    assert in_words(name) == words


def replaced(old: str, new: str) -> str:
    assert OVERLAY.count(old) == 1, old
    return OVERLAY.replace(old, new)


MISTAKES = [
    (
        replaced("  customers:", "  customer:"),
        (
            "shop.dsr.yaml:4: collections.customer: the dataset has no collection 'customer'; did you mean 'customers'? "
            "(expected a collection of the dataset)"
        ),
    ),
    (
        replaced("    ownership: owned", "    ownership: owner"),
        (
            "shop.dsr.yaml:8: collections.customers.ownership: unknown word 'owner'; did you mean 'owned'? "
            "(expected one of attached, lookup, owned)"
        ),
    ),
    (
        replaced("    never_export:", "    never_exports:"),
        (
            "shop.dsr.yaml:12: collections.customers.never_exports: unknown key 'never_exports'; did you mean 'never_export'? "
            "(expected one of dangling, deactivate, doubts, facts, files, keyless, labels, masks, never_export, order_by, "
            "ownership, record_class, same_person, subject_class, third_party, time_zone, title, unique)"
        ),
    ),
    (
        replaced("unique: [email]", "files: {joined_at: ../media}"),
        (
            "shop.dsr.yaml:15: collections.customers.files.joined_at: '../media' is no folder below it (expected a folder below "
            "the source's place for files, as media/photos, or '.' for that place itself)"
        ),
    ),
    (
        replaced("[tags]", "[tag]"),
        (
            "shop.dsr.yaml:12: collections.customers.never_export: unknown column 'tag'; did you mean 'tags'? "
            "(expected a column of this collection)"
        ),
    ),
    (
        replaced("{collected_on: joined_at}", "{collected_on: joined}"),
        (
            "shop.dsr.yaml:10: collections.customers.facts.collected_on: unknown column 'joined'; did you mean 'joined_at'? "
            "(expected a column of this collection)"
        ),
    ),
    (
        replaced("{referred_by: friend}", "{refered_by: friend}"),
        (
            "shop.dsr.yaml:11: collections.customers.third_party.refered_by: unknown column 'refered_by'; did you mean "
            "'referred_by'? (expected a column of this collection)"
        ),
    ),
    (
        replaced("{joined_at: Joined}", "[joined_at]"),
        "shop.dsr.yaml:13: collections.customers.labels: a list where a mapping belongs (expected a mapping of keys)",
    ),
    (
        replaced("America/New_York", "America/New_Yrok"),
        (
            "shop.dsr.yaml:9: collections.customers.time_zone: unknown time zone 'America/New_Yrok'; did you mean "
            "'America/New_York'? (expected an IANA name such as Europe/Paris)"
        ),
    ),
    (
        replaced("source_title:", "title:"),
        ("shop.dsr.yaml:1: title: unknown key 'title' (expected one of collections, source_title, time_zone)"),
    ),
    (
        replaced("same_person: [referred_by]", "same_person: [email]"),
        (
            "shop.dsr.yaml:16: collections.customers.same_person: unknown column 'email' "
            "(expected a column of this collection with a reference)"
        ),
    ),
    ("- a list\n", "shop.dsr.yaml:1: a list where a mapping belongs (expected a mapping of keys)"),
    (
        "collections: [customers]\n",
        "shop.dsr.yaml:1: collections: a list where a mapping belongs (expected a mapping of keys)",
    ),
    ("collections: {\n", "shop.dsr.yaml:2: not valid YAML: did not find expected node content"),
]


@pytest.mark.parametrize(("overlay", "message"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_with_its_line_and_what_was_expected(overlay: str, message: str) -> None:
    assert message in mistakes(overlay)


@pytest.mark.parametrize("overlay", ["", "  \n", "# nothing yet\n"])
def test_an_empty_overlay_says_nothing(overlay: str) -> None:
    assert registry.load(DATASET, overlay).overlay.collections == {}


def test_masks_and_what_is_known_of_a_table_are_read() -> None:
    overlay = (
        "collections:\n  customers:\n    masks: {email: hash, joined_at: null}\n    keyless: true\n"
        "    dangling: [referred_by]\n"
    )

    said = registry.load(DATASET, overlay).overlay.of("customers")

    assert (said.masks, said.is_keyless, said.dangling, said.line) == (
        {"email": "hash", "joined_at": "null"}, True, ("referred_by",), 2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("masks: {email: hahs}", "unknown word 'hahs'; did you mean 'hash'?"),
        ("masks: {emial: hash}", "unknown column 'emial'; did you mean 'email'?"),
        ("masks: [email]", "a list where a mapping belongs"),
        ("dangling: [email]", "unknown column 'email'"),
        ("keyless: maybe", "where a flag belongs"),
    ],
)
def test_a_mistake_in_them_is_told_with_its_line(line: str, message: str) -> None:
    with pytest.raises(DatasetError) as told:
        registry.load(DATASET, f"collections:\n  customers:\n    {line}\n")

    (problem,) = told.value.problems
    assert problem.line == 3
    assert message in problem.message
