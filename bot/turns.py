"""One turn of one conversation, and understanding without a conversation.

Follows `MessageProcessor.handle_message` of Rasa 3.6.21 step by step, because that gives back
neither the parse nor the tracker, and saves the tracker even when the action server was silent.
"""

import asyncio
import time
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.action_endpoint import is_action_server_silent, watch_action_server
from bot.bodies import TurnIn

CHANNEL = "desk"
_INLINE_TEXTS = 4  # more are understood in a thread, so that turns go on meanwhile

Json = dict[str, Any]


class NotReady(Exception):
    """No model is loaded yet."""


class UnknownIntent(Exception):
    """A payload names an intent that the loaded model does not have."""


class ActionServerSilent(Exception):
    """The action server failed or did not answer; nothing of the turn was stored."""


class MessageCollector(OutputChannel):
    """Collects each utterance of the bot as exactly one message."""

    def __init__(self) -> None:
        """Start with no messages."""
        self.messages: list[Json] = []

    @classmethod
    def name(cls) -> str:
        """Return the channel name that responses in the domain may depend on."""
        return CHANNEL

    async def send_response(self, recipient_id: str, message: Json) -> None:
        """Keep the whole utterance; Rasa's own version would split text, buttons and card."""
        self.messages.append(_as_message(message))


def loaded(agent: Agent | None) -> MessageProcessor:
    """Return the processor of a ready agent. Raises NotReady."""
    if agent is None or agent.processor is None:
        raise NotReady
    return agent.processor


async def take_turn(agent: Agent, turn: TurnIn) -> Json:
    """Run the turn and return the answer; a message that was already answered is answered the same.

    Raises NotReady, UnknownIntent, ActionServerSilent.
    """
    processor = loaded(agent)
    intent = turn.payload[1:].partition("{")[0] if turn.payload else None
    if intent is not None and intent not in processor.domain.intents:
        raise UnknownIntent(intent)
    async with agent.lock_store.lock(turn.conversation):
        collector = MessageCollector()
        tracker = await processor.fetch_tracker_and_update_session(turn.conversation, collector)
        last = tracker.latest_message
        if last is None or last.message_id != turn.message_id:
            await _answer(processor, tracker, turn, collector)
        return _rebuild_answer(tracker, turn)


async def understand(agent: Agent, texts: list[str], language: str | None) -> list[Json]:
    """Understand each text on its own, in one batch. Raises NotReady."""
    processor = loaded(agent)
    if len(texts) <= _INLINE_TEXTS:
        return _understand_batch(processor, texts, language)
    return await asyncio.to_thread(_understand_batch, processor, texts, language)


def _understand_batch(
    processor: MessageProcessor, texts: list[str], language: str | None
) -> list[Json]:
    started = time.perf_counter()
    target = processor.model_metadata.nlu_target
    metadata = {"expects": None, "language": language}
    readable = [i for i, text in enumerate(texts) if text.strip()]
    inputs = {
        PLACEHOLDER_MESSAGE: [
            UserMessage(typed(texts[i]), message_id="understand", metadata=metadata)
            for i in readable
        ],
        PLACEHOLDER_TRACKER: DialogueStateTracker.from_events("understand", []),
    }
    parsed: list[Message] = (
        processor.graph_runner.run(inputs=inputs, targets=[target])[target] if readable else []
    )
    each_ms = (time.perf_counter() - started) * 1_000 / max(len(readable), 1)
    by_index = dict(zip(readable, parsed, strict=True))
    results = []
    for i, text in enumerate(texts):
        parse = by_index[i].as_dict(only_output_properties=True) if i in by_index else {}
        results.append({"text": text, **_understanding(parse, language or "zh", each_ms)})
    return results


def typed(text: str) -> str:
    """Return what a shopper typed so that Rasa cannot take it for an intent message ("/…")."""
    text = text.strip()
    return "／" + text[1:] if text.startswith("/") else text


async def _answer(
    processor: MessageProcessor,
    tracker: DialogueStateTracker,
    turn: TurnIn,
    collector: MessageCollector,
) -> None:
    metadata = {"expects": turn.expects, "language": turn.language, "message_id": turn.message_id}
    message = UserMessage(
        turn.payload or typed(turn.text),
        collector,
        turn.conversation,
        input_channel=CHANNEL,
        message_id=turn.message_id,
        metadata=metadata,
    )
    started = time.perf_counter()
    parse = await processor.parse_message(message, tracker)
    parse.pop("text_tokens", None)
    parse["duration_ms"] = round((time.perf_counter() - started) * 1_000, 2)
    if turn.payload:  # a button has no language of its own: it is answered in the conversation's
        parse["entities"] = [
            *parse["entities"],
            {"entity": "language", "value": turn.language, "start": 0, "end": 0},
        ]
    tracker.update(
        UserUttered(
            message.text,
            parse["intent"],
            parse["entities"],
            parse,
            input_channel=CHANNEL,
            message_id=turn.message_id,
            metadata=metadata,
        ),
        processor.domain,
    )
    with watch_action_server():
        tracker = await processor.run_action_extract_slots(collector, tracker)
        await processor._run_prediction_loop(collector, tracker)
        if is_action_server_silent():
            raise ActionServerSilent
    await processor.save_tracker(tracker)


def _rebuild_answer(tracker: DialogueStateTracker, turn: TurnIn) -> Json:
    """Make the answer from the tracker alone, so that a repeat gets exactly the first answer."""
    messages: list[Json] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            messages.append(_as_message(event.message()))
    parse = tracker.latest_message.parse_data
    slots = tracker.current_slot_values()
    return {
        "messages": messages[::-1],
        "understanding": _understanding(parse, turn.language, parse.get("duration_ms", 0.0)),
        "expects": slots.get("expects"),
        "task": slots.get("task"),
        "task_open": bool(slots.get("task_open")),
    }


def _as_message(utterance: Json) -> Json:
    custom = utterance.get("custom") or {}
    return {
        "text": utterance.get("text"),
        "buttons": [
            {"title": button["title"], "payload": button["payload"]}
            for button in utterance.get("buttons") or []
        ],
        "card": custom.get("card"),
    }


def _understanding(parse: Json, language: str, duration_ms: float) -> Json:
    intent = parse.get("intent") or {}
    entities = parse.get("entities") or []
    spoken = [entity["value"] for entity in entities if entity["entity"] == "language"]
    return {
        "intent": intent.get("name") or "nlu_fallback",
        "confidence": round(float(intent.get("confidence") or 0.0), 4),
        "entities": [
            {key: entity.get(key) for key in ("entity", "value", "start", "end")}
            for entity in entities
            if entity["entity"] != "language"
        ],
        "ranking": [
            {"intent": row["name"], "confidence": round(float(row["confidence"]), 4)}
            for row in parse.get("intent_ranking") or []
        ],
        "language": spoken[0] if spoken else language,
        "duration_ms": round(duration_ms, 2),
    }
