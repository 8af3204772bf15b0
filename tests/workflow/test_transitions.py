import itertools
from datetime import datetime

import pytest

from dsr.lifecycle import RequestType, State, Step, next_state
from dsr.models import SubjectRequest
from dsr.workflow.actors import SYSTEM
from dsr.workflow.transitions import WrongState, advance


@pytest.mark.parametrize(("state", "step"), list(itertools.product(State, Step)))
def test_a_request_moves_only_as_the_table_says(asked: SubjectRequest, now: datetime, state: State, step: Step) -> None:
    SubjectRequest.objects.filter(pk=asked.pk).update(state=state)
    asked.refresh_from_db()
    target = next_state(state, step, RequestType.ACCESS)

    if target is None:
        with pytest.raises(WrongState):
            advance(asked, step, action="request.withdrawn", actor=SYSTEM, now=now)
    else:
        advance(asked, step, action="request.withdrawn", actor=SYSTEM, now=now)

    asked.refresh_from_db()
    assert asked.state == (target or state)
    assert (asked.closed_at is not None) == (
        target is not None and target.value in {"fulfilled", "refused", "withdrawn", "lapsed"}
    )


def test_of_two_who_move_a_request_the_slower_is_told(gathered: SubjectRequest, now: datetime) -> None:
    same = SubjectRequest.objects.get(pk=gathered.pk)
    advance(gathered, Step.REFUSE, action="request.refused", actor=SYSTEM, now=now, facts={"ground": "repeated"})

    with pytest.raises(WrongState, match="somebody else"):
        advance(same, Step.APPROVE, action="request.approved", actor=SYSTEM, now=now)
