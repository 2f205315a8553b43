"""The bodies that the desk sends to the bot, checked before anything else sees them."""

import json
import re
from typing import Any, Literal

from pydantic import BaseModel, Extra, StrictInt, StrictStr, ValidationError, validator

LONGEST_TEXT = 4_000
MOST_TEXTS = 500
LARGEST_BODY_BYTES = 10_000_000

Expects = Literal[
    "identity", "order", "line", "reason", "condition", "photo", "confirm", "description", "wanted"
]
Language = Literal["zh", "en"]

_CONVERSATION = re.compile(r"[A-Za-z0-9_:.\-]{1,200}")
_PAYLOAD = re.compile(r"/([a-z][a-z_]{0,60})(\{.*\})?", re.DOTALL)
_RASA_OWN_INTENTS = {"restart", "back", "session_start"}  # would let a button wipe the conversation


class BadBody(Exception):
    """The body is not what the contract says; `field` is None when the whole body is meant."""

    def __init__(self, error: str, field: str | None = None) -> None:
        """Keep the sentence for the caller and the name of the field that is wrong."""
        super().__init__(error)
        self.error = error
        self.field = field


def _refuse_unstorable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("contains NUL")
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("contains a lone surrogate")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"is longer than {LONGEST_TEXT} characters")
    return text


class TurnIn(BaseModel):
    """One shopper message for one conversation. `payload`, when given, wins over `text`."""

    conversation: StrictStr
    message_id: StrictStr
    text: StrictStr = ""
    payload: StrictStr | None = None
    language: Language
    expects: Expects | None = None
    attempt: StrictInt = 1

    class Config:
        """Unknown fields are refused, so that a misspelt one is noticed."""

        extra = Extra.forbid

    @validator("conversation", "message_id")
    def _is_an_id(cls, value: str) -> str:
        if not _CONVERSATION.fullmatch(value):
            raise ValueError("is not an id (letters, digits, _ : . - up to 200)")
        return value

    @validator("text")
    def _can_be_stored(cls, value: str) -> str:
        return _refuse_unstorable(value)

    @validator("payload")
    def _is_an_intent_message(cls, value: str | None) -> str | None:
        if value is None:
            return None
        match = _PAYLOAD.fullmatch(_refuse_unstorable(value))
        if match is None or match[1] in _RASA_OWN_INTENTS:
            raise ValueError('is not /intent or /intent{"entity": "value"}')
        if match[2]:
            try:
                json.loads(match[2])
            except ValueError:
                raise ValueError("has entities that are not JSON") from None
        return value

    @validator("attempt")
    def _counts_from_one(cls, value: int) -> int:
        if value < 1:
            raise ValueError("counts from 1")
        return value


class UnderstandIn(BaseModel):
    """Texts to understand without a conversation; `language` is the default for neutral ones."""

    texts: list[StrictStr]
    language: Language | None = None

    class Config:
        """Unknown fields are refused, so that a misspelt one is noticed."""

        extra = Extra.forbid

    @validator("texts")
    def _few_and_storable(cls, value: list[str]) -> list[str]:
        if len(value) > MOST_TEXTS:
            raise ValueError(f"holds more than {MOST_TEXTS} texts")
        return [_refuse_unstorable(text) for text in value]


def read_turn(raw: bytes) -> TurnIn:
    """Read the body of `turn`. Raises BadBody."""
    try:
        body = TurnIn(**_read_object(raw))
    except ValidationError as error:
        raise _first_fault(error) from None
    if body.payload is None and not body.text.strip():
        raise BadBody("is empty and there is no payload", "text")
    return body


def read_understand(raw: bytes) -> UnderstandIn:
    """Read the body of `understand`. Raises BadBody."""
    try:
        return UnderstandIn(**_read_object(raw))
    except ValidationError as error:
        raise _first_fault(error) from None


def _read_object(raw: bytes) -> dict[str, Any]:
    if len(raw) > LARGEST_BODY_BYTES:
        raise BadBody(f"the body is larger than {LARGEST_BODY_BYTES} bytes")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise BadBody("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadBody("the body is not a JSON object")
    return body


def _first_fault(error: ValidationError) -> BadBody:
    fault = error.errors()[0]
    return BadBody(fault["msg"], ".".join(str(part) for part in fault["loc"]))
