"""A correction: what was accepted is written where it was asked for and into every copy, nothing else, and read again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.exports.letter import letter_html
from dsr.lifecycle import State
from dsr.models import AuditEntry, Source
from dsr.records import Identity, IdentityKind
from dsr.workflow import corrections, letters
from dsr.workflow.actors import staff
from dsr.workflow.correction_places import CorrectionRefused
from dsr.workflow.corrections import Asked
from tests.correcting.conftest import Kind, accept, carry_out, rows, wish


def test_name_when_accepted_then_every_copy_says_it_and_history_and_everybody_else_stay(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    before = rows(url)
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King", says="Lovelace"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    carry_out(wanted, owner, now)

    after = rows(url)
    assert wanted.state == State.FULFILLED
    changed = {name: [row for row in after[name] if row not in before[name]] for name in after}
    ada = before["customers"][0]
    assert changed == {
        "customers": [(1, ada[1], "Ada", "King", ada[4], ada[5], "ada king ada@example.com", "Ada Lovelace called")],
        "addresses": [
            (5, 1, "Ada King", "12 High Street", "Boston", "02108"), (6, 1, "Ada King", "7 Work Yard", "Boston", "02109"),
        ],
        "orders": [],
        "gifts": [],
        "newsletter": [("ada@example.com", "Ada King", "617-555-0101")],
    }  # fmt: skip
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    assert [(each.title, each.field, each.before, each.after, each.records) for each in letter.corrections] == [
        ("Customers", "Last name", "Lovelace", "King", 1),
        ("Addresses", "Name", "Ada Lovelace", "Ada King", 2),
        ("Newsletter", "Full name", "Ada Lovelace", "Ada King", 1),
    ]
    assert [(each.title, each.records, each.sentence) for each in letter.left] == [
        ("Orders", 1, "This record says what was so when it was made, so we leave it as it was.")
    ]
    said = list(AuditEntry.objects.filter(stream__subject_request=wanted).values_list("action", flat=True))
    assert said[said.index("correction.decided") :] == [
        "correction.decided", "plan.frozen", "plan.approved", "correction.started", "correction.written_down",
        "correction.applied", "correction.proved", "letter.issued", "request.fulfilled", "notice.made", "notice.sent",
    ]  # fmt: skip


def test_address_when_accepted_then_only_the_same_address_follows(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    before = rows(url)
    wanted = wish(connected.shop, owner, now, Asked(Kind.ADDRESS, "14 High Street, 02110", says="12 High Street"))
    accept(wanted, owner, now, 1, "addresses", {"street": "14 High Street", "zip": "02110"})

    carry_out(wanted, owner, now)

    after = rows(url)
    # Her workplace lies in the same town, Bela in the same house: neither is meant. Her old order is history.
    assert after == before | {
        "addresses": [(5, 1, "Ada Lovelace", "14 High Street", "Boston", "02110"), *before["addresses"][1:]]
    }


def test_telephone_when_accepted_then_follows_however_it_is_written(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.PHONE, "+1 617 555 0199"))
    accept(wanted, owner, now, 1, "customers", {"phone": "+1 617 555 0199"})

    carry_out(wanted, owner, now)

    after = rows(url)
    assert [row[4] for row in after["customers"]] == ["+1 617 555 0199", "+1 617 555 0102"]
    assert [row[2] for row in after["newsletter"]] == ["+1 617 555 0199", None]


def test_email_when_accepted_then_moves_everywhere_even_where_it_is_the_key(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.EMAIL, "king@example.com"))
    accept(wanted, owner, now, 1, "customers", {"email": "king@example.com"})

    carry_out(wanted, owner, now)

    after = rows(url)
    assert wanted.state == State.FULFILLED
    assert [row[1] for row in after["customers"]] == ["king@example.com", "bela@example.org"]
    assert after["customers"][0][6] == "ada lovelace king@example.com"
    assert [row[0] for row in after["newsletter"]] == ["bela@example.org", "king@example.com"]


def test_value_when_missing_or_to_be_gone_then_is_completed_or_emptied(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(
        connected.shop, owner, now, Asked(Kind.BIRTH, "1985-12-11"), Asked(Kind.PHONE, "", says="617-555-0101")
    )
    accept(wanted, owner, now, 1, "customers", {"born": "1985-12-11"})
    accept(wanted, owner, now, 2, "newsletter", {"phone": ""})

    carry_out(wanted, owner, now)

    after = rows(url)
    assert [(row[4], row[5]) for row in after["customers"]] == [
        (None, date(1985, 12, 11)),
        ("+1 617 555 0102", None),
    ]
    assert after["newsletter"][0] == ("ada@example.com", "Ada Lovelace", None)


def test_plan_when_run_twice_then_changes_nothing_the_second_time(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})
    carry_out(wanted, owner, now)
    once = rows(url)

    again = wish(connected.shop, owner, now + timedelta(days=1), Asked(Kind.NAME, "King"))
    with pytest.raises(CorrectionRefused, match="must differ from what stands there"):
        accept(again, owner, now, 1, "customers", {"last_name": "King"})

    assert rows(url) == once


def test_wish_when_refused_then_the_letter_says_why_and_what_the_person_holds_against_it(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    before = rows(url)
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "Countess Lovelace"))
    item = wanted.correction_items.get()
    corrections.refuse(
        wanted, item, ground="no_proof", reason="A copy of a document is enough.", statement="It is my title.",
        actor=staff(owner), now=now,
    )  # fmt: skip

    carry_out(wanted, owner, now)

    assert (rows(url), wanted.state) == (before, State.FULFILLED)
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    assert [(each.what, each.because, each.statement) for each in letter.refused] == [
        (
            "My name: “Countess Lovelace”",
            "We could not establish that it is wrong, and had no proof of what it should say. A copy of a document is enough.",
            "It is my title.",
        )
    ]


def test_name_when_it_stands_in_the_address_and_the_mailbox_as_well_then_those_stay(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE customers SET email = 'ada.lovelace@example.com', phone = NULL WHERE id = 1")
        connection.execute("UPDATE newsletter SET email = 'ada.lovelace@example.com' WHERE email = 'ada@example.com'")
        connection.execute("UPDATE addresses SET street = '1 Lovelace Road', city = 'Lovelace' WHERE id = 5")
    who = Identity(IdentityKind.EMAIL, "ada.lovelace@example.com")
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King", says="Lovelace"), who=who)
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    carry_out(wanted, owner, now)

    after = rows(url)
    assert wanted.state == State.FULFILLED
    assert after["customers"][0][1:4] == ("ada.lovelace@example.com", "Ada", "King")
    assert after["addresses"][0][2:5] == ("Ada King", "1 Lovelace Road", "Lovelace")
    assert ("ada.lovelace@example.com", "Ada King") in [row[:2] for row in after["newsletter"]]


def test_wish_when_followed_in_part_then_the_letter_says_what_was_changed_what_was_not_and_why(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "Countess Augusta King"))
    with pytest.raises(CorrectionRefused, match="say what is not followed, and choose the ground"):
        accept(wanted, owner, now, 1, "customers", {"last_name": "King"}, partly_because="The title.")
    accept(
        wanted, owner, now, 1, "customers", {"first_name": "Augusta", "last_name": "King"},
        partly_because="We write no titles.", partly_ground="is_right",
    )  # fmt: skip

    carry_out(wanted, owner, now)

    assert rows(url)["customers"][0][2:4] == ("Augusta", "King")
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    assert letter.not_followed == []
    assert [(each.what, each.changed, each.because) for each in letter.in_part] == [
        (
            "My name: “Countess Augusta King”",
            ("First name says “Augusta” now", "Last name says “King” now"),
            "We write no titles. What stands there is right, as far as we can tell from everything we know.",
        )
    ]
    for on_paper in (True, False):
        page = letter_html(letter, on_paper=on_paper)
        assert "Corrected in part" in page
        assert "Not corrected" not in page
        assert "Last name says “King” now" in page
