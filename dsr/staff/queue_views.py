"""The queue: what is open, what waits for the person, what is done."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dsr.clocks.arithmetic import day_of
from dsr.models import AuditEntry, ClockPause, Job, ManualTask, Shop, SourceRun, SubjectRequest
from dsr.records import IdentityKind
from dsr.staff import lateness, wording
from dsr.staff.signed_in import page_of, staff_of
from dsr.web import access
from dsr.workflow import comebacks, identities, sealing, shops, source_checks
from dsr.workflow.identities import BadIdentity
from dsr.workflow.queue import Work

PAGE = 50
TABS = {"open": "Open", "unconfirmed": "Unconfirmed", "done": "Done"}
FOUND = "staff_found"
FILTERS = ("shop", "state", "type", "owner", "due")


@access.reviewer
def queue(request: HttpRequest) -> HttpResponse:
    """One page of requests, the most urgent first; history has the newest first."""
    user = staff_of(request)
    tab = request.GET.get("tab", "open")
    tab = tab if tab in TABS or tab == "found" else "open"
    mine = list(access.shops_for(user))
    todays = {shop.pk: _today(shop) for shop in mine}
    chosen = _filtered(_of_tab(request, user, tab), request.GET, user, todays)
    number = page_of(request.GET)
    rows = list(_with_progress(chosen)[(number - 1) * PAGE : number * PAGE + 1])
    context = {
        "section": "requests",
        "tab": tab,
        "tabs": TABS,
        "rows": [_row(each, todays[each.shop_id]) for each in rows[:PAGE]],
        "page": number,
        "has_more": len(rows) > PAGE,
        "shops": mine,
        "states": [(state.value, words) for state, words in wording.STATES.items()],
        "types": wording.TYPES.items(),
        "dues": lateness.WORDS.items(),
        "tallies": lateness.tallies(access.requests_for(user).confirmed(), todays) if tab == "open" else [],
        "filters": request.GET,
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "query": _query_without_page(request),
        "new_alarms": source_checks.fresh(access.sources_for(user)),
        "came_back": comebacks.standing(mine),
    }
    return render(request, "staff/queue.html", context)


@access.reviewer
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """By reference, e-mail or telephone. What was typed names a person, so it goes into no address."""
    user = staff_of(request)
    text = request.POST.get("text", "").replace("\0", "").strip()
    known = access.requests_for(user).filter(reference=text.upper()).first()
    if known is not None:
        return redirect("staff:request", known.reference)
    digests = [digest for shop in access.shops_for(user) for digest in _digests(shop, text)]
    found = access.shown_in_search(user, access.requests_for(user).found_by(digests))
    request.session[FOUND] = list(found.values_list("pk", flat=True)[:200])
    if not request.session[FOUND]:
        messages.info(request, "Nothing found. Search by a whole reference, e-mail address or telephone number.")
        return redirect("staff:queue")
    return redirect("/staff/?tab=found")


def _of_tab(request: HttpRequest, user: User, tab: str) -> QuerySet[SubjectRequest]:
    mine = access.requests_for(user)
    if tab == "found":
        found = access.shown_in_search(user, mine.filter(pk__in=request.session.get(FOUND, [])))
        return found.order_by("-received_at", "-id")
    if tab == "unconfirmed":
        return mine.unconfirmed().filter(closed_at=None)
    if tab == "done":
        return mine.closed().order_by("-received_at", "-id")
    return mine.confirmed().filter(closed_at=None)


def _filtered(
    requests: QuerySet[SubjectRequest], asked: QueryDict, user: User, todays: dict[int, date]
) -> QuerySet[SubjectRequest]:
    if asked.get("shop"):
        requests = requests.filter(shop__slug=asked["shop"])
    if asked.get("state"):
        requests = requests.filter(state=asked["state"])
    if asked.get("type"):
        requests = requests.filter(type=asked["type"])
    if asked.get("owner") == "me":
        requests = requests.filter(owner=user)
    if asked.get("owner") == "nobody":
        requests = requests.filter(owner=None)
    kind = asked.get("due", "")
    if kind in lateness.QUESTIONS:
        requests = lateness.of_kind(requests, kind, todays)
    return requests


def _with_progress(requests: QuerySet[SubjectRequest]) -> QuerySet[SubjectRequest]:
    """With what each row tells beside the request itself; asked only for the rows that are shown."""
    runs = SourceRun.objects.filter(subject_request=OuterRef("pk"))
    jobs = Job.objects.filter(subject_request=OuterRef("pk"))
    downloads = AuditEntry.objects.filter(stream__subject_request=OuterRef("pk"), action="package.downloaded")
    return requests.annotate(
        places=_count(runs),
        answered=_count(runs.filter(state=SourceRun.State.DONE)),
        failed=_count(runs.filter(state=SourceRun.State.FAILED)),
        delayed=_count(runs.exclude(state=SourceRun.State.FAILED).exclude(error_code="")),
        task_due_on=Subquery(_open_tasks().values("due_on")[:1]),
        is_parked=Exists(jobs.parked().exclude(kind=Work.GATHER_SOURCE.value)),
        is_opened=Exists(downloads),
        is_asked=Exists(ClockPause.objects.filter(subject_request=OuterRef("pk"), answered_at=None)),
    )


def _open_tasks() -> QuerySet[ManualTask]:
    """A request's unanswered manual tasks, the most urgent first."""
    return ManualTask.objects.open().filter(source_run__subject_request=OuterRef("pk")).order_by("due_on")


def _count(rows: QuerySet[SourceRun]) -> Subquery:
    return Subquery(rows.order_by().values("subject_request").annotate(n=Count("pk")).values("n"))


def _row(subject_request: Any, today: date) -> dict[str, Any]:
    places, answered = subject_request.places or 0, subject_request.answered or 0
    return {
        "it": subject_request,
        "wants": wording.TYPES[subject_request.type],
        "state": wording.state_words(subject_request, answered, places, is_opened=subject_request.is_opened),
        "next": wording.next_step(subject_request),
        "due": wording.due_words(subject_request, today),
        "urgency": wording.urgency(subject_request, today),
        "is_unacknowledged": subject_request.is_unacknowledged(today),
        "answered": answered,
        "places": places,
        "has_late_task": subject_request.task_due_on is not None and subject_request.task_due_on < today,
    }


def _today(shop: Shop) -> date:
    return day_of(timezone.now(), shops.profile_of(shop, timezone.now()).time_zone)


def _digests(shop: Shop, text: str) -> list[str]:
    found: list[str] = []
    country = shops.profile_of(shop, timezone.now()).country
    for kind in (IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.CUSTOMER_NUMBER):
        try:
            found += sealing.identity_digests(shop, identities.read(kind, text, country))
        except BadIdentity:
            continue
    return found


def _query_without_page(request: HttpRequest) -> str:
    asked = request.GET.copy()
    asked.pop("page", None)
    return asked.urlencode()
