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

from bot.nlu.language import LANGUAGE, expects_of, normalised_of

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
# Words that noise does not hold: a sentence with one of them is English, understood or not.
_ENGLISH = re.compile(
    r"(?<![a-z])(?:i|i'm|you|your|my|me|we|they|it|is|are|was|the|a|an|to|of|in|on|for|and|or|with|can|do|does"
    r"|don't|not|have|has|what|when|where|how|why|who|this|that|please|want|need|help)(?![a-z])"
)


class Expectations:
    """The rules as plain values; `ExpectationReranker.get_default_config` says their meaning."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Take the figures of config.yml."""
        self._interrupts: dict[str, float] = config["interrupts"]
        self._answers: dict[str, list[str]] = config["answers"]
        self._own: dict[str, list[str]] = config["own"]
        self._own_until: dict[str, float] = config["own_until"]
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
        is_own = intent in self._own.get(expects, ()) and (
            is_answered or confidence < self._own_until.get(intent, 2.0)
        )
        if needed is not None and not is_own:
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
            "own_until": {},  # intent → confidence from which it is one all the same
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

    def _read(
        self, message: Message, text: str, name: str | None, confidence: float
    ) -> tuple[str, float]:
        found = {entity["entity"] for entity in message.get(ENTITIES, [])}
        name = name or "nlu_fallback"
        expects = expects_of(message)
        if expects is not None:
            return self._expectations.read(text, expects, name, confidence, found)
        if name == "nlu_fallback" and "order_number" in found:
            return "inform", 0.9  # nothing but an order number says nothing else
        return name, confidence

    def process(self, messages: list[Message]) -> list[Message]:
        """Replace the intent where the expectation says so."""
        for message in messages:
            text = normalised_of(message).text
            if text.startswith("/"):
                continue
            raw = message.get(INTENT) or {"name": "nlu_fallback", "confidence": 0.0}
            name, confidence = self._read(message, text, raw["name"], raw["confidence"])
            if (name, confidence) != (raw["name"], raw["confidence"]):
                message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
            if name == "nlu_fallback" and not _ENGLISH.search(text):
                _keep_language(message)
        return messages


def _keep_language(message: Message) -> None:
    """Answer noise in the conversation's language: "asdf" is no English."""
    known = (message.get("metadata") or {}).get("language")
    for entity in message.get(ENTITIES, []):
        if known and entity["entity"] == LANGUAGE:
            entity["value"] = known
