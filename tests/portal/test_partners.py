"""Behind a recipient's link: what it shows to whom, and that only its second button answers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from dsr.lifecycle import RequestType
from dsr.models import InstructionLink, RecipientInstruction, Shop, SubjectRequest
from dsr.workflow import audit, intake, recipients, sealing
from dsr.workflow.actors import COMMAND, staff
from tests.conftest import ADA, BELA, ask
from tests.partners import Partner, forget, link_of, of, publish

ANSWERED = "Thank you: this has been answered"


@pytest.fixture
def now() -> datetime:
    """The link is opened by a browser, whose clock is the machine's."""
    return timezone.now()


@pytest.fixture
def told(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    profile = publish(shop, now)
    return tell(ask(shop, ADA, now, owner), profile.recipients, now)


@pytest.fixture
def letters(told: SubjectRequest) -> Partner:
    """Behind the link, before its button."""
    return Partner(link_of(told))


def tell(subject_request: SubjectRequest, who: object, now: datetime, **more: object) -> SubjectRequest:
    with transaction.atomic():
        recipients.instruct(subject_request, who, now=now, **more)  # type: ignore[arg-type]  # a profile's recipients
    return subject_request


def actions(subject_request: SubjectRequest) -> list[str]:
    return [entry.action for entry in audit.entries_of(subject_request)]


def test_link_when_only_opened_then_it_shows_and_changes_nothing(told: SubjectRequest, letters: Partner) -> None:
    before = actions(told)

    for _ in range(3):
        cover = letters.see()

    assert "asks you to delete the data of one person" in cover
    assert ADA.value not in cover
    assert actions(told) == before
    assert of(told, "letters").opened_at is None


def test_answer_when_sent_without_the_first_button_then_it_only_opens(told: SubjectRequest, letters: Partner) -> None:
    page = letters.say("done")

    assert ANSWERED not in page
    assert "How does it stand?" in page
    assert recipients.pending(told) == 3


@pytest.mark.parametrize(
    ("said", "why", "line"),
    [
        ("done", "", "says that it deleted what it got"),
        ("nothing_held", "", "says that it holds nothing about you"),
        ("cannot", "Tax law.", "says that it cannot delete what it got: “Tax law.”"),
    ],
)
def test_recipient_when_it_answers_then_its_line_says_so_and_the_others_stay_pending(
    told: SubjectRequest, letters: Partner, said: str, why: str, line: str
) -> None:
    opened = letters.open()
    assert ADA.value in opened

    page = letters.say(said, why)

    assert ANSWERED in page
    assert ADA.value not in page
    assert [each.words for each in recipients.lines(told) if not each.is_pending] == [line]
    assert (recipients.pending(told), of(told, "letters").answered_by) == (2, "recipient")
    assert actions(told).count("recipient.opened") == actions(told).count("recipient.answered") == 1


@pytest.mark.parametrize(
    ("said", "why", "told_so"),
    [
        ("", "", "Choose one of the three"),
        ("maybe", "", "Choose one of the three"),
        ("cannot", "", "Say why it cannot be done"),
        ("cannot", "  ", "Say why it cannot be done"),
        ("cannot", "x" * 501, "Write at most 500 characters"),
        ("cannot", "nul \0 here", "Remove the invisible character"),
    ],
)
def test_answer_when_not_whole_then_it_says_what_is_missing(
    told: SubjectRequest, letters: Partner, said: str, why: str, told_so: str
) -> None:
    letters.open()

    page = letters.say(said, why)

    assert "There is a problem" in page
    assert told_so in page
    assert recipients.pending(told) == 3


def test_answer_when_sent_twice_then_the_first_counts(told: SubjectRequest, letters: Partner) -> None:
    other = Partner(letters.link)
    letters.open()
    other.open()

    assert ANSWERED in letters.say("done")
    assert ANSWERED in other.say("cannot", "Changed our mind.")

    assert of(told, "letters").answer == "done"
    assert actions(told).count("recipient.answered") == 1


def test_reason_when_it_is_markup_then_it_is_shown_as_text(told: SubjectRequest, letters: Partner, owner: User) -> None:
    letters.open()
    letters.say("cannot", "<script>alert(1)</script>")
    client = Client()
    client.force_login(owner)

    page = client.get(f"/staff/requests/{told.reference}/").content.decode()

    assert "“&lt;script&gt;alert(1)&lt;/script&gt;”" in page
    assert "<script>alert" not in page


def test_link_when_wrong_then_nothing_of_any_shop_is_told_and_guessers_must_wait(
    told: SubjectRequest, letters: Partner
) -> None:
    client = Client()

    page = client.get(f"{letters.link[:-3]}xx/")
    codes = [client.get(f"/partner/guess-{number}/").status_code for number in range(30)]

    assert page.status_code == 404
    assert "This link does not work" in page.content.decode()
    assert "Small Shop" not in page.content.decode()
    assert codes == [404] * 29 + [429]


def test_token_when_stored_then_only_its_digest_is(told: SubjectRequest, letters: Partner) -> None:
    token = letters.link.split("/")[2]

    assert len(token) >= 40
    assert token not in str(list(InstructionLink.objects.values()))


def test_link_when_expired_then_it_says_whom_to_ask(told: SubjectRequest, letters: Partner, now: datetime) -> None:
    letters.open()
    InstructionLink.objects.update(expires_at=now - timedelta(minutes=1))

    page = letters.see()

    assert "This link has expired" in page
    assert told.reference in page
    assert ADA.value not in page


def test_link_when_the_request_is_forgotten_then_no_answer_is_taken(told: SubjectRequest, letters: Partner) -> None:
    letters.open()
    sealed_before = of(told, "letters").state
    forget(told)

    page = letters.say("done")

    assert sealing.is_forgotten(SubjectRequest.objects.get(pk=told.pk))
    assert "This is no longer needed" in page
    assert of(told, "letters").state == sealed_before


def test_browser_when_it_opened_another_persons_link_then_this_one_stays_shut(
    told: SubjectRequest, letters: Partner, shop: Shop, owner: User, now: datetime
) -> None:
    profile = publish(shop, now)
    other = tell(ask(shop, BELA, now, owner), profile.recipients, now)
    stranger = Partner(link_of(other))
    assert BELA.value in stranger.open()

    stranger.link = letters.link

    assert ADA.value not in stranger.see()
    assert BELA.value not in letters.open()


def test_form_when_sent_without_its_token_then_it_is_refused(told: SubjectRequest, letters: Partner) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(letters.link, {"do": "open"}).status_code == 403
    assert of(told, "letters").opened_at is None


def test_correction_when_opened_then_it_says_what_has_to_stand_there(shop: Shop, owner: User, now: datetime) -> None:
    profile = publish(shop, now)
    asked = intake.open_request(
        shop=shop,
        request_type=RequestType.CORRECTION,
        identities=(ADA,),
        channel=SubjectRequest.Channel.PORTAL,
        proved_to=staff(owner),
        now=now,
    )
    partner = Partner(link_of(tell(asked, profile.recipients, now, changes={"City": "Aachen & Bonn"})))
    assert "Aachen" not in partner.see()

    page = partner.open()

    assert "Aachen &amp; Bonn" in page
    assert "We have corrected it" in page
    assert "We have deleted it" not in page


def test_link_when_staff_wrote_the_answer_down_then_it_says_that_it_is_answered(
    told: SubjectRequest, letters: Partner, now: datetime
) -> None:
    answer = RecipientInstruction.Answer.NOTHING_HELD
    recipients.answer(of(told, "letters"), answer, actor=COMMAND, now=now)

    page = letters.see()

    assert ANSWERED in page
    assert "holds nothing" in page
