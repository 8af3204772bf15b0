"""The life of a request as a table: its states, who may move it, and from where to where.

Failed, overdue, extended, paused and on hold are not states. They are facts on other rows or comparisons with a date.
"""

from __future__ import annotations

from enum import StrEnum


class RequestType(StrEnum):
    """The right that is asked for."""

    ACCESS = "access"
    CORRECTION = "correction"
    ERASURE = "erasure"
    OPT_OUT = "opt_out"
    CONCERN = "concern"


class State(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    VERIFYING = "verifying"
    GATHERING = "gathering"
    REVIEW = "review"
    APPROVED = "approved"
    FULFILLING = "fulfilling"
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Step(StrEnum):
    """A move that may be made; each has exactly one row per state it may start from."""

    ASK_IDENTITY = "ask_identity"
    CONFIRM_IDENTITY = "confirm_identity"
    FINISH_GATHERING = "finish_gathering"
    SEARCH_AGAIN = "search_again"
    APPROVE = "approve"
    REDRAW = "redraw"
    BEGIN_FULFILMENT = "begin_fulfilment"
    FULFIL = "fulfil"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    OPT_OUT_NOW = "opt_out_now"
    TAKE_UP_CONCERN = "take_up_concern"
    ANSWER_CONCERN = "answer_concern"


S, T, R = State, Step, RequestType
GATHERED = frozenset({R.ACCESS, R.CORRECTION, R.ERASURE})
EVERY = frozenset(RequestType)

MOVES: dict[tuple[State, Step], tuple[State, frozenset[RequestType]]] = {
    (S.RECEIVED, T.ASK_IDENTITY): (S.VERIFYING, GATHERED),
    (S.RECEIVED, T.CONFIRM_IDENTITY): (S.GATHERING, GATHERED),
    (S.VERIFYING, T.CONFIRM_IDENTITY): (S.GATHERING, GATHERED),
    (S.GATHERING, T.FINISH_GATHERING): (S.REVIEW, GATHERED),
    # Another identifier was proved, or a source was described anew: what was found before is gathered afresh.
    (S.REVIEW, T.SEARCH_AGAIN): (S.GATHERING, GATHERED),
    (S.REVIEW, T.APPROVE): (S.APPROVED, GATHERED),
    # Something changed between approval and run: the plan is drawn anew and shown, never carried out.
    (S.APPROVED, T.REDRAW): (S.REVIEW, frozenset({R.CORRECTION, R.ERASURE})),
    (S.APPROVED, T.BEGIN_FULFILMENT): (S.FULFILLING, GATHERED),
    (S.FULFILLING, T.FULFIL): (S.FULFILLED, GATHERED | {R.OPT_OUT}),
    # No identity check may stand in an opt-out's way (11 CCR 7026(d)).
    (S.RECEIVED, T.OPT_OUT_NOW): (S.FULFILLING, frozenset({R.OPT_OUT})),
    (S.RECEIVED, T.TAKE_UP_CONCERN): (S.REVIEW, frozenset({R.CONCERN})),
    (S.REVIEW, T.ANSWER_CONCERN): (S.FULFILLED, frozenset({R.CONCERN})),
    (S.RECEIVED, T.REFUSE): (S.REFUSED, EVERY - {R.OPT_OUT}),
    (S.VERIFYING, T.REFUSE): (S.REFUSED, GATHERED),
    (S.REVIEW, T.REFUSE): (S.REFUSED, EVERY - {R.OPT_OUT}),
    (S.VERIFYING, T.LAPSE): (S.LAPSED, GATHERED),
    **{
        (state, T.WITHDRAW): (S.WITHDRAWN, EVERY)
        for state in (S.RECEIVED, S.VERIFYING, S.GATHERING, S.REVIEW, S.APPROVED)
    },
    # Of what is being erased or corrected some is done already, and cannot be taken back.
    (S.FULFILLING, T.WITHDRAW): (S.WITHDRAWN, EVERY - {R.ERASURE, R.CORRECTION}),
}
"""(state, step) to (new state, the request types that may take it). Whatever is not here must not happen."""

OPEN_STATES = (S.RECEIVED, S.VERIFYING, S.GATHERING, S.REVIEW, S.APPROVED, S.FULFILLING)
CLOSED_STATES = (S.FULFILLED, S.REFUSED, S.WITHDRAWN, S.LAPSED)


def next_state(state: State, step: Step, request_type: RequestType) -> State | None:
    """The state that ``step`` leads to, or None when a request of this type may not take it from ``state``."""
    target, types = MOVES.get((state, step), (None, frozenset()))
    return target if request_type in types else None
