"""R4: triggers and the expected wait."""

from datetime import datetime

import pytest

from desk.domain.escalation import Signals, staffing, trigger, wait_minutes
from desk.domain.policy import Severity
from desk.policy import parse_policy
from tests.domain.conftest import POLICY_FILE


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"has_asked": True}, "asked", id="asked"),
        pytest.param({"fallbacks_in_a_row": 1}, None, id="one fallback"),
        pytest.param({"fallbacks_in_a_row": 2}, "fallback", id="two fallbacks"),
        pytest.param({"insults_in_a_row": 1}, None, id="one insult"),
        pytest.param({"insults_in_a_row": 2}, "abuse", id="two insults"),
        pytest.param({"complaint_severity": Severity.NORMAL}, None, id="normal complaint"),
        pytest.param({"complaint_severity": Severity.HIGH}, "complaint", id="high complaint"),
        pytest.param({"needs_review": True}, "review", id="review"),
        pytest.param({"steps_exhausted": True}, "step_limit", id="step limit"),
        pytest.param({"other_task": "cancel_order"}, "task:cancel_order", id="other task"),
        pytest.param(
            {"fallbacks_in_a_row": 9, "complaint_severity": Severity.CRITICAL},
            "complaint",
            id="weightiest",
        ),
    ],
)
def test_what_calls_a_person(policy, signals, reason):
    assert trigger(Signals(**signals), policy.escalation) == reason


@pytest.mark.parametrize(
    ("position", "agents", "minutes"),
    [
        pytest.param(1, 1, 5, id="next"),
        pytest.param(3, 1, 5, id="last of the first round"),
        pytest.param(4, 1, 10, id="second round"),
        pytest.param(4, 2, 5, id="two agents"),
        pytest.param(1, 0, 5, id="nobody signed in yet"),
        pytest.param(900, 1, 60, id="cap"),
    ],
)
def test_expected_wait(policy, position, agents, minutes):
    assert wait_minutes(position, agents, policy.escalation) == minutes


def test_a_signed_in_agent_counts_outside_hours():
    text = POLICY_FILE.read_text(encoding="utf-8")
    office = parse_policy(text.replace('mon-sun: ["00:00-24:00"]', 'mon-fri: ["09:00-18:00"]'))
    night = datetime.fromisoformat("2026-11-24T22:00:00+08:00")
    closed = staffing(office, night)
    assert not closed.is_open
    assert closed.opens_at == datetime.fromisoformat("2026-11-25T09:00:00+08:00")
    assert staffing(office, night, agents_present=1).is_open
