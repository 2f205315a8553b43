"""The root of everything the desk refuses on purpose. No sentence and no HTTP status: those are made at the border."""

from typing import ClassVar


class DeskError(Exception):
    """Something was refused. `code` is stable; `data` helps to build a sentence or a problem document."""

    code: ClassVar[str] = "desk_error"

    def __init__(self, **data: object) -> None:
        """Keep the data; the message is for logs only."""
        self.data = data
        super().__init__(f"{self.code} {data}" if data else self.code)
