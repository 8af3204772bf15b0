"""The form of a profile as JSON Schema (2020-12), for editors: made from the dataclasses, as the reading of a profile is.

An editor checks the form with it while somebody types. Sense (a time zone that exists, rules that agree) is the loader's.
"""

from __future__ import annotations

import inspect
import typing
from dataclasses import MISSING, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from dsr.clocks import regimes
from dsr.clocks.words import RightCode
from dsr.policy.known_words import FACTS, RECORD_CLASSES
from dsr.policy.reading import PROMISE, inner_of, slots
from dsr.policy.schema import Profile
from dsr.policy.terms import Right

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "A policy profile: what one shop promised"
RECORD_FIELDS = ("record_classes", "record_class", "blocks", "contradicted_by")
FACT_FIELDS = ("from_facts", "until_fact")
SIMPLE: dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0},
    date: {"type": "string", "format": "date"},
}


def json_schema() -> Schema:
    """The whole schema. Every dataclass is a definition of its own, by its name."""
    definitions: dict[str, Schema] = {}
    top = _mapping(Profile, definitions)
    return {"$schema": DIALECT, "title": TITLE, **top, "$defs": dict(sorted(definitions.items()))}


def _mapping(cls: Any, definitions: dict[str, Schema], without: tuple[str, ...] = ()) -> Schema:
    """A mapping with the fields of ``cls`` and nothing else."""
    chosen = [slot for slot in slots(cls) if slot.name not in without]
    return {
        "description": " ".join(inspect.cleandoc(cls.__doc__).split()),
        "type": "object",
        "additionalProperties": False,
        "required": [slot.name for slot in chosen if slot.default is MISSING],
        "properties": {slot.name: _field(slot.name, slot.hint, definitions) for slot in chosen},
    }


def _field(name: str, hint: Any, definitions: dict[str, Schema]) -> Schema:
    if name == "promises":
        return _list({"type": "string", "pattern": f"^{PROMISE.pattern}$"})
    if name == "regimes":
        return _list({"enum": list(regimes.codes())})
    made = _type(hint, definitions)
    if name in RECORD_FIELDS:
        return _with_examples(made, sorted(RECORD_CLASSES))
    return _with_examples(made, sorted(FACTS)) if name in FACT_FIELDS else made


def _with_examples(made: Schema, words: list[str]) -> Schema:
    """Words that the app knows; a shop may have its own."""
    if made.get("type") == "array":
        return {**made, "items": {**made["items"], "examples": words}}
    return {**made, "examples": words}


def _type(hint: Any, definitions: dict[str, Schema]) -> Schema:
    inner = inner_of(hint)
    origin = typing.get_origin(inner)
    if inner is not hint:
        return {"anyOf": [_type(inner, definitions), {"type": "null"}]}
    if origin is tuple:
        kind = typing.get_args(inner)[0]
        return _rights(definitions) if kind is Right else _list(_type(kind, definitions))
    if origin is not None:
        return {"type": "object", "description": "Sentences by language.", "additionalProperties": {"type": "string"}}
    if is_dataclass(inner):
        name = str(getattr(inner, "__name__", ""))
        if name not in definitions:
            definitions[name] = _mapping(inner, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if issubclass(inner, StrEnum):
        return {"enum": [each.value for each in inner]}
    return SIMPLE[inner]


def _rights(definitions: dict[str, Schema]) -> Schema:
    definitions["Right"] = _mapping(Right, definitions, without=("code",))
    return {
        "type": "object",
        "description": "The rights by their codes.",
        "additionalProperties": False,
        "properties": {code.value: {"$ref": "#/$defs/Right"} for code in RightCode},
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}
