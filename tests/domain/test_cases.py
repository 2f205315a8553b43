"""R5: the life of a case. Only `move` changes a state, and each move leaves an event."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.domain.cases import (
    ENDED,
    NEXT_STATES,
    Case,
    CaseState,
    CaseType,
    MoveNotAllowedError,
    make_number,
    move,
    next_states,
    normal_number,
)
from desk.domain.policy import Severity

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def make_case(case_type=CaseType.RETURN, state=CaseState.SUBMITTED, **more):
    return Case(
        **{
            "number": "R7K3-9QX2",
            "type": case_type,
            "state": state,
            "severity": Severity.NORMAL,
            "team": "after_sales",
            "shopper_id": 1,
            "language": "zh",
            "deadline_at": NOW,
            "created_at": NOW,
            "updated_at": NOW,
            **more,
        }
    )


@pytest.mark.parametrize(
    ("case_type", "path"),
    [
        pytest.param(
            "return",
            "under_review approved waiting_for_parcel received inspected refunding closed",
            id="return",
        ),
        pytest.param("return", "approved refunding closed reopened under_review", id="keep it"),
        pytest.param(
            "exchange",
            "approved waiting_for_parcel received inspected resent closed",
            id="exchange",
        ),
        pytest.param(
            "repair", "approved waiting_for_parcel received inspected repaired closed", id="repair"
        ),
        pytest.param("complaint", "under_review closed reopened closed", id="complaint"),
        pytest.param("callback", "under_review closed", id="callback"),
        pytest.param("return", "approved waiting_for_parcel withdrawn reopened", id="withdrawn"),
        pytest.param("return", "rejected reopened under_review approved", id="second look"),
    ],
)
def test_the_usual_ways_are_open(case_type, path):
    case = make_case(CaseType(case_type))
    for state in path.split():
        case, event = move(case, CaseState(state), actor="agent:lin", at=NOW)
        assert (event.to_state, event.actor) == (state, "agent:lin")
    assert case.state == path.split()[-1]


@pytest.mark.parametrize(
    ("case_type", "state", "to"),
    [
        pytest.param("return", "submitted", "refunding", id="money before a decision"),
        pytest.param("return", "waiting_for_parcel", "refunding", id="money before the parcel"),
        pytest.param("return", "received", "withdrawn", id="parcel is here"),
        pytest.param("return", "inspected", "repaired", id="not a repair"),
        pytest.param("return", "closed", "refunding", id="closed"),
        pytest.param("callback", "submitted", "approved", id="nothing to approve"),
        pytest.param("return", "submitted", "submitted", id="to itself"),
    ],
)
def test_other_ways_are_shut_and_say_what_is_open(case_type, state, to):
    case = make_case(CaseType(case_type), CaseState(state))
    with pytest.raises(MoveNotAllowedError) as caught:
        move(case, CaseState(to), actor="agent:lin", at=NOW)
    assert caught.value.data["allowed"] == [s.value for s in next_states(case)]


@given(case_type=st.sampled_from(CaseType), choices=st.lists(st.integers(0, 9), max_size=30))
def test_any_walk_stays_inside_the_table_and_every_case_can_end(case_type, choices):
    case = make_case(case_type, refund_minor=100)
    for choice in choices:
        allowed = next_states(case)
        assert allowed, "no state is a dead end: even an ended case can be reopened"
        case, event = move(case, allowed[choice % len(allowed)], actor="bot", at=NOW)
        assert event.to_state == case.state
        if case.state in (CaseState.REJECTED, CaseState.WITHDRAWN):
            assert case.refund_minor is None
    reachable, new = {case.state}, {case.state}
    while new:
        new = {t for s in new for t in NEXT_STATES[case_type].get(s, ())} - reachable
        reachable |= new
    assert reachable & ENDED


@given(st.randoms(use_true_random=False))
def test_numbers_have_no_signs_that_sound_or_look_alike(generator):
    number = make_number(generator.choice)
    assert len(number) == 9
    assert not set(number) & set("0O1I")
    assert normal_number(f" {number.lower().replace('-', ' ')} ") == number


def test_numbers_come_from_the_handed_in_randomness():
    first, again = (random.Random(7) for _ in range(2))  # noqa: S311 - repeatable on purpose
    assert make_number(first.choice) == make_number(again.choice)


def test_only_an_undecided_case_is_overdue():
    late = NOW.replace(hour=5)
    assert make_case().is_overdue(late)
    assert not make_case().is_overdue(NOW)
    assert not make_case(state=CaseState.WAITING_FOR_PARCEL).is_overdue(late)
