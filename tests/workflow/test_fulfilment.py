import csv
import hashlib
import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from dsr import crypto
from dsr.lifecycle import RequestType, State
from dsr.models import FindingMark, Job, Package, Source, SubjectRequest
from dsr.redaction import Ground
from dsr.workflow import answer, audit, chunks, fulfilment, intake, queue, review
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.queue import Claim
from tests.conftest import ADA, work_off


@pytest.fixture
def answered(gathered: SubjectRequest, owner: User, now: datetime) -> SubjectRequest:
    review.approve(gathered, actor=staff(owner), now=now)
    work_off(gathered)
    return gathered


def content(subject_request: SubjectRequest, name: str) -> bytes:
    file = subject_request.package.files.get(name=name)
    return b"".join(fulfilment.open_file(file, now=timezone.now()))


def test_the_copy_holds_every_row_and_says_what_was_left_out(answered: SubjectRequest) -> None:
    data = json.loads(content(answered, "data.json"))

    assert answered.state == "fulfilled"
    assert data["request"]["reference"] == answered.reference
    assert [row["id"] for row in data["sources"]["shop"]["orders"]] == [10, 11]
    assert data["sources"]["shop"]["orders"][0]["total"] == "120.50"
    assert data["sources"]["shop"]["customers"][0]["name"] == "Ada Lovelace"
    grounds = {(each["collection"], each["field"], each["ground"]) for each in data["redactions"]}
    assert {
        ("customers", "password_hash", "never_export"),
        ("gifts", "recipient_name", "other_person"),
        ("gifts", "recipient_email", "other_person"),
        ("orders", "note", "never_export"),
    } <= grounds


def test_neither_bela_nor_a_password_nor_a_card_is_in_any_file(
    answered: SubjectRequest, gathered: SubjectRequest
) -> None:
    note = next(chunks.read(gathered.source_runs.get(), "orders")).values["note"]
    everything = b"".join(content(answered, file.name) for file in answered.package.files.all())

    assert "4111" in str(note)
    assert b"Ada Lovelace" in everything
    for secret in (b"Bela", b"secret-of-ada", b"4111 1111", b"4111111", b"cleo@example.net"):
        assert secret not in everything


def test_the_manifest_names_every_file_with_its_hash(answered: SubjectRequest) -> None:
    manifest = json.loads(content(answered, "manifest.json"))
    listed = {each["name"]: each["sha256"] for each in manifest["files"]}

    made = {file.name: file.sha256 for file in answered.package.files.exclude(name="manifest.json")}

    assert listed == made
    for name, digest in listed.items():
        assert hashlib.sha256(content(answered, name)).hexdigest() == digest


def test_a_formula_in_a_name_stays_text_in_the_spreadsheet(answered: SubjectRequest) -> None:
    text = content(answered, "csv/shop/order_lines.csv").decode("utf-8-sig")

    engravings = {row["id"]: row["engraving"] for row in csv.DictReader(io.StringIO(text))}

    assert engravings["101"] == "'=1+1"
    assert engravings["100"] == "A & B <3"


def test_files_lie_sealed_on_the_disk(answered: SubjectRequest) -> None:
    folder = Path(settings.SESSION_FOLDER) / str(answered.public_id)
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    assert stored
    assert b"Ada" not in stored
    assert b"%PDF" not in stored
    assert not any("ada" in path.name for path in folder.rglob("*"))


def test_the_zip_holds_every_file_as_it_is(answered: SubjectRequest) -> None:
    whole = b"".join(fulfilment.open_zip(answered.package, now=timezone.now()))

    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}

    assert inside == {file.name: content(answered, file.name) for file in answered.package.files.all()}


def test_folder_when_opened_then_it_holds_every_file_and_is_one_fact(answered: SubjectRequest) -> None:
    inside = dict(fulfilment.open_folder(answered.package, actor=COMMAND, now=timezone.now()))
    fetched = [entry.facts for entry in audit.entries_of(answered) if entry.action == "package.downloaded"]

    assert fetched == [{"file": "all files (folder)"}]
    assert {name: b"".join(parts) for name, parts in inside.items()} == {
        file.name: content(answered, file.name) for file in answered.package.files.all()
    }


def test_every_download_is_a_fact_and_none_is_possible_after_the_end(answered: SubjectRequest) -> None:
    content(answered, "copy.pdf")
    fetched = [entry.facts for entry in audit.entries_of(answered) if entry.action == "package.downloaded"]
    package: Package = answered.package

    with pytest.raises(fulfilment.NotThere):
        fulfilment.open_file(package.files.all()[0], now=package.expires_at)

    assert fetched == [{"file": "copy.pdf"}]


def test_a_row_left_out_and_a_field_hidden_are_in_no_file(gathered: SubjectRequest, owner: User, now: datetime) -> None:
    run = gathered.source_runs.get()
    rows = {row.values["id"]: row.digest for row in chunks.read(run, "order_lines")}
    review.mark(
        run, collection="order_lines", digest=rows[101], field="", kind="withhold",
        ground=Ground.NOT_ABOUT_YOU, user=owner, now=now,
    )  # fmt: skip
    review.mark(
        run, collection="customers", digest="", field="name", kind="redact",
        ground=Ground.STAFF_MEMBER, user=owner, now=now,
    )  # fmt: skip

    review.approve(gathered, actor=staff(owner), now=now)
    work_off(gathered)

    data = json.loads(content(gathered, "data.json"))
    assert [row["id"] for row in data["sources"]["shop"]["order_lines"]] == [100, 110]
    assert data["sources"]["shop"]["customers"][0]["name"] is None
    everything = b"".join(content(gathered, file.name) for file in gathered.package.files.all())
    assert b"=1+1" not in everything
    assert b"Lovelace" not in everything


def test_an_interrupted_package_is_made_once_and_leaves_no_orphans(
    gathered: SubjectRequest, owner: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    review.approve(gathered, actor=staff(owner), now=now)
    job = Job.objects.get(kind="make_package")
    monkeypatch.setattr(Claim, "finish", stop)
    with pytest.raises(KeyboardInterrupt):
        queue.perform(job.pk, fulfilment.make_package, fulfilment.give_up, timezone.now)
    monkeypatch.undo()
    folder = Path(settings.SESSION_FOLDER) / str(gathered.public_id)
    left = [path.name for path in folder.iterdir()]

    later = timezone.now() + timedelta(seconds=20)
    queue.perform(job.pk, fulfilment.make_package, fulfilment.give_up, lambda: later)

    gathered.refresh_from_db()
    assert (left, gathered.state) == (["1"], "fulfilled")
    assert [path.name for path in folder.iterdir()] == ["2"]
    assert (
        hashlib.sha256(content(gathered, "data.json")).hexdigest()
        == gathered.package.files.get(name="data.json").sha256
    )


def stop(claim: Claim) -> None:
    raise KeyboardInterrupt


def test_the_data_key_is_wrapped_anew_for_the_month_in_which_the_answer_expires(
    asked: SubjectRequest, owner: User
) -> None:
    first = asked.key_month
    work_off(asked)
    review.approve(asked, actor=staff(owner), now=timezone.now())
    work_off(asked)

    asked.refresh_from_db()
    assert asked.key_month == (timezone.now() + timedelta(days=90)).date().replace(day=1) != first
    assert content(asked, "manifest.json")


def test_a_sealed_file_of_another_request_does_not_open(answered: SubjectRequest) -> None:
    file = answered.package.files.all()[0]
    file.stored_as = answered.package.files.all()[1].stored_as
    other = b"".join(fulfilment.open_file(file, now=timezone.now()))  # Its own name is its context ...
    assert other

    path = Path(settings.SESSION_FOLDER) / file.stored_as
    moved = path.with_name("999")
    moved.write_bytes(path.read_bytes())
    file.stored_as = file.stored_as.rpartition("/")[0] + "/999"
    with pytest.raises(crypto.SealBroken):  # ... so under another name it stays closed.
        b"".join(fulfilment.open_file(file, now=timezone.now()))


def test_two_clicks_on_approve_release_once(gathered: SubjectRequest, owner: User, now: datetime) -> None:
    same = SubjectRequest.objects.get(pk=gathered.pk)
    review.approve(gathered, actor=staff(owner), now=now)

    with pytest.raises(review.WrongState):
        review.approve(same, actor=staff(owner), now=now)

    assert Job.objects.filter(kind="make_package").count() == 1
    assert gathered.type == RequestType.ACCESS


def test_a_hidden_field_of_a_row_that_is_left_out_is_not_told_twice(
    gathered: SubjectRequest, owner: User, now: datetime
) -> None:
    run = gathered.source_runs.get()
    gift = next(row.digest for row in chunks.read(run, "gifts") if row.values["id"] == 1000)
    ground, withhold = Ground.OTHER_PERSON, FindingMark.Kind.WITHHOLD
    review.mark(run, collection="gifts", digest=gift, field="", kind=withhold, ground=ground, user=owner, now=now)

    frozen = answer.freeze(gathered, approved_at=now, now=now)

    told = [(each.field, each.rows) for each in frozen.redactions if each.collection == "gifts"]
    (card,) = [each for each in frozen.collections if each.collection == "gifts"]
    assert told == [("", 1)]
    assert (card.found, card.rows) == (2, 1)


@pytest.mark.parametrize("kind", [RequestType.ERASURE, RequestType.CORRECTION])
def test_request_for_something_else_than_a_copy_when_approved_then_nothing_says_that_it_was_done(
    source: Source, owner: User, now: datetime, kind: RequestType
) -> None:
    asked = intake.open_request(
        shop=source.shop,
        request_type=kind,
        identities=(ADA,),
        channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner),
        now=now,
    )
    work_off(asked)
    assert asked.state == State.REVIEW

    with pytest.raises(review.CannotFulfil, match=r"there is no copy to release.*Nothing was changed"):
        review.approve(asked, actor=staff(owner), now=now)

    asked.refresh_from_db()
    assert (asked.state, Package.objects.count()) == (State.REVIEW, 0)
