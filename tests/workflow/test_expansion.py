"""Places that know the person only by what another place reveals: repairs by customer number, letters by a former address."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from dsr.models import LearntIdentity, MatchQuestion, Shop, Source, SourceRun, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import audit, chunks, connections, expansion, matches, notices, review
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.transitions import WrongState
from tests.conftest import ADA, ask, work_off

Connect = Callable[[str, str, str], Source]

REPAIRS = """
CREATE TABLE tickets (id INTEGER PRIMARY KEY, customer_no INTEGER, email TEXT, item TEXT);
INSERT INTO tickets VALUES (1, 1, 'ada@old.example', 'Ring'), (2, 2, 'bela@example.org', 'Watch'), (3, NULL, NULL, 'Box');
"""
REPAIRS_YAML = """
dataset:
  - fides_key: repairs
    collections:
      - name: tickets
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - name: customer_no
            fides_meta: {data_type: integer, references: [{dataset: small_shop, field: customers.id, direction: from}]}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: item, data_categories: [user.behavior.purchase_history], fides_meta: {data_type: string}}
"""
LETTERS = """
CREATE TABLE letters (id INTEGER PRIMARY KEY, email TEXT, body TEXT);
INSERT INTO letters VALUES (1, 'Ada@Old.example', 'To Ada'), (2, 'bela@example.org', 'To Bela');
"""
LETTERS_YAML = """
dataset:
  - fides_key: letters
    collections:
      - name: letters
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: body, data_categories: [user.content], fides_meta: {data_type: string}}
"""
TEXTS = """
CREATE TABLE texts (id INTEGER PRIMARY KEY, phone TEXT, body TEXT);
INSERT INTO texts VALUES (1, '(617) 555-0101', 'Your ring is ready'), (2, '+16175550102', 'Your watch is ready');
"""
TEXTS_YAML = """
dataset:
  - fides_key: texts
    collections:
      - name: texts
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - name: phone
            data_categories: [user.contact.phone_number]
            fides_meta: {identity: phone_number, data_type: string}
          - {name: body, data_categories: [user.content], fides_meta: {data_type: string}}
"""
CARDS = """
CREATE TABLE cards (id INTEGER PRIMARY KEY, customer_no TEXT, note TEXT);
INSERT INTO cards VALUES (1, '1', 'Somebody else: this card index has numbers of its own');
"""
CARDS_YAML = """
dataset:
  - fides_key: cards
    collections:
      - name: cards
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - name: customer_no
            data_categories: [user.unique_id]
            fides_meta: {identity: customer_number, data_type: string}
          - {name: note, data_categories: [user.content], fides_meta: {data_type: string}}
"""
HOUSEHOLD = """
CREATE TABLE members (id INTEGER PRIMARY KEY, number TEXT, email TEXT, phone TEXT, name TEXT);
INSERT INTO members VALUES (1, 'M-1', 'ada@example.com', '617-555-0101', 'Ada Lovelace'),
    (2, 'M-2', 'byron@example.com', '617-555-0101', 'Byron Lovelace');
"""
HOUSEHOLD_YAML = """
dataset:
  - fides_key: household
    collections:
      - name: members
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: number, data_categories: [user.unique_id], fides_meta: {identity: customer_number, data_type: string}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - name: phone
            data_categories: [user.contact.phone_number]
            fides_meta: {identity: phone_number, data_type: string}
          - {name: name, data_categories: [user.name], fides_meta: {data_type: string}}
"""


@pytest.fixture
def connect(shop: Shop, tmp_path: Path, now: datetime) -> Connect:
    """Connects an SQLite database made by a script."""

    def made(name: str, script: str, dataset: str) -> Source:
        path = tmp_path / f"{name}.sqlite"
        with sqlite3.connect(path) as database:
            database.executescript(script)
        added, _ = connections.add_source(
            shop,
            name=name,
            url=f"sqlite:///{path}",
            dataset_text=dataset,
            dataset_name=f"{name}.yaml",
            actor=COMMAND,
            now=now,
        )
        return added

    return made


def test_a_former_address_found_by_a_reference_opens_what_stands_under_it(
    source: Source, connect: Connect, owner: User, now: datetime
) -> None:
    connect("repairs", REPAIRS, REPAIRS_YAML)
    connect("letters", LETTERS, LETTERS_YAML)

    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)

    assert asked.state == "review"
    assert _found(asked, "repairs", "tickets", "item") == ["Ring"]
    assert _found(asked, "letters", "letters", "body") == ["To Ada"]
    learnt = {(each.identity, each.source.name, each.via, each.step) for each in expansion.learnt_by(asked)}
    assert (Identity(IdentityKind.EMAIL, "ada@old.example"), "repairs", "tickets.email", 1) in learnt


def test_a_telephone_number_found_in_the_shop_opens_the_texts_sent_to_it(
    source: Source, connect: Connect, owner: User, now: datetime
) -> None:
    connect("asked-first", TEXTS, TEXTS_YAML)

    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)

    assert _found(asked, "asked-first", "texts", "body") == ["Your ring is ready"]
    rounds = {run.source.name: run.rounds for run in asked.source_runs.select_related("source")}
    assert rounds == {"asked-first": 2, "shop": 1}


def test_a_customer_number_opens_nothing_in_a_place_that_counts_differently(
    source: Source, connect: Connect, owner: User, now: datetime
) -> None:
    connect("cards", CARDS, CARDS_YAML)

    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)

    numbers = [each.identity for each in expansion.learnt_by(asked) if each.source.name == "shop"]
    assert Identity(IdentityKind.CUSTOMER_NUMBER, "1") in numbers
    assert asked.source_runs.get(source__name="cards").records == 0


def test_nothing_is_ever_mailed_to_a_learnt_address(
    source: Source, connect: Connect, owner: User, now: datetime
) -> None:
    connect("repairs", REPAIRS, REPAIRS_YAML)

    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)
    review.approve(asked, actor=staff(owner), now=now)
    work_off(asked)

    assert LearntIdentity.objects.filter(kind="email").count() == 1
    assert {notices.read(each)["to"] for each in asked.notices.all()} == {"ada@example.com"}


def test_learnt_identities_lie_sealed_and_stand_in_no_audit_entry(
    source: Source, connect: Connect, owner: User, now: datetime
) -> None:
    connect("repairs", REPAIRS, REPAIRS_YAML)

    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)

    row = LearntIdentity.objects.get(kind="email")
    facts = [entry.facts for entry in audit.entries_of(asked) if entry.action == "identity.learnt"]
    assert Identity(IdentityKind.EMAIL, "ada@old.example") in [each.identity for each in expansion.learnt_by(asked)]
    assert b"old.example" not in bytes(row.sealed)
    assert "old.example" not in row.digest
    assert {"source": "repairs", "via": "tickets.email", "kind": "email", "step": 1, "count": 1} in facts
    assert "old.example" not in str(facts)


def test_a_shared_telephone_becomes_a_question_and_opens_nothing(
    source: Source, connect: Connect, owner: User, now: datetime
) -> None:
    connect("club", HOUSEHOLD, HOUSEHOLD_YAML)

    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)

    question = matches.opened(asked, _question(asked))
    assert _found(asked, "club", "members", "name") == ["Ada Lovelace"]
    assert Identity(IdentityKind.EMAIL, "byron@example.com") in question.reveals
    assert "phone" in dict(question.agrees)
    assert dict(question.differs)["email"] == "byron@example.com"


def test_an_open_question_keeps_the_answer_from_being_released(
    source: Source, connect: Connect, owner: User, now: datetime
) -> None:
    connect("club", HOUSEHOLD, HOUSEHOLD_YAML)
    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)

    with pytest.raises(review.Undecided):
        review.approve(asked, actor=staff(owner), now=now)
    review.answer_match(_question(asked), MatchQuestion.Answer.OTHER, user=owner, actor=staff(owner), now=now)
    review.approve(asked, actor=staff(owner), now=now)

    assert asked.state == "approved"


def test_the_same_person_has_every_place_searched_again(
    source: Source, connect: Connect, owner: User, now: datetime
) -> None:
    connect("club", HOUSEHOLD, HOUSEHOLD_YAML)
    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)

    review.answer_match(_question(asked), MatchQuestion.Answer.SAME, user=owner, actor=staff(owner), now=now)
    asked.refresh_from_db()
    work_off(asked)

    assert asked.state == "review"
    assert _found(asked, "club", "members", "name") == ["Ada Lovelace", "Byron Lovelace"]
    assert [each.answer for each in asked.match_questions.all()] == ["same"]


def test_a_question_is_answered_once(source: Source, connect: Connect, owner: User, now: datetime) -> None:
    connect("club", HOUSEHOLD, HOUSEHOLD_YAML)
    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)
    row = _question(asked)

    review.answer_match(row, MatchQuestion.Answer.OTHER, user=owner, actor=staff(owner), now=now)

    with pytest.raises(WrongState, match="answered already"):
        review.answer_match(row, MatchQuestion.Answer.OTHER, user=owner, actor=staff(owner), now=now)
    assert [entry.action for entry in audit.entries_of(asked)].count("match.answered") == 1


def test_more_identifiers_than_one_person_has_are_an_error_and_not_a_search(
    source: Source, connect: Connect, owner: User, now: datetime
) -> None:
    rows = ", ".join(f"({number}, 1, 'a{number}@example.com', 'Ring')" for number in range(1, 80))
    connect("repairs", REPAIRS.split("INSERT")[0] + f"INSERT INTO tickets VALUES {rows};", REPAIRS_YAML)

    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)

    run = asked.source_runs.get(source__name="repairs")
    assert (asked.state, run.state, run.error_code) == ("gathering", SourceRun.State.FAILED, "limit_reached")
    assert "tickets.email" in run.error_text


def _question(asked: SubjectRequest) -> MatchQuestion:
    row: MatchQuestion = asked.match_questions.get()
    return row


def _found(asked: SubjectRequest, source: str, collection: str, field: str) -> list[object]:
    run = asked.source_runs.get(source__name=source)
    return [row.values[field] for row in chunks.read(run, collection)]
