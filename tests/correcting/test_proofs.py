"""A proof that comes with a wish: taken from the person, sealed, read by staff alone, gone with the request."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dsr.models import AuditEntry, CorrectionFile, Source, SubjectRequest
from dsr.web import access
from dsr.workflow import correction_files, corrections
from dsr.workflow.actors import CUSTOMER, staff
from dsr.workflow.corrections import Asked
from dsr.workflow.file_kinds import FileRefused
from dsr.workflow.transitions import WrongState
from tests.correcting.conftest import Kind, accept, carry_out, wish

PROOF = b"%PDF-1.4 Marriage certificate of Ada King, nee Lovelace"


@pytest.fixture
def wanted(connected: Source, owner: User, now: datetime) -> SubjectRequest:
    return wish(connected.shop, owner, now, Asked(Kind.NAME, "King", says="Lovelace"), Asked(Kind.PHONE, "0"))


@pytest.fixture
def person(wanted: SubjectRequest) -> Client:
    """The person's browser, which has pressed the button behind our link."""
    client = Client()
    session = client.session
    session[access.MINE] = {str(wanted.public_id): access.CONFIRMED}
    session.save()
    return client


def send(
    person: Client, wanted: SubjectRequest, content: bytes, number: int = 1, name: str = "certificate of King.pdf"
) -> str:
    """Hand a file in with a wish; the page that follows."""
    address = f"/{wanted.shop.slug}/requests/{wanted.reference}/wishes/"
    told = person.post(address, {"wish": number, "proofs": SimpleUploadedFile(name, content)}, follow=True)
    return told.content.decode()


def test_proof_when_handed_in_then_staff_open_it_and_every_look_is_logged(
    wanted: SubjectRequest, person: Client, owner: User
) -> None:
    assert "add a proof" in person.get(f"/{wanted.shop.slug}/requests/{wanted.reference}/").content.decode()

    shown = send(person, wanted, PROOF)

    assert "certificate of King.pdf" in shown
    desk = Client()
    desk.force_login(owner)
    base = f"/staff/requests/{wanted.reference}/corrections/1/"
    page = desk.get(base).content.decode()
    file = CorrectionFile.objects.get()
    assert "certificate of King.pdf" in page
    assert f"{base}proofs/{file.pk}/" in page
    assert "certificate" not in desk.get(base.replace("/1/", "/2/")).content.decode()
    answer = desk.get(f"{base}proofs/{file.pk}/")
    assert (answer.content, answer.headers["Content-Type"]) == (PROOF, "application/octet-stream")
    assert "attachment" in answer.headers["Content-Disposition"]
    said = AuditEntry.objects.filter(stream__subject_request=wanted, action__startswith="correction.proof")
    assert [(each.action, each.facts) for each in said.order_by("id")] == [
        ("correction.proof_added", {"number": 1}), ("correction.proof_opened", {"number": 1}),
    ]  # fmt: skip


def test_proof_when_kept_then_neither_its_name_nor_its_content_stands_in_our_database(
    wanted: SubjectRequest, now: datetime
) -> None:
    item = wanted.correction_items.get(number=1)
    correction_files.add(wanted, item, name="certificate.pdf", content=PROOF, actor=CUSTOMER, now=now)

    file = CorrectionFile.objects.get()

    assert correction_files.of(wanted, item) == [correction_files.Proof(file.pk, "certificate.pdf", len(PROOF))]
    assert not [
        word for word in (b"certificate", b"Marriage", b"King") if word in bytes(file.sealed) + bytes(file.sealed_name)
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"MZ\x00\x00program", "is of a kind that cannot be taken"),
        (b"<html><script>", "is of a kind that cannot be taken"),
    ],
)
def test_proof_when_it_is_no_document_then_is_not_taken_and_says_why(
    wanted: SubjectRequest, person: Client, content: bytes, why: str
) -> None:
    shown = send(person, wanted, content)

    assert why in shown
    assert not CorrectionFile.objects.exists()


def test_proof_when_sent_twice_or_too_many_then_is_kept_once_and_up_to_so_many(
    wanted: SubjectRequest, now: datetime
) -> None:
    item = wanted.correction_items.get(number=1)
    for number in range(correction_files.MOST_FILES):
        for _ in range(2):
            correction_files.add(wanted, item, name="a", content=PROOF + b"%d" % number, actor=CUSTOMER, now=now)

    with pytest.raises(FileRefused, match="is one too many"):
        correction_files.add(wanted, item, name="a", content=PROOF, actor=CUSTOMER, now=now)
    assert CorrectionFile.objects.count() == correction_files.MOST_FILES


def test_proof_when_it_was_decided_or_answered_then_comes_too_late(
    wanted: SubjectRequest, person: Client, owner: User, now: datetime
) -> None:
    first, second = wanted.correction_items.all()
    corrections.refuse(wanted, second, ground="no_proof", actor=staff(owner), now=now)
    assert "comes too late" in send(person, wanted, PROOF, number=2)
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})
    carry_out(wanted, owner, now)

    with pytest.raises(WrongState):
        correction_files.add(wanted, first, name="a", content=PROOF, actor=CUSTOMER, now=now)
    assert not CorrectionFile.objects.exists()


def test_proof_when_somebody_else_looks_then_is_not_there(wanted: SubjectRequest, person: Client) -> None:
    send(person, wanted, PROOF)
    address = f"/{wanted.shop.slug}/requests/{wanted.reference}/wishes/"

    assert Client().get(address).status_code == 404
    assert Client().get(f"/staff/requests/{wanted.reference}/corrections/1/proofs/1/").status_code == 302
    assert person.post(address, {"wish": 9, "proofs": SimpleUploadedFile("a.pdf", PROOF)}).status_code == 404


def test_proof_when_it_came_by_letter_then_staff_keep_it_with_the_wish(wanted: SubjectRequest, owner: User) -> None:
    desk = Client()
    desk.force_login(owner)
    base = f"/staff/requests/{wanted.reference}/corrections/1/"

    page = desk.post(f"{base}proofs/", {"proofs": SimpleUploadedFile("letter.pdf", PROOF)}, follow=True)
    refused = desk.post(f"{base}proofs/", {"proofs": SimpleUploadedFile("x.exe", b"MZ\0")}, follow=True)

    assert "letter.pdf" in page.content.decode()
    assert "“x.exe” is of a kind that cannot be taken" in refused.content.decode()
