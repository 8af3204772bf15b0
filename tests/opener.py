"""Opens requests of numbered people: ``python -m tests.opener SHOP STAFF FIRST COUNT [one-by-one]``.

At once, or each when the one before is in review. Prints JSON: references, seconds each took until review (one-by-one), wall
and CPU seconds of the opening itself.
"""

from __future__ import annotations

import json
import sys
import time

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402  (the setup above must stand first)
from django.utils import timezone  # noqa: E402

from dsr.lifecycle import RequestType  # noqa: E402
from dsr.models import Shop, SubjectRequest  # noqa: E402
from dsr.records import Identity, IdentityKind  # noqa: E402
from dsr.workflow import intake  # noqa: E402
from dsr.workflow.actors import Actor, by_command  # noqa: E402

LOOK_EVERY = 0.005


def main(slug: str, username: str, first: int, count: int, *, one_by_one: bool) -> None:
    shop, actor = cast(slug, username)
    began, cpu = time.monotonic(), time.process_time()
    references, seconds = [], []
    for number in range(first, first + count):
        opened = time.monotonic()
        subject_request = open_one(shop, actor, number)
        references.append(subject_request.reference)
        if one_by_one:
            _wait_for_review(subject_request)
            seconds.append(time.monotonic() - opened)
    took, used = time.monotonic() - began, time.process_time() - cpu
    print(json.dumps({"references": references, "seconds": seconds, "wall": took, "cpu": used}))


def cast(slug: str, username: str) -> tuple[Shop, Actor]:
    """The shop that is asked and the member of staff who vouches."""
    return Shop.objects.get(slug=slug), by_command(User.objects.get(username=username))


def open_one(shop: Shop, actor: Actor, number: int) -> SubjectRequest:
    """The request of one numbered person, whose identity is proved."""
    return intake.open_request(
        shop=shop,
        request_type=RequestType.ACCESS,
        identities=(Identity(IdentityKind.EMAIL, f"person-{number}@example.com"),),
        channel=SubjectRequest.Channel.PORTAL,
        proved_to=actor,
        now=timezone.now(),
    )


def _wait_for_review(subject_request: SubjectRequest) -> None:
    in_review = SubjectRequest.objects.filter(pk=subject_request.pk, state="review")
    while not in_review.exists():
        time.sleep(LOOK_EVERY)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), one_by_one="one-by-one" in sys.argv)
