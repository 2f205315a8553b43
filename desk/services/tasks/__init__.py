"""The tasks that the bot finishes alone: one step function each, chosen by its R2 name."""

from collections.abc import Awaitable, Callable, Mapping

from desk.services.tasks.complaint import complaint
from desk.services.tasks.order_status import order_status
from desk.services.tasks.return_request import return_request
from desk.services.tasks.step import Step, TaskAsk, TaskDesk

StepFunction = Callable[[TaskAsk, TaskDesk], Awaitable[Step]]

TASKS: Mapping[str, StepFunction] = {
    "order_status": order_status,
    "return_request": return_request,
    "complaint": complaint,
}
