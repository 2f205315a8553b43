"""Tells the language of each message, zh or en, and normalises its text for what follows."""

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.normalise import Normalised, normalise

NORMALISED = "normalised"  # key of the Normalised in a message
LANGUAGE = "language"  # key of "zh" | "en" in a message, and the entity's name

_HANZI = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"(?<![a-z0-9])[a-z']{2,}(?![a-z0-9])|(?<![a-z0-9])i(?![a-z0-9])")
# Both languages use these; sizes, carriers and shop words are no language either.
_NEUTRAL = frozenset(
    "ok okay oki yes no hi bye vip app xs xl xxl xxxl sf dhl ups ems yt zto jd qq wifi usb email"
    " pdf id sos emm emmm hhh lol".split()
)
_PINYIN = frozenset(
    "wo ni nin yao tui huo kuan tuihuo tuikuan huanhuo kuaidi dingdan zenme meiyou shenme hao"
    " nihao xiexie fapiao wuliu shouhou tousu rengong kefu qian bu xiang le ma ne de shi zai"
    " na nar nali duojiu keyi jintian mingtian fahuo daole xiewei chima".split()
)


def detect_language(text: str, default: str) -> str:
    """Return zh or en for a normalised text; `default` when it says nothing (digits, "ok", 😊).

    In mixed text a Chinese sign counts as much as an English word: "我的order还没到" is zh.
    """
    hanzi = len(_HANZI.findall(text))
    words = [word for word in _WORD.findall(text) if word not in _NEUTRAL]
    if not hanzi and len(words) > 1 and all(word in _PINYIN for word in words):
        return "zh"
    if not hanzi and not words:
        return default
    return "zh" if hanzi >= len(words) else "en"


def normalised_of(message: Message) -> Normalised:
    """Return what the language component left in the message; training messages have nothing."""
    known: Normalised | None = message.get(NORMALISED)
    return known if known is not None else normalise(message.get(TEXT) or "")


def expects_of(message: Message) -> str | None:
    """Return what the bot asked for last, as the desk sent it with the message."""
    expects: str | None = (message.get("metadata") or {}).get("expects")
    return expects


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageDetector(GraphComponent, EntityExtractorMixin):
    """Puts the normalised text and the language into each message, and the entity `language`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the language of neutral text when the desk does not say one."""
        return {"default": "zh"}

    def __init__(self, default: str) -> None:
        """Keep the default language."""
        self._default = default

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LanguageDetector":
        """Make the component as the graph asks for it."""
        return cls(config["default"])

    def process(self, messages: list[Message]) -> list[Message]:
        """Add language and normalised text; the entity spans the whole message."""
        for message in messages:
            original = message.get(TEXT) or ""
            normalised = normalise(original)
            known = (message.get("metadata") or {}).get("language")
            language = detect_language(normalised.text, known or self._default)
            message.set(NORMALISED, normalised)
            message.set(LANGUAGE, language)
            entity = {"entity": LANGUAGE, "value": language, "start": 0, "end": len(original)}
            found = [*message.get(ENTITIES, []), {**entity, "extractor": self.name}]
            message.set(ENTITIES, found, add_to_output=True)
        return messages
