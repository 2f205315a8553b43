"""Reads a message in the light of what the bot has just asked (`metadata.expects`).

Asked "what went wrong?", "it never fitted, very disappointed" is the answer and not a complaint;
asked "shall I open the return?", "ok" is a yes. An intent that interrupts is kept when it is sure
enough. The raw classification stays in the ranking. Figures stand in config.yml.
"""

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.language import expects_of, normalised_of

_YES = re.compile(
    r"(?:嗯+|恩+|好+的?|可以的?|行的?|是的?|对的?|对对|没错|没问题|确认|确定|同意|提交|要的?|需要|办吧?|就这样"
    r"|yes|yep|yeah|yup|y|ok|okay|oki|k|sure|correct|right|confirm(?:ed)?|please do"
    r"|do it|go ahead|fine"
    r"|sounds good|of course|that'?s (?:right|correct|fine)|👌|👍|✅)"
    r"(?:[吧呀啊哦呢嘞哈了~ ,.!]|please|thanks|thank you|谢谢|麻烦了?|提交|退吧|办理|吧"
    r"|it|好的?|确认|可以|是的?)*"
)
_NO = re.compile(
    r"(?:不+|不要|不用|不行|不是|不对|不可以|不需要|不确认|不同意|没有?|无|否|别|先不|先别|算了吧?"
    r"|no|nope|nah|n|not really|don'?t|no way|not yet|none|skip|❌)"
    r"(?:[吧呀啊哦呢了的~ ,.!]|thanks|thank you|谢谢|please|照片|图片?|photos?|pictures?"
    r"|提交|要|用|more|else|it|any)*"
)


class Expectations:
    """The rules as plain values; `ExpectationReranker.get_default_config` says their meaning."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Take the figures of config.yml."""
        self._interrupts: dict[str, float] = config["interrupts"]
        self._answers: dict[str, list[str]] = config["answers"]
        self._own: dict[str, list[str]] = config["own"]
        self._free_text: dict[str, list[str]] = config["free_text"]
        self._answered_margin: float = config["answered_margin"]
        self._yes_no: list[str] = config["yes_no"]

    def read(
        self, text: str, expects: str, intent: str, confidence: float, entities: set[str]
    ) -> tuple[str, float]:
        """Return intent and confidence of a normalised text when `expects` was asked."""
        if expects in self._yes_no:
            if _YES.fullmatch(text.strip(" .!~,")):
                return "affirm", 0.99
            if _NO.fullmatch(text.strip(" .!~,?")):
                return "deny", 0.99
        is_answered = bool(entities & set(self._answers.get(expects, ())))
        needed = self._interrupts.get(intent)
        if needed is not None and intent not in self._own.get(expects, ()):
            allowed = self._free_text.get(expects)
            may_interrupt = allowed is None or intent in allowed
            if may_interrupt and confidence >= needed + (
                self._answered_margin if is_answered else 0
            ):
                return intent, confidence
        if is_answered or expects in self._free_text:
            return "inform", max(confidence if intent == "inform" else 0.0, 0.9)
        if intent == "inform":
            return intent, confidence
        return "nlu_fallback", round(1 - confidence, 4)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ExpectationReranker(GraphComponent):
    """Applies `Expectations` to each message that has one."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the meaning of each setting; config.yml holds the figures."""
        return {
            "interrupts": {},  # intent → confidence from which it may interrupt a question
            "answers": {},  # expects → entities that answer it
            "own": {},  # expects → intents that are no interruption there: the task's own
            "free_text": {},  # expects → the only intents that interrupt; the rest is an answer
            "answered_margin": 0.0,  # what an interruption needs more when it answers too
            "yes_no": [],  # expects where a short yes or no is exactly that
        }

    def __init__(self, config: dict[str, Any]) -> None:
        """Keep the rules."""
        self._expectations = Expectations(config)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "ExpectationReranker":
        """Make the component as the graph asks for it."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Replace the intent where the expectation says so."""
        for message in messages:
            expects = expects_of(message)
            text = normalised_of(message).text
            if expects is None or text.startswith("/"):
                continue
            raw = message.get(INTENT) or {"name": "nlu_fallback", "confidence": 0.0}
            found = {entity["entity"] for entity in message.get(ENTITIES, [])}
            name, confidence = self._expectations.read(
                text, expects, raw["name"] or "nlu_fallback", raw["confidence"], found
            )
            message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
        return messages
