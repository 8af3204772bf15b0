"""What was found, in the order in which the copy tells it, and what of it has been looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from dsr.models import Mention, SourceRun, SubjectRequest, Viewing
from dsr.policy.schema import Profile
from dsr.workflow import answer
from dsr.workflow.answer import Marks


@dataclass(frozen=True, slots=True)
class Part:
    """The findings of one collection. ``is_seen`` by the one who looks; ``mentions``: texts that name somebody else."""

    run: SourceRun
    name: str
    title: str
    rows: int
    category: str
    is_seen: bool
    mentions: int = 0


@dataclass(frozen=True, slots=True)
class Chapter:
    """One of the policy's own categories."""

    title: str
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many records it holds."""
        return sum(part.rows for part in self.parts)


def chapters(subject_request: SubjectRequest, user: User, profile: Profile) -> list[Chapter]:
    """The categories that hold something, as the policy orders them."""
    parts = list(_parts(subject_request, profile, _seen(subject_request, user=user)))
    found = [
        Chapter(each.title, tuple(part for part in parts if part.category == each.key)) for each in profile.categories
    ]
    return [chapter for chapter in found if chapter.parts]


def following(chapters: list[Chapter], run: SourceRun, collection: str) -> Part | None:
    """The collection that comes after this one; None after the last."""
    parts = [part for chapter in chapters for part in chapter.parts]
    places = [(part.run.pk, part.name) for part in parts]
    here = (run.pk, collection)
    after = places.index(here) + 1 if here in places else len(parts)
    return parts[after] if after < len(parts) else None


def unseen(subject_request: SubjectRequest, profile: Profile) -> list[str]:
    """The titles of collections with findings that nobody has opened."""
    return [part.title for part in _parts(subject_request, profile, _seen(subject_request)) if not part.is_seen]


def open_mentions(subject_request: SubjectRequest) -> int:
    """How many texts name somebody else and would leave as they are."""
    found = Mention.objects.filter(source_run__subject_request=subject_request).select_related("source_run")
    marks: dict[tuple[int, str], Marks] = {}
    shown = 0
    for each in found:
        place = (each.source_run_id, each.collection)
        if place not in marks:
            marks[place] = answer.marks_of(each.source_run, each.collection)
        decided = marks[place]
        shown += not decided.is_withheld(each.digest) and each.field not in decided.hidden_in(each.digest)
    return shown


def _parts(subject_request: SubjectRequest, profile: Profile, seen: set[tuple[int, str]]) -> Iterator[Part]:
    places = Mention.objects.filter(source_run__subject_request=subject_request)
    mentions = Counter(places.values_list("source_run_id", "collection"))
    for run in subject_request.source_runs.select_related("dataset_version", "source").order_by("source__name"):
        for name, each in answer.in_order(run):
            rows = run.counts.get(name, 0)
            if rows:
                category = answer.category_key(each, profile)
                yield Part(run, name, each["title"], rows, category, (run.pk, name) in seen, mentions[run.pk, name])


def _seen(subject_request: SubjectRequest, **by: Any) -> set[tuple[int, str]]:
    viewings = Viewing.objects.filter(source_run__subject_request=subject_request, **by)
    return set(viewings.values_list("source_run_id", "collection"))
