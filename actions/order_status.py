"""The task order_status: where an order is."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.memory import FOCUS, Events
from actions.step import NONE, TaskAction, take_step
from actions.turn import read_turn


class ActionOrderStatus(TaskAction):
    """Find the order, show where it is."""

    task = "order_status"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Take the step. The menu's button asks anew: it does not mean the order in focus."""
        turn = read_turn(tracker)
        is_menu = turn.is_tap and FOCUS not in turn.entities
        forgets = frozenset({FOCUS}) if is_menu else NONE
        return await take_step(dispatcher, tracker, self.task, forgets=forgets)
