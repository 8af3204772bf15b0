"""Who is told that a person's data must go, what they answered, and what the letter says of each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import IntegrityError, connection, transaction

from dsr.lifecycle import RequestType
from dsr.models import Job, RecipientInstruction, Shop, Source, SubjectRequest
from dsr.policy.loader import PROFILES, parse_profile
from dsr.policy.schema import Profile
from dsr.policy.terms import Telling
from dsr.records import Identity, IdentityKind
from dsr.workflow import audit, expansion, intake, recipients, sealing, timeline
from dsr.workflow.actors import COMMAND, RECIPIENT, staff
from dsr.workflow.recipients import AnswerRefused, Line
from tests.conftest import ADA, ask, work_off
from tests.partners import NEWS, mails, of, publish

Answer, State = RecipientInstruction.Answer, RecipientInstruction.State
EVERYTHING = ({"order", "newsletter_subscription", "payment"}, {"user.contact.email"})


@pytest.fixture
def profile(shop: Shop, now: datetime) -> Profile:
    return publish(shop, now)


@pytest.fixture
def request_(profile: Profile, shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    return ask(shop, ADA, now, owner)


@pytest.fixture
def told(request_: SubjectRequest, profile: Profile, now: datetime) -> SubjectRequest:
    with transaction.atomic():
        recipients.instruct(request_, recipients.which(profile, *EVERYTHING), now=now)
    return request_


def keys(found: list[object]) -> list[str]:
    return [each.key for each in found]  # type: ignore[attr-defined]  # terms or items, both have a key


@pytest.mark.parametrize(
    ("classes", "categories", "who"),
    [
        ({"order"}, set(), ["carrier"]),
        ({"newsletter_subscription"}, set(), ["letters"]),
        ({"payment", "order"}, set(), ["carrier", "pay"]),
        (set(), {"user.contact.address.street"}, ["carrier"]),
        (set(), {"user.contact.address"}, ["carrier"]),
        (set(), {"user.contact"}, []),
        (set(), {"user.contact.addressee"}, []),
        (set(), {"user.financial.account_number"}, ["pay"]),
        ({"review"}, {"user.content"}, []),
        (set(), set(), []),
    ],
)
def test_recipients_when_they_got_a_class_or_a_category_then_these_and_never_totals_authorities_readers_or_nobody(
    profile: Profile, classes: set[str], categories: set[str], who: list[str]
) -> None:
    assert len(profile.recipients) == 7

    assert keys(list(recipients.which(profile, classes, categories))) == who


def test_instruction_when_given_twice_then_everybody_is_told_once(
    told: SubjectRequest, profile: Profile, now: datetime
) -> None:
    assert [(each.recipient, each.way, each.state) for each in told.recipient_instructions.all()] == [
        ("carrier", "task", "to_send"),
        ("letters", "email", "to_send"),
        ("pay", "webhook", "to_send"),
    ]

    again = recipients.instruct(told, profile.recipients, now=now + timedelta(days=1))

    assert again == []
    assert recipients.pending(told) == 3
    assert len(mails(told)) == 1
    assert Job.objects.filter(kind="send_instruction").count() == 1
    actions = [entry.action for entry in audit.entries_of(told)]
    assert actions.count("recipient.instructed") == 3
    said = [each.sentence for each in timeline.for_staff(told) if each.action == "recipient.instructed"]
    assert [each.partition(", answer")[0] for each in said] == [
        "carrier is to be told (delete, by hand)",
        "letters is to be told (delete, by e-mail)",
        "pay is to be told (delete, by a message to its program)",
    ]


def test_instruction_when_its_transaction_fails_then_nobody_is_told(
    request_: SubjectRequest, profile: Profile, now: datetime
) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        recipients.instruct(request_, recipients.which(profile, *EVERYTHING), now=now)
        assert len(mails(request_)) == 1
        raise ZeroDivisionError

    assert recipients.lines(request_) == []
    assert mails(request_) == []


def test_mail_when_written_then_it_says_nothing_of_the_person_and_the_state_follows_its_leaving(
    told: SubjectRequest, now: datetime
) -> None:
    (written,) = mails(told)
    assert written["to"] == NEWS
    assert ADA.value not in str(written)
    assert told.reference in written["subject"]
    assert (of(told, "letters").state, of(told, "letters").asked_at) == (State.TO_SEND, None)
    Job.objects.exclude(kind="send_notice").update(state=Job.State.DONE)

    work_off(told)

    assert [each.to for each in mail.outbox] == [[NEWS]]
    assert of(told, "letters").state == State.SENT
    assert of(told, "letters").asked_at is not None
    assert (of(told, "carrier").state, of(told, "pay").state) == (State.TO_SEND, State.TO_SEND)
    assert [entry.facts for entry in audit.entries_of(told) if entry.action == "recipient.asked"] == [
        {"recipient": "letters", "way": "email"}
    ]


def test_letter_when_one_partner_owes_its_answer_then_it_is_not_complete(
    told: SubjectRequest, owner: User, now: datetime
) -> None:
    later = now + timedelta(days=2)
    recipients.answer(of(told, "letters"), Answer.DONE, actor=RECIPIENT, now=later)
    recipients.answer(of(told, "carrier"), Answer.NOTHING_HELD, actor=staff(owner), now=later)

    assert recipients.pending(told) == 1
    assert recipients.lines(told) == [
        Line("The carrier", "says that it holds nothing about you", date(2026, 1, 8), is_pending=False, is_done=True),
        Line("Letters & Sons", "says that it deleted what it got", date(2026, 1, 8), is_pending=False, is_done=True),
        Line("The payment company", "is being told to delete what it got", None, is_pending=True, is_done=False),
    ]

    recipients.answer(of(told, "pay"), Answer.CANNOT, why="Tax law keeps it\nuntil 2033.", actor=COMMAND, now=later)

    assert recipients.pending(told) == 0
    assert recipients.lines(told)[2] == Line(
        "The payment company",
        "says that it cannot delete what it got: “Tax law keeps it until 2033.”",
        date(2026, 1, 8),
        is_pending=False,
        is_done=False,
    )


def test_reason_when_stored_then_it_is_sealed_and_in_no_audit_entry(told: SubjectRequest, now: datetime) -> None:
    recipients.answer(of(told, "pay"), Answer.CANNOT, why="A tale of Ada", actor=COMMAND, now=now)

    assert recipients.reason_of(of(told, "pay")) == "A tale of Ada"
    assert b"A tale" not in bytes(of(told, "pay").sealed_reason or b"")
    assert "A tale" not in str([entry.facts for entry in audit.entries_of(told)])


@pytest.mark.parametrize(
    ("why", "said"),
    [("", "Say why it cannot"), (" \n\t ", "Say why it cannot"), ("x" * 501, "The reason has 501 characters")],
)
def test_reason_when_missing_or_too_long_then_the_answer_is_refused(
    told: SubjectRequest, now: datetime, why: str, said: str
) -> None:
    with pytest.raises(AnswerRefused, match=said):
        recipients.answer(of(told, "pay"), Answer.CANNOT, why=why, actor=COMMAND, now=now)

    assert recipients.pending(told) == 3


def test_recipient_when_it_answered_then_only_staff_put_it_right(
    told: SubjectRequest, owner: User, now: datetime
) -> None:
    recipients.answer(of(told, "letters"), Answer.CANNOT, why="We forgot how.", actor=RECIPIENT, now=now)

    with pytest.raises(AnswerRefused, match="has answered already"):
        recipients.answer(of(told, "letters"), Answer.DONE, actor=RECIPIENT, now=now)
    with pytest.raises(AnswerRefused, match="has answered already"):
        recipients.told(of(told, "letters"), actor=staff(owner), now=now)
    recipients.answer(of(told, "letters"), Answer.DONE, actor=staff(owner), now=now)

    letters = of(told, "letters")
    assert (letters.answer, letters.sealed_reason, letters.answered_by) == (Answer.DONE, None, f"staff:{owner.pk}")
    answers = [entry.facts["answer"] for entry in audit.entries_of(told) if entry.action == "recipient.answered"]
    assert answers == ["cannot", "done"]


def test_recipient_when_told_by_hand_then_it_counts_as_asked_once(
    told: SubjectRequest, owner: User, now: datetime
) -> None:
    recipients.told(of(told, "carrier"), actor=staff(owner), now=now)
    recipients.told(of(told, "carrier"), actor=staff(owner), now=now + timedelta(days=3))

    assert (of(told, "carrier").state, of(told, "carrier").asked_at) == (State.SENT, now)
    assert recipients.pending(told) == 3


def test_correction_when_told_then_the_new_value_is_sealed_and_the_words_are_its_own(
    profile: Profile, shop: Shop, owner: User, now: datetime
) -> None:
    asked = intake.open_request(
        shop=shop,
        request_type=RequestType.CORRECTION,
        identities=(ADA,),
        channel=SubjectRequest.Channel.PORTAL,
        proved_to=staff(owner),
        now=now,
    )

    recipients.instruct(asked, profile.recipients, now=now, changes={"City": "Aachen"})

    carrier = of(asked, "carrier")
    assert carrier.kind == "correct"
    assert recipients.changes_of(carrier) == {"City": "Aachen"}
    assert b"Aachen" not in bytes(carrier.sealed_changes or b"")
    assert recipients.lines(asked)[0].words == "is being told to correct what it got"
    assert "to correct" in mails(asked)[0]["text"]


def test_identifiers_when_several_are_known_then_only_the_proved_that_finds_a_person_is_told(
    profile: Profile, shop: Shop, owner: User, now: datetime
) -> None:
    phone = Identity(IdentityKind.PHONE, "+12125550123")
    asked = intake.open_request(
        shop=shop,
        request_type=RequestType.ACCESS,
        identities=(ADA, phone),
        channel=SubjectRequest.Channel.PORTAL,
        proved_to=staff(owner),
        now=now,
    )
    known = sealing.person_of(asked, "US").identities
    assert known == (ADA, phone)

    asked.identity_hashes.update(is_verified=True)
    assert recipients.identifiers(asked) == [ADA]

    asked.identity_hashes.exclude(kind="phone_number").update(is_verified=False)
    assert recipients.identifiers(asked) == [phone]


def test_identifiers_when_a_row_revealed_a_former_mailbox_then_the_recipient_is_told_that_too(
    request_: SubjectRequest, source: Source, now: datetime
) -> None:
    former, phone = (
        Identity(IdentityKind.EMAIL, "ada.old@example.com"),
        Identity(IdentityKind.PHONE, "+12125550123"),
    )
    assert recipients.identifiers(request_) == [ADA]

    expansion.accept(request_, source, "newsletter.email", [former, phone], now)

    assert recipients.identifiers(request_) == [ADA, former]


def test_answered_row_when_it_says_nothing_then_the_database_refuses_it(told: SubjectRequest) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        told.recipient_instructions.update(state=State.ANSWERED)
    with pytest.raises(IntegrityError), transaction.atomic():
        told.recipient_instructions.update(answer=Answer.DONE)


def test_ways_when_a_profile_names_one_then_the_instruction_knows_it() -> None:
    assert {each.value for each in Telling if each is not Telling.NOBODY} == set(RecipientInstruction.Way.values)


@pytest.mark.parametrize(
    ("shop_name", "who"),
    [
        ("cali-jewelz", ["carrier", "card_processor", "manufacturer", "senders", "outside_partners"]),
        ("miniluxe", ["carrier", "card_processor", "wallets", "senders"]),
        ("security-jewelers", ["carrier", "card_processor", "newsletter_sender"]),
        ("timelux-boutique", ["carrier", "card_processor", "newsletter_sender"]),
        ("world-jewels", ["carrier", "card_gateway", "newsletter_sender"]),
    ],
)
def test_recipients_of_the_five_shops_when_somebody_bought_and_read_the_newsletter_then_these(
    shop_name: str, who: list[str]
) -> None:
    profile = parse_profile((PROFILES / f"{shop_name}.yaml").read_text(), shop_name)
    classes = {"account", "order", "order_line", "payment", "newsletter_subscription", "testimonial", "review"}

    assert keys(list(recipients.which(profile, classes, {"user.name", "user.contact.email"}))) == who


def test_database_when_everybody_was_told_and_one_answered_then_no_table_has_the_person_in_clear(
    told: SubjectRequest, now: datetime
) -> None:
    recipients.answer(of(told, "carrier"), Answer.CANNOT, why=f"We keep {ADA.value}", actor=COMMAND, now=now)
    recipients.answer(of(told, "letters"), Answer.DONE, actor=RECIPIENT, now=now)

    stored = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT coalesce(string_agg(row_to_json(t)::text, chr(10)), %s) FROM "{table}" t', [""])
            stored[table] = cursor.fetchone()[0]

    assert ADA.value in recipients.reason_of(of(told, "carrier"))
    assert told.reference in stored["dsr_subjectrequest"]
    assert "letters" in stored["dsr_recipientinstruction"]
    hexed = ADA.value.encode().hex()
    assert [table for table, text in stored.items() if ADA.value in text or hexed in text] == []


@pytest.mark.django_db(transaction=True)
def test_answer_when_two_say_it_at_once_then_one_counts(told: SubjectRequest, now: datetime) -> None:
    def say(answer: RecipientInstruction.Answer) -> str:
        try:
            recipients.answer(of(told, "letters"), answer, why="No.", actor=RECIPIENT, now=now)
        except AnswerRefused:
            return "refused"
        finally:
            connection.close()
        return answer.value

    with ThreadPoolExecutor(2) as both:
        said = list(both.map(say, (Answer.DONE, Answer.CANNOT)))

    (counted,) = [each for each in said if each != "refused"]
    assert of(told, "letters").answer == counted
    actions = [entry.action for entry in audit.entries_of(told)]
    assert actions.count("recipient.answered") == 1
