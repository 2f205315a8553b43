"""The shopper asks for a person, or insults the bot."""

from collections.abc import Iterator
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.hand_over import hand_over
from actions.memory import Events
from actions.saying import ask_again_if_open


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
    """An insult: stay calm. The desk counts them and calls a person (policy.yml: escalation)."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_abuse"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Say that we hear the anger, and go on; the same apology is not said twice in a row."""
        intents = _intents_backwards(tracker)
        next(intents, None)  # this message's own
        if next(intents, None) == "abuse":
            dispatcher.utter_message(response="utter_abuse_again")
            return []
        dispatcher.utter_message(response="utter_abuse")
        ask_again_if_open(dispatcher, tracker)
        return []


def _intents_backwards(tracker: Tracker) -> Iterator[str | None]:
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            yield ((event.get("parse_data") or {}).get("intent") or {}).get("name")
