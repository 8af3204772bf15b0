"""Changing a YAML text as a careful person would: only what differs is touched.

``merged(text, wanted)`` gives a text that reads as ``wanted``. Comments, order, quoting and blank lines stay wherever the
content does. A value that changes is written in its place; keys that are gone take their line along; new keys and list items
follow the last one of their kind. List items are known by their ``name`` (``fides_key`` for a dataset).

The result is read again before it is given back. Where it does not read as wanted (anchors and aliases, a list in another
order) the whole text is written anew, and its comments are lost: content goes before comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

NAMES = ("fides_key", "name")
ONE_LINE = 1_000_000


@dataclass(frozen=True, slots=True)
class _Edit:
    """Put ``text`` in the place of what stands from ``start`` to ``end``."""

    start: int
    end: int
    text: str


class _Tangled(Exception):
    """This text cannot be changed piece by piece."""


def read(text: str) -> Any:
    """The content of a YAML text that was checked before (``yaml_text.Reader``): depth is not bounded here."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def merged(text: str, wanted: object) -> str:
    """``text`` changed as little as possible so that it reads as ``wanted``. An empty text is written anew."""
    have = read(text)
    if have == wanted:
        return text
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        changed = _applied(text, _edits(text, root, have, wanted)) if root else ""
        if changed and read(changed) == wanted:
            return changed
    except (_Tangled, yaml.YAMLError):
        pass
    return yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True, width=120)


def _applied(text: str, edits: Iterator[_Edit]) -> str:
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if edit.start < done:
            raise _Tangled
        pieces += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*pieces, text[done:]])


def _edits(text: str, node: yaml.Node, have: object, wanted: object) -> Iterator[_Edit]:
    if have == wanted and type(have) is type(wanted):
        return
    if isinstance(node, yaml.MappingNode) and isinstance(have, dict) and isinstance(wanted, dict) and wanted:
        yield from _mapping_edits(text, node, have, wanted)
    elif isinstance(node, yaml.SequenceNode) and isinstance(have, list) and isinstance(wanted, list) and wanted:
        yield from _list_edits(text, node, have, wanted)
    else:
        yield _in_place(text, node, wanted)


def _mapping_edits(
    text: str, node: yaml.MappingNode, have: dict[object, object], wanted: dict[object, object]
) -> Iterator[_Edit]:
    if len(have) != len(node.value):
        raise _Tangled
    added = {key: value for key, value in wanted.items() if key not in have}
    kept = [(pair, key) for pair, key in zip(node.value, have, strict=True) if key in wanted]
    is_same_shape = not added and len(kept) == len(have)
    if not is_same_shape and (node.flow_style or not kept):
        yield _in_place(text, node, wanted)
        return
    for (_, value), key in kept:
        yield from _edits(text, value, have[key], wanted[key])
    for (key_node, value), key in zip(node.value, have, strict=True):
        if key not in wanted:
            yield _removed(text, key_node, value)
    if added:
        margin = "\n" + " " * node.value[0][0].start_mark.column
        yield _after(text, kept[-1][0][1], "".join(f"{margin}{_inline(k)}: {_inline(v)}" for k, v in added.items()))


def _list_edits(text: str, node: yaml.SequenceNode, have: list[object], wanted: list[object]) -> Iterator[_Edit]:
    before, after = [_name(each) for each in have], [_name(each) for each in wanted]
    kept = [name for name in before if name in after]
    is_named = all(before) and all(after)
    if is_named and not node.flow_style and kept and after[: len(kept)] == kept:
        by_name = dict(zip(after, wanted, strict=True))
        for item, was, name in zip(node.value, have, before, strict=True):
            if name in by_name:
                yield from _edits(text, item, was, by_name[name])
            else:
                yield _removed(text, item, item)
        last = max(index for index, name in enumerate(before) if name in by_name)
        margin = "\n" + " " * node.start_mark.column + "- "
        more = "".join(margin + _inline(each) for each in wanted[len(kept) :])
        if more:
            yield _after(text, node.value[last], more)
    elif len(have) == len(wanted):
        for item, was, will in zip(node.value, have, wanted, strict=True):
            yield from _edits(text, item, was, will)
    else:
        yield _in_place(text, node, wanted)


def _name(item: object) -> str:
    if not isinstance(item, dict):
        return ""
    return next((str(item[key]) for key in NAMES if key in item), "")


def _in_place(text: str, node: yaml.Node, wanted: object) -> _Edit:
    start, end = node.start_mark.index, _end(node)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and isinstance(wanted, list) and wanted:
        margin = "\n" + " " * node.start_mark.column
        return _Edit(start, end, margin.join(f"- {_inline(each)}" for each in wanted))
    gap = " " if start == end and text[start - 1 : start] == ":" else ""
    return _Edit(start, end, gap + _inline(wanted))


def _removed(text: str, first: yaml.Node, last: yaml.Node) -> _Edit:
    """Without the lines from ``first`` to ``last``, the comment behind them included."""
    line = text.rfind("\n", 0, first.start_mark.index) + 1
    if text[line : first.start_mark.index].strip(" -") or line == 0:
        raise _Tangled
    if first is not last and "-" in text[line : first.start_mark.index]:
        raise _Tangled
    return _Edit(line - 1, _end_of_line(text, _end(last)), "")


def _after(text: str, node: yaml.Node, addition: str) -> _Edit:
    end = _end_of_line(text, _end(node))
    return _Edit(end, end, addition)


def _end(node: yaml.Node) -> int:
    """Where a node's last character stands. A block's own end mark lies behind the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
    return int(node.end_mark.index)


def _end_of_line(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _inline(value: object) -> str:
    """A value on one line."""
    written = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=ONE_LINE)
    return written.removesuffix("...\n").strip()


def named(items: Sequence[object]) -> dict[str, dict[str, Any]]:
    """The mappings of a list by their names."""
    return {_name(item): item for item in items if isinstance(item, dict) and _name(item)}
