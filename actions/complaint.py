"""The task complaint: what happened, what would make it right."""

from actions.step import TaskAction


class ActionComplaint(TaskAction):
    """Ask what is missing, confirm, open the complaint; a grave one goes to a person."""

    task = "complaint"
