"""Middlewares beside the errors: request ids, headers, foreign origins; and who may do what."""

import hmac
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from urllib.parse import unquote_to_bytes, urlsplit

import jwt
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from desk.api.desk import Desk, desk_of
from desk.api.problems import RequestRefusedError
from desk.api.requests import bearer_of
from desk.domain.people import Agent, AgentSession, Role, WidgetSession
from desk.logs import request_id
from desk.services.agents import is_csrf_right, who_is
from desk.services.widget_sessions import OPERATOR_AUDIENCE, session_of

log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COOKIE = "zhanggui_session"
WIDGET_PATHS = "/api/v1/widget/"
_ID = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}


@web.middleware
async def outermost(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, log one line about it, set the security headers."""
    given = request.headers.get("X-Request-Id", "")
    current = given if _ID.fullmatch(given) else secrets.token_hex(8)
    token = request_id.set(current)
    began = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        if not response.prepared:
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
            response.headers["X-Request-Id"] = current
            response.headers["Server"] = "zhanggui"
            if request.path.startswith("/api/"):
                response.headers.setdefault("Cache-Control", "no-store")
        return response
    finally:
        resource = request.match_info.route.resource
        log.info(
            "request",
            extra={
                "method": request.method,
                "route": resource.canonical if resource else "-",
                "status": status,
                "took_ms": round((time.perf_counter() - began) * 1000, 1),
            },
        )
        request_id.reset(token)


@web.middleware
async def clean_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse addresses that no store should see, and packed bodies: a small one unpacks to much."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise RequestRefusedError(
            "Send the body without Content-Encoding.",
            code="unsupported_media_type",
            status=415,
            headers={"Accept-Encoding": "identity", "Connection": "close"},
        )
    raw = unquote_to_bytes(request.rel_url.raw_path)
    try:
        is_clean = "\x00" not in raw.decode()
    except UnicodeDecodeError:
        is_clean = False
    if not is_clean:
        raise RequestRefusedError("The address cannot be read.", code="bad_address")
    try:
        return await handler(request)
    except (HttpProcessingError, web.RequestPayloadError):
        raise RequestRefusedError("The body is not what its headers say.") from None


@web.middleware
async def cross_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the websites that embed the widget call its part of the API, and nothing else (CORS)."""
    origin = request.headers.get("Origin")
    is_open = request.path.startswith((WIDGET_PATHS, "/photos/", "/widget", "/demo/images/"))
    if origin is None or not is_open:
        return await handler(request)
    allowed = is_allowed_origin(desk_of(request), request, origin)
    is_preflight = (
        request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    )
    if is_preflight:
        response: web.StreamResponse = web.Response(status=204 if allowed else 403)
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Idempotency-Key"
        )
        response.headers["Access-Control-Max-Age"] = "600"
    else:
        response = await handler(request)
    if not response.prepared:
        response.headers.add("Vary", "Origin")
        if allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def is_allowed_origin(desk: Desk, request: web.Request, origin: str) -> bool:
    """Say whether pages of this origin may use the widget."""
    if desk.allowed_origins is None or origin in desk.allowed_origins:
        return True
    return is_own_origin(request, origin)


def is_own_origin(request: web.Request, origin: str) -> bool:
    """Say whether a page came from this very desk."""
    return urlsplit(origin).netloc == request.host


async def widget_session(request: web.Request) -> WidgetSession:
    """Return the session of the widget that asks. Raises BadSessionError."""
    desk, token = desk_of(request), bearer_of(request.headers)
    if token is not None and (kept := desk.sessions.get(token)):
        if kept[0].expires_at > desk.clock():
            return kept[0]
    session = await session_of(desk.make_uow, token, now=desk.clock())
    return desk.sessions.put(str(token), session)


async def agent_session(request: web.Request) -> tuple[Agent, AgentSession]:
    """Return who is signed in; a write also needs the CSRF token. Raises NotSignedInError."""
    desk = desk_of(request)
    agent, session = await who_is(desk.make_uow, request.cookies.get(COOKIE), now=desk.clock())
    is_write = request.method not in ("GET", "HEAD", "OPTIONS")
    if is_write and not is_csrf_right(session, request.headers.get("X-CSRF-Token")):
        raise RequestRefusedError(
            "The X-CSRF-Token header is missing or wrong.", code="csrf_token_wrong", status=403
        )
    return agent, session


async def agent_of(request: web.Request, *, role: Role = "agent") -> Agent:
    """Return the agent, who has at least this role."""
    agent, _ = await agent_session(request)
    if not agent.may_act_as(role):
        raise RequestRefusedError("Your role may not do this.", code="forbidden", status=403)
    return agent


def check_actions_secret(request: web.Request) -> None:
    """Let only the action server in."""
    given = bearer_of(request.headers) or ""
    if not hmac.compare_digest(given.encode(), desk_of(request).actions_secret.encode()):
        raise RequestRefusedError(
            "The bearer secret is missing or wrong.",
            code="bad_secret",
            status=401,
            headers={"WWW-Authenticate": "Bearer"},
        )


def is_operator(request: web.Request) -> bool:
    """Say whether the caller knows the shop's secret (`zhanggui chat`): it sees more."""
    token = request.headers.get("X-Operator-Token")
    if not token:
        return False
    try:
        jwt.decode(
            token,
            desk_of(request).shop_secret,
            algorithms=["HS256"],
            audience=OPERATOR_AUDIENCE,
            options={"require": ["exp", "aud"]},
        )
    except jwt.PyJWTError:
        return False
    return True


class MemoryLimits:
    """Sign-in tries, counted in this process: per address and per login."""

    def __init__(self, *, per_address: str = "30/minute", per_login: str = "8/minute") -> None:
        """Keep the limits."""
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_address = parse(per_address)
        self._per_login = parse(per_login)

    async def may_try(self, address: str, login: str) -> bool:
        """Count a try; False: too many lately."""
        is_address_fine = await self._limiter.hit(self._per_address, "address", address)
        is_login_fine = await self._limiter.hit(self._per_login, "login", login.casefold())
        return is_address_fine and is_login_fine
