"""Say whether the desk is alive, and its parts."""

import asyncio
from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from desk.api.desk import Desk, desk_of
from desk.api.out import reply
from desk.api.routes import Routes

routes = Routes("anybody")
Part = Literal["ok", "down"]


class PartsOut(BaseModel):
    """The parts."""

    database: Part
    bot: Part
    actions: Part


class HealthOut(BaseModel):
    """Healthy when every part is."""

    status: Literal["ok", "degraded"]
    parts: PartsOut


async def _is_database_up(desk: Desk) -> bool:
    try:
        async with asyncio.timeout(2), desk.make_uow(read_only=True) as uow:
            await uow.conversations.get("c_")
    except Exception:  # whatever it is, the answer is "down"
        return False
    return True


@routes.add("GET", "/api/v1/health", answer=HealthOut)
async def get_health(request: web.Request) -> web.Response:
    """Say how the parts are; 503 only when the desk itself cannot work (its database)."""
    desk = desk_of(request)
    database, bot, actions = await asyncio.gather(
        _is_database_up(desk), desk.bot.is_up(), desk.is_actions_up()
    )
    parts = PartsOut(
        database="ok" if database else "down",
        bot="ok" if bot else "down",
        actions="ok" if actions else "down",
    )
    is_well = database and bot and actions
    return reply(
        HealthOut(status="ok" if is_well else "degraded", parts=parts),
        status=200 if database else 503,
    )


@routes.add("GET", "/healthz", media_type="text/plain")
async def get_liveness(request: web.Request) -> web.Response:
    """Say that the process answers."""
    return web.Response(text="ok")
