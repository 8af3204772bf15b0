"""Forgetting is killed (-9) at random moments and begun again: in the end everything is as if it had never been."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import date

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from dsr.keyring import KeyRing
from dsr.lifecycle import Step
from dsr.models import AuditEntry, IdentityHash, Notice, Shop, SubjectRequest
from dsr.workflow import anchors, forgetting, sealing
from dsr.workflow.actors import SYSTEM
from dsr.workflow.transitions import advance
from tests.conftest import ADA, BELA, ask
from tests.own.dumps import address_of

KILLS, CLOSED, OPEN = 3, 20, 3
FORGET = """
import django; django.setup()
from django.utils import timezone
from dsr.workflow import forgetting
print("ready", flush=True)
forgetting.forget_expired(timezone.now())
"""


def lapsed(shop: Shop) -> SubjectRequest:
    made = ask(shop, ADA, timezone.now())
    with transaction.atomic():
        advance(made, Step.LAPSE, action="request.lapsed", actor=SYSTEM, now=timezone.now())
    return made


def over(subject_request: SubjectRequest) -> SubjectRequest:
    """Its month is a past one."""
    sealing.postpone_forgetting(subject_request, date(2026, 1, 1))
    subject_request.save(update_fields=("key_month", "wrapped_key"))
    return subject_request


def forgotten() -> int:
    return SubjectRequest.objects.filter(forgotten_at__isnull=False).count()


def run_and_kill(done: int) -> int:
    """Kill it at some moment after so many requests are forgotten; returns how many were in the end."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "dsr.settings",
        "DATABASE_URL": address_of(settings.DATABASES["default"]["NAME"]),
        "DSR_KEYRING": str(settings.DSR_KEYRING),
        "DSR_VAR": str(settings.DSR_KEYRING.parent),
    }
    environment.pop("DSR_DATABASE_ROLE", None)
    with subprocess.Popen([sys.executable, "-c", FORGET], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        while forgotten() < done and process.poll() is None:
            time.sleep(0.001)
        process.kill()
    return forgotten()


@pytest.mark.django_db(transaction=True)
def test_killed_at_random_moments_nothing_is_lost_and_nothing_done_twice(
    own_ring: KeyRing, shop: Shop, owner: User
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    closed = [over(lapsed(shop)) for _ in range(CLOSED)]
    still_open = [over(ask(shop, BELA, timezone.now(), owner)) for _ in range(OPEN)]
    seen = [run_and_kill(done) for done in sorted(chance.sample(range(1, CLOSED - 5), KILLS))]

    forgetting.forget_expired(timezone.now())

    assert 0 < seen[0] < CLOSED, "no run was interrupted at its work"
    of_closed = {"subject_request__in": closed}
    assert forgotten() == CLOSED
    assert (IdentityHash.objects.filter(**of_closed).count(), Notice.objects.filter(**of_closed).count()) == (0, 0)
    assert AuditEntry.objects.filter(action="request.forgotten").count() == CLOSED
    assert AuditEntry.objects.filter(action="request.kept_readable").count() == OPEN
    for each in still_open:
        each.refresh_from_db()
        assert sealing.person_of(each, "US").identities == (BELA,)
    assert own_ring.months_before(forgetting.month_of(timezone.now())) == []
    assert [fault for fault in anchors.faults() if "anchored" not in fault.message] == []
