"""Reading datasets: what is right comes out whole, and every mistake is told with its line and what was expected."""

from __future__ import annotations

import pytest
from fideslang.default_taxonomy.data_categories import DEFAULT_DATA_CATEGORIES
from fideslang.models import CollectionMeta, DatasetField, DatasetMetadata, FidesDatasetReference, FidesMeta
from fideslang.models import Dataset as FidesDataset
from fideslang.models import DatasetCollection as FidesCollection
from fideslang.validation import DATA_TYPE_NAMES

from dsr.data_categories import data_categories
from dsr.records import IdentityKind
from dsr.sources import dataset, registry
from dsr.sources.dataset import DatasetError, parse_datasets

GOOD = """\
dataset:
  - fides_key: shop
    name: Shop
    description: All of it
    fides_meta: {namespace: {schema: sales}}
    data_categories: [user]
    collections:
      - name: customers
        description: Who buys
        data_categories: [user.account]
        fields:
          - name: id
            fides_meta: {primary_key: true, data_type: integer}
          - name: email
            description: Where to write
            data_categories: [user.contact.email]
            fides_meta: {identity: email, data_type: string, length: 254}
          - name: preferences
            fides_meta: {data_type: object}
            fields:
              - name: language
                data_categories: [user.demographic.language]
      - name: archive.orders
        fields:
          - name: customer_id
            fides_meta:
              references: [{dataset: shop, field: customers.id, direction: from}]
      - name: jobs
        fides_meta: {skip_processing: true}
        fields: [{name: id}]
"""


def mistakes(text: str) -> list[str]:
    """Everything that is said about a dataset."""
    with pytest.raises(DatasetError) as caught:
        registry.load(text, dataset_file="shop.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_a_dataset_comes_out_with_all_that_it_says() -> None:
    (shop,), problems = parse_datasets(GOOD, "shop.yaml")
    customers, orders, jobs = shop.collections
    email = customers.fields[1]

    assert problems == []
    assert (shop.key, shop.name, shop.description, shop.schema) == ("shop", "Shop", "All of it", "sales")
    assert (customers.name, customers.line, customers.key) == ("customers", 8, ("id",))
    assert (email.line, email.identity, email.length, email.data_type) == (14, IdentityKind.EMAIL, 254, "string")
    assert customers.fields[0].data_categories == ("user.account",)
    assert orders.fields[0].data_categories == ("user",)
    assert [inner.name for inner in customers.fields[2].fields] == ["language"]
    assert (orders.fields[0].references[0].target, orders.fields[0].references[0].direction) == ("customers.id", "from")
    assert (orders.is_skipped, jobs.is_skipped) == (False, True)


def replaced(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


ONE_OF = "expected one of "
FIELD_META = (
    "custom_request_field, data_type, identity, length, masking_strategy_override, primary_key, read_only, redact, "
    "references, return_all_elements"
)
MISTAKES = [
    (
        replaced("{identity: email, data_type: string, length: 254}", "{identiy: email}"),
        (
            "shop.yaml:17: dataset.shop.collections.customers.fields.email.fides_meta.identiy: unknown key 'identiy'; did you "
            f"mean 'identity'? ({ONE_OF}{FIELD_META})"
        ),
    ),
    (
        replaced("identity: email", "identity: emial"),
        (
            "shop.yaml:17: dataset.shop.collections.customers.fields.email.fides_meta.identity: unknown identity 'emial'; did "
            f"you mean 'email'? ({ONE_OF}email, phone_number, customer_number, order_number)"
        ),
    ),
    (
        replaced("user.contact.email", "user.contact.e_mail"),
        (
            "shop.yaml:16: dataset.shop.collections.customers.fields.email.data_categories: unknown data category "
            "'user.contact.e_mail'; did you mean 'user.contact.email'? (expected a key of Fideslang's data categories)"
        ),
    ),
    (
        replaced("field: customers.id", "field: customers.ident"),
        (
            "shop.yaml:27: shop.archive.orders.customer_id: reference to unknown field 'ident' of 'customers' "
            "(expected collection.field of a declared dataset)"
        ),
    ),
    (
        replaced("field: customers.id", "field: customer.id"),
        (
            "shop.yaml:27: shop.archive.orders.customer_id: reference to 'customer.id', which is no field of 'shop'; did you "
            "mean 'customers.id'? (expected collection.field of a declared dataset)"
        ),
    ),
    (
        replaced("{dataset: shop,", "{dataset: shopp,"),
        (
            "shop.yaml:27: shop.archive.orders.customer_id: reference to unknown dataset 'shopp'; did you mean 'shop'? "
            "(expected collection.field of a declared dataset)"
        ),
    ),
    (
        replaced("direction: from", "direction: form"),
        (
            "shop.yaml:27: dataset.shop.collections.archive.orders.fields.customer_id.fides_meta.references[0].direction: "
            "unknown word 'form'; did you mean 'from'? (expected one of from, to)"
        ),
    ),
    (
        replaced("data_type: integer", "data_type: int"),
        (
            "shop.yaml:13: dataset.shop.collections.customers.fields.id.fides_meta.data_type: unknown data type 'int'; did you "
            "mean 'integer'? (expected one of boolean, float, integer, object, object_id, string, each with [] for a list)"
        ),
    ),
    (
        replaced("primary_key: true", "primary_key: yes please"),
        (
            "shop.yaml:13: dataset.shop.collections.customers.fields.id.fides_meta.primary_key: the text 'yes please' where a "
            "flag belongs (expected true or false)"
        ),
    ),
    (
        replaced("length: 254", "length: -1"),
        (
            "shop.yaml:17: dataset.shop.collections.customers.fields.email.fides_meta.length: int -1 is no length "
            "(expected a whole number above 0)"
        ),
    ),
    (
        replaced("- name: id\n", "- name: no\n"),
        (
            "shop.yaml:12: dataset.shop.collections.customers.fields.no.name: bool False where text belongs "
            "(expected text; put it in quotes if it is a name)"
        ),
    ),
    (
        replaced("- name: id\n", "- name: ' '\n"),
        "shop.yaml:12: dataset.shop.collections.customers.fields. .name: 'name' is empty (expected some text)",
    ),
    (
        replaced("- name: language", "- title: language"),
        (
            "shop.yaml:21: dataset.shop.collections.customers.fields.preferences.fields[0].title: unknown key 'title' "
            "(expected one of data_categories, data_purposes, data_subjects, data_uses, description, fides_meta, "
            "fidesops_meta, fields, name)"
        ),
    ),
    (
        replaced("fides_meta: {data_type: object}", "fides_meta: {data_type: string}"),
        (
            "shop.yaml:19: dataset.shop.collections.customers.fields.preferences.fides_meta.data_type: a field with fields is "
            "no string (expected object)"
        ),
    ),
    (
        replaced("fides_meta: {data_type: object}", "fides_meta: {return_all_elements: true}"),
        (
            "shop.yaml:19: dataset.shop.collections.customers.fields.preferences.fides_meta.return_all_elements: only lists "
            "have elements (expected a data_type that ends in [])"
        ),
    ),
    (
        replaced("- name: preferences", "- name: email"),
        "shop.yaml:18: dataset.shop.collections.customers.fields: field 'email' is declared twice; first in line 14",
    ),
    (
        replaced("- name: jobs", "- name: customers"),
        "shop.yaml:28: dataset: collection 'customers' is declared twice; first in line 8",
    ),
    (
        replaced("    description: All of it\n", "    name: Shop again\n"),
        "shop.yaml:4: dataset.shop.name: 'name' is written twice; first in line 3",
    ),
    (
        replaced("fields: [{name: id}]", "fields: []"),
        "shop.yaml:28: dataset.shop.collections.jobs: there are no fields (expected fields: a list of columns)",
    ),
    (
        replaced("fields: [{name: id}]", "fields: {name: id}"),
        "shop.yaml:30: dataset.shop.collections.jobs.fields: a mapping where a list belongs (expected a list)",
    ),
    (
        replaced("- fides_key: shop", "- fides_key: the shop"),
        "shop.yaml:2: dataset.the shop.fides_key: 'the shop' is no Fideslang key (expected letters, digits and . _ < > -)",
    ),
    (
        replaced("  - fides_key: shop\n    name: Shop", "  - name: Shop"),
        "shop.yaml:2: dataset.Shop: 'fides_key' is missing (expected fides_key: some text)",
    ),
    (
        replaced("  - fides_key: shop", "  - fides_key: !!python/object:os.system {}\n    tags: [a]"),
        "shop.yaml:2: dataset.Shop.fides_key: a mapping where text belongs (expected text)",
    ),
    ("dataset: []\n", "shop.yaml:1: there is no dataset in this file (expected dataset: a list of datasets)"),
    (
        "datasets: []\n",
        "shop.yaml:1: datasets: unknown key 'datasets'; did you mean 'dataset'? (expected one of dataset)",
    ),
    ("- shop\n", "shop.yaml:1: a list where a mapping belongs (expected dataset: a list of datasets)"),
    ("", "shop.yaml:1: the file is empty"),
    ("dataset: [\n", "shop.yaml:2: not valid YAML: did not find expected node content"),
    ("dataset:\n\t- fides_key: shop\n", "shop.yaml:2: not valid YAML: found character that cannot start any token"),
    ("dataset: a\0b\n", "shop.yaml: not valid YAML: control characters are not allowed"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_with_its_line_and_what_was_expected(text: str, message: str) -> None:
    assert message in mistakes(text)


def test_every_mistake_is_told_at_once() -> None:
    text = GOOD.replace("identity: email", "identiy: email").replace("customers.id", "customer.id")

    assert [message.partition(" (")[0] for message in mistakes(text)] == [
        (
            "shop.yaml:17: dataset.shop.collections.customers.fields.email.fides_meta.identiy: unknown key 'identiy'; did you "
            "mean 'identity'?"
        ),
        (
            "shop.yaml:27: shop.archive.orders.customer_id: reference to 'customer.id', which is no field of 'shop'; did you "
            "mean 'customers.id'?"
        ),
    ]


def test_aliases_that_explode_are_refused() -> None:
    text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for before, after in zip("abcdefg", "bcdefgh", strict=True):
        text += f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"

    assert mistakes(text) == [mistakes(text)[0]]
    assert "too large or too deeply nested to be read" in mistakes(text)[0]


def test_a_list_that_holds_itself_is_refused() -> None:
    assert "too large or too deeply nested to be read" in mistakes("dataset: &a [*a]\n")[0]


def test_an_identity_of_another_program_is_a_warning() -> None:
    description = registry.load(GOOD.replace("identity: email", "identity: ga_client_id"))

    assert "unknown identity 'ga_client_id'; nobody will be looked up by it" in str(description.warnings[0])


def test_an_identity_inside_a_document_is_a_warning() -> None:
    text = GOOD.replace("- name: language\n", "- name: language\n                fides_meta: {identity: email}\n")
    warnings = [str(problem) for problem in registry.load(text, dataset_file="shop.yaml").warnings]

    assert warnings == [
        (
            "shop.yaml:21: dataset.shop.collections.customers.fields.preferences.fields: identity and references of "
            "'language' are not followed inside a document (expected a column of its own)"
        )
    ]


def test_a_collection_that_nothing_leads_to_is_a_warning() -> None:
    lonely = GOOD.replace(", direction: from", ", direction: to")
    messages = [str(problem) for problem in registry.load(lonely, dataset_file="shop.yaml").warnings]

    assert messages == [
        (
            "shop.yaml:23: shop.archive.orders: nothing leads to 'archive.orders': its rows will be in nobody's copy "
            "(expected a field with an identity, a reference, or fides_meta: {skip_processing: true})"
        )
    ]


def test_a_part_of_a_composite_key_is_no_target() -> None:
    text = GOOD.replace(
        "            fides_meta: {identity: email,", "            fides_meta: {primary_key: true, identity: email,"
    )

    assert mistakes(text) == [
        (
            "shop.yaml:27: shop.archive.orders: 'archive.orders' refers to a part of the key of 'customers': id, email "
            "(expected one reference for each column of that key)"
        )
    ]


def test_references_may_lead_to_the_other_datasets_of_the_shop() -> None:
    other = "dataset: [{fides_key: letters, collections: [{name: list, fields: [{name: id}]}]}]"
    text = GOOD.replace("{dataset: shop, field: customers.id,", "{dataset: letters, field: list.id,")

    assert registry.load(text, others=(other,)).needed_links == {
        registry.FieldPath("letters", "list", "id"),
    }
    assert len(mistakes(text)) == 1


def test_our_data_categories_are_those_of_fideslang() -> None:
    assert data_categories() == {category.fides_key for category in DEFAULT_DATA_CATEGORIES}
    assert set(dataset.NEVER_EXPORT) <= data_categories()


@pytest.mark.parametrize(
    ("model", "known"),
    [
        (FidesDataset, dataset.DATASET_KEYS),
        (FidesCollection, dataset.COLLECTION_KEYS),
        (DatasetField, dataset.FIELD_KEYS),
        (DatasetMetadata, dataset.DATASET_META_KEYS),
        (CollectionMeta, dataset.COLLECTION_META_KEYS),
        (FidesMeta, dataset.FIELD_META_KEYS),
        (FidesDatasetReference, dataset.REFERENCE_KEYS),
    ],
)
def test_we_know_every_key_that_fideslang_knows(model: type, known: set[str]) -> None:
    assert known - {"fidesops_meta"} == set(model.model_fields)


def test_we_know_every_data_type_that_fideslang_knows() -> None:
    assert dataset.DATA_TYPES == DATA_TYPE_NAMES


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000 + "x"])
def test_a_file_that_is_nested_without_end_is_refused_and_the_process_lives(text: str) -> None:
    assert "too large or too deeply nested to be read" in mistakes(text)[0]


@pytest.mark.parametrize("name", ["..", ".", "sales.", ".orders", "orders@home", "orders\\u202e"])
def test_a_table_is_refused_by_a_name_that_none_can_have_or_the_audit_log_would_not_take(name: str) -> None:
    (only,) = mistakes(GOOD.replace("name: archive.orders", f'name: "{name}"'))

    assert only.startswith("shop.yaml:23: dataset.shop.collections.")


def test_a_column_is_refused_by_a_name_that_looks_like_an_address() -> None:
    (only,) = mistakes(GOOD.replace("- name: preferences", '- name: "pre@ferences"'))

    assert "'pre@ferences' cannot be used as a name (expected no @ and nothing invisible)" in only
