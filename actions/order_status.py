"""The task order_status: where an order is."""

from actions.step import TaskAction


class ActionOrderStatus(TaskAction):
    """Find the order, show where it is."""

    task = "order_status"
