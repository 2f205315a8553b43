"""Sign-in of agents."""

from aiohttp import web
from pydantic import BaseModel, Field

from desk.api.desk import desk_of
from desk.api.out import SignedInOut, agent_out, reply
from desk.api.problems import RequestRefusedError
from desk.api.requests import read_body
from desk.api.routes import Routes
from desk.api.security import COOKIE, agent_session
from desk.services.agents import SESSION_LENGTH, sign_in, sign_out

routes = Routes("agent")


class SignInIn(BaseModel, extra="forbid"):
    """Login and password."""

    login: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=1024)


@routes.add("POST", "/api/v1/agent/sign-in", who="anybody", body=SignInIn, answer=SignedInOut)
async def post_sign_in(request: web.Request) -> web.Response:
    """Sign in; the session is a cookie, the CSRF token comes in the answer."""
    desk, body = desk_of(request), await read_body(request, SignInIn)
    if not await desk.limits.may_try(request.remote or "", body.login):
        raise RequestRefusedError(
            "Too many tries; wait a minute.",
            code="too_many_tries",
            status=429,
            headers={"Retry-After": "60"},
        )
    signed_in = await sign_in(
        desk.make_uow, desk.passwords, body.login, body.password, now=desk.clock()
    )
    response = reply(
        SignedInOut(agent=agent_out(signed_in.agent), csrf_token=signed_in.session.csrf_token)
    )
    response.set_cookie(
        COOKIE,
        signed_in.token,
        max_age=int(SESSION_LENGTH.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=not desk.is_demo,
        path="/",
    )
    return response


@routes.add("POST", "/api/v1/agent/sign-out", status=204)
async def post_sign_out(request: web.Request) -> web.Response:
    """Sign out."""
    desk = desk_of(request)
    await agent_session(request)
    await sign_out(desk.make_uow, request.cookies[COOKIE])
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/")
    return response


@routes.add("GET", "/api/v1/agent/me", answer=SignedInOut)
async def get_me(request: web.Request) -> web.Response:
    """Say who is signed in, with the CSRF token again."""
    agent, session = await agent_session(request)
    return reply(SignedInOut(agent=agent_out(agent), csrf_token=session.csrf_token))
