"""The letter: every line of it is what the second look found."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from time import sleep

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from dsr.clocks.arithmetic import add_months
from dsr.exports.letter import letter_html
from dsr.exports.wording import day_in_words
from dsr.lifecycle import State
from dsr.models import Notice, Package, RecipientInstruction, Shop, Source, SubjectRequest
from dsr.workflow import audit, daily, fulfilment, letter_issues, letters, notices, recipients, sealing, shops
from dsr.workflow.actors import CUSTOMER, RECIPIENT, SYSTEM
from dsr.workflow.queue import TemporaryFault
from tests.conftest import work_off
from tests.erasing.conftest import carry_out, connect_for_writing, wish
from tests.partners import forget
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

BACKUPS = [{"key": "nightly", "what": "Copies of the shop", "every_days": 1, "kept_days": 35}]
RECIPIENTS = [
    {"key": "carrier", "name": "The carrier", "kind": "processor", "gets": ["order"]},
    {"key": "figures", "name": "Figures", "kind": "aggregate_only", "gets": ["user"]},
]
TWICE = [
    {"key": key, "name": "The carrier", "kind": "processor", "gets": ["order"]} for key in ("carrier", "carrier_abroad")
]
TODAY = date(2026, 11, 23)
Answer = RecipientInstruction.Answer


def opened(asked: SubjectRequest, name: str = "letter.json") -> bytes:
    """A file of the person's as they would download it."""
    package = Package.objects.get(subject_request=asked)
    return b"".join(fulfilment.open_file(package.files.get(name=name), actor=CUSTOMER, now=package.made_at))


def stored(asked: SubjectRequest) -> set[str]:
    """The folders that the storage holds of a request."""
    return set(default_storage.listdir(str(asked.public_id))[0])


@pytest.fixture
def told(connected: Source, shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    """Ada's data are erased, and two who got them are told; both have the same name."""
    promise(shop, now, backups=BACKUPS, recipients=TWICE)
    return carry_out(wish(shop, owner, now + timedelta(seconds=1)), owner, now)


def reply(asked: SubjectRequest, key: str, said: Answer, now: datetime, why: str = "") -> None:
    """Somebody answers, and what follows from that is done."""
    recipients.answer(asked.recipient_instructions.get(recipient=key), said, why=why, actor=RECIPIENT, now=now)
    work_off(asked)


def test_letter_when_proved_then_has_a_block_for_each_outcome_and_its_own_count(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    assert letters.letter_of(wanted, today=TODAY) is None

    carry_out(wanted, owner, now)

    letter = letters.letter_of(wanted, today=TODAY)
    assert letter is not None
    assert [(block.title, block.records) for block in letter.blocks] == [
        ("Deleted", 2),
        ("Kept", 5),
        ("What another person shares", 2),
    ]
    assert {line.sentence for line in letter.blocks[0].lines} == {""}, "it says that it will be deleted"
    assert all("We keep this record" in line.sentence for line in letter.blocks[1].lines)
    kept = {(line.title, line.until): line for line in letter.blocks[1].lines}
    order = kept["Orders", date(2027, 2, 1)]
    assert (order.records, order.ground, order.removed) == (1, "26 CFR 1.6001-1", ("Guest email",))
    assert letter.blocks[2].lines[0].ends == "as long as they are the other person's"


def test_letter_when_backups_and_recipients_are_promised_then_says_until_when_and_who_has_not_answered(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[KEEPING, GOING], backups=BACKUPS, recipients=RECIPIENTS)
    asked = carry_out(wish(shop, owner, now), owner, now)

    letter = letters.letter_of(asked, today=TODAY)

    assert letter is not None
    assert [(each.what, (each.ends_on - letter.done_on).days) for each in letter.backups] == [
        ("Copies of the shop", 36)
    ]
    assert [(each.name, each.is_pending) for each in letter.partners] == [("The carrier", True)]
    assert "This is not complete yet: 1 of those who got your data from us has not answered." in letter_html(
        letter, on_paper=True
    )


def test_files_when_the_request_is_fulfilled_then_hold_the_letter_and_no_value_of_the_person(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)

    files = {each.name: each for each in wanted.package.files.all()}
    assert list(files) == ["letter.pdf", "letter.json"]
    opened = {
        name: b"".join(fulfilment.open_file(each, actor=CUSTOMER, now=wanted.package.made_at))
        for name, each in files.items()
    }
    assert opened["letter.pdf"].startswith(b"%PDF-")
    said = json.loads(opened["letter.json"])
    assert (said["records"], said["pending"]) == (9, 0)
    assert not [word for word in ("Ada", "ada@", "Lovelace", "617 555") if word in opened["letter.json"].decode()]


def test_letter_when_somebody_answers_then_the_person_gets_a_new_one_and_the_old_ones_stay_in_the_log(
    told: SubjectRequest, now: datetime
) -> None:
    before = stored(told)
    assert [(each["is_pending"], each["words"]) for each in json.loads(opened(told))["partners"]] == [
        (True, "is being told to delete what it got")
    ] * 2

    reply(told, "carrier", Answer.DONE, now)
    second = json.loads(opened(told))
    reply(told, "carrier_abroad", Answer.CANNOT, now, why="Our customs papers stay for ten years.")
    third = json.loads(opened(told))

    assert [(each["number"], each["pending"]) for each in (second, third)] == [(2, 1), (3, 0)]
    assert third["partners"][1]["words"].endswith("“Our customs papers stay for ten years.”")
    assert third["issued_on"] == str(shops.today_of(told, Package.objects.get(subject_request=told).made_at))
    assert opened(told, "letter.pdf").startswith(b"%PDF-")
    assert len(stored(told)) == 1
    assert stored(told) != before
    issued = [each.facts for each in audit.entries_of(told) if each.action == "letter.issued"]
    assert [(each["number"], each["pending"]) for each in issued] == [(1, 2), (2, 1), (3, 0)]
    kept = told.issued_letters.all()
    assert [each.sha256 for each in kept] == [each["letter_sha256"] for each in issued]
    assert [partner["is_pending"] for partner in kept[0].content["partners"]] == [True, True]
    assert "customs" not in json.dumps([each.content for each in kept])


def test_person_when_the_last_one_has_answered_then_gets_one_mail_with_a_link_to_the_new_letter(
    told: SubjectRequest, now: datetime
) -> None:
    reply(told, "carrier", Answer.DONE, now)
    assert not told.notices.filter(kind=Notice.Kind.ALL_ANSWERED).exists()

    reply(told, "carrier_abroad", Answer.CANNOT, now, why="By law.")
    reply_again(told, now)

    mail = notices.read(told.notices.get(kind=Notice.Kind.ALL_ANSWERED))
    assert "Everybody who got your data from us has answered now, and 1 of them cannot do what we asked" in mail["text"]
    assert "- Others who got your data from us: 2, all have answered." in mail["text"]
    assert "/confirm/" in mail["text"]


def reply_again(asked: SubjectRequest, now: datetime) -> None:
    """Staff put an answer right."""
    recipients.answer(asked.recipient_instructions.get(recipient="carrier"), Answer.NOTHING_HELD, actor=SYSTEM, now=now)
    work_off(asked)
    assert json.loads(opened(asked))["number"] == 4


def test_letter_when_two_partners_have_one_name_then_each_keeps_its_line_and_its_answer(
    told: SubjectRequest, now: datetime
) -> None:
    reply(told, "carrier", Answer.DONE, now)
    reply(told, "carrier_abroad", Answer.NOTHING_HELD, now)

    said = json.loads(opened(told))["partners"]

    assert [(each["name"], each["words"]) for each in said] == [
        ("The carrier", "says that it deleted what it got"),
        ("The carrier", "says that it holds nothing about you"),
    ]
    letter = letters.letter_of(told, today=TODAY)
    assert letter is not None
    assert letter_html(letter, on_paper=True).count("<li>The carrier says that it") == 2


def test_letter_when_somebody_answers_while_it_is_written_then_is_put_together_once_more(
    told: SubjectRequest, now: datetime
) -> None:
    letter = letter_issues.put_together(told, now)
    built = letter_issues.write(told, letter, f"{told.public_id}/7")
    recipients.answer(told.recipient_instructions.get(recipient="carrier"), Answer.DONE, actor=RECIPIENT, now=now)

    with pytest.raises(TemporaryFault, match="answered while the letter was being written"), transaction.atomic():
        letter_issues.keep(told, letter, f"{told.public_id}/7", built, now=now)

    assert json.loads(opened(told))["number"] == 1
    work_off(told)
    assert (json.loads(opened(told))["number"], json.loads(opened(told))["pending"]) == (2, 1)


def test_letter_when_somebody_answers_before_the_first_one_is_issued_then_waits_for_it(
    told: SubjectRequest, now: datetime
) -> None:
    SubjectRequest.objects.filter(pk=told.pk).update(state=State.FULFILLING)
    reply(told, "carrier", Answer.DONE, now)
    job = told.jobs.get(kind="issue_letter")
    assert (job.state, job.error_text) == ("ready", "The first letter is being written.")

    SubjectRequest.objects.filter(pk=told.pk).update(state=State.FULFILLED)
    work_off(told, clock=lambda: sleep_until(job.run_after))

    assert (json.loads(opened(told))["number"], json.loads(opened(told))["pending"]) == (2, 1)


def sleep_until(moment: datetime) -> datetime:
    """The job's own clock is the machine's."""
    while (now := timezone.now()) < moment:
        sleep((moment - now).total_seconds())
    return now


def test_letter_when_its_files_are_gone_already_then_the_new_one_is_there_again_but_never_after_the_forgetting(
    told: SubjectRequest, now: datetime
) -> None:
    Package.objects.filter(subject_request=told).update(expires_at=now)
    daily.remove_expired_files(timezone.now())
    with pytest.raises(fulfilment.NotThere):
        opened(told)

    reply(told, "carrier", Answer.DONE, now)

    assert json.loads(opened(told))["number"] == 2
    made = Package.objects.get(subject_request=told)
    assert made.expires_at - made.made_at == timedelta(days=14)
    sealing.postpone_forgetting(told, made.made_at.date())
    told.save(update_fields=("key_month", "wrapped_key"))
    reply(told, "carrier_abroad", Answer.DONE, now)
    made.refresh_from_db()
    assert made.expires_at == min(made.made_at + timedelta(days=14), midnight(add_months(told.key_month, 1)))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def test_letter_when_its_writer_dies_then_the_next_try_writes_it_and_leaves_no_file(
    told: SubjectRequest, now: datetime
) -> None:
    recipients.answer(told.recipient_instructions.get(recipient="carrier"), Answer.DONE, actor=RECIPIENT, now=now)
    letter_issues.write(told, letter_issues.put_together(told, now), f"{told.public_id}/{2 * letter_issues.MOST_TRIES}")
    assert len(stored(told)) == 2

    work_off(told)

    assert len(stored(told)) == 1
    assert json.loads(opened(told))["number"] == 2


def test_letter_when_the_request_is_forgotten_then_no_answer_writes_it_anew(
    told: SubjectRequest, now: datetime
) -> None:
    instruction = told.recipient_instructions.get(recipient="carrier")
    recipients.answer(instruction, Answer.DONE, actor=RECIPIENT, now=now)
    forget(told)

    work_off(told)

    assert [each.number for each in told.issued_letters.all()] == [1]
    assert not told.jobs.filter(kind="issue_letter").exclude(state="done").exists()


def test_letter_when_copies_are_kept_longer_by_now_then_says_the_later_day(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, url, now)
    promise(shop, now, backups=BACKUPS)
    asked = carry_out(wish(shop, owner, now + timedelta(seconds=1)), owner, now)
    tapes = {"key": "tapes", "what": "Tapes", "every_days": 7, "kept_days": 90}
    shorter = {**BACKUPS[0], "kept_days": 5}

    def said(*backups: object) -> list[tuple[str, int]]:
        if backups:
            promise(shop, now + timedelta(seconds=2), backups=[*backups])
        letter = letters.letter_of(asked, today=TODAY)
        assert letter is not None
        return [(each.what, (each.ends_on - letter.done_on).days) for each in letter.backups]

    assert said() == [("Copies of the shop", 36)]
    assert said(shorter, tapes) == [("Copies of the shop", 36), ("Tapes", 97)]
    assert said({**BACKUPS[0], "kept_days": 70}) == [("Copies of the shop", 71)]


def test_letter_when_something_ends_after_the_mailbox_is_forgotten_then_says_that_no_message_will_come(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)

    letter = letters.letter_of(wanted, today=TODAY)

    assert letter is not None
    assert letter.told_until is not None
    assert letter.told_until + timedelta(days=1) == add_months(wanted.key_month, 1)
    for on_paper in (True, False):
        page = letter_html(letter, on_paper=on_paper)
        assert f"We know your mailbox until {day_in_words(letter.told_until, weekday=False)} at least" in page
        assert "What is erased later goes without a further message" in page
    soon = [replace(line, until=TODAY, ends="") for line in letter.blocks[1].lines]
    assert replace(letter, blocks=(replace(letter.blocks[1], lines=tuple(soon)),)).ending == (
        "We write to you when they are erased."
    )
    assert "We have no mailbox of yours" in replace(letter, told_until=None).ending
    assert replace(letter, blocks=letter.blocks[:1]).ending == ""


def test_mail_when_the_letter_is_there_then_says_in_short_what_was_done_and_nothing_of_the_person(
    told: SubjectRequest,
) -> None:
    mail = notices.read(told.notices.get(kind=Notice.Kind.ERASED))

    assert mail["to"] == "ada@example.com"
    assert "- Deleted: 2 records.\n- Kept: 5 records" in mail["text"]
    assert "<li>What another person shares: 2 records.</li>" in mail["html"]
    assert "- Others who got your data from us: 2, 2 still to answer." in mail["text"]
    assert not [word for word in ("Ada", "ada@", "Lovelace", "617 555") if word in mail["text"] + mail["html"]]


def test_letter_when_nobody_got_the_data_then_says_so_under_its_heading(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)

    letter = letters.letter_of(wanted, today=TODAY)

    assert letter is not None
    page = letter_html(letter, on_paper=True)
    assert "<h2>Others who got your data from us</h2>\n<p>Nobody had to be told" in page
    assert "You may also complain to the data protection authority of the EU country where you live or work" in page
