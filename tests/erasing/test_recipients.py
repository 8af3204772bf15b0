"""An erasure reaches everybody who got the data, and its letter is not complete before the last one has answered."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import yaml
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.lifecycle import State
from dsr.models import Shop, Source, SubjectRequest
from dsr.workflow import letters, recipients
from dsr.workflow.actors import COMMAND
from tests.conftest import ADA
from tests.erasing.conftest import carry_out, wish
from tests.partners import RECIPIENTS, Partner, link_of, mails, of
from tests.promising import promise


@pytest.fixture
def now() -> datetime:
    """The link is opened by a browser, whose clock is the machine's."""
    return timezone.now() - timedelta(minutes=1)


@pytest.fixture
def wanted(connected: Source, shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    """Ada's wish, under a policy that names who gets what."""
    named = yaml.safe_load(RECIPIENTS)["recipients"]
    promise(shop, now, recipients=[each for each in named if each["key"] != "pay"])
    return wish(shop, owner, now + timedelta(seconds=1))


def partners_of(wanted: SubjectRequest) -> list[tuple[str, str, bool]]:
    letter = letters.letter_of(wanted, today=timezone.now().date())
    assert letter is not None
    return [(each.name, each.words, each.is_pending) for each in letter.partners]


def test_erasure_when_done_then_everybody_who_got_the_data_is_told_and_the_letter_waits_for_each(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    assert recipients.lines(wanted) == []

    carry_out(wanted, owner, now + timedelta(seconds=2))

    assert wanted.state == State.FULFILLED
    assert len(mails(wanted)) == 1
    assert partners_of(wanted) == [
        ("The carrier", "is being told to delete what it got", True),
        ("Letters & Sons", "was told to delete what it got, and has not answered yet", True),
    ]

    partner = Partner(link_of(wanted))
    assert ADA.value in partner.open()
    partner.say("done")

    assert recipients.pending(wanted) == 1
    assert partners_of(wanted)[1] == ("Letters & Sons", "says that it deleted what it got", False)

    recipients.told(of(wanted, "carrier"), actor=COMMAND, now=now)
    assert partners_of(wanted)[0] == ("The carrier", "was told to delete what it got, and has not answered yet", True)
