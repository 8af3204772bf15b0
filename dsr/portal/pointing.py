"""The person points at what is wrong in what was found. Values are masked: this is no copy, nobody has checked it yet."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dsr.keyring import KeyDestroyed
from dsr.lifecycle import RequestType, State
from dsr.models import CorrectionItem, SubjectRequest
from dsr.records import Portable
from dsr.web import access
from dsr.workflow import correction_places, corrections, shops
from dsr.workflow.actors import CUSTOMER
from dsr.workflow.correction_places import Candidate, CorrectionRefused
from dsr.workflow.corrections import LONGEST, Asked, Place
from dsr.workflow.transitions import WrongState

Kind = CorrectionItem.Kind
OFFERED = (Kind.NAME, Kind.EMAIL, Kind.PHONE, Kind.ADDRESS, Kind.BIRTH)
MOST_RECORDS = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One field that may be pointed at. ``says`` is masked."""

    name: str
    label: str
    says: str
    kind: CorrectionItem.Kind
    place: Place


@access.holder
@require_http_methods(["GET", "HEAD", "POST"])
def point(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """What was found, field by field and masked; beside each stands room for what it should say."""
    subject_request = access.my_confirmed_request(request, slug, reference)
    if not may_point(subject_request):
        return redirect("portal:status", slug, reference)
    try:
        records = _records(subject_request)
    except KeyDestroyed:
        return redirect("portal:status", slug, reference)
    error = ""
    if request.method == "POST":
        wishes = [
            Asked(line.kind, typed, place=line.place)
            for _, lines in records
            for line in lines
            if (typed := request.POST.get(line.name, "").strip())
        ]
        error = _add(subject_request, wishes)
        if not error:
            return redirect("portal:status", slug, reference)
    context = {
        "shop": subject_request.shop,
        "profile": shops.profile_in(subject_request.policy_version),
        "subject_request": subject_request,
        "records": [(it, [(line, request.POST.get(line.name, "")) for line in lines]) for it, lines in records],
        "error": error,
        "longest": LONGEST,
    }
    return render(request, "portal/point.html", context)


def _add(subject_request: SubjectRequest, wishes: list[Asked]) -> str:
    """What is wrong with what was typed; empty when it was taken, or comes too late."""
    if not wishes:
        return "Write into at least one field what it should say."
    try:
        corrections.add_in_review(subject_request, *wishes, actor=CUSTOMER, now=timezone.now())
    except CorrectionRefused as refused:
        return str(refused)
    except WrongState:  # The page that follows says where it stands now.
        pass
    return ""


def may_point(subject_request: SubjectRequest) -> bool:
    """While staff look at what was found for a correction."""
    return subject_request.type == RequestType.CORRECTION and subject_request.state == State.REVIEW


def _records(subject_request: SubjectRequest) -> list[tuple[Candidate, list[Line]]]:
    """What is the person's alone and is said of today, each record once."""
    found: dict[str, tuple[Candidate, list[Line]]] = {}
    for kind in OFFERED:
        for each in correction_places.candidates(subject_request, CorrectionItem(kind=kind)):
            if not each.is_shared and not each.is_history:
                _, lines = found.setdefault(each.digest, (each, []))
                lines += [_line(each, kind, *field) for field in each.fields]
    return list(found.values())[:MOST_RECORDS]


def _line(each: Candidate, kind: CorrectionItem.Kind, name: str, label: str, value: Portable) -> Line:
    place = Place(each.source, each.collection, each.digest, name)
    return Line(f"{each.digest[:16]}-{name}", label, masked(value), kind, place)


def masked(value: Portable) -> str:
    """Enough to recognise one's own, too little to learn it from here: the first sign of each word, of a number its end."""
    if value is None or value == "":
        return "nothing"
    text = str(value)
    head, at, domain = text.partition("@")
    if at:
        return f"{head[:1]}•••@{domain[:1]}•••"
    if any(sign.isdigit() for sign in text) and not any(sign.isalpha() for sign in text):
        return f"•••{text[-2:]}"
    return " ".join(f"{word[:1]}•••" for word in text.split())
