"""Generated from the table: each state with each step, for each type."""

import itertools

import pytest

from dsr.lifecycle import CLOSED_STATES, MOVES, OPEN_STATES, RequestType, State, Step, next_state


@pytest.mark.parametrize(("state", "step", "kind"), list(itertools.product(State, Step, RequestType)))
def test_a_step_leads_where_the_table_says_or_nowhere(state: State, step: Step, kind: RequestType) -> None:
    target, types = MOVES.get((state, step), (None, frozenset()))

    assert next_state(state, step, kind) == (target if kind in types else None)


def test_every_state_is_open_or_closed() -> None:
    assert set(OPEN_STATES) | set(CLOSED_STATES) == set(State)
    assert not set(OPEN_STATES) & set(CLOSED_STATES)


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_nothing_leaves_a_closed_state(state: State) -> None:
    assert [step for (begin, step) in MOVES if begin == state] == []


@pytest.mark.parametrize("kind", RequestType)
def test_every_type_can_reach_its_end(kind: RequestType) -> None:
    reached, frontier = set(), {State.RECEIVED}
    while frontier:
        reached |= frontier
        steps = {next_state(state, step, kind) for state in frontier for step in Step}
        frontier = {state for state in steps if state is not None} - reached

    assert State.FULFILLED in reached


def test_an_opt_out_never_waits_for_a_proof_of_identity() -> None:
    asking = [state for state in State if next_state(state, Step.ASK_IDENTITY, RequestType.OPT_OUT)]

    assert asking == []
    assert next_state(State.RECEIVED, Step.OPT_OUT_NOW, RequestType.OPT_OUT) == State.FULFILLING


@pytest.mark.parametrize("state", OPEN_STATES)
def test_a_person_may_withdraw_from_every_open_state(state: State) -> None:
    assert next_state(state, Step.WITHDRAW, RequestType.ACCESS) == State.WITHDRAWN
