"""*Same person?* Rows that agree with the person only weakly are never used by themselves: staff are asked.

The same name at the same postcode, or a telephone that a household shares, is no proof. What agrees and what differs is shown;
who answers *the same person* has the shop searched by that row's own identifiers as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dsr import crypto
from dsr.models import MatchQuestion, SourceRun, SubjectRequest
from dsr.records import CANONICAL_JSON, Identity, IdentityKind, Portable
from dsr.sources.base import WeakMatch
from dsr.workflow import audit, sealing
from dsr.workflow.actors import SYSTEM

PURPOSE = "match"


@dataclass(frozen=True, slots=True)
class Question:
    """A question in clear: the fields of the row that agree with the person, those that differ, and what *same* adds."""

    row: MatchQuestion
    agrees: tuple[tuple[str, Portable], ...]
    differs: tuple[tuple[str, Portable], ...]
    reveals: tuple[Identity, ...]


def ask(run: SourceRun, weak: Iterable[WeakMatch], now: datetime) -> None:
    """Put what a source was unsure of to staff, in the caller's transaction; what they answered before stays answered."""
    subject_request = run.subject_request
    made = {}
    for each in weak:
        question = _question(run, each, now)
        made[question.digest] = question
    asked = subject_request.match_questions.filter(source=run.source)
    asked.unanswered().exclude(digest__in=made).delete()
    held = set(asked.values_list("digest", flat=True))
    fresh = [question for digest, question in made.items() if digest not in held]
    MatchQuestion.objects.bulk_create(fresh)
    if fresh:
        facts: dict[str, audit.Fact] = {"source": run.source.name, "count": len(fresh)}
        audit.record(subject_request, "match.asked", actor=SYSTEM, now=now, facts=facts)


def _question(run: SourceRun, weak: WeakMatch, now: datetime) -> MatchQuestion:
    """A row's question. Rows that would add the same identifiers are one person, and one question."""
    subject_request = run.subject_request
    adds = sorted([each.kind.value, each.value] for each in weak.reveals)
    content = {"agrees": list(weak.agrees), "differs": list(weak.differs), "reveals": adds}
    name = CANONICAL_JSON([weak.collection, adds or content])
    return MatchQuestion(
        subject_request=subject_request,
        source=run.source,
        collection=weak.collection,
        digest=crypto.keyed_hash(
            sealing.data_key(subject_request), shop=str(subject_request.public_id), kind=PURPOSE, value=name
        ),
        sealed=sealing.seal_for(subject_request, json.dumps(content).encode(), purpose=PURPOSE),
        asked_at=now,
    )


def opened(subject_request: SubjectRequest, row: MatchQuestion) -> Question:
    """One question in clear."""
    content = json.loads(sealing.unseal_for(subject_request, bytes(row.sealed), purpose=PURPOSE))
    return Question(
        row=row,
        agrees=tuple((name, value) for name, value in content["agrees"]),
        differs=tuple((name, value) for name, value in content["differs"]),
        reveals=tuple(Identity(IdentityKind(kind), value) for kind, value in content["reveals"]),
    )
