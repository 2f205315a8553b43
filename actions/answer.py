"""Answers informational questions from the knowledge base; an open task goes on afterwards."""

import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk_client import DeskProblem, Step, desk
from actions.memory import Events
from actions.saying import ask_again_if_open, say_step
from actions.turn import read_turn

log = logging.getLogger(__name__)


async def look_up(
    dispatcher: CollectingDispatcher, tracker: Tracker, article: str | None = None
) -> Step | None:
    """Ask the knowledge base about the latest message, or for one article.

    None: it did not answer; that has been said, and an open task asks again.
    """
    turn = read_turn(tracker)
    try:
        return await desk().answer(
            turn.conversation, turn.text, article, turn.language, key=turn.key("answer")
        )
    except DeskProblem as problem:
        log.warning("answer_failed", extra={"why": str(problem)})
        dispatcher.utter_message(response="utter_look_up_failed")
        ask_again_if_open(dispatcher, tracker)
        return None


class ActionAnswer(Action):
    """Show the article that answers the question, or say that there is none."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Answer, then lead back to the open task."""
        step = await look_up(dispatcher, tracker, read_turn(tracker).entities.get("article"))
        if step is None:
            return []
        say_step(dispatcher, step)
        ask_again_if_open(dispatcher, tracker)
        return []
