"""Whether a shop's policy says what becomes of everything that its connected sources hold; silence is an error."""

from __future__ import annotations

from collections.abc import Iterator

from dsr.models import Shop, Source
from dsr.policy.coverage import Gap, Holding, LookUp, Switch, gaps, left_on, survivors
from dsr.policy.decide import is_below
from dsr.policy.schema import Profile
from dsr.records import IdentityKind
from dsr.sources.registry import Description
from dsr.workflow import connections

CONSENT = ("user.privacy_preferences",)
"""The data categories of what a person takes or does not take, in Fideslang."""
FINDS_PEOPLE = (IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.CUSTOMER_NUMBER)
"""An order number leads to an order, which may well go on without its person."""


def gaps_of(shop: Shop, profile: Profile) -> list[Gap]:
    """The collections of the shop's connected sources that the profile would be silent about. Raises Refused when a
    description no longer holds."""
    return list(gaps(profile, holdings_of(shop)))


def holdings_of(shop: Shop) -> list[Holding]:
    """The collections about people of the shop's connected sources. Raises Refused when a description no longer holds."""
    versions = [each for each in connections.current_versions(shop) if each.source.kind != Source.Kind.MANUAL]
    return [each for version in versions for each in _holdings(version.source.name, connections.described_by(version))]


def gaps_in(source: str, described: Description, profile: Profile) -> Iterator[Gap]:
    """The same of one source, and the columns that would still tell who somebody was in a record made anonymous, or that they
    take marketing in one that is out of use."""
    yield from gaps(profile, _holdings(source, described))
    yield from survivors(profile, _lookups(source, described))
    yield from left_on(profile, _switches(source, described))


def switches_left_on(described: Description, collection: str) -> list[str]:
    """The columns of a collection that still say that a person takes marketing once the overlay took their record out of use.

    Each that is true or false has to be set; where there is none, one of those that speak of it.
    """
    set_off = described.overlay.of(collection).deactivate
    fields = described.graph.collections[collection].fields
    speaking = [field for field in fields if is_below(field.data_categories, CONSENT)]
    switches = [field.name for field in speaking if field.data_type == "boolean"]
    if not switches and any(field.name in set_off for field in speaking):
        return []
    return [name for name in switches or [field.name for field in speaking] if name not in set_off]


def _holdings(source: str, described: Description) -> Iterator[Holding]:
    """Every collection in which people have rows of their own; lookups (products, countries) are nobody's."""
    for dataset in described.datasets:
        for collection in dataset.collections:
            if collection.name in described.graph.searched and collection.name not in described.graph.lookups:
                said = described.overlay.of(collection.name)
                place = f"{dataset.key}.{collection.name}"
                yield Holding(source, place, said.record_class, described.overlay.file, said.line)


def _lookups(source: str, described: Description) -> Iterator[LookUp]:
    for dataset in described.datasets:
        for collection in dataset.collections:
            for field in () if collection.is_skipped else collection.fields:
                if field.identity in FINDS_PEOPLE:
                    place = f"{dataset.key}.{collection.name}.{field.name}"
                    record_class = described.overlay.of(collection.name).record_class
                    yield LookUp(Holding(source, place, record_class, dataset.file, field.line), field.data_categories)


def _switches(source: str, described: Description) -> Iterator[Switch]:
    for dataset in described.datasets:
        for collection in dataset.collections:
            said = described.overlay.of(collection.name)
            left = switches_left_on(described, collection.name) if collection.name in described.graph.searched else []
            for field in collection.fields:
                if field.name in left and collection.name not in described.graph.lookups and said.deactivate:
                    place = f"{dataset.key}.{collection.name}.{field.name}"
                    holding = Holding(source, place, said.record_class, described.overlay.file, said.line)
                    yield Switch(holding, field.name, field.data_categories)
