"""The list of routes, each with what goes in and out; app and OpenAPI document are made of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web
from pydantic import BaseModel

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Who = Literal["anybody", "widget", "agent", "actions"]


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    handler: Handler
    who: Who
    status: int = 200
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    answers_also: tuple[int, ...] = ()  # other good statuses with the same body
    is_keyed: bool = False  # needs an Idempotency-Key
    is_upload: bool = False  # multipart with one "file"
    media_type: str = "application/json"

    @property
    def name(self) -> str:
        """The handler's name: the operation id."""
        return getattr(self.handler, "__name__", "handler")

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (self.handler.__doc__ or self.name).strip().split("\n")[0]


@dataclass
class Routes:
    """Operations of one part of the API."""

    who: Who
    operations: list[Operation] = field(default_factory=list)

    def add(
        self,
        method: str,
        path: str,
        *,
        who: Who | None = None,
        status: int = 200,
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        answer: type[BaseModel] | None = None,
        answers_also: tuple[int, ...] = (),
        is_keyed: bool = False,
        is_upload: bool = False,
        media_type: str = "application/json",
    ) -> Callable[[Handler], Handler]:
        """Register a handler."""

        def register(handler: Handler) -> Handler:
            self.operations.append(
                Operation(
                    method,
                    path,
                    handler,
                    who or self.who,
                    status,
                    body,
                    query,
                    answer,
                    answers_also,
                    is_keyed,
                    is_upload,
                    media_type,
                )
            )
            return handler

        return register

    def put_on(self, app: web.Application) -> None:
        """Add the routes to an app."""
        for operation in self.operations:
            app.router.add_route(operation.method, operation.path, operation.handler)
