"""A value without a question: an order number, a photo, a reason out of the blue."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.fallback import fall_back
from actions.memory import Events
from actions.step import take_step
from actions.turn import read_turn

_TROUBLES = ("reason", "condition", "wanted", "product", "quantity")


class ActionInform(Action):
    """Do what the value suggests: an order number asks for its state, a line for its return."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_inform"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Begin the task that fits, or ask what the shopper would like."""
        entities = read_turn(tracker).entities
        goes_on = "reason" in entities and tracker.get_slot("line")
        if "line" in entities or goes_on:  # "but it is broken!" after a refused return
            return await take_step(dispatcher, tracker, "return_request")
        if "order_number" in entities or "phone_last4" in entities:
            return await take_step(dispatcher, tracker, "order_status")
        if "photo" in entities:
            dispatcher.utter_message(response="utter_photo_without_task")
            photos = tracker.get_slot("photos") or []
            return [SlotSet("photos", [*photos, entities["photo"]])]
        if any(name in entities for name in _TROUBLES):
            dispatcher.utter_message(response="utter_what_about_it")
            return []
        return await fall_back(dispatcher, tracker)
