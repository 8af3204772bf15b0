"""What a person holds against a refusal: beside the answer, in the letter, and with everybody who got what is contested."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from dsr.exports import check_audit
from dsr.lifecycle import State
from dsr.models import RecipientInstruction, Shop, SubjectRequest
from dsr.web import access
from dsr.workflow import audit, corrections, disputes, evidence, fulfilment, letters, recipients, timeline
from dsr.workflow.actors import CUSTOMER, staff
from dsr.workflow.correction_places import CorrectionRefused
from dsr.workflow.corrections import Asked
from tests.conftest import work_off
from tests.correcting.conftest import Kind, carry_out, connect, wish
from tests.correcting.test_recipients import RECIPIENTS
from tests.partners import Partner, link_of

MINE = "It is my title, and my mother's before me."


@pytest.fixture
def now() -> datetime:
    """Links are opened by browsers, whose clock is the machine's."""
    return timezone.now() - timedelta(minutes=1)


@pytest.fixture
def refused(shop: Shop, url: str, owner: User, now: datetime) -> SubjectRequest:
    """Answered: Ada is no countess."""
    connect(shop, url, now, recipients=RECIPIENTS)
    made = wish(shop, owner, now + timedelta(seconds=1), Asked(Kind.NAME, "Countess Lovelace"))
    corrections.refuse(made, made.correction_items.get(), ground="no_proof", actor=staff(owner), now=now)
    carry_out(made, owner, now + timedelta(seconds=2))
    assert made.state == State.FULFILLED
    return made


@pytest.fixture
def person(refused: SubjectRequest) -> Client:
    """The person's browser, which has pressed the button behind our link."""
    client = Client()
    session = client.session
    session[access.MINE] = {str(refused.public_id): access.CONFIRMED}
    session.save()
    return client


def test_person_when_they_do_not_agree_then_say_so_and_read_it_beside_the_answer(
    refused: SubjectRequest, person: Client, now: datetime
) -> None:
    base = f"/{refused.shop.slug}/requests/{refused.reference}/"
    assert f'href="{base}wishes/">say what you hold against this' in person.get(base).content.decode()

    empty = person.post(f"{base}wishes/", {"wish": 1, "statement": "  "})
    said = person.post(f"{base}wishes/", {"wish": 1, "statement": MINE}, follow=True)

    assert "Write down what is held against it." in empty.content.decode()
    assert "We have what you say." in said.content.decode()
    assert "Replace what I said" in said.content.decode()
    item = refused.correction_items.get()
    assert corrections.items(refused)[0].statement == MINE
    assert item.sealed_statement is not None
    assert b"title" not in bytes(item.sealed_statement)
    assert "You hold against it, and we keep it beside our answer: “It is my title" in person.get(base).content.decode()
    letter = letters.letter_of(refused, today=now.date())
    assert letter is not None
    assert [each.statement for each in letter.refused] == [MINE]
    decided = [each.sentence for each in timeline.for_staff(refused) if each.action == "correction.decided"]
    assert decided == ["Wish 1: refused, as nothing shows that it is wrong"]
    told = [each.sentence for each in timeline.for_the_person(refused) if each.action == "correction.disputed"]
    assert told == ["What you hold against our answer, number 1, stands beside it."]


def test_statement_when_made_after_the_answer_then_stands_in_a_new_letter(
    refused: SubjectRequest, owner: User, now: datetime
) -> None:
    disputes.attach(refused, refused.correction_items.get(), MINE, actor=CUSTOMER, now=now)
    work_off(refused)

    files = fulfilment.open_folder(refused.package, actor=staff(owner), now=now)
    content = {name: b"".join(pieces) for name, pieces in files}
    letter = json.loads(content["letter.json"])
    assert [each["statement"] for each in letter["refused"]] == [MINE]
    assert list(refused.issued_letters.values_list("number", flat=True)) == [1, 2]


def test_statement_when_made_then_goes_to_who_got_what_is_contested_and_again_when_it_changes(
    refused: SubjectRequest, owner: User, now: datetime
) -> None:
    item = refused.correction_items.get()
    assert not RecipientInstruction.objects.exists()

    disputes.attach(refused, item, MINE, actor=CUSTOMER, now=now)
    work_off(refused)

    # Orders hold a name too, so both who got records with a name are told.
    told = {each.recipient: recipients.changes_of(each) for each in RecipientInstruction.objects.all()}
    assert told == {"carrier": {"Name, wish 1": MINE}, "letters": {"Name, wish 1": MINE}}
    assert {each.kind for each in RecipientInstruction.objects.all()} == {"dispute"}
    page = Partner(link_of(refused))
    cover, opened = page.see(), page.open()
    assert "my title" not in cover
    assert "keep what one person says with their data" in cover
    assert "What they say" in opened
    assert "It is my title" in opened
    page.say("done")
    assert [line.words for line in recipients.lines(refused)] == [
        "is being sent what you hold against our answer",
        "says that it keeps what you hold against our answer beside your data",
    ]

    disputes.attach(refused, item, "And my daughter's.", actor=CUSTOMER, now=now)

    assert [(each.state, each.answer) for each in RecipientInstruction.objects.all()] == [("to_send", "")] * 2
    assert recipients.changes_of(RecipientInstruction.objects.get(recipient="letters")) == {
        "Name, wish 1": "And my daughter's."
    }


def test_evidence_when_another_statement_was_made_then_counts_each_partner_once(
    refused: SubjectRequest, now: datetime
) -> None:
    item = refused.correction_items.get()
    for statement in (MINE, "And my daughter's."):
        disputes.attach(refused, item, statement, actor=CUSTOMER, now=now)
        work_off(refused)
    told = [each.facts for each in audit.entries_of(refused) if each.action == "recipient.instructed"]
    assert len(told) == 4

    files = evidence.contents(refused, now=now)

    assert list(check_audit.pack_faults(files)) == []
    assert len(json.loads(files["letter.json"])["partners"]) == 2


def test_statement_when_staff_note_it_with_the_refusal_then_goes_with_the_answer(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect(shop, url, now, recipients=RECIPIENTS)
    made = wish(shop, owner, now + timedelta(seconds=1), Asked(Kind.BIRTH, "1984-01-01"), Asked(Kind.NAME, "Countess"))
    for item in made.correction_items.all():
        said = MINE if item.number == 2 else "I was born later."
        corrections.refuse(made, item, ground="is_right", statement=said, actor=staff(owner), now=now)
    assert not RecipientInstruction.objects.exists()

    carry_out(made, owner, now + timedelta(seconds=2))

    # Nobody got the day of birth.
    assert [recipients.changes_of(each) for each in RecipientInstruction.objects.all()] == [{"Name, wish 2": MINE}] * 2


def test_statement_when_by_command_then_stands_like_one_from_the_page(refused: SubjectRequest, owner: User) -> None:
    out = io.StringIO()

    call_command("correct", refused.reference, wish=1, statement=MINE, username="olga", stdout=out)

    assert json.loads(out.getvalue())["wishes"][0]["statement"] == MINE
    assert RecipientInstruction.objects.count() == 2


def test_statement_when_nothing_was_refused_or_it_is_too_long_then_is_not_taken(
    shop: Shop, refused: SubjectRequest, person: Client, owner: User, now: datetime
) -> None:
    item = refused.correction_items.get()
    with pytest.raises(CorrectionRefused, match="at most 2000 characters"):
        disputes.attach(refused, item, "x" * 2001, actor=CUSTOMER, now=now)
    other = wish(shop, owner, now + timedelta(seconds=3), Asked(Kind.NAME, "King"))
    with pytest.raises(CorrectionRefused, match="stands beside a refusal"):
        disputes.attach(other, other.correction_items.get(), MINE, actor=CUSTOMER, now=now)

    session = person.session
    session[access.MINE] = {str(other.public_id): access.CONFIRMED}
    session.save()
    early = person.post(f"/{shop.slug}/requests/{other.reference}/wishes/", {"wish": 1, "statement": MINE})

    assert "You have our answer first" in early.content.decode()
    assert not [each for each in (*corrections.items(other), *corrections.items(refused)) if each.statement]
