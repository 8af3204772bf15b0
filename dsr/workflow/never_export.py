"""What a shop's own policy keeps from every copy: data categories under ``never_export``, beside those that no policy lets go.

The values are read from the shop's database with their rows, because rows are read whole, and go no further: they are neither
stored nor released, and the copy says that they are held.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from dsr.models import DatasetVersion
from dsr.policy.decide import is_below
from dsr.policy.schema import Profile
from dsr.records import Record


def barred_columns(profile: Profile, version: DatasetVersion, collection: str) -> frozenset[str]:
    """The columns of a collection whose values the profile lets into no copy."""
    columns = version.collections[collection]["fields"] if profile.never_export else ()
    return frozenset(column["name"] for column in columns if is_below(column["data_categories"], profile.never_export))


def without(record: Record, columns: Collection[str]) -> Record:
    """The record with the values of these columns left in the shop; where there was none, nothing is said."""
    held = tuple(name for name in columns if record.values.get(name) is not None)
    if not held:
        return record
    return replace(
        record,
        values={name: None if name in held else value for name, value in record.values.items()},
        held=tuple(dict.fromkeys((*record.held, *sorted(held)))),
        oversized={name: content for name, content in record.oversized.items() if name not in held},
    )
