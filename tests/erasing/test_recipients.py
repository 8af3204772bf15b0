"""An erasure reaches everybody who got the data, and its letter is not complete before the last one has answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import yaml
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.lifecycle import State
from dsr.models import Job, ManualTask, PlanStep, RecipientInstruction, Shop, Source, SubjectRequest
from dsr.workflow import (
    erasure,
    finishing,
    letter_issues,
    letters,
    manual_answers,
    queue,
    recipient_mails,
    recipients,
)
from dsr.workflow.actors import COMMAND, RECIPIENT, staff
from dsr.workflow.manual_answers import Draft
from tests.conftest import ADA, work_off
from tests.erasing.conftest import carry_out, wish
from tests.manual_places import WORKSHOP, add_workshop
from tests.partners import RECIPIENTS, Partner, forget, link_of, mails, of
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

Answer = RecipientInstruction.Answer
THE_DAY_AFTER = datetime.fromisoformat("2027-02-02T18:00:00+00:00")
POLISHER = {"key": "polisher", "name": "The polisher", "kind": "processor", "gets": ["repair"]}
CARRIER = {
    "key": "carrier",
    "name": "The carrier",
    "kind": "processor",
    "gets": ["order"],
    "instruct": {"way": "email", "address": "desk@carrier.example"},
}
TAX = {
    "key": "tax",
    "name": "The tax adviser",
    "kind": "processor",
    "gets": ["order_line"],
    "instruct": {"way": "email", "address": "desk@tax.example"},
}


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


@pytest.mark.parametrize(("nothing", "told"), [(False, ["polisher"]), (True, [])], ids=["found", "nothing"])
def test_recipient_when_only_a_place_done_by_hand_gave_it_something_then_is_told_too(
    connected: Source, shop: Shop, owner: User, now: datetime, nothing: bool, told: list[str]
) -> None:
    going = {**GOING, "record_classes": [*GOING["record_classes"], "repair"]}
    promise(shop, now, retention=[KEEPING, going], recipients=[POLISHER])
    add_workshop(shop, now, place=replace(WORKSHOP, record_class="repair", needs=("email",)))
    asked = wish(shop, owner, now + timedelta(seconds=1))
    task = ManualTask.objects.select_related("source_run__source__shop", "source_run__dataset_version").get()
    manual_answers.keep_draft(task, Draft("Wanda", "" if nothing else "Card 17: a ring.", nothing))
    manual_answers.answer(task, actor=staff(owner), now=now)
    work_off(asked)
    carry_out(asked, owner, now + timedelta(seconds=2))
    assert asked.recipient_instructions.count() == 0

    erasure.by_hand_done(PlanStep.objects.get(state=PlanStep.State.BY_HAND), actor=staff(owner), now=now)
    work_off(asked)

    assert asked.state == State.FULFILLED
    assert [each.recipient for each in asked.recipient_instructions.all()] == told
    assert [name for name, _, _ in partners_of(asked)] == ["The polisher"] * len(told)


@pytest.fixture
def answered(connected: Source, shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    """Ada's data are erased but for her orders, the carrier deleted what it got, and since then a tax adviser gets orders."""
    promise(shop, now, recipients=[CARRIER])
    asked = carry_out(wish(shop, owner, now + timedelta(seconds=1)), owner, now)
    recipients.answer(of(asked, "carrier"), Answer.DONE, actor=RECIPIENT, now=now)
    work_off(asked)
    promise(shop, now + timedelta(seconds=2), recipients=[{**CARRIER, "gets": ["order", "payment"]}, TAX])
    return asked


def told_of(asked: SubjectRequest) -> list[tuple[str, int, str]]:
    return [(each.recipient, each.number, each.state) for each in asked.recipient_instructions.all()]


def test_recipients_when_what_was_kept_is_erased_at_its_time_then_are_told_again_and_the_letter_waits(
    answered: SubjectRequest, shop: Shop
) -> None:
    assert told_of(answered) == [("carrier", 1, "answered")]
    assert recipients.pending(answered) == 0

    finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert told_of(answered) == [("carrier", 1, "answered"), ("carrier", 2, "to_send"), ("tax", 2, "to_send")]
    assert [each["to"] for each in mails(answered)][-2:] == ["desk@carrier.example", "desk@tax.example"]
    tax = answered.recipient_instructions.get(recipient="tax")
    assert recipient_mails.recipient_of(tax).name == "The tax adviser"
    job = Job.objects.get(kind="issue_letter")
    queue.perform(job.pk, letter_issues.issue_letter, queue.leave_it_parked, lambda: THE_DAY_AFTER)
    newest = answered.issued_letters.last()
    assert newest is not None
    assert (newest.number, newest.content["pending"], newest.content["erased_since"]) == (3, 2, 3)
    assert [each["words"] for each in newest.content["partners"]][:2] == [
        "says that it deleted what it got",
        "is being told to delete what it got (asked again, as we erased what we had kept)",
    ]


def test_recipients_when_they_still_owe_an_answer_then_are_not_told_twice(answered: SubjectRequest, shop: Shop) -> None:
    answered.recipient_instructions.update(state="sent", answer="", answered_at=None)

    finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert told_of(answered) == [("carrier", 1, "sent"), ("tax", 2, "to_send")]


def test_recipients_when_the_request_is_forgotten_then_nobody_is_told_of_whom_nobody_knows(
    answered: SubjectRequest, shop: Shop
) -> None:
    forget(answered)

    done = finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert done.total == 3
    assert told_of(answered) == [("carrier", 1, "answered")]
