"""Which requests are late, nearly late or not acknowledged in time, where each shop is: around midnight it is not the same day
for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from dsr.models import SubjectRequest
from dsr.models.subject_request import SubjectRequestQuerySet

Question = Callable[[SubjectRequestQuerySet, date], SubjectRequestQuerySet]
QUESTIONS: dict[str, Question] = {
    "late": SubjectRequestQuerySet.overdue,
    "soon": SubjectRequestQuerySet.nearly_late,
    "unacknowledged": SubjectRequestQuerySet.unacknowledged,
}
WORDS = {"late": "Late", "soon": "Nearly late", "unacknowledged": "Not acknowledged in time"}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many requests a question finds, and its words."""

    key: str
    words: str
    count: int


def of_kind(requests: QuerySet[SubjectRequest], kind: str, todays: Mapping[int, date]) -> QuerySet[SubjectRequest]:
    """Those of ``requests`` that are of the kind (a key of QUESTIONS); ``todays`` is the day it is at each shop, by its key."""
    found = SubjectRequest.objects.none()
    for today in set(todays.values()):
        shops = [pk for pk, day in todays.items() if day == today]
        found = found | QUESTIONS[kind](SubjectRequest.objects.filter(shop__in=shops), today)
    return requests.filter(pk__in=found.order_by().values("pk"))


def tallies(requests: QuerySet[SubjectRequest], todays: Mapping[int, date]) -> list[Tally]:
    """How many of them are of each kind, the worst first; kinds without any are left out."""
    counted = [Tally(kind, words, of_kind(requests, kind, todays).count()) for kind, words in WORDS.items()]
    return [each for each in counted if each.count]
