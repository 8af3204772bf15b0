"""The published descriptions of a source: what differs between two, and publishing an older one again."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import datetime

from dsr.models import DatasetDraft, DatasetVersion
from dsr.sources import registry
from dsr.sources.revision import CollectionChoice, Difference, choices_of, compared
from dsr.workflow import connections, drafts
from dsr.workflow.actors import Actor
from dsr.workflow.connections import Refused

Texts = tuple[str, str]
"""A dataset and its overlay."""


def difference(before: DatasetVersion, after: DatasetVersion) -> tuple[list[Difference], str]:
    """What ``after`` says differently: for people, and as a unified diff of the texts."""
    names = (f"version {before.number}", f"version {after.number}")
    return _difference(_texts(before), _texts(after), names)


def difference_of_draft(draft: DatasetDraft) -> tuple[list[Difference], str]:
    """What publishing the draft would change. Raises Refused when its texts cannot be read."""
    before = _texts(draft.based_on) if draft.based_on else ("", "")
    names = (f"version {draft.based_on.number}" if draft.based_on else "nothing", "this draft")
    return _difference(before, drafts.texts_of(draft), names)


def publish_again(version: DatasetVersion, *, actor: Actor, now: datetime) -> DatasetVersion:
    """Make a new version that says what an older one said. Raises Refused and SourceError as any description does."""
    return connections.change_source(
        version.source,
        dataset_text=version.dataset_text,
        dataset_name=version.dataset_name,
        overlay_text=version.overlay_text,
        overlay_name=version.overlay_name,
        origin=DatasetVersion.Origin.AGAIN,
        repeats=version,
        actor=actor,
        now=now,
    )


def _texts(version: DatasetVersion) -> Texts:
    return version.dataset_text, version.overlay_text


def _difference(before: Texts, after: Texts, names: tuple[str, str]) -> tuple[list[Difference], str]:
    return list(compared(_choices(before), _choices(after))), _unified(before, after, names)


def _choices(texts: Texts) -> Sequence[CollectionChoice]:
    """What the texts say; a version that a newer parser refuses says nothing that could be compared."""
    if not texts[0]:
        return ()
    try:
        return choices_of(*texts)
    except registry.DatasetError as error:
        raise Refused(error.problems) from None


def _unified(before: Texts, after: Texts, names: tuple[str, str]) -> str:
    lines: list[str] = []
    for what, was, now in zip(("dataset", "overlay"), before, after, strict=True):
        old, new = (f"{what}, {name}" for name in names)
        lines += difflib.unified_diff(was.splitlines(), now.splitlines(), old, new, lineterm="")
    return "\n".join(lines)
