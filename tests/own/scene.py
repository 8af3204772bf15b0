"""Everything that our own database can hold of one person: asked, found, told, handed in, written, packed, half typed."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dsr.lifecycle import RequestType
from dsr.models import ClockPause, Source, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import clocks, intake, review
from dsr.workflow.actors import staff
from tests.conftest import ADA, work_off
from tests.manual_places import Colleague, add_workshop, link_of
from tests.promising import promise

PHONE = Identity(IdentityKind.PHONE, "+16175550101")
TYPED = {
    "note": "canary-note-8841",
    "file name": "canary-name-3391.txt",
    "file": "canary-content-7720",
    "question": "canary-question-5520",
    "reason": "canary-reason-6612",
    "half typed": "canary-visitor-9034@example.com",
}
CANARIES = ("ada@example.com", "Ada Lovelace", "6175550101", "called back", "203.0.113.7", *TYPED.values())


def whole_request(source: Source, owner: User) -> SubjectRequest:
    """Ada's request for a copy, delivered today; and beside it a form that somebody did not finish."""
    now = timezone.now()
    promise(source.shop, now - timedelta(seconds=5), regimes=["eu_gdpr"], promised=None)
    add_workshop(source.shop, now)
    made = intake.open_request(
        shop=source.shop,
        request_type=RequestType.ACCESS,
        identities=(ADA, PHONE),
        channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner),
        residence="DE",
        now=now,
    )
    work_off(made)
    clocks.pause(made, why=ClockPause.Why.IDENTITY, reason=TYPED["question"], actor=staff(owner), now=timezone.now())
    clocks.resume(made, actor=staff(owner), now=timezone.now())
    clocks.extend(made, reason=TYPED["reason"], actor=staff(owner), now=timezone.now())
    wanda = Colleague(link_of(made))
    wanda.open()
    wanda.fill((TYPED["file name"], TYPED["file"].encode()), note=TYPED["note"])
    wanda.send()
    work_off(made)
    assert made.state == "review", list(made.source_runs.values("source__name", "state", "error_text", "tries"))
    review.approve(made, actor=staff(owner), now=timezone.now())
    work_off(made)
    assert made.state == "fulfilled", made.state
    half = Client().post(f"/{source.shop.slug}/see-my-data/", {"email": TYPED["half typed"]})
    assert half.status_code == 302
    return made
