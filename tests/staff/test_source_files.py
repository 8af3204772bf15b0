"""Exports handed in at the screen: read through first, kept sealed, searched like any source, replaced by newer ones."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from dsr import jobs
from dsr.crypto import SealBroken
from dsr.models import DatasetDraft, Job, Shop, Source, SourceFile
from dsr.workflow import chunks, connections, source_files
from dsr.workflow.actors import COMMAND
from tests.conftest import ADA, ask, work_off
from tests.staff.conftest import text

VISITORS = b"No;E-mail;Wish\n1;ada@example.com;a ring\n2;bela@example.org;a brooch\n"
DATASET = """
dataset:
  - fides_key: fair
    name: Fair
    collections:
      - name: visitors
        fields:
          - name: "No"
            fides_meta: {primary_key: true, data_type: integer}
          - name: E-mail
            data_categories: [user.contact.email]
            fides_meta: {identity: email}
          - name: Wish
"""


def hand_in(boss: Client, path: str, *files: tuple[str, bytes], **said: object) -> HttpResponse:
    sent = {"exports": [SimpleUploadedFile(name, content) for name, content in files], **said}
    response: HttpResponse = boss.post(path, sent)
    return response


@pytest.fixture
def fair(boss: Client, shop: Shop) -> Source:
    hand_in(boss, "/staff/sources/upload/", ("visitors.csv", VISITORS), shop=shop.pk, name="fair")
    return Source.objects.get(name="fair")


def test_files_when_handed_in_then_they_are_sealed_and_a_description_is_drafted(boss: Client, fair: Source) -> None:
    (kept,) = SourceFile.objects.all()
    draft = DatasetDraft.objects.get(source=fair)
    jobs.draft_source(Job.objects.get(key=f"draft_source:{draft.pk}").pk)

    draft.refresh_from_db()
    assert "name: visitors" in draft.dataset_text
    assert "identity: email" in draft.dataset_text
    assert kept.source == fair
    assert b"ada@example.com" in VISITORS
    assert b"ada@example.com" not in bytes(kept.sealed)
    listed = text(boss.get("/staff/sources/"))
    assert "files that were handed in" in listed
    assert "as of" in listed


def test_files_when_described_then_the_person_is_found_in_them_and_in_newer_ones(
    boss: Client, shop: Shop, owner: User, fair: Source, now: datetime
) -> None:
    connections.change_source(fair, dataset_text=DATASET, dataset_name="fair.yaml", actor=COMMAND, now=now)
    asked = ask(shop, ADA, now, owner)
    work_off(asked)
    assert [row.values["Wish"] for row in chunks.read(asked.source_runs.get(), "visitors")] == ["a ring"]

    newer = VISITORS + b"3;ADA@example.com;a chain\n"
    page = hand_in(boss, f"/staff/sources/{fair.pk}/files/", ("visitors.csv", newer))

    assert page.status_code == 302
    assert SourceFile.objects.count() == 1
    again = ask(shop, ADA, now, owner)
    work_off(again)
    assert [row.values["Wish"] for row in chunks.read(again.source_runs.get(), "visitors")] == ["a ring", "a chain"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("visitors.csv", b"a;b\n1;2\n1;2;3\n", "visitors.csv, line 3: has 3 cells where the header has 2."),
        ("visitors.xlsx", b"PK no", "visitors.xlsx is damaged"),
        ("visitors.pdf", b"%PDF-1.7", "visitors.pdf is none of .csv"),
    ],
)
def test_files_when_one_cannot_be_read_then_nothing_is_kept(
    boss: Client, shop: Shop, name: str, content: bytes, sentence: str
) -> None:
    page = text(hand_in(boss, "/staff/sources/upload/", (name, content), shop=shop.pk, name="fair"))

    assert sentence in page
    assert not Source.objects.exists()
    assert not SourceFile.objects.exists()


def test_files_when_a_newer_one_cannot_be_read_then_the_older_stays(boss: Client, fair: Source) -> None:
    before = bytes(SourceFile.objects.get().sealed)

    page = text(hand_in(boss, f"/staff/sources/{fair.pk}/files/", ("visitors.csv", b"a;a\n")))

    assert "two columns named" in page
    assert bytes(SourceFile.objects.get().sealed) == before


def test_name_when_it_is_taken_then_the_new_files_are_forgotten(boss: Client, shop: Shop, fair: Source) -> None:
    page = text(hand_in(boss, "/staff/sources/upload/", ("other.csv", VISITORS), shop=shop.pk, name="fair"))

    assert "has a source" in page
    assert [file.name for file in SourceFile.objects.all()] == ["visitors.csv"]


def test_files_when_they_are_anothers_then_they_are_not_there(desk: Client, boss: Client, fair: Source) -> None:
    assert desk.get(f"/staff/sources/{fair.pk}/files/").status_code == 403
    SourceFile.objects.all().delete()
    assert boss.get(f"/staff/sources/{fair.pk}/files/").status_code == 404


def test_form_when_sent_without_its_token_then_it_is_refused(owner: User, shop: Shop) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)

    assert hand_in(strict, "/staff/sources/upload/", ("a.csv", VISITORS), shop=shop.pk, name="a").status_code == 403
    assert not SourceFile.objects.exists()


def test_kept_file_when_moved_to_another_source_then_it_cannot_be_opened(
    fair: Source, boss: Client, shop: Shop
) -> None:
    hand_in(boss, "/staff/sources/upload/", ("visitors.csv", VISITORS), shop=shop.pk, name="twin")
    twin = SourceFile.objects.get(source__name="twin")
    SourceFile.objects.filter(pk=twin.pk).update(sealed=bytes(SourceFile.objects.get(source=fair).sealed))

    with pytest.raises(SealBroken):
        source_files.replace(
            twin.source, contents={"b.csv": VISITORS}, user=User.objects.get(username="olga"), now=timezone.now()
        )
