"""texts.yml has both languages everywhere, and a sentence for everything the domain can say."""

import pytest

from desk.domain.cases import NEXT_STATES, CaseState, CaseType
from desk.domain.returns import Condition, Reason
from desk.domain.shop import OrderState, ParcelState
from desk.texts import TextsError, load_texts, texts, variables


@pytest.mark.parametrize(
    ("group", "names"),
    [
        pytest.param("order_state", OrderState, id="order states"),
        pytest.param("parcel_state", ParcelState, id="parcel states"),
        pytest.param("case_state", CaseState, id="case states"),
        pytest.param("case_type", CaseType, id="case types"),
        pytest.param("reason", Reason, id="reasons"),
        pytest.param("condition", Condition, id="conditions"),
        pytest.param(
            "refusal",
            "too_late too_late_fault too_late_fresh fresh_food made_to_order opened opened_liquor "
            "not_returnable used gift_alone cancelled unpaid".split(),
            id="refusals",
        ),
        pytest.param(
            "instead",
            "if_faulty if_faulty_any warranty person cancelled unpaid".split(),
            id="alternatives",
        ),
        pytest.param(
            "order_problem", "lost late_lost damaged held refused".split(), id="order problems"
        ),
        pytest.param(
            "decision",
            "fault in_time review review_other review_amount review_no_photo accepted "
            "callback".split(),
            id="decisions",
        ),
        pytest.param("wanted", "refund replacement apology explanation other".split(), id="wanted"),
    ],
)
def test_everything_has_a_sentence(group, names):
    missing = [name for name in names if f"{group}.{name}" not in texts()]
    assert missing == []


def test_every_state_of_every_type_has_a_next_step():
    for case_type, table in NEXT_STATES.items():
        reachable = {state for states in table.values() for state in states} | set(table)
        for state in reachable:
            keys = {f"next_step.{case_type}.{state}", f"next_step.any.{state}"}
            assert keys & texts().keys(), (case_type, state)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: {zh: 好}", "needs zh and en", id="one language"),
        pytest.param("a: {zh: 好, en: ok, fr: oui}", "nothing else", id="a third"),
        pytest.param('a: {zh: "{x}", en: "{y}"}', "different variables", id="variables"),
        pytest.param("a: word", "no zh and en", id="bare"),
    ],
)
def test_incomplete_texts_are_refused(tmp_path, text, message):
    path = tmp_path / "texts.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TextsError, match=message):
        load_texts(path)


def test_variables_are_found_in_braces():
    assert variables("{a} 和 {b}") == {"a", "b"}
