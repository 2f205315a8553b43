"""Read requests carefully: size, JSON, unstorable characters, unknown fields, keys, cursors."""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from desk.api.problems import RequestRefusedError

LARGEST_JSON_BYTES = 1024 * 1024
Body = TypeVar("Body", bound=BaseModel)
_KEY = re.compile(r"[A-Za-z0-9_.:\-]{1,100}")


def is_unstorable(text: str) -> bool:
    """Say whether a text has NUL (PostgreSQL refuses it) or half a character (UTF-8 does)."""
    return "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text)


def _unstorable(value: Any, path: str) -> Iterable[str]:
    if isinstance(value, str):
        if is_unstorable(value):
            yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            if is_unstorable(name):
                yield path
            yield from _unstorable(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _unstorable(inner, f"{path}.{number}")


def field_errors(error: ValidationError) -> list[dict[str, str]]:
    """Return what is wrong, field by field; the values themselves stay out."""
    return [
        {
            "field": ".".join(str(part) for part in one["loc"]),
            "message": one["msg"].removeprefix("Value error, "),
        }
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]


async def read_body(request: web.Request, model: type[Body]) -> Body:
    """Return the body as a model. Raises RequestRefusedError with the fields that are wrong."""
    if request.content_type != "application/json":
        raise RequestRefusedError(
            "Send JSON (Content-Type: application/json).",
            code="unsupported_media_type",
            status=415,
        )
    return parse_body(await request.read(), model)


def parse_body(raw: bytes | str, model: type[Body]) -> Body:
    """Parse and check a JSON object."""
    try:
        data = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise RequestRefusedError(f"This is not JSON: {error}.", code="bad_json") from None
    if not isinstance(data, dict):
        raise RequestRefusedError("Send a JSON object.", code="bad_json")
    message = "has a character that no text may have (NUL or half a character)"
    wrong = [{"field": path, "message": message} for path in _unstorable(data, "")]
    if wrong:
        raise RequestRefusedError("A text cannot be kept.", code="bad_text", errors=wrong)
    return check(data, model)


def check(data: Any, model: type[Body]) -> Body:
    """Check data against a model."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RequestRefusedError(
            "The body is not as expected.", code="bad_body", errors=field_errors(error)
        ) from None


def read_query(request: web.Request, model: type[Body]) -> Body:
    """Return the query as a model."""
    data: dict[str, str] = {}
    for name, value in request.query.items():
        if name in data or is_unstorable(value) or is_unstorable(name):
            raise RequestRefusedError(
                "A parameter stands twice or cannot be read.", code="bad_query"
            )
        data[name] = value
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RequestRefusedError(
            "The query is not as expected.", code="bad_query", errors=field_errors(error)
        ) from None


def key_of(request: web.Request) -> str:
    """Return the Idempotency-Key. Raises RequestRefusedError when it is missing or odd."""
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise RequestRefusedError(
            "Send an Idempotency-Key header: 1 to 100 of A-Z a-z 0-9 _ . : -",
            code="idempotency_key_needed",
        )
    return key


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """Return the bearer token of a request, None when there is none."""
    kind, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def to_cursor(*parts: str) -> str:
    """Return an opaque cursor."""
    return base64.urlsafe_b64encode("|".join(parts).encode()).decode().rstrip("=")


def from_cursor(cursor: str | None, parts: int) -> list[str] | None:
    """Return the parts of a cursor. Raises RequestRefusedError for one that we have not made."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = base64.urlsafe_b64decode(padded.encode("ascii")).decode().split("|")
    except ValueError:
        found = []
    if len(found) != parts or any(is_unstorable(part) for part in found):
        raise RequestRefusedError("This cursor is not one of ours.", code="bad_cursor")
    return found
