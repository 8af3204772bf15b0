"""Every state, every audit action and every source's state has its words."""

from __future__ import annotations

import pytest

from dsr.lifecycle import State
from dsr.models import SourceRun, SubjectRequest
from dsr.policy.loader import default_profile, parse_profile
from dsr.portal import status

PROFILE = parse_profile(default_profile("small-shop", "Small Shop"), "small-shop")


@pytest.mark.parametrize("state", State)
def test_state_when_shown_then_it_has_a_sentence_of_its_own(state: State, db: None) -> None:
    subject_request = SubjectRequest(state=state.value, refusal_ground="repeated")

    headline, explanation = status.sentences(subject_request, PROFILE, None, is_proved=False)

    assert headline
    assert explanation
    assert "{" not in headline + explanation


@pytest.mark.parametrize(
    ("state", "places"),
    [
        (State.VERIFYING, ["now", "later", "later", "later", "later"]),
        (State.GATHERING, ["done", "done", "now", "later", "later"]),
        (State.REVIEW, ["done", "done", "done", "now", "later"]),
        (State.FULFILLED, ["done", "done", "done", "done", "now"]),
        (State.REFUSED, []),
        (State.LAPSED, []),
    ],
)
def test_steps_when_in_a_state_then_one_of_five_is_marked(state: State, places: list[str]) -> None:
    assert [each.place for each in status.steps(SubjectRequest(state=state.value))] == places


def test_places_when_a_source_is_in_any_state_then_it_has_a_word_and_an_icon() -> None:
    assert set(status.PLACE_STATES) == set(SourceRun.State)
