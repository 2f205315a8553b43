"""Going on with the open task after an aside, and stopping it."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.memory import FOCUS, Events, closed, details, resumed
from actions.saying import ask_again, ask_again_if_open


class ActionResumeTask(Action):
    """Ask the open question again, softly."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_resume_task"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Ask again."""
        ask_again_if_open(dispatcher, tracker)
        return []


class ActionStopTask(Action):
    """Stop the open task. Nothing was submitted yet, so nothing has to be undone."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_stop_task"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Stop it."""
        return stop(dispatcher, tracker)


def stop(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Say that the task is stopped, forget its details, go on with a task that has waited."""
    task = tracker.get_slot("task")
    if task is None:
        dispatcher.utter_message(response="utter_nothing_to_stop")
        return []
    dispatcher.utter_message(response=f"utter_{task}_stopped")
    events = closed(details(tracker).get(FOCUS))
    waiting = tracker.get_slot("waiting")
    if waiting is None:
        return events
    ask_again(dispatcher, waiting["expects"], waiting["question"])
    return [*events, *resumed(waiting)]
