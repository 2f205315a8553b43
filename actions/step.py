"""Takes one step of a task: ask the desk, say its answer, remember what it says to remember."""

import logging
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.desk_client import DeskProblem, Refused, ShopUnavailable, Step, Unreachable, desk
from actions.hand_over import hand_over
from actions.memory import (
    FOCUS,
    Events,
    Json,
    closed,
    details,
    opened,
    resumed,
    set_aside,
)
from actions.open_task import stop
from actions.saying import ask_again, question_of, say_step
from actions.turn import Turn, read_turn

log = logging.getLogger(__name__)

NONE: frozenset[str] = frozenset()
# As policy.yml `escalation.fallback_after`, which counts messages that were not understood at all.
MISSES_IN_A_ROW = 2
OPEN_QUESTIONS = frozenset({"identity", "order", "line", "description", "wanted"})


class TaskAction(Action, ABC):
    """An action that takes the next step of one task."""

    @property
    @abstractmethod
    def task(self) -> str:
        """Return the task's name in R2; abstract, so that the action server leaves this one out."""

    def name(self) -> str:
        """Return the action's name: the task's own."""
        return f"action_{self.task}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Take the step."""
        return await take_step(dispatcher, tracker, self.task)


async def take_step(
    dispatcher: CollectingDispatcher, tracker: Tracker, task: str, *, forgets: frozenset[str] = NONE
) -> Events:
    """Take the next step of `task`, which may be open, new, or replace another one.

    `forgets` names slots that are of no use when the task begins.
    """
    turn = read_turn(tracker)
    is_going_on = tracker.get_slot("task") == task
    if is_going_on and _is_no_thanks(turn, tracker.get_slot("expects")):
        return stop(dispatcher, tracker)
    known, waiting = set_aside(tracker, task, _with_photo(details(tracker), turn), turn.entities)
    if not is_going_on:
        known = {name: value for name, value in known.items() if name not in forgets}
    expects = tracker.get_slot("expects") if is_going_on else None
    body = {
        "language": turn.language,
        "text": turn.text,
        "intent": turn.intent,
        "expects": expects,
        "slots": {**known, "ordinal": turn.entities.get("ordinal")},
    }
    key = _key(tracker, turn, task, expects)
    try:
        step = await desk().take_step(turn.conversation, task, body, key=key)
    except DeskProblem as problem:
        return await _cope(dispatcher, tracker, turn, problem, task, key)
    misses = _misses(tracker, turn, step) if is_going_on else 0
    if misses >= MISSES_IN_A_ROW:
        return [*await hand_over(dispatcher, tracker, "fallback"), SlotSet("misses", 0)]
    if misses:
        dispatcher.utter_message(response="utter_fallback_in_task")
    say_step(dispatcher, step)
    return _remember(dispatcher, step, task, known, waiting, misses)


def _is_no_thanks(turn: Turn, expects: str | None) -> bool:
    """Tell whether a bare no answers a question that has no yes or no: then it declines."""
    is_bare = set(turn.entities) <= {"language"}
    return turn.intent == "deny" and is_bare and expects in OPEN_QUESTIONS


def _misses(tracker: Tracker, turn: Turn, step: Step) -> int:
    """Return how often in a row a typed answer has led to the very same question."""
    is_same = step.task_open and tracker.get_slot("question") == question_of(step)
    return (tracker.get_slot("misses") or 0) + 1 if is_same and not turn.is_tap else 0


def _remember(
    dispatcher: CollectingDispatcher,
    step: Step,
    task: str,
    known: Json,
    waiting: Json | None,
    misses: int,
) -> Events:
    known = {**known, **step.slots}
    known.pop("ordinal", None)
    if "offered" not in step.slots and step.card is not None:
        known["offered"] = _offered(step.card)
    if step.task_open and not step.handed_over:
        events = opened(task, step.expects, question_of(step), known, misses=misses)
        return [*events, SlotSet("waiting", waiting)]
    if waiting is None or step.handed_over:
        return closed(known.get(FOCUS), step.slots.get("line"))
    ask_again(dispatcher, waiting["expects"], waiting["question"])
    return [*closed(known.get(FOCUS)), *resumed(waiting)]


async def _cope(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    turn: Turn,
    problem: DeskProblem,
    task: str,
    key: str,
) -> Events:
    """Say what is known, never more: nothing was done, or we cannot tell."""
    log.warning("desk_step_failed", extra={"task": task, "why": str(problem)})
    if isinstance(problem, Unreachable):
        dispatcher.utter_message(response="utter_desk_unreachable")
        # A yes that may have arrived: the next yes is the same one, so it opens no second case.
        is_yes = tracker.get_slot("expects") == "confirm" and turn.intent == "affirm"
        return [SlotSet("unsure", key if is_yes else None)]
    if isinstance(problem, ShopUnavailable):
        dispatcher.utter_message(response="utter_shop_unavailable")
    elif isinstance(problem, Refused):
        log.error("desk_refused_step", extra={"task": task, "code": problem.code})
        dispatcher.utter_message(response="utter_cannot_go_on")
    return await hand_over(dispatcher, tracker, f"task:{task}")


def _key(tracker: Tracker, turn: Turn, task: str, expects: str | None) -> str:
    unsure: str | None = tracker.get_slot("unsure")
    is_yes = expects == "confirm" and turn.intent == "affirm"
    if is_yes and unsure and unsure.endswith(f":{task}"):
        return unsure
    return turn.key(task)


def _with_photo(known: Json, turn: Turn) -> Json:
    photo = turn.entities.get("photo")
    photos = known.get("photos") or []
    if photo is None or photo in photos:
        return known
    return {**known, "photos": [*photos, photo]}


def _offered(card: Json) -> list[Json] | None:
    """Return what the card lets the shopper pick, in its order, for "the second one"."""
    if card.get("type") == "orders":
        return [{"kind": "order", "id": order["number"]} for order in card.get("orders", [])]
    if card.get("type") == "lines":
        return [{"kind": "line", "id": line["id"]} for line in card.get("lines", [])]
    return None
