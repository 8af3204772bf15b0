from datetime import datetime, timedelta

import psycopg
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.lifecycle import RequestType
from dsr.models import FindingChunk, FindingMark, Job, Shop, Source, SourceRun, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import audit, chunks, connections, gathering, intake, notices, queue, review, sealing, verification
from dsr.workflow.actors import staff
from dsr.workflow.queue import Claim
from tests.conftest import ADA, ask, work_off


def test_every_row_of_the_person_is_found_and_nobody_elses(gathered: SubjectRequest) -> None:
    (run,) = gathered.source_runs.all()

    found = {name: {row.values[key] for row in chunks.read(run, name)} for name, key in KEYS.items()}

    assert found == {
        "customers": {1},
        "orders": {10, 11},
        "order_lines": {100, 101, 110},
        "gifts": {1000, 2000},
        "newsletter": {"ada@example.com"},
    }
    assert run.counts == {"customers": 1, "orders": 2, "order_lines": 3, "gifts": 2, "newsletter": 1}
    assert (gathered.state, run.state, run.records) == ("review", "done", 9)


KEYS = {"customers": "id", "orders": "id", "order_lines": "id", "gifts": "id", "newsletter": "email"}


def test_findings_lie_sealed_in_the_database(gathered: SubjectRequest) -> None:
    values = next(chunks.read(gathered.source_runs.get(), "customers")).values
    stored = b"".join(bytes(sealed) for sealed in FindingChunk.objects.values_list("sealed", flat=True))

    assert values["name"] == "Ada Lovelace"
    assert b"Ada" not in stored
    assert b"customers" not in stored


def test_a_password_never_leaves_the_shop(gathered: SubjectRequest, shop_url: str) -> None:
    with psycopg.connect(shop_url) as connection:
        kept = connection.execute("SELECT password_hash FROM customers WHERE id = 1").fetchone()
    (run,) = gathered.source_runs.all()
    row = next(chunks.read(run, "customers"))

    assert kept == ("pbkdf2$secret-of-ada",)
    assert (row.values["password_hash"], row.held) == (None, ("password_hash",))
    assert run.held == {"customers": {"password_hash": 1}}


def test_columns_about_another_person_come_out_redacted_unless_that_person_asks(gathered: SubjectRequest) -> None:
    (run,) = gathered.source_runs.all()
    hers = {row.digest: row.values["id"] for row in chunks.read(run, "gifts")}

    hidden = {(hers[mark.digest], mark.field, mark.ground) for mark in FindingMark.objects.filter(source_run=run)}

    assert hidden == {(1000, "recipient_name", "other_person"), (1000, "recipient_email", "other_person")}


def test_two_sources_that_end_together_move_the_request_once(
    shop: Shop, source: Source, shop_url: str, owner: User, now: datetime
) -> None:
    connect_again(shop, shop_url, now)
    asked = ask(shop, ADA, now, owner)

    work_off(asked)

    steps = [entry.action for entry in audit.entries_of(asked)]
    assert steps.count("source.searched") == 2
    assert steps.count("gathering.finished") == 1
    assert asked.state == "review"


def connect_again(shop: Shop, shop_url: str, now: datetime) -> Source:
    """A second source; its dataset needs a name of its own."""
    text = (connections.current_version(shop.sources.get()).dataset_text).replace("small_shop", "second_shop")
    made, _ = connections.add_source(
        shop,
        name="second",
        url=shop_url,
        dataset_text=text,
        dataset_name="second.yaml",
        actor=staff(User.objects.get(username="olga")),
        now=now,
    )
    return made


def test_a_request_without_sources_goes_to_review_at_once(shop: Shop, owner: User, now: datetime) -> None:
    assert ask(shop, ADA, now, owner).state == "review"


def test_a_shop_that_is_down_shows_its_reason_and_is_asked_again(asked: SubjectRequest, shop_url: str) -> None:
    run = asked.source_runs.get()
    closed = shop_url.rpartition(":")[0] + ":1/nowhere"
    move_to(run.source, closed)
    work_off(asked)
    run.refresh_from_db()
    waiting = (asked.state, run.state, run.error_code)
    move_to(run.source, shop_url)

    Job.objects.filter(subject_request=asked).update(run_after=asked.received_at)
    work_off(asked)

    run.refresh_from_db()
    assert waiting == ("gathering", "queued", "unavailable")
    assert (asked.state, run.state, run.error_text) == ("review", "done", "")


def move_to(source: Source, url: str) -> None:
    """What an operator does who changes the address behind our back."""
    source.sealed_url = sealing.seal_credential(url, owner=str(source))
    source.save()


def test_a_wrong_password_fails_the_run_with_words_that_name_no_secret(asked: SubjectRequest, shop_url: str) -> None:
    run = asked.source_runs.get()
    user, _, rest = shop_url.partition("@")
    move_to(run.source, user.rpartition(":")[0] + ":wrong-secret@" + rest)

    work_off(asked)

    run.refresh_from_db()
    assert (asked.state, run.state, run.error_code) == ("gathering", "failed", "auth_failed")
    assert "password" in run.error_text.lower()
    assert "wrong-secret" not in run.error_text


def test_a_failed_source_that_was_mended_is_asked_again_by_staff(
    asked: SubjectRequest, shop_url: str, owner: User, now: datetime
) -> None:
    run = asked.source_runs.get()
    move_to(run.source, shop_url.replace(shop_url.rpartition("/")[2], "no_such_database"))
    work_off(asked)
    run.refresh_from_db()
    assert run.state == "failed"
    move_to(run.source, shop_url)

    gathering.retry(run, actor=staff(owner), now=now)
    work_off(asked)

    run.refresh_from_db()
    assert (run.state, run.records, asked.state) == ("done", 9, "review")


def test_an_interrupted_try_leaves_no_second_copy(asked: SubjectRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first try writes every chunk at once and dies before its last transaction; the second must not add to them."""
    monkeypatch.setattr(gathering, "FLUSH_BYTES", 1)
    job = Job.objects.get(subject_request=asked)

    def dies_at_the_end(claim: Claim) -> None:
        monkeypatch.setattr(Claim, "finish", stop)
        gathering.gather_source(claim)

    with pytest.raises(KeyboardInterrupt):
        queue.perform(job.pk, dies_at_the_end, gathering.give_up, timezone.now)
    left = FindingChunk.objects.count()
    monkeypatch.undo()
    later = timezone.now() + timedelta(seconds=20)
    queue.perform(job.pk, gathering.gather_source, gathering.give_up, lambda: later)

    run = asked.source_runs.get()
    assert left > 0
    assert (run.records, sum(chunk.rows for chunk in run.chunks.all())) == (9, 9)
    assert run.tries == 2


def stop(claim: Claim) -> None:
    raise KeyboardInterrupt


def test_an_identifier_that_was_only_claimed_opens_nothing_until_staff_accept_it(
    shop: Shop, source: Source, owner: User, now: datetime
) -> None:
    subject_request = intake.open_request(
        shop=shop,
        request_type=RequestType.ACCESS,
        identities=(
            Identity(IdentityKind.EMAIL, "stranger@example.com"),
            Identity(IdentityKind.EMAIL, "bela@example.org"),
        ),
        channel=SubjectRequest.Channel.PORTAL,
        now=now,
    )
    mail = notices.read(subject_request.notices.get())
    verification.confirm_by_token(mail["text"].partition("/confirm/")[2].partition("/")[0], now=now)
    subject_request.refresh_from_db()
    work_off(subject_request)
    before = (subject_request.state, subject_request.source_runs.get().records)

    review.accept_claims(subject_request, user=owner, now=now)
    work_off(subject_request)

    assert before == ("review", 0)
    assert (subject_request.state, subject_request.source_runs.get().records) == ("review", 5)


def test_a_run_that_is_done_is_left_alone_by_a_second_delivery(gathered: SubjectRequest) -> None:
    job = Job.objects.get(subject_request=gathered)
    before = SourceRun.objects.values().get()

    queue.perform(job.pk, gathering.gather_source, gathering.give_up, timezone.now)

    assert SourceRun.objects.values().get() == before
