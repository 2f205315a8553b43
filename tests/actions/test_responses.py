"""Whatever desk and actions may say stands in domain.yml, in both languages, with its values."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]

# What the desk says, with the values that it sends along (services/tasks, api/bot).
SAYS: dict[str, set[str]] = {
    "identity_ask": set(),
    "identity_ask_phone": {"order_number"},
    "identity_ask_order": set(),
    "identity_failed": {"tries_left"},
    "identity_locked": {"minutes"},
    "order_ask": set(),
    "order_none": set(),
    "order_not_found": {"order_number"},
    "order_status_show": {"order_number", "state_text", "detail"},
    "order_status_late": {
        "order_number",
        "state_text",
        "detail",
        "promised_on",
        "compensation",
    },
    "order_status_exception": {"order_number", "state_text", "detail", "problem"},
    "return_request_ask_line": {"order_number"},
    "return_request_ask_reason": {"title"},
    "return_request_ask_condition": {"title"},
    "return_request_ask_photo": {"title"},
    "return_request_confirm": {
        "title",
        "refund",
        "freight",
        "freight_payer_text",
        "path",
        "days",
    },
    "return_request_done": {"number", "refund", "return_by", "next_step"},
    "return_request_review": {"number", "deadline"},
    "return_request_refused": {"title", "why", "instead"},
    "return_request_already_open": {"number", "state_text"},
    "return_request_not_delivered": {"order_number", "state_text"},
    "return_request_nothing_left": {"order_number"},
    "return_request_stopped": set(),
    "complaint_ask_description": set(),
    "complaint_ask_wanted": set(),
    "complaint_confirm": {"summary", "wanted_text"},
    "complaint_done": {"number", "deadline", "next_step"},
    "complaint_done_urgent": {"number", "deadline"},
    "complaint_stopped": set(),
    "human_queued": {"position", "wait_minutes"},
    "human_already": {"position", "wait_minutes"},
    "human_closed": {"opens_at", "number"},
    "faq_answer": {"title"},
    "faq_none": set(),
    "fallback_first": set(),
    "fallback_human": {"position", "wait_minutes"},
}
EXPECTS = "identity order line reason condition photo confirm description wanted task".split()


@pytest.fixture(scope="module")
def domain() -> Json:
    return yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))


def names_in(text: str) -> set[str]:
    return set(re.findall(r"(?<!\{)\{(\w+)\}(?!\})", text))


def literals(folder: str, pattern: str) -> set[str]:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.py"))
    return {name for source in sources for name in re.findall(pattern, source)}


def test_every_response_has_two_languages_and_the_same_names_and_buttons(domain):
    for name, variations in domain["responses"].items():
        assert len(variations) == 2, name
        zh, en = variations
        assert "condition" not in zh, name
        assert en["condition"] == [{"type": "slot", "name": "language", "value": "en"}], name
        assert names_in(zh["text"]) == names_in(en["text"]), name
        payloads = [[b["payload"] for b in v.get("buttons", [])] for v in (zh, en)]
        assert payloads[0] == payloads[1], name


def test_chinese_is_chinese_and_english_is_english(domain):
    for name, (zh, en) in domain["responses"].items():
        assert re.search(r"[\u4e00-\u9fff]", zh["text"]), name
        assert not re.search(r"[\u4e00-\u9fff]", en["text"]), name
        assert "你" not in zh["text"], f"{name}: 您 is the form for shoppers"
        assert not re.search(r"[!！]", zh["text"] + en["text"]), name


@pytest.mark.parametrize("say", sorted(SAYS))
def test_the_desk_finds_its_sentence_and_sends_every_name_in_it(domain, say):
    zh, _ = domain["responses"][f"utter_{say}"]
    assert names_in(zh["text"]) <= SAYS[say]


def test_the_desk_says_nothing_else(domain):
    said = literals("desk/services", r'\bStep\(\s*"(\w+)"')
    said |= literals("desk/services", r'\bsay(?:, \w+)? = "(\w+)"')
    assert said <= set(SAYS)


def test_actions_say_nothing_else(domain):
    said = literals("actions", r'response="(utter_\w+)"')
    assert said <= set(domain["responses"])


def test_every_open_question_can_be_asked_again(domain):
    for expects in EXPECTS:
        zh, _ = domain["responses"][f"utter_resume_{expects}"]
        assert not names_in(zh["text"])


def test_every_task_can_be_stopped(domain):
    for task in domain["slots"]["task"]["values"]:
        assert f"utter_{task}_stopped" in domain["responses"]


def test_the_domain_and_the_modules_name_the_same_actions(domain):
    from rasa_sdk.executor import ActionExecutor

    import actions.__main__

    executor = ActionExecutor()
    executor.register_package("actions")
    assert sorted(executor.actions) == sorted(domain["actions"])
    assert actions.__main__.__name__ == "actions.__main__"


def test_every_sentence_is_in_a_rule_so_that_validation_is_quiet(domain):
    rules = (path.read_text(encoding="utf-8") for path in (ROOT / "data/stories").glob("*.yml"))
    used = {name for text in rules for name in re.findall(r"utter_\w+", text)}
    assert used == set(domain["responses"])


def test_every_intent_has_a_rule(domain):
    rules = (path.read_text(encoding="utf-8") for path in (ROOT / "data/stories").glob("*.yml"))
    used = {name for text in rules for name in re.findall(r"intent: (\w+)", text)}
    assert used == set(domain["intents"])
