"""Time a whole task turn of ours beside a turn of a stock `rasa init` bot, in one run.

Ours: a signed-in shopper asks for an order through the widget's API; the time ends when the reply
is seen on the widget's WebSocket. So it holds two transactions, understanding, dialogue, the action
server and the demo shop. Stock: `rasa init` as it comes, on its REST channel, no custom action.
Blocks of both alternate, so that a slow moment of the machine meets both. A stock turn costs more
the longer its conversation is, so each block talks to it as somebody new: the ratio is that of
short conversations, the growth stands in a line of its own.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import jwt

from bench.processes import DidNotStartError, free_ports, memory_mb, started, wait_until_healthy
from desk.settings import DEMO_SECRETS

ROOT = Path(__file__).resolve().parent.parent
RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
ZHANGGUI = ROOT / ".venv" / "bin" / "zhanggui"
WORK = ROOT / "var" / "bench"
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
STOCK_SAYS = ("hello", "I am feeling great", "very sad", "bye", "are you a bot?")
OURS_SAYS = (
    "我的订单到哪了",
    "where is my order",
    "你好 我买的东西什么时候到",
    "has my parcel arrived yet",
)
REPLY_WITHIN_S = 30.0

Turn = Callable[[int], Awaitable[None]]  # the turn's number in its conversation → done


@dataclass
class Shopper:
    """One open widget: how it writes, and what it has heard."""

    http: aiohttp.ClientSession
    heard: asyncio.Queue[dict[str, Any]]
    desk: str
    token: str

    async def turn(self, number: int) -> None:
        """Write one message and wait for the bot's reply to it."""
        text = OURS_SAYS[number % len(OURS_SAYS)]
        body = {"external_id": str(uuid.uuid4()), "text": text}
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.desk}/api/v1/widget/messages"
        async with self.http.post(url, json=body, headers=headers) as answer:
            answer.raise_for_status()
            asked = (await answer.json())["seq"]
        async with asyncio.timeout(REPLY_WITHIN_S):
            while True:
                frame = await self.heard.get()
                if frame.get("event") != "message":
                    continue
                message = frame["message"]
                if message["sender"] == "bot" and message["seq"] > asked:
                    return
                if "state" in message["content"]:
                    raise RuntimeError(f"a person was asked for: {message['content']}")


async def open_widget(
    http: aiohttp.ClientSession, stack: AsyncExitStack, desk: str, shopper_ref: str
) -> Shopper:
    """Sign a demo shopper in, open a conversation and its WebSocket."""
    now = int(time.time())
    claims = {"sub": shopper_ref, "iat": now, "exp": now + 600, "jti": uuid.uuid4().hex}
    shopper_token = jwt.encode(claims, DEMO_SECRETS["shop_secret"], algorithm="HS256")
    body = {"language": "zh", "shopper_token": shopper_token}
    async with http.post(f"{desk}/api/v1/widget/sessions", json=body) as answer:
        answer.raise_for_status()
        session = await answer.json()
    socket = await stack.enter_async_context(http.ws_connect(f"{desk}/api/v1/widget/events"))
    hello = {"token": session["session_token"], "after": session["conversation"]["last_seq"]}
    await socket.send_json(hello)
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def listen() -> None:
        """Read all the time, as a browser does: else nobody answers the desk's pings."""
        async for frame in socket:
            heard.put_nowait(frame.json())

    listening = asyncio.create_task(listen())
    stack.callback(listening.cancel)
    return Shopper(http, heard, desk, session["session_token"])


def stock_turn(http: aiohttp.ClientSession, base: str) -> Turn:
    """Return a function that takes turns of one new conversation with the stock bot."""
    sender = uuid.uuid4().hex

    async def turn(number: int) -> None:
        body = {"sender": sender, "message": STOCK_SAYS[number % len(STOCK_SAYS)]}
        async with http.post(f"{base}/webhooks/rest/webhook", json=body) as answer:
            answer.raise_for_status()
            if not await answer.json():
                raise RuntimeError(f"the stock bot said nothing to {body['message']!r}")

    return turn


async def block(turns: Sequence[Turn], first: int, count: int) -> tuple[list[float], float]:
    """Take `count` turns in each conversation at once: the time of each (s), and of all."""
    times: list[float] = []

    async def one(turn: Turn) -> None:
        for number in range(first, first + count):
            begun = time.perf_counter()
            await turn(number)
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for turn in turns:
            group.create_task(one(turn))
    return times, time.perf_counter() - begun


async def compare(
    ours: Sequence[Turn], stock: Callable[[], Turn], rounds: int, count: int
) -> dict[str, Any]:
    """Alternate blocks of both and return the figures in milliseconds and turns per second."""
    figures: dict[str, Any] = {}
    times: dict[str, list[float]] = {"ours": [], "stock": []}
    spent = {"ours": 0.0, "stock": 0.0}
    for turn in range(rounds):
        for name, turns in (("ours", ours), ("stock", [stock() for _ in ours])):
            some, whole = await block(turns, turn * count, count)
            times[name] += some
            spent[name] += whole
    for name, some in times.items():
        cuts = statistics.quantiles(some, n=20)
        figures[name] = {
            "turns": len(some),
            "p50_ms": round(statistics.median(some) * 1000, 1),
            "p95_ms": round(cuts[18] * 1000, 1),
            "turns_per_s": round(len(some) / spent[name], 1),
        }
    figures["ratio_p50"] = round(figures["ours"]["p50_ms"] / figures["stock"]["p50_ms"], 2)
    figures["ratio_p95"] = round(figures["ours"]["p95_ms"] / figures["stock"]["p95_ms"], 2)
    return figures


async def grow(turn: Turn) -> dict[str, float]:
    """Take 66 turns in one conversation: the median of turns 3–8 and of turns 60–65 (ms)."""
    times, _ = await block([turn], 0, 66)
    early, late = statistics.median(times[2:8]) * 1000, statistics.median(times[59:65]) * 1000
    return {
        "turn_3_ms": round(early, 1),
        "turn_60_ms": round(late, 1),
        "ratio": round(late / early, 2),
    }


def stock_bot() -> Path:
    """Return a folder with a trained `rasa init` project, made once."""
    folder = WORK / "stock"
    if not list(folder.glob("models/*.tar.gz")):
        print("training the stock bot (about a minute, once) …", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        command = [str(RASA), "init", "--no-prompt", "--init-dir", str(folder)]
        with (WORK / "stock-init.log").open("wb") as log:
            subprocess.run(
                command, cwd=folder, env={**os.environ, **QUIET}, stdout=log, stderr=log, check=True
            )
    return folder


async def measure(rounds: int) -> dict[str, Any]:
    """Start both, measure, stop both."""
    stock_folder = stock_bot()
    port = free_ports(4)
    desk, stock = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 3}"
    figures: dict[str, Any] = {}
    with ExitStack() as processes, tempfile.TemporaryDirectory() as data:
        env = {"ZHANGGUI_PORT": str(port), "ZHANGGUI_DATA": data}
        prepare = [str(ZHANGGUI), "seed"]
        await asyncio.to_thread(
            subprocess.run, prepare, cwd=ROOT, env={**os.environ, **env}, check=True
        )
        log = WORK / "ours.log"
        process = processes.enter_context(
            started([str(ZHANGGUI), "run"], cwd=ROOT, env=env, log=log)
        )
        ours_start = await wait_until_healthy(f"{desk}/api/v1/health", process, log)
        log = WORK / "stock.log"
        command = [str(RASA), "run", "--port", str(port + 3), "--interface", "127.0.0.1"]
        other = processes.enter_context(started(command, cwd=stock_folder, env=QUIET, log=log))
        stock_start = await wait_until_healthy(f"{stock}/webhooks/rest/", other, log)
        figures["start_s"] = {"ours": round(ours_start, 1), "stock": round(stock_start, 1)}
        async with AsyncExitStack() as stack:
            connector = aiohttp.TCPConnector(limit=0)
            http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
            refs = [f"S{1000 + number}" for number in range(1, 34)]
            widgets = [await open_widget(http, stack, desk, ref) for ref in refs]
            ours = [widget.turn for widget in widgets]
            theirs = partial(stock_turn, http, stock)
            await block(ours[:1], 0, 10)
            await block([theirs()], 0, 10)
            for conversations, count in ((1, 20), (8, 5), (32, 2)):
                some = slice(0, conversations)
                figures[f"{conversations} conversations"] = await compare(
                    ours[some], theirs, rounds, count
                )
            figures["growth"] = {
                "ours": await grow(ours[-1]),
                "stock": await grow(theirs()),
            }
        weights = {"ours": memory_mb(process.pid), "stock": memory_mb(other.pid)}
        figures["memory_mb"] = {
            **{name: round(sum(parts.values())) for name, parts in weights.items()},
            "parts": {name: round(mb) for name, mb in weights["ours"].items()},
        }
    return figures


def show(figures: dict[str, Any]) -> None:
    """Print the figures as a table."""
    print(f"\n{'':22}{'ours':>12}{'stock':>12}{'ratio':>8}")

    def row(name: str, ours: float, stock: float) -> None:
        print(f"{name:22}{ours:>12}{stock:>12}{ours / stock:>8.2f}")

    for name, some in figures.items():
        if name.endswith("conversations"):
            for figure in ("p50_ms", "p95_ms", "turns_per_s"):
                row(
                    f"{name[:2].strip():>2} × {figure}", some["ours"][figure], some["stock"][figure]
                )
    row("memory, PSS MB", figures["memory_mb"]["ours"], figures["memory_mb"]["stock"])
    row("start, s", figures["start_s"]["ours"], figures["start_s"]["stock"])
    for name, growth in figures["growth"].items():
        times = f"{growth['turn_60_ms']} / {growth['turn_3_ms']} ms = {growth['ratio']}"
        print(f"turn 60 / turn 3, {name}: {times}")
    for name, mb in figures["memory_mb"]["parts"].items():
        print(f"  {mb:>5} MB  {name}")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5, help="blocks of each (default 5)")
    rounds = parser.parse_args().rounds
    try:
        figures = asyncio.run(measure(max(1, min(rounds, 50))))
    except (DidNotStartError, OSError, subprocess.CalledProcessError) as error:
        print(f"The benchmark could not run: {error}", file=sys.stderr)
        return 1
    (WORK / "turn.json").write_text(json.dumps(figures, indent=2) + "\n")
    show(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
