import datetime as dt
import json
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dsr.lifecycle import RequestType
from dsr.models import FindingMark, Source, SourceRun, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.redaction import Ground
from dsr.workflow import audit, chunks, fulfilment, intake, review, sealing
from dsr.workflow.actors import staff
from tests.conftest import work_off
from tests.staff.conftest import text


def page_of(subject_request: SubjectRequest) -> str:
    return f"/staff/requests/{subject_request.reference}/"


@pytest.fixture
def answered(gathered: SubjectRequest, owner: User) -> SubjectRequest:
    review.approve(gathered, actor=staff(owner), now=timezone.now())
    work_off(gathered)
    return gathered


def test_the_release_is_announced_in_the_numbers_that_the_copy_states(
    desk: Client, gathered: SubjectRequest, reviewer: User, now: datetime
) -> None:
    run = gathered.source_runs.get()
    row = next(chunks.read(run, "orders"))
    for collection, digest, field, kind in (
        ("order_lines", "", "", FindingMark.Kind.WITHHOLD),
        ("orders", row.digest, "", FindingMark.Kind.WITHHOLD),
        ("orders", "", "total", FindingMark.Kind.REDACT),
    ):
        review.mark(
            run, collection=collection, digest=digest, field=field, kind=kind,
            ground=Ground.SECURITY, user=reviewer, now=now,
        )  # fmt: skip

    page = text(desk.get(page_of(gathered) + "approve/"))
    desk.post(page_of(gathered) + "approve/", {"unseen_accepted": "1"})
    work_off(gathered)

    # 9 records: 3 order lines and 1 order go; the total of the other order and one gift's name and address are hidden.
    assert "<strong>5 records</strong>" in page
    assert [page.count(f"<dd>{number}</dd>") for number in (4, 3, 1)] == [1, 1, 1]
    told = {entry.action: entry.facts for entry in audit.entries_of(gathered)}
    assert told["request.approved"] == {"records": 5, "withheld": 4, "redacted": 3}
    assert gathered.package.records == 5


def test_a_value_that_two_decisions_hide_is_counted_once(
    gathered: SubjectRequest, reviewer: User, now: datetime
) -> None:
    run = gathered.source_runs.get()
    from_rule = FindingMark.objects.filter(collection="gifts", field="recipient_name").count()
    review.mark(
        run, collection="gifts", digest="", field="recipient_name", kind=FindingMark.Kind.REDACT,
        ground=Ground.SECURITY, user=reviewer, now=now,
    )  # fmt: skip
    data = json_of(gathered, reviewer)

    counted = [each for each in data["redactions"] if each["field"] == "recipient_name"]

    assert from_rule == 1
    assert [(each["ground"], each["rows"]) for each in counted] == [("security", run.counts["gifts"])]


def json_of(subject_request: SubjectRequest, user: User) -> dict[str, list[dict[str, object]]]:
    review.approve(subject_request, actor=staff(user), now=timezone.now())
    work_off(subject_request)
    file = subject_request.package.files.get(name="data.json")
    content: dict[str, list[dict[str, object]]] = json.loads(b"".join(fulfilment.open_file(file, now=timezone.now())))
    return content


def test_no_link_is_promised_to_somebody_without_a_mailbox(
    desk: Client, source: Source, owner: User, now: datetime
) -> None:
    by_phone = intake.open_request(
        shop=source.shop,
        request_type=RequestType.ACCESS,
        identities=(Identity(IdentityKind.CUSTOMER_NUMBER, "1"),),
        channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner),
        now=now,
    )

    page = text(desk.get(page_of(by_phone)))
    answer = text(desk.post(page_of(by_phone) + "send-link/", follow=True))

    assert "Send a new link" not in page
    assert "names no e-mail address" in answer
    assert not by_phone.notices.exists()


def test_a_new_link_can_still_be_sent_while_the_copy_is_there(desk: Client, answered: SubjectRequest) -> None:
    page = text(desk.get(page_of(answered)))
    desk.post(page_of(answered) + "send-link/")

    assert "Send a new link" in page
    assert answered.notices.filter(kind="access_link").count() == 1


def test_taking_back_is_asked_about_first_and_then_final(desk: Client, gathered: SubjectRequest) -> None:
    asked = text(desk.get(page_of(gathered) + "withdraw/"))
    gathered.refresh_from_db()
    before = gathered.state
    desk.post(page_of(gathered) + "withdraw/")
    gathered.refresh_from_db()

    assert "9 gathered records will be let go." in asked
    assert (before, gathered.state) == ("review", "withdrawn")


def test_a_failed_source_makes_asking_again_the_next_step(desk: Client, asked: SubjectRequest) -> None:
    asked.jobs.update(state="parked")
    SourceRun.objects.update(state="failed", error_code="unavailable", error_text="The database cannot be reached.")

    page = text(desk.get(page_of(asked)))
    desk.post(page_of(asked) + "retry/")
    work_off(asked)

    assert "Ask 1 place again" in page
    assert "The database cannot be reached." in page
    assert asked.state == "review"


def test_a_source_is_not_asked_again_for_a_request_that_is_over(
    desk: Client, asked: SubjectRequest, owner: User, now: datetime
) -> None:
    SourceRun.objects.update(state="failed", error_code="unavailable")
    review.withdraw(asked, actor=staff(owner), now=now)

    page = text(desk.get(page_of(asked)))
    desk.post(page_of(asked) + "retry/")

    assert ("again</button>" in page, SourceRun.objects.get().state) == (False, "failed")


def test_accepting_claims_says_what_it_costs(desk: Client, source: Source, now: datetime) -> None:
    two = (Identity(IdentityKind.EMAIL, "ada@example.com"), Identity(IdentityKind.CUSTOMER_NUMBER, "2"))
    made = intake.open_request(
        shop=source.shop,
        request_type=RequestType.ACCESS,
        identities=two,
        channel=SubjectRequest.Channel.PORTAL,
        now=now,
    )
    made.identity_hashes.filter(kind="email").update(is_verified=True)
    SubjectRequest.objects.update(state="review")

    page = text(desk.get(page_of(made)))
    asked = text(desk.get(page_of(made) + "accept-claims/"))

    assert "only claimed" in page
    assert "1 more identifier will be searched for" in asked
    assert made.identity_hashes.filter(is_verified=True).count() == 1


def test_the_timeline_says_who_in_names_and_what_in_words(
    desk: Client, gathered: SubjectRequest, reviewer: User, now: datetime
) -> None:
    run = gathered.source_runs.get()
    review.assign(gathered, owner=reviewer, actor=staff(reviewer), now=now)
    review.mark(
        run, collection="customers", digest="", field="name", kind=FindingMark.Kind.REDACT,
        ground=Ground.STAFF_MEMBER, user=reviewer, now=now,
    )  # fmt: skip

    page = text(desk.get(page_of(gathered)))

    assert "Given to rita" in page
    assert "Redacted in every record: shop, customers name (staff member)" in page
    assert "Gathered 9 records from 1 source <" in page
    assert "Identity confirmed (proved to staff)" in page
    assert "staff:" not in page
    assert all(entry.digest in page for entry in audit.entries_of(gathered))


def test_the_files_are_listed_with_their_checksums(desk: Client, answered: SubjectRequest) -> None:
    page = text(desk.get(page_of(answered)))

    assert "Not downloaded yet." in page
    assert all(file.sha256 in page for file in answered.package.files.all())


def test_a_page_looks_again_only_while_something_moves_by_itself(desk: Client, asked: SubjectRequest) -> None:
    gathering = text(desk.get(page_of(asked)))
    work_off(asked)

    assert ("every 3s" in gathering, "hx-trigger" in text(desk.get(page_of(asked)))) == (True, False)


def test_a_forgotten_request_shows_its_story_and_nothing_else(desk: Client, gathered: SubjectRequest) -> None:
    path = page_of(gathered)
    run = gathered.source_runs.get()
    old = dt.date(2001, 1, 1)
    sealing.ring().month_key(old)
    sealing.ring().destroy_months_before(dt.date(2001, 2, 1))
    assert "a•••@example.com" in text(desk.get(path))

    SubjectRequest.objects.update(key_month=old)
    pages = [text(desk.get(path)), text(desk.post(path + "identities/", follow=True))]
    pages += [text(desk.get(f"{path}findings/{run.pk}/customers/", follow=True))]

    assert [("has been forgotten" in page, "example.com" in page) for page in pages] == [(True, False)] * 3
    assert "Gathered 9 records" in pages[0]
    assert "Approve" not in pages[0]
