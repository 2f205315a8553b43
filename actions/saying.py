"""Says a step of the desk, and asks an open question again."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk_client import Step

Json = dict[str, Any]


def say_step(dispatcher: CollectingDispatcher, step: Step) -> None:
    """Say utter_<say> with the step's values; its buttons follow the response's own."""
    dispatcher.utter_message(
        response=f"utter_{step.say}",
        buttons=list(step.buttons),
        json_message={"card": step.card} if step.card else None,
        **{name: _printable(value) for name, value in step.values.items()},
    )


def question_of(step: Step) -> Json:
    """Return what is needed to ask the same again, and to see that it was asked in vain."""
    return {
        "say": step.say,
        "values": step.values,
        "buttons": list(step.buttons),
        "card": step.card,
    }


def ask_again(dispatcher: CollectingDispatcher, expects: str | None, question: Json | None) -> None:
    """Lead back to the open question in a short form, with the same choices."""
    question = question or {}
    card = question.get("card")
    dispatcher.utter_message(
        response=f"utter_resume_{expects or 'task'}",
        buttons=question.get("buttons") or [],
        json_message={"card": card} if card else None,
    )


def ask_again_if_open(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Lead back to the open task, if there is one."""
    if tracker.get_slot("task_open"):
        ask_again(dispatcher, tracker.get_slot("expects"), tracker.get_slot("question"))


def _printable(value: object) -> str:
    # rasa.core.nlg.interpolator 3.6.21 gives up on a text that holds "0[" after filling it in.
    return str(value).replace("0[", "0 [")
