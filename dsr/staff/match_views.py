"""*Same person?* A row that agrees with the person only weakly, and what staff say about it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from dsr.keyring import KeyDestroyed
from dsr.lifecycle import State
from dsr.models import FindingMark, MatchQuestion
from dsr.staff.signed_in import staff_of
from dsr.staff.wording import FORGOTTEN
from dsr.web import access
from dsr.workflow import answer, review
from dsr.workflow.actors import staff
from dsr.workflow.transitions import WrongState


@access.contents
def match(request: HttpRequest, reference: str, question_id: int) -> HttpResponse:
    """What agrees and what differs, and the two answers. Opening it is logged."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    row = subject_request.match_questions.select_related("source").filter(pk=question_id).first()
    if row is None:
        raise Http404
    if request.method == "POST":
        return _answered(request, row)
    try:
        question = review.open_match(row, user=user, now=timezone.now())
    except KeyDestroyed:
        messages.warning(request, FORGOTTEN)
        return redirect("staff:request", reference)
    run = subject_request.source_runs.select_related("dataset_version").get(source=row.source)
    described = run.dataset_version.collections.get(row.collection, {"title": row.collection, "fields": []})
    labels = {column["name"]: column["label"] for column in described["fields"]}
    context = {
        "section": "requests",
        "it": subject_request,
        "question": row,
        "place": run.dataset_version.description["title"],
        "collection": described["title"],
        "agrees": [(labels.get(name, name), value) for name, value in question.agrees],
        "differs": [(labels.get(name, name), value) for name, value in question.differs],
        "adds": [answer.IDENTITY_LABELS[each.kind.value] for each in question.reveals],
        "decisions": FindingMark.objects.filter(
            source_run__subject_request=subject_request, made_by__isnull=False
        ).count(),
        "is_answerable": subject_request.state == State.REVIEW and row.answer != MatchQuestion.Answer.SAME,
    }
    return render(request, "staff/match.html", context)


def _answered(request: HttpRequest, row: MatchQuestion) -> HttpResponse:
    user = staff_of(request)
    given = request.POST.get("answer", "")
    if given not in MatchQuestion.Answer.values:
        messages.error(request, "Choose one of the two answers.")
        return redirect("staff:match", row.subject_request.reference, row.pk)
    try:
        review.answer_match(row, MatchQuestion.Answer(given), user=user, actor=staff(user), now=timezone.now())
    except WrongState as error:
        messages.warning(request, str(error))
    return redirect("staff:request", row.subject_request.reference)
