"""The plan of an erasure, for reading: what the policy says of every record that was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dsr.clocks.arithmetic import day_of
from dsr.keyring import KeyDestroyed
from dsr.models import SubjectRequest
from dsr.policy.plan import Group
from dsr.policy.simulation_words import OUTCOMES
from dsr.staff.signed_in import staff_of
from dsr.web import access
from dsr.web.term_words import plain
from dsr.workflow import erasure_plans, shops
from dsr.workflow.erasure_plans import Drawn, NotAnErasure
from dsr.workflow.transitions import WrongState

EVENTS = {
    "hold_lifted": "the hold is lifted",
    "last_owner_erased": "the other person is erased too",
    "date_known": "somebody finds out the day it counts from",
}
FOLLOWS = {"delete": "then deleted", "anonymise": "then made anonymous"}


@dataclass(frozen=True, slots=True)
class Line:
    """Records of one collection of which the same becomes."""

    title: str
    source: str
    group: Group
    outcome: str
    end: str
    then: str


@access.reviewer
@require_GET
def plan(request: HttpRequest, reference: str) -> HttpResponse:
    """What would become of each record, and why. Reading it changes nothing."""
    subject_request = access.request_for(staff_of(request), reference)
    profile = shops.profile_in(subject_request.policy_version)
    today = day_of(timezone.now(), profile.time_zone)
    try:
        drawn = erasure_plans.draw(subject_request, today=today)
    except (NotAnErasure, WrongState) as error:
        messages.warning(request, str(error))
        return redirect("staff:request", reference)
    except KeyDestroyed:
        messages.warning(request, "What was found is forgotten by now, so no plan can be drawn.")
        return redirect("staff:request", reference)
    context = {
        "section": "requests",
        "it": subject_request,
        "today": today,
        "drawn": drawn,
        "totals": [(OUTCOMES[action], records) for action, records in drawn.plan.totals.most_common()],
        "records": len(drawn.plan.records),
        "lines": list(_lines(subject_request, drawn)),
    }
    return render(request, "staff/plan.html", context)


def _lines(subject_request: SubjectRequest, drawn: Drawn) -> Iterator[Line]:
    versions = {
        run.source.name: run.dataset_version
        for run in subject_request.source_runs.select_related("source", "dataset_version")
    }
    for group in drawn.plan.groups:
        said, version = group.decision, versions[group.source]
        yield Line(
            title=version.collections[group.collection]["title"],
            source=version.description["title"],
            group=group,
            outcome=OUTCOMES[said.action],
            end=EVENTS.get(said.event)
            or (plain(said.event.replace("closed:", "")) + " has ended" if said.event else ""),
            then=FOLLOWS.get(said.afterwards or "", ""),
        )
