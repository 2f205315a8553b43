"""What to do with a message that was not understood.

The desk counts: after the second one in a row a person takes over.
"""

import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk_client import DeskProblem, desk
from actions.hand_over import after_hand_over, is_taken
from actions.memory import FOCUS, Events
from actions.saying import ask_again_if_open, say_step
from actions.step import take_step
from actions.turn import read_turn

log = logging.getLogger(__name__)


class ActionFallback(Action):
    """Ask to say it differently; inside a task, ask the open question again."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_fallback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Report the message to the desk and say what it makes of it."""
        return await fall_back(dispatcher, tracker)


async def fall_back(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Do as ActionFallback does."""
    turn = read_turn(tracker)
    if FOCUS in turn.entities and not tracker.get_slot("task_open"):
        # However it was put: a message with an order number is about that order.
        return await take_step(dispatcher, tracker, "order_status")
    try:
        step = await desk().fallback(
            turn.conversation, turn.text, turn.ranking, turn.language, key=turn.key("fallback")
        )
    except DeskProblem as problem:
        log.warning("fallback_failed", extra={"why": str(problem)})
        dispatcher.utter_message(response="utter_look_up_failed")
        ask_again_if_open(dispatcher, tracker)
        return []
    if tracker.get_slot("task_open") and step.say == "fallback_first" and not is_taken(step):
        # Guesses at another wish would only distract from the question that is open.
        dispatcher.utter_message(response="utter_fallback_in_task")
    else:
        say_step(dispatcher, step)
    return after_hand_over(dispatcher, tracker, step)
