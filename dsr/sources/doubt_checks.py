"""Whether what an overlay calls doubtful can be looked for, and mended when somebody says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dsr.sources.correcting import correctable
from dsr.sources.dataset import Collection
from dsr.sources.description import Description
from dsr.sources.doubts import Because, DoubtRule
from dsr.sources.graph import NAMES_A_PERSON, Edge, IdentityColumn
from dsr.sources.record_dates import leads_to
from dsr.yaml_text import Problem

DATES = ("date", "datetime")


def rules_of(description: Description) -> dict[str, tuple[DoubtRule, ...]]:
    """The rules by collection; only collections that have some."""
    said = {name: description.overlay.of(name).doubts for name in description.graph.collections}
    return {name: rules for name, rules in said.items() if rules}


def naming(description: Description, collection: str) -> tuple[IdentityColumn, ...]:
    """The columns of a collection that say whose a row is."""
    secrets = description.secrets(description.graph.collections[collection])
    return tuple(
        each
        for each in description.graph.identities_of(collection)
        if each.kind in NAMES_A_PERSON and not each.is_third_party and each.column not in secrets
    )


def upward(description: Description, collection: str) -> list[Edge]:
    """The steps by which other rows lead to a collection's, as an account does to its address."""
    return [*description.graph.owners(collection), *leads_to(description, collection)]


def problems_of_doubts(description: Description) -> Iterator[Problem]:
    """Everything for which a rule could not be followed."""
    for name, said in description.overlay.collections.items():
        collection = description.graph.collections.get(name)
        for rule in said.doubts:
            why, expected = ("is never searched", "no 'doubts'") if collection is None else ("", "")
            if collection is not None:
                why, expected = _unfit(description, collection, rule)
            if why:
                place = f"collections.{name}.doubts.{rule.field}"
                yield Problem(description.overlay.file, why, rule.line, place, expected)


def problems_in_place(kind: str, description: Description, types: Mapping[str, Mapping[str, str]]) -> Iterator[Problem]:
    """Rules that cannot be followed in the live place; ``types`` are its type words by collection and column."""
    for name, rules in rules_of(description).items():
        for rule in rules:
            if kind == "file":
                message = "exported files are not looked through: only in a database can a value be mended"
                place = f"collections.{name}.doubts.{rule.field}"
                yield Problem(description.overlay.file, message, rule.line, place, "no 'doubts'", is_warning=True)
                continue
            word = types.get(name, {}).get(rule.sign, "")
            if rule.because is Because.OUTDATED and word and word not in DATES:
                message = f"'{rule.sign}' holds {word}, no date: nobody can tell how old it is"
                place = f"collections.{name}.doubts.{rule.field}"
                yield Problem(description.overlay.file, message, rule.line, place, "a column with a date or a moment")


def _unfit(description: Description, collection: Collection, rule: DoubtRule) -> tuple[str, str]:
    if rule.sign in description.secrets(collection):
        return f"'{rule.sign}' may be in no output, so nobody may look at it either", "another column"
    if collection.name in description.graph.lookups or not _leads_to_somebody(description, collection.name):
        why = (
            "its rows lead to nobody: no e-mail address and no customer number stands in them, or in a row they hang on"
        )
        return why, "a collection whose rows are a person's"
    if all(each.name != rule.field for each in correctable(description, collection)):
        why = f"'{rule.field}' cannot be corrected: it says nothing of the person, or refers to other rows"
        return why, "a field with a data category below 'user', that is no reference, document or other person's"
    return "", ""


def _leads_to_somebody(description: Description, collection: str) -> bool:
    waiting, seen = [collection], {collection}
    while waiting:
        here = waiting.pop()
        if naming(description, here):
            return True
        above = {edge.source for edge in upward(description, here)} - seen
        seen |= above
        waiting += above
    return False
