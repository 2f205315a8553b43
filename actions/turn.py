"""What the shopper has just said, read from the tracker."""

from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """The latest message of a conversation."""

    conversation: str  # the desk's id; the bot's own name of it also has a section, "c_x:2"
    message_id: str
    language: str
    text: str  # empty for a tapped button and a photo: its payload is no sentence
    is_tap: bool
    intent: str
    entities: Json  # name → first value
    ranking: list[Json]

    def key(self, purpose: str) -> str:
        """Return the idempotency key: the same message asks for the same thing once."""
        return f"{self.message_id}:{purpose}"


def read_turn(tracker: Tracker) -> Turn:
    """Read the latest message. One that has no id (the Rasa shell) gets one from its time."""
    message = tracker.latest_message
    event: Json = next((e for e in reversed(tracker.events) if e.get("event") == "user"), {})
    text = str(message.get("text") or "")
    conversation = tracker.sender_id.partition(":")[0]
    entities: Json = {}
    for entity in message.get("entities") or []:
        entities.setdefault(entity["entity"], entity.get("value"))
    return Turn(
        conversation=conversation,
        message_id=str(event.get("message_id") or f"{conversation}-t{event.get('timestamp', 0)}"),
        language="en" if tracker.get_slot("language") == "en" else "zh",
        text="" if text.startswith("/") else text,
        is_tap=text.startswith("/"),
        intent=str((message.get("intent") or {}).get("name") or "nlu_fallback"),
        entities=entities,
        ranking=[
            {"intent": row["name"], "confidence": row["confidence"]}
            for row in (message.get("intent_ranking") or [])[:5]
        ],
    )
