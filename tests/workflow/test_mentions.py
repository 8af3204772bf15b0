"""Notes that name somebody else whom the shop knows."""

from datetime import datetime

import psycopg
import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.models import FindingMark, Mention, Source, SubjectRequest
from dsr.redaction import Ground
from dsr.staff import contents
from dsr.workflow import chunks, gathering, review
from tests.conftest import ADA, ask, work_off

NOTES = {
    10: "Her sister Bela Bartok collects it",
    11: "Bela's address is BELA@example.org, telephone (617) 555-0102",
    12: "Ada Lovelace, ada@example.com, +1 617 555 0101",
    13: "Call Nobody Known, nobody@example.com",
}


@pytest.fixture
def noted(source: Source, shop_url: str, owner: User, now: datetime) -> SubjectRequest:
    """Ada's request, with notes on four of her orders."""
    with psycopg.connect(shop_url) as connection:
        connection.execute("INSERT INTO orders (id, customer_id) VALUES (12, 1), (13, 1)")
        for number, note in NOTES.items():
            connection.execute("UPDATE orders SET note = %s WHERE id = %s", [note, number])
    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)
    with psycopg.connect(shop_url) as connection:
        connection.execute("DELETE FROM orders WHERE id IN (12, 13)")
        connection.execute("UPDATE orders SET note = NULL WHERE id = 11")
        connection.execute("UPDATE orders SET note = 'Paid with 4111 1111 1111 1111, called back' WHERE id = 10")
    return asked


def test_a_text_is_flagged_when_it_names_a_second_person_of_the_shop(noted: SubjectRequest) -> None:
    (run,) = noted.source_runs.all()
    notes = {row.digest: row.values["note"] for row in chunks.read(run, "orders")}

    flagged = {notes[each.digest]: each.kinds for each in Mention.objects.filter(field="note")}

    assert set(notes.values()) == set(NOTES.values())
    assert flagged == {NOTES[10]: ["name"], NOTES[11]: ["email", "phone_number"]}


def test_the_reviewer_sees_it_beside_the_text_and_on_the_way_to_release(
    noted: SubjectRequest, client: Client, owner: User
) -> None:
    client.force_login(owner)
    (run,) = noted.source_runs.all()

    findings = client.get(f"/staff/requests/{noted.reference}/findings/{run.pk}/orders/").content.decode()
    approve = client.get(f"/staff/requests/{noted.reference}/approve/").content.decode()

    assert findings.count("names somebody else") == 2
    assert "2 texts name somebody else" in " ".join(approve.split())


def test_a_text_that_was_hidden_is_not_told_again(noted: SubjectRequest, owner: User, now: datetime) -> None:
    (run,) = noted.source_runs.all()
    (first, _) = run.mentions.all()

    review.mark(
        run,
        collection="orders",
        digest=first.digest,
        field="note",
        kind=FindingMark.Kind.REDACT,
        ground=Ground.OTHER_PERSON,
        user=owner,
        now=now,
    )

    assert contents.open_mentions(noted) == 1


def test_what_was_flagged_goes_with_the_findings(noted: SubjectRequest, now: datetime) -> None:
    assert Mention.objects.count() == 2

    gathering.drop_findings(noted, now=now)

    assert Mention.objects.count() == 0
