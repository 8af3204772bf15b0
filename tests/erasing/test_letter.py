"""The letter: every line of it is what the second look found."""

from __future__ import annotations

import json
from datetime import date, datetime

from django.contrib.auth.models import User

from dsr.exports.letter import letter_html
from dsr.models import Shop, SubjectRequest
from dsr.workflow import fulfilment, letters
from dsr.workflow.actors import CUSTOMER
from tests.erasing.conftest import carry_out, connect_for_writing, wish
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

BACKUPS = [{"key": "nightly", "what": "Copies of the shop", "every_days": 1, "kept_days": 35}]
RECIPIENTS = [
    {"key": "carrier", "name": "The carrier", "kind": "processor", "gets": ["order"]},
    {"key": "figures", "name": "Figures", "kind": "aggregate_only", "gets": ["user"]},
]
TODAY = date(2026, 11, 23)


def test_letter_when_proved_then_has_a_block_for_each_outcome_and_its_own_count(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    assert letters.letter_of(wanted, today=TODAY) is None

    carry_out(wanted, owner, now)

    letter = letters.letter_of(wanted, today=TODAY)
    assert letter is not None
    assert [(block.title, block.records) for block in letter.blocks] == [
        ("Deleted", 2),
        ("Kept", 5),
        ("What another person shares", 2),
    ]
    kept = {(line.title, line.until): line for line in letter.blocks[1].lines}
    order = kept["Orders", date(2027, 2, 1)]
    assert (order.records, order.ground, order.removed) == (1, "26 CFR 1.6001-1", ("Guest email",))
    assert letter.blocks[2].lines[0].ends == "as long as they are the other person's"


def test_letter_when_backups_and_recipients_are_promised_then_says_until_when_and_who_has_not_answered(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[KEEPING, GOING], backups=BACKUPS, recipients=RECIPIENTS)
    asked = carry_out(wish(shop, owner, now), owner, now)

    letter = letters.letter_of(asked, today=TODAY)

    assert letter is not None
    assert [(each.what, (each.ends_on - letter.done_on).days) for each in letter.backups] == [
        ("Copies of the shop", 36)
    ]
    assert [(each.name, each.is_pending) for each in letter.partners] == [("The carrier", True)]
    assert "This is not complete yet: 1 of those who got your data from us has not answered." in letter_html(
        letter, on_paper=True
    )


def test_files_when_the_request_is_fulfilled_then_hold_the_letter_and_no_value_of_the_person(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)

    files = {each.name: each for each in wanted.package.files.all()}
    assert list(files) == ["letter.pdf", "letter.json"]
    opened = {
        name: b"".join(fulfilment.open_file(each, actor=CUSTOMER, now=wanted.package.made_at))
        for name, each in files.items()
    }
    assert opened["letter.pdf"].startswith(b"%PDF-")
    said = json.loads(opened["letter.json"])
    assert (said["records"], said["pending"]) == (9, 0)
    assert not [word for word in ("Ada", "ada@", "Lovelace", "617 555") if word in opened["letter.json"].decode()]
