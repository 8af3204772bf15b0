"""YAML read with line numbers, so that whatever is wrong with a file can be said at the place where it is wrong.

The reader collects problems instead of stopping at the first: a person who describes a shop or its promises wants the whole list.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import yaml
from yaml.constructor import SafeConstructor

LARGEST_NODE_COUNT = 100_000
"""Beyond this a file is refused: aliases inside aliases grow without bound."""

DEEPEST_NESTING = 40
NAMING_KEYS = ("name", "fides_key")
PLAIN_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
"""Other whole numbers stay text: YAML 1.1 takes ``010`` for eight and ``1:30`` for ninety, which nobody means, and Python
writes out no number of thousands of digits, not even in a message."""

LONGEST_SHOWN = 80
STANDARD_TAG = "tag:yaml.org,2002:"
TEXT_TAG = STANDARD_TAG + "str"
PLAIN_TAGS = {STANDARD_TAG + name for name in ("int", "float", "bool", "null", "timestamp")}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file that describes something, or with a live place that it describes.

    ``file`` and ``line`` say where it is written, ``place`` is the path inside the file, ``expected`` what would be
    right. A warning does not keep the file from being used.
    """

    file: str
    message: str
    line: int | None = None
    place: str = ""
    expected: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        what = f"{self.place}: {self.message}" if self.place else self.message
        return f"{where}: {what}" + (f" (expected {self.expected})" if self.expected else "")


class _TooMuch(Exception):
    """The file is too large or too deeply nested; ``line`` says from where on."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True, slots=True)
class Node:
    """A value, the line it stands on and its place: the path to it, list items by their name where they have one."""

    value: object
    line: int
    place: str


@dataclass(frozen=True, slots=True)
class YamlMapping:
    """A YAML mapping: values by key, and the line of each key."""

    values: dict[str, Node]
    lines: dict[str, int]
    line: int
    place: str

    def at(self, key: str) -> str:
        """The place of one key, as messages name it."""
        return f"{self.place}.{key}" if self.place else key


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean`` with the nearest known word, or nothing when none is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


class Reader:
    """Reads one file and gathers its problems."""

    largest_node_count = LARGEST_NODE_COUNT

    def __init__(self, file: str, naming_keys: Collection[str] = NAMING_KEYS) -> None:
        """``naming_keys``: the keys by whose value an item of a list is named in places."""
        self.file = file
        self._naming_keys = naming_keys
        self.problems: list[Problem] = []
        self._nodes = 0
        self._scalars = SafeConstructor()

    def complain(
        self, line: int | None, place: str, message: str, expected: str = "", *, warning: bool = False
    ) -> None:
        """Note one problem and go on."""
        self.problems.append(Problem(self.file, message, line, place, expected, is_warning=warning))

    def root(self, text: str, *, may_be_empty: bool = False) -> Node | None:
        """The file's content, or None when it is empty or not YAML (then there is a problem that says so)."""
        try:
            self._refuse_depth(text)
            node = yaml.compose(text, Loader=yaml.CSafeLoader)
            if node is not None:
                return self._build(node, "", 0)
        except _TooMuch as error:
            self.problems = [Problem(self.file, "too large or too deeply nested to be read", error.line)]
            return None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.complain(mark.line + 1 if mark else None, "", f"not valid YAML: {error.problem or error.context}")
            return None
        except yaml.YAMLError as error:
            self.complain(None, "", f"not valid YAML: {getattr(error, 'reason', 'it cannot be read')}")
            return None
        if not may_be_empty:
            self.complain(1, "", "the file is empty")
        return None

    def _refuse_depth(self, text: str) -> None:
        """Read it flat first: composing calls itself once a level, in C, and a deep file would end the whole process."""
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST_NESTING:
                raise _TooMuch(event.start_mark.line + 1 if event.start_mark else 1)

    def _build(self, node: yaml.Node, place: str, depth: int) -> Node:
        line = node.start_mark.line + 1
        self._nodes += 1
        if depth > DEEPEST_NESTING or self._nodes > self.largest_node_count:
            raise _TooMuch(line)
        if isinstance(node, yaml.MappingNode):
            return Node(self._build_mapping(node, place, depth), line, place)
        if isinstance(node, yaml.SequenceNode):
            items = [
                self._build(item, self._item_place(item, place, n), depth + 1) for n, item in enumerate(node.value)
            ]
            return Node(items, line, place)
        return Node(self._scalar(node, place), line, place)

    def _item_place(self, item: yaml.Node, place: str, number: int) -> str:
        if isinstance(item, yaml.MappingNode):
            for key, value in item.value:
                if (
                    getattr(key, "value", None) in self._naming_keys
                    and isinstance(value, yaml.ScalarNode)
                    and value.value
                ):
                    return f"{place}.{value.value}"
        return f"{place}[{number}]"

    def _build_mapping(self, node: yaml.MappingNode, place: str, depth: int) -> YamlMapping:
        mapping = YamlMapping({}, {}, node.start_mark.line + 1, place)
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            if key in mapping.values:
                self.complain(line, mapping.at(key), f"'{key}' is written twice; first in line {mapping.lines[key]}")
                continue
            mapping.values[key] = self._build(value_node, mapping.at(key), depth + 1)
            mapping.lines[key] = line
        return mapping

    def _scalar(self, node: yaml.Node, place: str) -> object:
        if node.tag == TEXT_TAG:
            return node.value
        if node.tag not in PLAIN_TAGS:
            self.complain(node.start_mark.line + 1, place, f"the tag '{node.tag}' is not allowed", "a plain value")
            return None
        try:
            value: object = self._scalars.construct_object(node)
        except (ValueError, yaml.YAMLError):
            return node.value
        if type(value) is int and not PLAIN_NUMBER.fullmatch(node.value):
            return node.value
        return value

    def mapping(self, node: Node, known: Collection[str], what: str = "") -> YamlMapping | None:
        """The node as a mapping whose keys are all ``known``; unknown ones are problems and left out."""
        if not isinstance(node.value, YamlMapping):
            message = f"{kind_of(node.value)} where a mapping belongs"
            self.complain(node.line, node.place, message, what or "a mapping of keys")
            return None
        for key in [key for key in node.value.values if key not in known]:
            expected = "one of " + ", ".join(sorted(known))
            line = node.value.lines[key]
            self.complain(line, node.value.at(key), f"unknown key '{key}'{nearest(key, known)}", expected)
            del node.value.values[key]
        return node.value

    def items(self, mapping: YamlMapping, key: str) -> list[Node]:
        """The list under ``key``; empty when it is absent or not a list."""
        node = mapping.values.get(key)
        if node is None or node.value is None:
            return []
        if not isinstance(node.value, list):
            self.complain(node.line, node.place, f"{kind_of(node.value)} where a list belongs", "a list")
            return []
        return node.value

    def text(self, mapping: YamlMapping, key: str, *, required: bool = False) -> str:
        """The text under ``key``; empty when it is absent."""
        node = mapping.values.get(key)
        if node is None or node.value is None:
            if required:
                self.complain(mapping.line, mapping.place, f"'{key}' is missing", f"{key}: some text")
            return ""
        text = self.as_text(node)
        if required and isinstance(node.value, str) and not text.strip():
            self.complain(node.line, node.place, f"'{key}' is empty", "some text")
        return text.strip() and text

    def as_text(self, node: Node) -> str:
        """The node as text. Words that YAML 1.1 reads as something else (``no``, ``on``, ``12``) need quotes."""
        if isinstance(node.value, str):
            return node.value
        simple = not isinstance(node.value, list | YamlMapping)
        hint = "text; put it in quotes if it is a name" if simple else "text"
        self.complain(node.line, node.place, f"{kind_of(node.value)} where text belongs", hint)
        return ""

    def texts(self, mapping: YamlMapping, key: str) -> list[tuple[str, int]]:
        """The list of texts under ``key``, each with its line."""
        pairs = [(self.as_text(node), node.line) for node in self.items(mapping, key)]
        return [pair for pair in pairs if pair[0]]

    def flag(self, mapping: YamlMapping, key: str) -> bool:
        """The true or false under ``key``; false when it is absent."""
        node = mapping.values.get(key)
        if node is None or node.value is None:
            return False
        if not isinstance(node.value, bool):
            self.complain(node.line, node.place, f"{kind_of(node.value)} where a flag belongs", "true or false")
            return False
        return node.value

    def whole_number(self, mapping: YamlMapping, key: str) -> int | None:
        """The positive whole number under ``key``; None when it is absent."""
        node = mapping.values.get(key)
        if node is None or node.value is None:
            return None
        if not isinstance(node.value, int) or isinstance(node.value, bool) or node.value < 1:
            self.complain(node.line, node.place, f"{kind_of(node.value)} is no length", "a whole number above 0")
            return None
        return node.value

    def choice(self, mapping: YamlMapping, key: str, known: Collection[str]) -> str:
        """The word under ``key``, one of ``known``; empty when it is absent or wrong."""
        word = self.text(mapping, key)
        if word and word not in known:
            expected = "one of " + ", ".join(sorted(known))
            self.complain(mapping.lines[key], mapping.at(key), f"unknown word '{word}'{nearest(word, known)}", expected)
            return ""
        return word


def kind_of(value: object) -> str:
    """What stands there, for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, YamlMapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return f"the text '{value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN] + '…'}'"
    return f"{type(value).__name__} {value!r}"
