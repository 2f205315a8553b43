"""Hands the conversation to a person. The desk decides where it stands; here it is only said."""

import logging

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk_client import DeskProblem, Step, desk
from actions.memory import FOCUS, Events, closed, details
from actions.saying import ask_again_if_open, say_step
from actions.turn import read_turn

log = logging.getLogger(__name__)

# A person has it, or will; outside working hours ("human_closed") the bot goes on.
_TAKEN = frozenset({"human_queued", "human_already", "fallback_human"})


async def hand_over(dispatcher: CollectingDispatcher, tracker: Tracker, reason: str) -> Events:
    """Ask the desk for a person and say what it answers; an open task ends with that."""
    turn = read_turn(tracker)
    try:
        step = await desk().hand_over(
            turn.conversation, reason, turn.language, key=turn.key("hand-over")
        )
    except DeskProblem as problem:
        log.warning("hand_over_failed", extra={"reason": reason, "why": str(problem)})
        if not dispatcher.messages:  # else the shopper has just heard that something is broken
            dispatcher.utter_message(response="utter_hand_over_failed")
        return []
    say_step(dispatcher, step)
    return after_hand_over(dispatcher, tracker, step)


def is_taken(step: Step) -> bool:
    """Tell whether a person has the conversation now, or will."""
    return step.handed_over or step.say in _TAKEN


def after_hand_over(dispatcher: CollectingDispatcher, tracker: Tracker, step: Step) -> Events:
    """Close the open task when a person takes over, else lead back to it."""
    if is_taken(step):
        return closed(details(tracker).get(FOCUS))
    ask_again_if_open(dispatcher, tracker)
    return []
