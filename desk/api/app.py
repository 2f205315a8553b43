"""Put the HTTP application together: middlewares, routes, the OpenAPI document."""

from aiohttp import web

from desk import __version__
from desk.api import (
    agents,
    answers,
    bot,
    cases,
    conversations,
    health,
    knowledge,
    openapi,
    pages,
    sockets,
    widget,
)
from desk.api.problems import problems
from desk.api.requests import LARGEST_JSON_BYTES
from desk.api.routes import Operation
from desk.api.security import clean_request, cross_origin, outermost

PARTS = (widget, sockets, agents, conversations, cases, knowledge, bot, answers, health, pages)


def operations() -> tuple[Operation, ...]:
    """Return every operation of the API."""
    return tuple(operation for part in PARTS for operation in part.routes.operations)


def make_http() -> web.Application:
    """Return the application without its resources; `desk/main.py` adds those."""
    app = web.Application(
        client_max_size=LARGEST_JSON_BYTES,
        middlewares=[outermost, cross_origin, problems, clean_request],
    )
    for part in PARTS:
        part.routes.put_on(app)
    app.router.add_get("/api/v1/openapi.json", openapi.handler(operations(), __version__))
    pages.put_pages_on(app)
    app[sockets.SOCKETS] = set()
    return app
