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
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.language import LANGUAGE, expects_of, normalised_of
from bot.nlu.normalise import normalise

_YES = re.compile(
    r"(?:嗯+|恩+|好+[的滴哒]?|都?可以的?|都?行的?|是[的滴哒]?|对[的头]?|对对|没错|没问题|没毛病|确认|确定|同意|提交"
    r"|要[的得]?|需要|办吧?|就这样|中|当然|(?:ye[sp]+|yeah|yup|yea|ya|y|okay|ok|oki|k|sure|correct|right"
    r"|confirm(?:ed)?|please do|do it|go (?:on|ahead)|fine|proceed|absolutely|agreed"
    r"|sounds good|of course|all good|that'?s (?:right|correct|fine))(?![a-z])|👌|👍|✅)"
    r"(?:[吧呀啊哦呢嘞哈了嗯滴~ ,.!]|谢谢|麻烦|提交|退吧|办理|好的?|确认|都?可以|都?行|是的?|随便"
    r"|要的?|当然|(?:please|pls|thanks|thank you|then|it|yes|ok|sure|go (?:on|ahead)|do (?:it|that)"
    r"|confirm|submit)(?![a-z]))*"
)
_NO = re.compile(
    r"(?:不+|不要|不用|不行|不是|不对|不可以|不需要|不确认|不同意|没有?|无|否|别|先不|先别"
    r"|(?:no+|nope|nah|n|not really|don'?t|no way|not yet|none|skip)(?![a-z])|❌)"
    r"(?:[吧呀啊哦呢了的~ ,.!]|谢谢|提交|要|用"
    r"|(?:thanks|thank you|sorry|please|more|else|it|any|no)(?![a-z]))*"
)
# "No photo" is a no where a photo was asked for. Elsewhere it answers nothing, least of all
# "shall I open the return?".
_NO_PHOTO = re.compile(
    r".{0,8}(?:(?:没有?|没法|没办法|无法|无|不方便|不会|不能|不想|发不|传不|拍不).{0,5}(?:照|图|拍|上传|相机|发)"
    r"|拍不(?:了|到|出|清)|[发传]不(?:了|上)"
    r"|(?:\bno\b|n't\b|\b(?:cant|dont|didnt|cannot|not|without|unable|none))[a-z' ]{0,24}?"
    r"(?:photo|picture|pic|image|camera|upload)).{0,24}"
)
# What may stand around a number without saying anything: then the number is the message.
_AROUND_A_NUMBER = re.compile(
    r"(?:[\W_呢啊呀哦吧嘛哈的了吗么这那个订单编号是为就我你您好谢麻烦手机电话尾]"
    r"|(?:my|the|this|that|it|it's|its|is|order|number|no|id|one|for|here|please|pls|thanks|thank|you"
    r"|hi|hello|phone|and|ending|in|with)(?![a-z]))*"
)
# Letters and digits that are no number of ours: the classifier sees only that it is some code.
_NOISE_CODE = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{3,12}")
_NUMBERS = frozenset({"order_number", "phone", "phone_last4"})
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
        answered = entities & set(self._answers.get(expects, ()))
        is_answered = bool(answered)
        if expects in self._yes_no:
            if short := _yes_or_no(text, expects, is_answered):
                return short, 0.99
        if _says_more(intent, expects, answered):
            return "inform", 0.9
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


def _yes_or_no(text: str, expects: str, is_answered: bool) -> str | None:
    if _YES.fullmatch(text.strip(" .!~,")):
        return "affirm"
    if _NO.fullmatch(text.strip(" .!~,?")):
        return "deny"
    if not is_answered and _NO_PHOTO.fullmatch(text):
        return "deny" if expects == "photo" else "inform"
    return None


def _says_more(intent: str, expects: str, answered: set[str]) -> bool:
    """Tell whether the answer is not the yes or no but what follows: "yes, never worn".

    Asked to confirm, a yes stays one, and so does a no with nothing but its reason.
    """
    if expects == "confirm":
        return intent == "deny" and bool(answered - {"reason"})
    return intent in ("affirm", "deny") and bool(answered)


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
        if found & _NUMBERS and _is_only_a_number(message):
            return "inform", 0.95
        if expects is not None:
            return self._expectations.read(text, expects, name, confidence, found)
        if name == "inform" and found <= {LANGUAGE} and _NOISE_CODE.fullmatch(text):
            return "nlu_fallback", 0.9
        if name == "nlu_fallback" and "order_number" in found:
            return "inform", 0.9  # words that say nothing leave the order number
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


def _is_only_a_number(message: Message) -> bool:
    """Tell whether a message is an order number or a phone with nothing but particles around."""
    signs = list(message.get(TEXT) or "")
    for entity in message.get(ENTITIES, []):
        if entity["entity"] in _NUMBERS:
            span = range(entity["start"], entity["end"])
            signs[span.start : span.stop] = [" "] * len(span)
    return _AROUND_A_NUMBER.fullmatch(normalise("".join(signs)).text) is not None


def _keep_language(message: Message) -> None:
    """Answer noise in the conversation's language: "asdf" is no English."""
    known = (message.get("metadata") or {}).get("language")
    for entity in message.get(ENTITIES, []):
        if known and entity["entity"] == LANGUAGE:
            entity["value"] = known
