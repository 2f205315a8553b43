"""Ways to a person: the shopper asks, a task is not the bot's, the tone is lost."""

from collections.abc import Iterator
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.hand_over import hand_over
from actions.memory import Events
from actions.saying import ask_again_if_open

# policy.yml `escalation.abuse_after` says the same; actions cannot read it.
_INSULTS_IN_A_ROW = 2


class ActionHandOver(Action):
    """The shopper asks for a person."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_hand_over"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Hand over."""
        return await hand_over(dispatcher, tracker, "asked")


class ActionAbuse(Action):
    """An insult: stay calm once, then let a person try."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_abuse"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Say that we hear the anger, and go on; at the second one in a row hand over."""
        if _insults_in_a_row(tracker) >= _INSULTS_IN_A_ROW:
            return await hand_over(dispatcher, tracker, "abuse")
        dispatcher.utter_message(response="utter_abuse")
        ask_again_if_open(dispatcher, tracker)
        return []


def _insults_in_a_row(tracker: Tracker) -> int:
    count = 0
    for intent in _intents_backwards(tracker):
        if intent != "abuse":
            break
        count += 1
    return count


def _intents_backwards(tracker: Tracker) -> Iterator[str | None]:
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            yield ((event.get("parse_data") or {}).get("intent") or {}).get("name")
