"""A draft laid over the records of people: what is counted, what breaks, and by which version a record is judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dsr.policy import simulation as simulations
from dsr.policy.outcome_change import Change, How
from dsr.policy.schema import Profile
from dsr.policy.simulation import Broken, Kind, Lot, Report, Side, Simulation, Tally, facts_needed
from dsr.policy.terms import NoticeDuty
from dsr.policy.versions import DatedProfile
from tests.policy.promised import FIELDS, keeping, open_return, promised, removing

TODAY = date(2026, 11, 23)
ORDERS, RETURNS, NOTES = 0, 1, 2
KINDS = (
    Kind("order", "customer", ("ordered_on",), FIELDS),
    Kind("return", "customer", ("closed_on",), FIELDS),
    Kind("note", "", (), FIELDS),
)
OLD, NEW = date(2019, 1, 1), date(2024, 5, 6)
SENTENCE = {"en": "We keep orders until {until}."}


def side(*profiles: Profile, first: date = date(2020, 1, 1), every: timedelta = timedelta(days=1000)) -> Side:
    """Versions that follow one another; the last is the one that a request of today keeps."""
    versions = tuple(DatedProfile(n, first + n * every, profile) for n, profile in enumerate(profiles))
    return Side(versions, versions[-1])


def simulated(before: Profile, after: Profile, *people: list[Lot]) -> Report:
    simulation = Simulation(KINDS, side(before), side(after), TODAY)
    for lots in people:
        simulation.add_person(lots)
    return simulation.report()


def orders(day: date | None = NEW, records: int = 1) -> Lot:
    return Lot(ORDERS, (day,), records)


def test_equal_policies_change_nothing() -> None:
    profile = promised(keeping(promises=("CJ-04",)))
    report = simulated(profile, replace(profile), [orders(NEW, 3)], [orders(OLD)])
    assert report == Report(2, 4, 0, 0, (), (), ())


def test_records_and_people_of_each_change_are_counted() -> None:
    before = promised(keeping(7, promises=("CJ-04",), sentence=SENTENCE))
    after = promised(keeping(10, promises=("CJ-04",)))
    report = simulated(before, after, [orders(NEW, 3), orders(OLD)], [orders(NEW)], [orders(date(2010, 1, 1))])
    longer = Change("order", "keep", "keep", How.LONGER, "orders", "orders", "7 years", "10 years", ("CJ-04",))
    revived = replace(longer, before="anonymise")
    assert (report.people, report.records, report.changed_records, report.touched_people) == (3, 6, 5, 2)
    assert report.tallies == (Tally(longer, 4, 2), Tally(revived, 1, 1))
    why = ("records of the class order: kept longer",)
    assert report.broken == (Broken("CJ-04", 5, 2, why, ("We keep orders until ….",)),)


def test_draft_without_a_rule_for_a_class_names_it() -> None:
    before = promised(keeping(promises=("CJ-04",)), removing(key="notes", record_classes=("note",)))
    report = simulated(before, promised(keeping(promises=("CJ-04",))), [orders(), Lot(NOTES, (), 2)])
    assert report.unruled == ("note",)
    assert [(tally.change.how, tally.change.record_class, tally.records) for tally in report.tallies] == [
        (How.RULE_LOST, "note", 2)
    ]
    assert report.broken == ()


def test_rule_without_a_basis_is_none() -> None:
    report = simulated(promised(removing()), promised(keeping(basis=None)), [orders()])
    assert (report.unruled, report.tallies[0].change.how) == (("order",), How.RULE_LOST)


def test_promise_that_no_record_shows_breaks_in_the_text() -> None:
    before = promised(keeping(), removing(key="notes", record_classes=("note",), promises=("SJ-03",)))
    after = promised(keeping(), removing(key="notes", record_classes=("note",)))
    report = simulated(before, after, [Lot(NOTES, (), 1)])
    assert report.changed_records == 0
    assert report.broken == (Broken("SJ-03", 0, 0, ("the rule notes named it, and nothing in the draft does",), ()),)


def test_what_a_person_has_open_holds_up_that_persons_records_alone() -> None:
    rules = removing(), removing(key="returns", record_classes=("return",))
    before, after = promised(*rules), promised(*rules, blockers=(open_return(),))
    with_open = [orders(NEW, 2), Lot(RETURNS, (None,), 1)]
    with_closed = [orders(NEW, 2), Lot(RETURNS, (date(2025, 1, 1),), 1)]
    with_future = [orders(NEW, 1), Lot(RETURNS, (TODAY + timedelta(days=1),), 1)]
    assert simulated(before, after, with_closed).changed_records == 0
    report = simulated(before, after, with_closed, with_open, with_future, with_closed)
    assert (report.records, report.changed_records, report.touched_people) == (11, 5, 2)
    assert {tally.change.rule_after for tally in report.tallies} == {"return"}


def test_records_from_before_the_draft_keep_what_they_were_promised() -> None:
    duty = NoticeDuty(only_new_data=True)
    before = promised(keeping(7), on_policy_change=duty)
    draft = DatedProfile(9, TODAY, promised(keeping(10), on_policy_change=duty))
    published = side(before)
    simulation = Simulation(KINDS, published, Side((*published.versions, draft), draft), TODAY)
    simulation.add_person([orders(NEW, 5)])
    assert simulation.report().changed_records == 0
    simulation.add_person([orders(TODAY, 1), orders(None, 2)])
    assert [(tally.change.how, tally.records) for tally in simulation.report().tallies] == [(How.LONGER, 1)]


def test_what_is_remembered_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    days = [date(2001, 1, 1) + timedelta(days=n) for n in range(40)] * 2
    people = [[orders(day)] for day in days]
    before, after = promised(keeping(20)), promised(keeping(30))
    whole = simulated(before, after, *people)
    monkeypatch.setattr(simulations, "MOST_REMEMBERED", 7)
    simulation = Simulation(KINDS, side(before), side(after), TODAY)
    for lots in people:
        simulation.add_person(lots)
        assert len(simulation._answers) <= 7
    assert simulation.report() == whole
    assert whole.changed_records == 80


FACTS = [
    # published, draft, record class -> facts asked for
    ([promised(keeping())], promised(removing()), "order", ("ordered_on",)),
    ([promised(removing())], promised(keeping(from_facts=("closed_on", "gone_on"))), "order", ("closed_on",)),
    ([promised(keeping())], promised(keeping(), blockers=(open_return(),)), "return", ("closed_on",)),
    ([promised(keeping())], promised(keeping()), "note", ()),
    (
        [promised(keeping(), on_policy_change=NoticeDuty(only_new_data=True))],
        promised(keeping()),
        "note",
        ("closed_on", "ordered_on", "collected_on"),
    ),
]


@pytest.mark.parametrize(("published", "draft", "record_class", "expected"), FACTS)
def test_only_the_facts_that_decide_are_asked_for(
    published: list[Profile], draft: Profile, record_class: str, expected: tuple[str, ...]
) -> None:
    sides = [side(*published), side(*published, draft)]
    assert facts_needed(sides, record_class, ("closed_on", "ordered_on", "collected_on")) == expected
