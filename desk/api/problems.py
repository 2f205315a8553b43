"""Errors as problem details (RFC 9457).

The middleware here is the only place where an error becomes HTTP.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from desk.domain.cases import CaseChangedError, KeyTakenError, MoveNotAllowedError
from desk.domain.conversations import MoveRefusedError
from desk.domain.errors import DeskError, StoreBusyError
from desk.services.access import ConversationNotFoundError
from desk.services.agents import NotSignedInError, SignInRefusedError
from desk.services.answers import ArticleNotFoundError
from desk.services.bot import BotUnavailableError
from desk.services.cases import CaseInputError, CaseNotFoundError
from desk.services.conversations import (
    ExternalIdReusedError,
    PayloadNotOfferedError,
    PhotoNotFoundError,
)
from desk.services.photos import BadPhotoError, PhotoTooLargeError
from desk.services.shop import ShopUnavailableError
from desk.services.widget_sessions import BadSessionError, BadShopperTokenError

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RequestRefusedError(DeskError):
    """The request itself is wrong; raised by the API layer only."""

    code: ClassVar[str] = "bad_request"
    status: ClassVar[int] = 400

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        status: int | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what the problem document will say."""
        super().__init__()
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.code_now = code or self.code
        self.status_now = status or self.status


STATUS: dict[type[DeskError], int] = {
    ConversationNotFoundError: 404,
    CaseNotFoundError: 404,
    ArticleNotFoundError: 404,
    PhotoNotFoundError: 404,
    MoveRefusedError: 409,
    MoveNotAllowedError: 409,
    CaseChangedError: 409,
    KeyTakenError: 409,
    ExternalIdReusedError: 409,
    PayloadNotOfferedError: 400,
    CaseInputError: 400,
    BadPhotoError: 400,
    PhotoTooLargeError: 413,
    BadSessionError: 401,
    BadShopperTokenError: 401,
    SignInRefusedError: 401,
    NotSignedInError: 401,
    BotUnavailableError: 503,
    StoreBusyError: 503,
}
SENTENCES = {
    "conversation_not_found": "There is no such conversation.",
    "case_not_found": "There is no such case.",
    "article_not_found": "There is no such article.",
    "photo_not_found": "There is no such photo in this conversation.",
    "state_conflict": "The conversation is not in a state that allows this.",
    "case_input_refused": "A field cannot be used; `data.field` says which.",
    "payload_not_offered": "This button was not offered lately in this conversation.",
    "key_reused": "This key was used before for something else.",
    "bad_photo": "This is not a JPEG, PNG or WebP photo that can be read.",
    "photo_too_large": "The photo is larger than 10 MB.",
    "bad_session": "The session is unknown or has ended; open a new one.",
    "bad_shopper_token": "The shop's token is not valid.",
    "sign_in_refused": "Login or password is wrong.",
    "not_signed_in": "Sign in first.",
    "busy": "Too much is going on; try again.",
    "bot_unavailable": "The bot does not answer.",
    "shop_unavailable": "The shop's order system does not answer.",
    "not_found": "There is nothing at this address.",
    "method_not_allowed": "This address does not take this method.",
    "body_too_large": "The body is too large.",
}
HTTP_CODES = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}


def problem(
    status: int,
    code: str,
    detail: str = "",
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, object] | None = None,
) -> web.Response:
    """Return a problem document."""
    document: dict[str, Any] = {
        "type": f"urn:zhanggui:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail or SENTENCES.get(code, ""),
    }
    if errors:
        document["errors"] = list(errors)
    if data:
        document["data"] = {
            name: value
            for name, value in data.items()
            if isinstance(value, str | int | float | bool | list | tuple) or value is None
        }
    return web.Response(
        status=status,
        body=json.dumps(document, ensure_ascii=False, default=str).encode(),
        content_type="application/problem+json",
        headers=headers,
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a problem document; nowhere else does an error become HTTP."""
    try:
        return await handler(request)
    except RequestRefusedError as error:
        return problem(
            error.status_now,
            error.code_now,
            error.detail,
            errors=error.errors,
            headers=error.headers,
        )
    except DeskError as error:
        status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)
        if status is None:
            log.exception("unmapped_error", extra={"code": error.code})
            return problem(500, error.code)
        if status >= 500:
            log.error("refused_by_trouble", extra={"code": error.code, "why": str(error)})
            return problem(status, error.code, headers={"Retry-After": "2"})
        # A foreign photo, case or conversation is "not found" and nothing more is said about it.
        return problem(status, error.code, data=error.data if status in (400, 409) else None)
    except ShopUnavailableError:
        log.warning("shop_unavailable")
        return problem(503, "shop_unavailable", headers={"Retry-After": "5"})
    except web.HTTPException as error:
        if error.status < 400:
            raise
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return problem(error.status, HTTP_CODES.get(error.status, "http_error"), headers=headers)
    except ConnectionError:
        raise  # the client went away
    except Exception:
        log.exception("request_failed")
        return problem(500, "internal_error", "Something went wrong on our side.")
