"""A dump from before a correction was forgotten says nothing of it afterwards: no wish, proof, statement or change told."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.utils import timezone

from dsr.keyring import KeyRing
from dsr.models import LedgerPosition, RecipientInstruction, Shop, SubjectRequest
from dsr.workflow import correction_files, corrections, disputes, recipients
from dsr.workflow.actors import CUSTOMER, staff
from dsr.workflow.corrections import Asked
from tests.conftest import work_off
from tests.correcting.conftest import Kind, accept, carry_out, connect, url, wish  # noqa: F401  (a fixture)
from tests.correcting.test_recipients import RECIPIENTS
from tests.own.attack import found_in, keys_in
from tests.own.dumps import as_text, dump
from tests.own.test_old_dump import LATER, files_below, the_nights_work

TYPED = {
    "wanted": "Kanary-1101",
    "says": "canary-says-1102",
    "why": "canary-why-1103",
    "file name": "canary-name-1104.txt",
    "file": "canary-content-1105",
    "in part": "canary-partly-1106",
    "not followed": "canary-wanted-1107",
    "refusal": "canary-refusal-1108",
    "statement": "canary-statement-1109",
    "partner": "canary-cannot-1110",
}
CANARIES = ("ada@example.com", "Ada Lovelace", *TYPED.values())


def whole_correction(shop: Shop, address: str, owner: User) -> SubjectRequest:
    """Ada's wishes, one followed in part and one refused, with a proof, a statement, and partners who were told of both."""
    now = timezone.now
    connect(shop, address, now() - timedelta(minutes=2), recipients=RECIPIENTS)
    name = Asked(Kind.NAME, TYPED["wanted"], says=TYPED["says"], why=TYPED["why"])
    made = wish(shop, owner, now() - timedelta(minutes=1), name, Asked(Kind.ADDRESS, TYPED["not followed"]))
    first, second = made.correction_items.all()
    correction_files.add(
        made, first, name=TYPED["file name"], content=TYPED["file"].encode(), actor=CUSTOMER, now=now()
    )
    partly = {"partly_because": TYPED["in part"], "partly_ground": "history"}
    accept(made, owner, now(), 1, "customers", {"last_name": TYPED["wanted"]}, **partly)
    corrections.refuse(made, second, ground="no_proof", reason=TYPED["refusal"], actor=staff(owner), now=now())
    carry_out(made, owner, now())
    assert made.state == "fulfilled"
    disputes.attach(made, made.correction_items.get(number=2), TYPED["statement"], actor=CUSTOMER, now=now())
    work_off(made)
    told = RecipientInstruction.objects.filter(subject_request=made)
    assert set(told.values_list("kind", flat=True)) == {"correct", "dispute"}
    cannot = RecipientInstruction.Answer.CANNOT
    recipients.answer(told[0], cannot, why=TYPED["partner"], actor=staff(owner), now=now())
    work_off(made)
    return made


@pytest.mark.django_db(transaction=True)
def test_a_corrections_old_dump_says_nothing_once_it_is_forgotten(
    own_ring: KeyRing,
    shop: Shop,
    url: str,  # noqa: F811  (a fixture)
    owner: User,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    LedgerPosition.objects.get_or_create(pk=1, defaults={"number": 0})
    made = whole_correction(shop, url, owner)
    old_files = shutil.copytree(default_storage.path(str(made.public_id)), tmp_path / "files")
    places = [as_text(dump(tmp_path, "old.dump")), *files_below(Path(old_files))]
    old_ring = keys_in(own_ring.path)
    # The scan is real: with the ring as it was then it reads everything, without a ring nothing.
    assert found_in(places, CANARIES, old_ring) == set(CANARIES)
    assert found_in(places, CANARIES, set()) == set()

    the_nights_work(timezone.now() + LATER)

    assert found_in(places, CANARIES, keys_in(own_ring.path)) == set()
    assert found_in([as_text(dump(tmp_path, "new.dump"))], CANARIES, old_ring | keys_in(own_ring.path)) == set()
    assert found_in([caplog.text.encode()], CANARIES, old_ring) == set()
