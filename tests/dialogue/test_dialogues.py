"""Plays the dialogues of this folder against the trained model, real actions and the real desk.

A dialogue (dialogues/*.yml) has a name, a language, perhaps a signed-in shopper, and steps:

    say / tap / photo   what the shopper does: a text, a button or card choice ("#2"), a photo
    bot                 keys of the responses that the bot says, in this order (utter_<key>)
    has                 words that stand in what it says
    lacks               words that do not
    intent, card, state what was understood, the type of the last card, who has the conversation
    language            from here on
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.shopper import Reply, Shopper
from tests.stack import SECRETS, Stack

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Json = dict[str, Any]
ACTS = {"say", "tap", "photo"}
CHECKS = {"language", "bot", "has", "lacks", "intent", "card", "state"}
_HANZI = re.compile(r"[\u4e00-\u9fff]")

pytestmark = pytest.mark.stack


def dialogues() -> list[Any]:
    return [
        pytest.param(dialogue, id=f"{path.stem}-{dialogue['language']}-{dialogue['name']}")
        for path in sorted((HERE / "dialogues").glob("*.yml"))
        for dialogue in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


@pytest.fixture(scope="module")
def responses() -> Json:
    return yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]


@pytest.mark.parametrize("dialogue", dialogues())
def test_dialogue(dialogue: Json, stack: Stack, responses: Json) -> None:
    language = dialogue["language"]
    shopper = Shopper(
        stack.url,
        language,
        dialogue.get("shopper"),
        shop_secret=SECRETS["ZHANGGUI_SHOP_SECRET"],
    )
    for number, step in enumerate(dialogue["steps"], 1):
        assert set(step) <= ACTS | CHECKS, f"step {number} has an unknown key"
        reply = act(shopper, step)
        language = step.get("language", language)
        told = (
            f"step {number} {step}\nunderstood {reply.understanding.get('intent')}\n"
            + "\n".join(f"  < {text}" for text in reply.texts)
        )
        check(step, reply, language, responses, told)


def act(shopper: Shopper, step: Json) -> Reply:
    if "say" in step:
        return shopper.say(step["say"])
    if "tap" in step:
        return shopper.tap(step["tap"])
    return shopper.send_photo()


def check(step: Json, reply: Reply, language: str, responses: Json, told: str) -> None:
    said = "\n".join(reply.texts)
    if "bot" in step:
        keys = [step["bot"]] if isinstance(step["bot"], str) else step["bot"]
        assert len(reply.texts) == len(keys), told
        for key, text in zip(keys, reply.texts, strict=True):
            assert said_as(responses, key, language).fullmatch(text), f"{told}\nnot {key}"
    for words in as_list(step.get("has")):
        assert words in said, f"{told}\nlacks {words!r}"
    for words in as_list(step.get("lacks")):
        assert words not in said, f"{told}\nhas {words!r}"
    if "intent" in step:
        assert reply.understanding.get("intent") == step["intent"], told
    if "card" in step:
        shown = reply.cards[-1]["type"] if reply.cards else None
        assert shown == step["card"], told
    assert reply.state == step.get("state", "bot"), told
    assert not re.search(r"\{\w+\}|utter_|None|undefined", said), f"{told}\nmachine talk"
    for text in reply.texts:
        assert bool(_HANZI.search(text)) == (language == "zh"), f"{told}\nwrong language"


def said_as(responses: Json, key: str, language: str) -> "re.Pattern[str]":
    zh, en = responses[f"utter_{key}"]
    text = re.escape((en if language == "en" else zh)["text"].strip())
    return re.compile(re.sub(r"\\\{\w+\\\}", "(.*?)", text), re.DOTALL)


def as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
