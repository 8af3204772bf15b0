"""What the person told us is wrong, wish by wish: room for a proof until it is decided, and for an answer to a refusal."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dsr.keyring import KeyDestroyed
from dsr.lifecycle import RequestType, State
from dsr.models import SubjectRequest
from dsr.web import access
from dsr.web.handing_in import TAKEN
from dsr.web.rate_limits import is_too_often
from dsr.workflow import correction_files, corrections, disputes, shops
from dsr.workflow.actors import CUSTOMER
from dsr.workflow.correction_places import CorrectionRefused
from dsr.workflow.corrections import LONGEST_STATEMENT, Item
from dsr.workflow.file_kinds import LARGEST_FILE, FileRefused, name_in_one_line
from dsr.workflow.transitions import WrongState

SHOWN_IN = (State.REVIEW, State.APPROVED, State.FULFILLING, State.FULFILLED)
MOST_POSTS = 60
"""Within an hour, of one visitor."""


@access.holder
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Every wish, with what may be added to it now."""
    subject_request = access.my_confirmed_request(request, slug, reference)
    if not may_add(subject_request):
        return redirect("portal:status", slug, reference)
    profile = shops.profile_in(subject_request.policy_version)
    about = {"shop": subject_request.shop, "profile": profile, "subject_request": subject_request}
    problem = ""
    try:
        if request.method == "POST":
            if is_too_often(request, "proof", most=MOST_POSTS, seconds=3600):
                return render(request, "portal/too_often.html", about, status=429)
            problem = _add(request, subject_request)
            if not problem:
                return redirect("portal:wishes", slug, reference)
        items = corrections.items(subject_request)
        found = [(each, correction_files.of(subject_request, each.row)) for each in items]
    except KeyDestroyed:
        return redirect("portal:status", slug, reference)
    context = {
        **about,
        "wishes": found,
        "problem": problem,
        "taken": TAKEN,
        "largest": LARGEST_FILE // 1_000_000,
        "most": correction_files.MOST_FILES,
        "takes_proofs": subject_request.state == State.REVIEW,
        "takes_statements": subject_request.state == State.FULFILLED,
        "longest": LONGEST_STATEMENT,
        "typed": (request.POST.get("wish", ""), request.POST.get("statement", "")) if problem else ("", ""),
    }
    return render(request, "portal/wishes.html", context)


def may_add(subject_request: SubjectRequest) -> bool:
    """Whether there is something to look at, for a person who proved that it is theirs."""
    return subject_request.type == RequestType.CORRECTION and subject_request.state in SHOWN_IN


def _add(request: HttpRequest, subject_request: SubjectRequest) -> str:
    """What is wrong with what was sent; empty when it was taken."""
    item = _wish(subject_request, request.POST.get("wish", ""))
    if "statement" in request.POST:
        return _state(request, subject_request, item)
    files = request.FILES.getlist("proofs")
    if not files:
        return "Choose a file first."
    for file in files:
        name = name_in_one_line(file.name or "file")
        try:
            correction_files.add(
                subject_request, item.row, name=name, content=file.read(), actor=CUSTOMER, now=timezone.now()
            )
        except FileRefused as refused:
            return f"“{name}” {refused}"
        except WrongState:
            return "This was decided meanwhile, so no file is taken any more."
    return ""


def _state(request: HttpRequest, subject_request: SubjectRequest, item: Item) -> str:
    """What the person holds against a refusal, once they could read it."""
    if subject_request.state != State.FULFILLED:
        return "You have our answer first; then you can say here what you hold against it."
    statement = request.POST["statement"].replace("\0", "")
    try:
        disputes.attach(subject_request, item.row, statement, actor=CUSTOMER, now=timezone.now())
    except CorrectionRefused as refused:
        return str(refused)
    return ""


def _wish(subject_request: SubjectRequest, number: str) -> Item:
    found = next((each for each in corrections.items(subject_request) if str(each.row.number) == number), None)
    if found is None:
        raise Http404
    return found
