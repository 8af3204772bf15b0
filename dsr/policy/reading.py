"""Fills the dataclasses of a profile from YAML: the key is the field's name, its type says what belongs there.

A mistake never stops the reading. What is missing or wrong becomes a blank of its type, so that the rules of sense can still
look at everything else, and a profile with twenty mistakes reports twenty.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from dsr.clocks.words import RightCode
from dsr.policy.terms import Placed, Proof, Right
from dsr.yaml_text import Node, Reader, YamlMapping, kind_of, nearest

NAMING_KEYS = ("key", "promise", "feature")
PROMISE = re.compile(r"[A-Z]{2}-\d{2}")
WITHOUT_PROOF = (RightCode.OPT_OUT, RightCode.LIMIT)
"""Nobody may be made to prove who they are for these (11 CCR 7060(b)), so a profile need not say so."""

BY_MACHINE = ("line", "placed")
"""Fields that the reader fills; in a file they are unknown keys."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slot:
    """One key of a mapping: what belongs there, and what holds when it is absent (``MISSING``: it must be there)."""

    name: str
    hint: Any
    default: Any


def slots(cls: Any) -> tuple[Slot, ...]:
    """The keys that a mapping for ``cls`` may have."""
    hints = typing.get_type_hints(cls)
    return tuple(
        Slot(each.name, hints[each.name], _default(each)) for each in fields(cls) if each.name not in BY_MACHINE
    )


def _default(each: Field[Any]) -> Any:
    return each.default_factory() if each.default_factory is not MISSING else each.default


class ProfileReader(Reader):
    """Reads one profile; ``placed`` gathers where promises are named, ``lines`` where every key stands, ``unread`` what is blank
    because it was missing or wrong."""

    largest_node_count = 20_000
    """Twenty times the longest profile so far; every word of it is compared with the known ones."""

    def __init__(self, file: str) -> None:
        super().__init__(file, NAMING_KEYS)
        self.placed: list[Placed] = []
        self.lines: dict[str, int] = {}
        self.unread: set[str] = set()

    def fill(self, cls: type[T], node: Node) -> T | None:
        """``cls`` from a mapping; None when there is no mapping at all."""
        known = [slot.name for slot in slots(cls) if not (cls is Right and slot.name == "code")]
        mapping = self.mapping(node, known)
        return self._fill(cls, mapping, {}) if mapping else None

    def _fill(self, cls: type[T], mapping: YamlMapping, given: Mapping[str, Any]) -> T:
        self.lines.setdefault(mapping.place, mapping.line)
        self.lines |= {
            place: line for key, line in mapping.lines.items() if (place := mapping.at(key)) not in self.lines
        }
        values = {slot.name: self._slot(slot, mapping) for slot in slots(cls) if slot.name not in given}
        if any(each.name == "line" for each in fields(cls)):  # type: ignore[arg-type]  # every caller's cls is a dataclass
            values["line"] = mapping.line
        return cls(**values, **given)

    def _slot(self, slot: Slot, mapping: YamlMapping) -> Any:
        node = mapping.values.get(slot.name)
        if node is None or node.value is None:
            if slot.default is not MISSING:
                return slot.default
            self.complain(
                mapping.line, mapping.place, f"'{slot.name}' is missing", f"{slot.name}: {expected(slot.hint)}"
            )
            self.unread.add(mapping.at(slot.name))
            return blank(slot.hint)
        if slot.name == "promises":
            return self._promises(node, mapping)
        if slot.default is MISSING and node.value in ("", []):
            self.complain(node.line, node.place, f"'{slot.name}' is empty", expected(slot.hint))
            self.unread.add(node.place)
            return blank(slot.hint)
        before = len(self.problems)
        value = self._value(slot.hint, node)
        self.unread |= {problem.place for problem in self.problems[before:]}
        is_simple = not isinstance(value, tuple) and not is_dataclass(value)
        return slot.default if is_simple and slot.default is not MISSING and len(self.problems) > before else value

    def _value(self, hint: Any, node: Node) -> Any:
        inner, origin = inner_of(hint), typing.get_origin(inner_of(hint))
        if origin is tuple:
            return self._tuple(typing.get_args(inner)[0], node)
        if origin is not None:
            return self._sentences(node)
        if is_dataclass(inner):
            return self.fill(typing.cast("type[Any]", inner), node) or blank(hint)
        return self._single(inner, node)

    def _single(self, kind: Any, node: Node) -> Any:
        if kind is str:
            return self.as_text(node)
        if issubclass(kind, StrEnum):
            return self._word(kind, node)
        fits = isinstance(node.value, kind) and (kind is bool or not isinstance(node.value, bool | datetime))
        if not fits or (kind is int and typing.cast("int", node.value) < 0):
            self.complain(node.line, node.place, f"{kind_of(node.value)} does not fit here", expected(kind))
            return blank(kind)
        return node.value

    def _word(self, kind: type[StrEnum], node: Node) -> StrEnum:
        known = [each.value for each in kind]
        if node.value in known:
            return kind(str(node.value))
        close = nearest(str(node.value), known)
        self.complain(node.line, node.place, f"unknown word {_shown(node.value)}{close}", expected(kind))
        return next(iter(kind))

    def _tuple(self, kind: Any, node: Node) -> tuple[Any, ...]:
        if kind is Right:
            return tuple(self._rights(node))
        if not isinstance(node.value, list):
            self.complain(node.line, node.place, f"{kind_of(node.value)} where a list belongs", "a list")
            return ()
        read = [self._item(kind, item) for item in node.value]
        return tuple(each for each in read if each is not None and each != "")

    def _item(self, kind: Any, node: Node) -> Any:
        """One of a list; a wrong word is left out."""
        self.lines.setdefault(node.place, node.line)
        if is_dataclass(kind):
            return self.fill(typing.cast("type[Any]", kind), node)
        before = len(self.problems)
        value = self._single(kind, node)
        return value if len(self.problems) == before else None

    def _rights(self, node: Node) -> Iterator[Right]:
        known = [code.value for code in RightCode]
        mapping = self.mapping(node, known, "the rights by their codes: " + ", ".join(known))
        for code, inner in mapping.values.items() if mapping else ():
            right = self.mapping(inner, [slot.name for slot in slots(Right) if slot.name != "code"])
            if right:
                given: dict[str, Any] = {"code": RightCode(code)}
                if code in WITHOUT_PROOF and "proof" not in right.values:
                    given["proof"] = Proof.NONE
                yield self._fill(Right, right, given)

    def _sentences(self, node: Node) -> dict[str, str]:
        if not isinstance(node.value, YamlMapping):
            self.complain(node.line, node.place, f"{kind_of(node.value)} where sentences belong", "en: a sentence")
            return {}
        self.lines |= {node.value.at(key): line for key, line in node.value.lines.items()}
        said = {language: self.as_text(inner).strip() for language, inner in node.value.values.items()}
        for language, text in said.items():
            if not text and isinstance(node.value.values[language].value, str):
                self.complain(node.value.lines[language], node.value.at(language), "an empty sentence", "a sentence")
        return said

    def _promises(self, node: Node, owner: YamlMapping) -> tuple[str, ...]:
        if not isinstance(node.value, list):
            self.complain(
                node.line, node.place, f"{kind_of(node.value)} where a list belongs", "a list such as [TL-04]"
            )
            return ()
        found = [self._promise(item, owner.place) for item in node.value]
        return tuple(each for each in found if each)

    def _promise(self, node: Node, place: str) -> str:
        word = self.as_text(node)
        if word and not PROMISE.fullmatch(word):
            self.complain(node.line, node.place, f"'{word}' is no promise", "two capitals and two digits such as TL-04")
            return ""
        if word:
            self.placed.append(Placed(word, place, node.line))
        return word


def expected(hint: Any) -> str:
    """What belongs where a field of this type stands, for a message."""
    inner, origin = inner_of(hint), typing.get_origin(inner_of(hint))
    if origin is tuple:
        kind = typing.get_args(inner)[0]
        return "a list" if not isinstance(kind, type) or not issubclass(kind, StrEnum) else f"a list of {_words(kind)}"
    if origin is not None:
        return "sentences by language, such as {en: a sentence}"
    if is_dataclass(inner):
        return "a mapping with " + ", ".join(slot.name for slot in slots(typing.cast("type[Any]", inner)))
    if issubclass(inner, StrEnum):
        return f"one of {_words(inner)}"
    return {
        str: "some text",
        bool: "true or false",
        int: "a whole number, 0 or more",
        date: "a day such as 2026-01-31, without quotes",
    }[inner]


def blank(hint: Any) -> Any:
    """The emptiest value of a type: what stands in a field whose own could not be read."""
    if inner_of(hint) is not hint:
        return None
    if typing.get_origin(hint) is not None:
        return () if typing.get_origin(hint) is tuple else {}
    if is_dataclass(hint):
        return typing.cast("type[Any]", hint)(
            **{
                slot.name: blank(slot.hint) if slot.default is MISSING else slot.default
                for slot in slots(typing.cast("type[Any]", hint))
            }
        )
    return next(iter(hint)) if issubclass(hint, StrEnum) else hint() if hint is not date else None


def inner_of(hint: Any) -> Any:
    """The type inside ``X | None``."""
    if isinstance(hint, types.UnionType):
        return next(each for each in typing.get_args(hint) if each is not types.NoneType)
    return hint


def _words(kind: type[StrEnum]) -> str:
    return ", ".join(each.value for each in kind)


def _shown(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else kind_of(value)
