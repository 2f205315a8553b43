"""The root of everything the desk refuses on purpose; sentences and statuses are made elsewhere."""

from typing import ClassVar


class DeskError(Exception):
    """Something was refused. `code` is stable; `data` helps to build a sentence or a problem."""

    code: ClassVar[str] = "desk_error"

    def __init__(self, **data: object) -> None:
        """Keep the data; the message is for logs only."""
        self.data = data
        super().__init__(f"{self.code} {data}" if data else self.code)


class StoreBusyError(DeskError):
    """The database does not answer in time; nothing was changed. The same again may work."""

    code: ClassVar[str] = "busy"
