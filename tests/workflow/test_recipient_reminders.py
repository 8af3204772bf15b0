"""When a recipient that owes its answer is asked again, and that nobody is twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from dsr import jobs
from dsr.models import Job, Notice, RecipientInstruction, Shop, SubjectRequest
from dsr.workflow import audit, daily, queue, recipient_mails, recipients
from dsr.workflow.actors import COMMAND, RECIPIENT
from dsr.workflow.recipient_jobs import MOST_REMINDERS, remind, remind_recipients
from tests.conftest import ADA, BELA, ask
from tests.partners import forget, link_of, mails, of, publish

pytestmark = pytest.mark.django_db(transaction=True)
REMINDER, TASK = Notice.Kind.INSTRUCTION_REMINDER, Notice.Kind.RECIPIENT_TASK


@pytest.fixture
def told(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    """Everybody is told, and the mail has left; what a program would be sent waits."""
    owner.email = "olga@small.example"
    owner.save()
    asked = tell(shop, owner, now)
    for each in Job.objects.filter(kind="send_notice", subject_request=asked):
        queue.perform(each.pk, jobs.notices.send_notice, queue.leave_it_parked, lambda: now)
    return asked


def tell(shop: Shop, owner: User, now: datetime, who: object = ADA) -> SubjectRequest:
    profile = publish(shop, now)
    asked = ask(shop, who, now, owner)  # type: ignore[arg-type]  # an identity
    with transaction.atomic():
        recipients.instruct(asked, profile.recipients, now=now)
    return asked


def on_day(number: int, now: datetime) -> None:
    """The daily job, so many days after the instruction."""
    moment = now + timedelta(days=number)
    daily.ask(moment)
    job = Job.objects.get(key=f"recipients:{moment:%Y-%m-%d}")
    queue.perform(job.pk, remind_recipients, queue.leave_it_parked, lambda: moment)


def test_recipients_when_silent_then_all_are_asked_each_week_and_no_more_than_six_times(
    told: SubjectRequest, now: datetime
) -> None:
    asked = []
    for number in range(1, 60):
        on_day(number, now)
        on_day(number, now)
        asked += [number] * (len(mails(told, REMINDER)) - len(asked))

    assert asked == [7, 14, 21, 28, 35, 42]
    assert [each.reminded for each in told.recipient_instructions.all()] == [MOST_REMINDERS] * 3
    assert len(mails(told, TASK)) == MOST_REMINDERS
    actions = [entry.action for entry in audit.entries_of(told)]
    assert actions.count("recipient.reminded") == 3 * MOST_REMINDERS


def test_reminder_when_mailed_then_it_says_nothing_of_the_person_and_its_link_works(
    told: SubjectRequest, now: datetime
) -> None:
    on_day(20, now)

    (written,) = mails(told, REMINDER)
    assert "It was due on" in written["text"]
    assert ADA.value not in str(written)
    assert link_of(told, REMINDER) != link_of(told)
    tokens = [link.split("/")[2] for link in (link_of(told, REMINDER), link_of(told))]
    found = [recipient_mails.find(token, now + timedelta(days=20)).recipient for token in tokens]
    assert found == ["letters", "letters"]


def test_owners_when_somebody_is_told_by_hand_then_one_mail_names_them_all(told: SubjectRequest, now: datetime) -> None:
    on_day(7, now)

    (written,) = mails(told, TASK)
    assert written["to"] == "olga@small.example"
    assert "- The carrier" in written["text"]
    assert "Letters" not in written["text"]
    assert f"https://privacy.example/staff/requests/{told.reference}/" in written["text"]
    assert ADA.value not in str(written)


def test_owners_when_somebody_is_silent_past_its_date_then_they_are_told_of_it(
    told: SubjectRequest, now: datetime
) -> None:
    for day in (7, 14, 21):
        on_day(day, now)

    named = ["Letters & Sons" in written["text"] for written in mails(told, TASK)]
    assert named == [False, False, True]
    assert "- The payment company" in mails(told, TASK)[2]["text"]


def test_program_when_silent_then_its_job_is_rung_for_again(told: SubjectRequest, now: datetime) -> None:
    Job.objects.filter(kind="send_instruction").update(state=Job.State.PARKED, error_text="It said no.")

    on_day(7, now)

    assert Job.objects.get(kind="send_instruction").state == Job.State.READY


def test_recipient_when_it_answered_then_it_is_left_alone(told: SubjectRequest, now: datetime) -> None:
    for each in told.recipient_instructions.all():
        recipients.answer(each, RecipientInstruction.Answer.DONE, actor=RECIPIENT, now=now)

    on_day(14, now)

    assert mails(told, REMINDER) == mails(told, TASK) == []


def test_recipient_when_told_by_hand_later_then_its_week_begins_there(told: SubjectRequest, now: datetime) -> None:
    recipients.told(of(told, "carrier"), actor=COMMAND, now=now + timedelta(days=5))

    on_day(7, now)
    assert mails(told, TASK) == []
    on_day(12, now)
    assert len(mails(told, TASK)) == 1


def test_recipient_when_its_first_mail_has_not_left_then_no_second_is_written(
    shop: Shop, owner: User, now: datetime
) -> None:
    asked = tell(shop, owner, now)

    on_day(7, now)

    assert of(asked, "letters").state == "to_send"
    assert mails(asked, REMINDER) == []


def test_request_when_forgotten_then_nobody_is_asked_and_the_others_are(
    told: SubjectRequest, shop: Shop, owner: User, now: datetime
) -> None:
    other = tell(shop, owner, now, BELA)
    forget(told)

    remind(now + timedelta(days=7))

    assert told.notices.filter(kind__in=(REMINDER, TASK)).count() == 0
    assert len(mails(other, TASK)) == 1
