"""Erasures in this process: ``python -m tests.bench.erase_request SHOP STAFF FIRST COUNT`` in an installation.

Every table is described with a class and a rule first. Prints JSON: for each erasure the seconds from approval to proof, and
to the letter; and how many rows went.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from typing import Any

import django
import yaml

django.setup()

from django.utils import timezone  # noqa: E402  (the setup above must stand first)

from dsr import jobs  # noqa: E402
from dsr.lifecycle import RequestType  # noqa: E402
from dsr.models import Job, Shop, SubjectRequest  # noqa: E402
from dsr.records import Identity, IdentityKind  # noqa: E402
from dsr.workflow import connections, erasure_approval, intake, policies  # noqa: E402
from dsr.workflow.actors import COMMAND, Actor  # noqa: E402
from tests import opener  # noqa: E402
from tests.bench.shop import TABLES  # noqa: E402


def main(slug: str, username: str, first: int, count: int) -> None:
    shop, actor = opener.cast(slug, username)
    describe(shop, timezone.now())
    erase(shop, actor, first)  # Now everything is imported and connected.
    print(json.dumps([erase(shop, actor, number) for number in range(first + 1, first + 1 + count)]))


def describe(shop: Shop, now: datetime) -> None:
    source = shop.sources.select_related("shop").get(name="shop")
    version = connections.current_version(source)
    overlay = {"collections": {table.name: {"record_class": "account"} for table in TABLES}}
    connections.change_source(
        source,
        write_url=connections.url_of(source),
        dataset_text=version.dataset_text,
        dataset_name=version.dataset_name,
        overlay_text=yaml.safe_dump(overlay),
        overlay_name="shop.dsr.yaml",
        actor=COMMAND,
        now=now,
    )
    content = yaml.safe_load(policies.in_force(shop, now).text)
    content["retention"] = [{"key": "all", "record_classes": ["account"], "then": "delete"}]
    policies.publish(shop, profile_text=yaml.safe_dump(content, sort_keys=False), actor=COMMAND, now=now)


def erase(shop: Shop, actor: Actor, number: int) -> dict[str, Any]:
    identity = Identity(IdentityKind.EMAIL, f"person-{number}@example.com")
    asked = intake.open_request(
        shop=shop,
        request_type=RequestType.ERASURE,
        identities=(identity,),
        channel=SubjectRequest.Channel.PHONE,
        proved_to=actor,
        now=timezone.now(),
    )
    jobs.gather_source(Job.objects.get(subject_request=asked, kind="gather_source").pk)
    asked.refresh_from_db()
    plan = erasure_approval.freeze(asked, actor=actor, now=timezone.now())
    approved_at = timezone.now()
    erasure_approval.approve(asked, fingerprint=plan.fingerprint, actor=actor, now=approved_at)
    jobs.erase(Job.objects.get(subject_request=asked, kind="erase").pk)
    done_at = timezone.now()
    asked.refresh_from_db()
    step = plan.steps.get()
    assert asked.state == "fulfilled", step.error_text
    proved_at = step.proved_at or done_at + timedelta(days=1)
    return {
        "to_proof": (proved_at - approved_at).total_seconds(),
        "to_letter": (done_at - approved_at).total_seconds(),
        "rows": sum(step.proof["outcomes"].values()),
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
