"""What a conversation remembers of its open task, as slots; opening, closing, setting aside.

The order number outlives a task: it is the order that the shopper is talking about. Everything else
that a task has asked for ends with it, so that a reason never leaks into the next return.
"""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

Json = dict[str, Any]
Events = list[Json]

FOCUS = "order_number"
DETAILS = (
    "phone_last4",
    "line",
    "product",
    "reason",
    "condition",
    "quantity",
    "photos",
    "description",
    "wanted",
    "offered",
)
TASK = ("task", "task_open", "expects", "question", "unsure", "misses")
ERRANDS = frozenset({"order_status"})  # a quick look: the open task waits and goes on afterwards


def details(tracker: Tracker) -> Json:
    """Return what is known for the open task, the order in focus included; nothing unset."""
    known = {name: _single(name, tracker.get_slot(name)) for name in (FOCUS, *DETAILS)}
    return {name: value for name, value in known.items() if value not in (None, [], "")}


def set_aside(tracker: Tracker, task: str, known: Json, entities: Json) -> tuple[Json, Json | None]:
    """Return what the task may know, and the task that waits for it (None: none does).

    A switch keeps the order in focus and what this very message says. An errand lets the open
    task wait.
    """
    current = tracker.get_slot("task")
    waiting: Json | None = tracker.get_slot("waiting")
    if current == task:
        return known, waiting
    if current is None:
        return _without_refused_line(known, entities), None
    if task in ERRANDS:
        before = {name: known[name] for name in known if name not in entities}
        waiting = {
            "task": current,
            "expects": tracker.get_slot("expects"),
            "question": tracker.get_slot("question"),
            "details": before,
        }
    else:
        waiting = None
    kept = {name: value for name, value in known.items() if name == FOCUS or name in entities}
    return kept, waiting


def opened(
    task: str, expects: str | None, question: Json, known: Json, *, misses: int = 0
) -> Events:
    """Return the slots of a task that waits for the shopper; `misses`: asked in vain, in a row."""
    values = {
        "task": task,
        "task_open": True,
        "expects": expects,
        "question": question,
        "unsure": None,
        "misses": misses,
    }
    return _as_events({**dict.fromkeys((FOCUS, *DETAILS)), **known, **values})


def closed(focus: str | None, line: str | None = None) -> Events:
    """Return the slots of a conversation without a task; the order stays in focus.

    `line` is one that the desk has just refused: "but it is broken!" may come next.
    """
    nothing = dict.fromkeys((*TASK, *DETAILS, "waiting"))
    return _as_events({**nothing, FOCUS: focus, "line": line, "task_open": False})


def resumed(waiting: Json) -> Events:
    """Return the slots of the task that has waited."""
    events = opened(
        waiting["task"], waiting["expects"], waiting["question"] or {}, waiting["details"]
    )
    return [*events, SlotSet("waiting", None)]


def _as_events(values: Json) -> Events:
    return [SlotSet(name, value) for name, value in values.items()]


def _without_refused_line(known: Json, entities: Json) -> Json:
    if "line" in entities or "reason" in entities:
        return known
    return {name: value for name, value in known.items() if name != "line"}


def _single(name: str, value: Any) -> Any:
    # Two order numbers in one message ("not …, I meant …") arrive as a list; the last one counts.
    if isinstance(value, list) and name not in ("photos", "offered"):
        return value[-1] if value else None
    return value
