"""The task return_request: sending goods back. The desk's rules decide; nothing is decided here."""

from actions.step import TaskAction


class ActionReturnRequest(TaskAction):
    """Ask what is missing, confirm, open the return."""

    task = "return_request"
