"""Start the parts of Zhanggui as child processes, keep them alive, stop them together.

Every part leads a process group of its own, and the kernel ends it when the supervisor dies
(PR_SET_PDEATHSIG, Linux), so nothing is left behind even after `kill -9`.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from desk.project import ProjectError

PR_SET_PDEATHSIG = 1
HEALTHY_WITHIN_S = 120.0
LOOK_EVERY_S = 0.1
STOP_WITHIN_S = 10.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0  # a part that lived this long starts the pauses afresh
LONGEST_LOG_BYTES = 20_000_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One process: how it is started and how one sees that it is healthy."""

    name: str
    command: Sequence[str]
    port: int
    health_path: str
    log: Path
    cwd: Path
    host: str = "127.0.0.1"
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def health_url(self) -> str:
        """The address that answers 200 when the part can work."""
        return f"http://127.0.0.1:{self.port}{self.health_path}"


def is_port_free(host: str, port: int) -> bool:
    """Say whether one could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def check_ports(wanted: Mapping[str, tuple[str, int]]) -> None:
    """Raise ProjectError naming the ports that something else listens on."""
    taken = [f"{port} ({name})" for name, (host, port) in wanted.items()
             if not is_port_free(host, port)]  # fmt: skip
    if taken:
        raise ProjectError(
            f"Port {', '.join(taken)} is in use: stop what listens there (another `zhanggui run`?) "
            "or choose another with ZHANGGUI_PORT=8180 (bot and actions take the next two)."
        )


class Supervisor:
    """Runs parts until `stop` is set."""

    def __init__(self, say: Say) -> None:
        """Nothing runs yet."""
        self._say = say
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self.stop = asyncio.Event()

    def pids(self) -> dict[str, int]:
        """Return the process ids of the parts that run, by name."""
        return {name: process.pid for name, process in self._processes.items()
                if process.returncode is None}  # fmt: skip

    async def start(self, part: Part) -> float:
        """Start a part and wait until it is healthy; returns the seconds. Raises ProjectError."""
        began = time.monotonic()
        check_ports({part.name: (part.host, part.port)})  # or another's health would pass for ours
        await self._spawn(part)
        await self._until_healthy(part)
        return time.monotonic() - began

    async def keep(self, part: Part) -> None:
        """Restart a started part whenever it ends, with growing pauses, until told to stop."""
        pause = FIRST_PAUSE_S
        while not self.stop.is_set():
            process = self._processes[part.name]
            began = time.monotonic()
            await process.wait()
            if self.stop.is_set():
                return
            if time.monotonic() - began > STEADY_AFTER_S:
                pause = FIRST_PAUSE_S
            self._say(
                f"{part.name} ended ({_ending(process.returncode)}): "
                f"starting it again in {pause:.1f} s (log: {part.log})"
            )
            _end_group(process, signal.SIGKILL)  # what it may have left in its group
            await self._sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
            if self.stop.is_set():
                return
            try:
                await self.start(part)
            except ProjectError as problem:
                self._say(str(problem))
                _end_group(self._processes[part.name], signal.SIGKILL)
            else:
                self._say(f"{part.name} is healthy again (pid {self.pids()[part.name]})")

    async def stop_all(self, order: Sequence[str]) -> None:
        """End the parts one after the other in this order, politely first."""
        for name in order:
            process = self._processes.get(name)
            if process is None:
                continue
            if process.returncode is None:
                _end_group(process, signal.SIGTERM)
                try:
                    async with asyncio.timeout(STOP_WITHIN_S):
                        await process.wait()
                except TimeoutError:
                    self._say(f"{name} did not stop within {STOP_WITHIN_S:.0f} s: killing it")
            _end_group(process, signal.SIGKILL)
            await process.wait()

    async def _spawn(self, part: Part) -> None:
        _turn_log(part.log)
        with part.log.open("ab") as out:
            self._processes[part.name] = await asyncio.create_subprocess_exec(
                *part.command,
                cwd=part.cwd,
                env={**os.environ, **part.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=dying_with_us(),
            )

    async def _until_healthy(self, part: Part) -> None:
        process = self._processes[part.name]
        began = time.monotonic()
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            while not await _is_healthy(http, part.health_url):
                if process.returncode is not None:
                    raise ProjectError(
                        f"{part.name} ended at start ({_ending(process.returncode)}): "
                        f"{_last_line(part.log)} The log is in {part.log}."
                    )
                if time.monotonic() - began > HEALTHY_WITHIN_S:
                    raise ProjectError(
                        f"{part.name} was not healthy within {HEALTHY_WITHIN_S:.0f} s: "
                        f"see {part.log}."
                    )
                if self.stop.is_set():
                    raise asyncio.CancelledError
                await asyncio.sleep(LOOK_EVERY_S)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stop.wait()


async def first_of(*waits: Awaitable[object]) -> None:
    """Wait until one of them ends; cancels the others; raises what it raised."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _is_healthy(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def dying_with_us() -> Callable[[], None]:
    """Return what a child runs before exec so that the kernel kills it when we are gone."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if sys.platform != "linux":
            return
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # we ended in between
            os._exit(1)

    return ask_the_kernel


def _end_group(process: asyncio.subprocess.Process, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, what)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def _turn_log(log: Path) -> None:
    """Put a log aside when it has grown long; one old one is kept."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LONGEST_LOG_BYTES:
        log.replace(log.with_suffix(".1.log"))


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace")[-8000:].splitlines()
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    faults = [line for line in said if "Error" in line or "error" in line]
    line = (faults or said or [""])[-1][:300]
    return line.rstrip(".") + "." if line else ""
