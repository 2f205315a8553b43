"""Tasks that only people can do yet: to a person at once, without a questionnaire."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import look_up
from actions.hand_over import hand_over
from actions.memory import Events
from actions.return_request import ActionReturnRequest
from actions.saying import ask_again_if_open, say_step
from actions.turn import read_turn


class ActionOtherTask(Action):
    """Hand over with the wish as the reason, so that the agent knows what it is about."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_other_task"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Hand over; but goods just refused that turn out to be faulty go on as a return."""
        turn = read_turn(tracker)
        has_refused_line = tracker.get_slot("task") is None and tracker.get_slot("line")
        if turn.intent == "logistics_exception" and has_refused_line and "reason" in turn.entities:
            return await ActionReturnRequest().run(dispatcher, tracker, domain)
        return await hand_over(dispatcher, tracker, f"task:{turn.intent}")


class ActionProductQuestion(Action):
    """Look into the knowledge base first, then to a person."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_product_question"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Answer, or hand over; a question in the middle of a task does not end the task."""
        step = await look_up(dispatcher, tracker)
        if step is None:
            return []
        if step.say == "faq_none" and not tracker.get_slot("task_open"):
            return await hand_over(dispatcher, tracker, "task:product_question")
        say_step(dispatcher, step)
        ask_again_if_open(dispatcher, tracker)
        return []
