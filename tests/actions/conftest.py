"""A hand-made tracker, an action run against a fake desk, what it says and remembers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions.desk_client as desk_client
from tests.fakes.desk import SECRET, FakeDesk, fake_desk

Json = dict[str, Any]


def make_tracker(
    text: str = "",
    intent: str = "inform",
    *,
    entities: Json | None = None,
    slots: Json | None = None,
    message_id: str = "c_1-7",
    before: tuple[str, ...] = (),
) -> Tracker:
    """Make a tracker with this latest message; `before` lists earlier intents, oldest first."""
    found = [{"entity": name, "value": value} for name, value in (entities or {}).items()]
    ranking = [{"name": intent, "confidence": 0.9}, {"name": "faq", "confidence": 0.05}]
    message = {
        "text": text or f"/{intent}",
        "intent": {"name": intent, "confidence": 0.9},
        "entities": found,
        "intent_ranking": ranking,
    }
    earlier = [{"event": "user", "parse_data": {"intent": {"name": name}}} for name in before]
    latest = {"event": "user", "message_id": message_id, "parse_data": message, "timestamp": 1.0}
    known = {"language": "zh", "task": None, "task_open": False, **(slots or {})}
    events = [*earlier, latest]
    return Tracker("c_1:1", known, message, events, False, None, {}, "action_listen")


@dataclass
class Outcome:
    """What an action has said, in order, and the slots that it has set."""

    responses: list[Json]
    slots: Json

    @property
    def said(self) -> list[str]:
        """The names of the responses."""
        return [response["response"] for response in self.responses]


async def run(action: Action, tracker: Tracker) -> Outcome:
    """Run an action as the action server does."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, tracker, {})
    assert all(event["event"] == "slot" for event in events)
    return Outcome(dispatcher.messages, {event["name"]: event["value"] for event in events})


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDesk]:
    """Start a fake desk that the actions of this process call."""
    async with fake_desk() as server:
        monkeypatch.setenv("ZHANGGUI_DESK_URL", server.url)
        monkeypatch.setenv("ZHANGGUI_ACTIONS_SECRET", SECRET)
        yield server
        await desk_client.close_desk()
