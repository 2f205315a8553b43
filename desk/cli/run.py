"""`run` (everything), `serve` (the desk alone), `train`."""

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Annotated

import typer

from desk.cli.data import DATABASE_ERRORS, database_problem, migrate_database, seed_demo
from desk.cli.output import JSON_OPTION, json_line, line, say
from desk.project import ROOT, ProjectError, alone, log_file, rasa_environment, rasa_python
from desk.services.agents import DEMO_AGENTS, DEMO_PASSWORD
from desk.settings import Settings
from desk.supervisor import Part, Supervisor, check_ports, first_of
from desk.training import ensure_model

FORCE = typer.Option("--force", help="Train even if nothing changed.")
STOP_ORDER = ("desk", "bot", "actions")  # first the one that others work for


def train(
    context: typer.Context,
    is_forced: Annotated[bool, FORCE] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Train the bot when its data changed; exit 1 with one sentence when that fails."""
    began = time.monotonic()
    path = ensure_model(context.obj, say, is_forced=is_forced)
    if as_json:
        json_line({"model": str(path), "seconds": round(time.monotonic() - began, 1)})
    else:
        line(f"model: {path.relative_to(ROOT)}")


def serve(context: typer.Context) -> None:
    """Run the desk alone (it expects bot and actions at their addresses)."""
    from desk.main import serve as serve_desk  # the web server is loaded only here

    serve_desk(context.obj)


def run(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Migrate, seed and train what is needed, then run bot, actions and desk until Ctrl-C."""
    settings: Settings = context.obj
    rasa_python()
    with alone(log_file(settings, "run").with_suffix(".lock"), waits=False) as is_alone:
        if not is_alone:
            raise ProjectError(
                f"Another `zhanggui run` works with {settings.data.resolve()}: stop it first, or "
                "give this one another folder and port (ZHANGGUI_DATA, ZHANGGUI_PORT)."
            )
        wanted = {
            "desk": (settings.host, settings.port),
            "bot": ("127.0.0.1", settings.bot_port or settings.port + 1),
            "actions": ("127.0.0.1", settings.actions_port or settings.port + 2),
        }
        check_ports(wanted)  # before a long training
        model = ensure_model(settings, say)
        code = asyncio.run(_run(settings, model, as_json=as_json))
    if code:
        raise typer.Exit(code)


def parts_of(settings: Settings, model: Path) -> dict[str, Part]:
    """Return the three parts as these settings want them."""
    python = rasa_python()
    bot_port = settings.bot_port or settings.port + 1
    actions_port = settings.actions_port or settings.port + 2
    env = rasa_environment(settings)
    bot = [python, "-m", "bot", "run", "--model", str(model), "--interface", "127.0.0.1"]
    bot += ["--port", str(bot_port), "--endpoints", "endpoints.yml"]
    bot += ["--credentials", "credentials.yml"]
    actions = [python, "-m", "actions", "--port", str(actions_port)]
    desk = [sys.executable, "-m", "desk.cli", "serve"]
    logs = {name: log_file(settings, name).resolve() for name in STOP_ORDER}
    return {
        "bot": Part("bot", bot, bot_port, "/webhooks/desk/", logs["bot"], ROOT, env=env),
        "actions": Part(
            "actions", actions, actions_port, "/health", logs["actions"], ROOT, env=env
        ),
        "desk": Part("desk", desk, settings.port, "/healthz", logs["desk"], ROOT, settings.host),
    }


async def _run(settings: Settings, model: Path, *, as_json: bool) -> int:
    began = time.monotonic()
    supervisor = Supervisor(say)
    loop = asyncio.get_running_loop()
    for what in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(what, supervisor.stop.set)
    parts = parts_of(settings, model)

    async def start(name: str) -> None:
        seconds = await supervisor.start(parts[name])
        pid = supervisor.pids()[name]
        if not as_json:
            part = parts[name]
            line(f"{name:8} healthy after {seconds:4.1f} s  127.0.0.1:{part.port}  (pid {pid})")

    async def start_desk() -> None:
        await _prepare_data(settings)
        await start("desk")

    try:
        await first_of(_all(start("bot"), start("actions"), start_desk()), supervisor.stop.wait())
        if not supervisor.stop.is_set():
            _announce(settings, supervisor, time.monotonic() - began, as_json=as_json)
            keepers = [asyncio.create_task(supervisor.keep(part)) for part in parts.values()]
            await first_of(supervisor.stop.wait(), _all(*keepers))
            say("stopping …")
    finally:
        supervisor.stop.set()
        await supervisor.stop_all(STOP_ORDER)
    say("stopped")
    return 0


async def _prepare_data(settings: Settings) -> None:
    """Migrate, and in demo mode seed; while bot and actions are starting."""
    try:
        before, after = await migrate_database(settings)
        if before != after:
            say(f"database: {before or 'empty'} → {after}")
        if settings.mode == "demo":
            shop, agents = await seed_demo(settings, say)
            if shop.has_changed or agents:
                say(f"demo shop of {shop.seeded_on}: {shop.order_count} orders")
    except DATABASE_ERRORS as error:
        raise database_problem(error, settings) from error


async def _all(*waits: Awaitable[None]) -> None:
    """Wait for all; the first failure cancels the rest and is raised as it is."""
    await asyncio.gather(*waits)


def _announce(settings: Settings, supervisor: Supervisor, seconds: float, *, as_json: bool) -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - read
    base = f"http://{host}:{settings.port}"
    if as_json:
        json_line({"ready_after_s": round(seconds, 1), "pids": supervisor.pids(), "url": base})
        return
    line(f"ready after {seconds:.1f} s")
    if settings.mode == "demo":
        login = DEMO_AGENTS[0][0]
        line(f"  demo shop   {base}/")
        line(f"  agent desk  {base}/desk/   (login {login}, password {DEMO_PASSWORD})")
    else:
        line(f"  agent desk  {base}/desk/")
    line("  Ctrl-C stops everything.")
