"""Files that erased rows named go with them: never another's, never one outside their folder, and nothing passed over."""

from __future__ import annotations

from datetime import date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from dsr.exports.letter import FilesLine, letter_html
from dsr.lifecycle import State
from dsr.models import AuditEntry, Job, PlanStep, Shop, Source, SubjectRequest
from dsr.sources.named_files import Fate
from dsr.workflow import connections, erasure_files, erasure_proof, erasure_steps, evidence, finishing, letters, replay
from dsr.workflow.actors import COMMAND
from dsr.workflow.erasure_files import NamedFile
from dsr.workflow.queue import Claim, Work
from tests.conftest import work_off
from tests.erasing.conftest import SMALL_SHOP, approve, carry_out, change, connect_for_writing, wish

TODAY = date(2026, 11, 23)
CONTENT = "          - {name: %s, data_categories: [user.content], fides_meta: {data_type: string}}\n"
PHOTO = ("ada.png", "bela.png", "nobody.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What customers uploaded, and beside it something that is none of theirs."""
    (tmp_path / "uploads/photos").mkdir(parents=True)
    (tmp_path / "uploads/drawings").mkdir()
    for name in PHOTO:
        (tmp_path / "uploads/photos" / name).write_text(name)
    (tmp_path / "uploads/drawings/ring.pdf").write_text("for ada@example.com")
    (tmp_path / "secret.txt").write_text("the shop's")
    return tmp_path / "uploads"


@pytest.fixture
def source(shop: Shop, url: str, now: datetime) -> Source:
    """The small shop, whose customers have a photograph and whose orders a drawing."""
    change(
        url,
        "ALTER TABLE customers ADD COLUMN photo text",
        "ALTER TABLE orders ADD COLUMN drawing text",
        "UPDATE customers SET photo = CASE id WHEN 1 THEN 'ada.png' ELSE 'bela.png' END",
        "UPDATE orders SET drawing = 'ring.pdf' WHERE id = 10",
    )
    text = (SMALL_SHOP / "shop.yaml").read_text()
    for table, column in (("customers", "photo"), ("orders", "drawing")):
        head, fields, rest = text.partition(f"- name: {table}\n        fields:\n")
        text = head + fields + CONTENT % column + rest
    overlay = (SMALL_SHOP / "shop.dsr.yaml").read_text()
    overlay = overlay.replace("ownership: owned}", "ownership: owned, files: {photo: photos}}", 1)
    overlay = overlay.replace(
        "facts: {ordered_on: placed_on}}", "facts: {ordered_on: placed_on}, files: {drawing: drawings}}"
    )
    return connect_for_writing(shop, url, now, dataset_text=text, overlay_text=overlay)


@pytest.fixture
def placed(source: Source, folder: Path, now: datetime) -> Source:
    erasure_files.place(source, str(folder), actor=COMMAND, now=now)
    return source


def erased(source: Source, owner: User, now: datetime) -> SubjectRequest:
    return carry_out(wish(source.shop, owner, now), owner, now)


def said(asked: SubjectRequest) -> tuple[FilesLine, ...]:
    letter = letters.letter_of(asked, today=TODAY)
    assert letter is not None
    return letter.files


def once_more(step: PlanStep, asked: SubjectRequest, now: datetime) -> PlanStep:
    """The step, proved again as after a kill between the removal and the moment in which it is said."""
    PlanStep.objects.filter(pk=step.pk).update(state=PlanStep.State.APPLIED, proof={}, proved_at=None)
    job = Job.objects.get(subject_request=asked, kind=Work.ERASE.value)
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    again = PlanStep.objects.get(pk=step.pk)
    erasure_proof.prove(again, Claim(job.pk, job.fence, job.target_id, job.attempts, lambda: now))
    return again


def test_file_when_the_row_that_named_it_is_deleted_then_is_gone_and_proof_log_and_letter_say_so(
    placed: Source, folder: Path, owner: User, now: datetime
) -> None:
    assert (folder / "photos/ada.png").read_text() == "ada.png"

    asked = erased(placed, owner, now)

    assert asked.state == State.FULFILLED
    left = sorted(each.name for each in folder.rglob("*.*"))
    assert left == ["bela.png", "nobody.png", "ring.pdf"]
    assert said(asked) == (FilesLine("Small shop", gone=1),)
    entry = AuditEntry.objects.get(stream__subject_request=asked, action="erasure.proved")
    assert (entry.facts["files"], entry.facts["files_left"]) == (1, 0)
    written = b"".join(evidence.contents(asked, now=now).values())
    assert b'"gone": 1' in written
    assert b"ada.png" not in written
    step = asked.erasure_plans.get().steps.get()
    assert (once_more(step, asked, now).proof, step.proof["files"]) == (step.proof, {"gone": 1})


def test_file_when_a_row_of_somebody_else_names_it_too_then_stays_and_the_letter_says_shared(
    placed: Source, folder: Path, url: str, owner: User, now: datetime
) -> None:
    change(
        url,
        "UPDATE customers SET photo = './/ada.png' WHERE id = 1",
        "UPDATE customers SET photo = 'ada.png' WHERE id = 2",
    )

    asked = erased(placed, owner, now)

    assert (folder / "photos/ada.png").exists()
    assert said(asked) == (FilesLine("Small shop", shared=1),)
    letter = letters.letter_of(asked, today=TODAY)
    assert letter is not None
    assert "1 stays, because another record names it too." in letter_html(letter, on_paper=True)


def test_name_when_it_leads_out_of_the_folder_then_nothing_is_removed_and_it_is_said_to_be_left_to_a_person(
    placed: Source, folder: Path, url: str, owner: User, now: datetime
) -> None:
    (folder / "photos/out").symlink_to(folder.parent)
    assert (folder / "photos/out/secret.txt").exists()
    change(url, "UPDATE customers SET photo = 'out/secret.txt' WHERE id = 1")

    asked = erased(placed, owner, now)

    assert (folder.parent / "secret.txt").read_text() == "the shop's"
    assert asked.state == State.FULFILLED
    assert said(asked) == (FilesLine("Small shop", by_hand=1),)
    letter = letters.letter_of(asked, today=TODAY)
    assert letter is not None
    assert "<strong>1 not deleted by us</strong>" in letter_html(letter, on_paper=False)


@pytest.mark.parametrize(
    "name", ["../../secret.txt", "/etc/hostname", "https://cdn.example/ada.png", "", "a\0b", "x" * 999]
)
def test_name_when_nothing_can_be_behind_it_then_is_left_to_a_person(placed: Source, folder: Path, name: str) -> None:
    described = connections.described_by(connections.current_version(placed))
    before = sorted(folder.parent.rglob("*"))

    with erasure_steps.writable(placed) as opened:
        (found,) = erasure_files.remove(placed, opened, described, [NamedFile("customers", "photo", name)])

    assert found == (NamedFile("customers", "photo", name), Fate.BY_HAND)
    assert sorted(folder.parent.rglob("*")) == before


def test_folder_when_nobody_said_where_it_is_then_its_files_are_left_to_a_person_and_named_to_staff(
    source: Source, folder: Path, owner: User, now: datetime, client: Client
) -> None:
    asked = erased(source, owner, now)

    assert (folder / "photos/ada.png").exists()
    assert said(asked) == (FilesLine("Small shop", by_hand=1),)
    assert erasure_steps.left_by_hand(asked.erasure_plans.get().steps.get()) == ["customers.photo: ada.png"]
    client.force_login(owner)
    assert "customers.photo: ada.png" in client.get(f"/staff/requests/{asked.reference}/plan/").content.decode()


def test_folder_when_it_is_away_in_the_run_then_nothing_counts_as_gone(
    placed: Source, folder: Path, owner: User, now: datetime
) -> None:
    asked = wish(placed.shop, owner, now)
    approve(asked, owner, now)
    (folder / "photos").rename(folder / "elsewhere")

    work_off(asked)

    assert said(asked) == (FilesLine("Small shop", by_hand=1),)
    assert (folder / "elsewhere/ada.png").exists()


def test_name_when_there_never_was_such_a_file_then_is_not_counted_as_removed(
    placed: Source, url: str, owner: User, now: datetime
) -> None:
    change(url, "UPDATE customers SET photo = 'lost.png' WHERE id = 1")

    assert said(erased(placed, owner, now)) == (FilesLine("Small shop", missing=1),)


def test_removal_when_a_kill_came_before_it_was_said_then_says_the_same_the_second_time(
    placed: Source, folder: Path, url: str
) -> None:
    described = connections.described_by(connections.current_version(placed))
    files = [NamedFile("customers", "photo", "ada.png", was_there=True)] * 2
    change(
        url, "DELETE FROM gifts", "DELETE FROM order_lines", "DELETE FROM orders", "DELETE FROM customers WHERE id = 1"
    )

    with erasure_steps.writable(placed) as opened:
        first, second = (erasure_files.remove(placed, opened, described, files) for _ in range(2))

    assert first == second
    assert erasure_files.counted(first) == {"gone": 1}
    assert not (folder / "photos/ada.png").exists()


def test_file_when_its_order_stays_then_stays_with_it_and_goes_at_its_end(
    placed: Source, folder: Path, owner: User, now: datetime
) -> None:
    erased(placed, owner, now)
    assert (folder / "drawings/ring.pdf").exists()

    report = finishing.finish(placed.shop, now=datetime.fromisoformat("2027-02-02T18:00:00+00:00"), execute=True)

    assert report.refused == {}
    assert not (folder / "drawings/ring.pdf").exists()
    assert (folder / "photos/bela.png").exists()


def test_file_of_a_kept_order_when_its_folder_is_away_at_the_end_then_the_report_says_what_is_left(
    placed: Source, folder: Path, owner: User, now: datetime
) -> None:
    erased(placed, owner, now)
    (folder / "drawings").rename(folder / "elsewhere")

    report = finishing.finish(placed.shop, now=datetime.fromisoformat("2027-02-02T18:00:00+00:00"), execute=True)

    assert report.total == 3
    assert "1 of the files that erased records named could not be reached" in report.refused["shop"]


def test_replay_when_the_folder_was_restored_too_then_removes_the_file_again(
    placed: Source, folder: Path, owner: User, now: datetime
) -> None:
    erased(placed, owner, now)
    (folder / "photos/ada.png").write_text("restored")

    for execute, told in ((False, {("shop", "there"): 1}), (True, {("shop", "gone"): 1}), (True, {})):
        report = replay.replay(placed.shop, execute=execute, actor=COMMAND, now=now, say=str)
        assert dict(report.files) == told
    assert not (folder / "photos/ada.png").exists()
    assert (folder / "photos/bela.png").exists()


def test_command_when_the_folder_is_none_then_says_so_and_connects_nothing(shop: Shop, url: str) -> None:
    with pytest.raises(CommandError, match="media is no folder of this machine"):
        call_command("add_source", shop.slug, "web", "--url", url, "--files", "media", stdout=StringIO())
    assert not shop.sources.exists()


def test_command_when_told_where_the_files_lie_then_keeps_it_sealed(source: Source, folder: Path, url: str) -> None:
    version = connections.current_version(source)
    (folder / "shop.yaml").write_text(version.dataset_text)
    (folder / "shop.dsr.yaml").write_text(version.overlay_text)
    described = ("--replace", "--url", url, "--dataset", str(folder / "shop.yaml"))

    call_command("add_source", source.shop.slug, source.name, *described, "--files", str(folder), stdout=StringIO())

    source.refresh_from_db()
    assert source.sealed_files is not None
    assert str(folder).encode() not in bytes(source.sealed_files)
    assert AuditEntry.objects.filter(action="shop.files_placed").count() == 1
