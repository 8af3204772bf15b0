"""A correction reaches everybody who got what was wrong, with the new value, and nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.lifecycle import State
from dsr.models import RecipientInstruction, Shop
from dsr.workflow import letters, recipients
from dsr.workflow.corrections import Asked
from tests.correcting.conftest import Kind, accept, carry_out, connect, wish
from tests.partners import Partner, link_of

RECIPIENTS = [
    {"key": "carrier", "name": "The carrier", "kind": "processor", "gets": ["order"], "purpose": "brings parcels"},
    {
        "key": "letters",
        "name": "Letters & Sons",
        "kind": "processor",
        "gets": ["newsletter_subscription"],
        "purpose": "sends the newsletter",
        "instruct": {"way": "email", "address": "desk@letters.example"},
    },
]


@pytest.fixture
def now() -> datetime:
    """The link is opened by a browser, whose clock is the machine's."""
    return timezone.now() - timedelta(minutes=1)


def test_correction_when_done_then_who_got_it_is_told_the_new_value_and_the_letter_waits(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect(shop, url, now, recipients=RECIPIENTS)
    wanted = wish(shop, owner, now + timedelta(seconds=1), Asked(Kind.NAME, "King"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    carry_out(wanted, owner, now + timedelta(seconds=2))

    assert wanted.state == State.FULFILLED
    # The order is history and says what it said, so the carrier has nothing to correct.
    told = RecipientInstruction.objects.get()
    assert (told.recipient, told.kind) == ("letters", RecipientInstruction.Kind.CORRECT)
    # And it is told nothing of what stands in the account or the address book, which it never got.
    assert recipients.changes_of(told) == {"Full name": "Ada King"}
    page = Partner(link_of(wanted))
    assert "Ada King" in page.open()
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    assert [(each.name, each.is_pending) for each in letter.partners] == [("Letters & Sons", True)]
    page.say("done")
    assert recipients.pending(wanted) == 0
