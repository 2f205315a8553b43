"""Start servers for a benchmark, weigh them, stop them. Linux only: it reads /proc."""

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import aiohttp

STARTING_S = 240


class DidNotStartError(RuntimeError):
    """A server ended, or was not healthy in time; the text names its log."""


def free_ports(count: int) -> int:
    """Return the first of `count` neighbouring ports that are free just now."""
    for first in range(20000 + os.getpid() % 20000, 60000, count):
        sockets = []
        try:
            for port in range(first, first + count):
                listener = socket.socket()
                sockets.append(listener)
                listener.bind(("127.0.0.1", port))
        except OSError:
            continue
        finally:
            for listener in sockets:
                listener.close()
        return first
    raise DidNotStartError("no free ports")


@contextmanager
def started(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a process group of its own and end the whole group afterwards."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **env}, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


async def wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> float:
    """Return the seconds until `url` answers 200 with a healthy body. Raises DidNotStartError."""
    begun = time.monotonic()
    timeout = aiohttp.ClientTimeout(total=2)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        while time.monotonic() - begun < STARTING_S:
            if process.poll() is not None:
                raise DidNotStartError(f"ended with {process.returncode}; see {log}")
            try:
                async with http.get(url) as answer:
                    if answer.status == 200 and (await answer.json()).get("status", "ok") == "ok":
                        return time.monotonic() - begun
            except (aiohttp.ClientError, TimeoutError, ValueError):
                pass
            await asyncio.sleep(0.1)
    raise DidNotStartError(f"not healthy within {STARTING_S} s; see {log}")


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):  # it ended while we looked
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo[0])
        todo.extend(children.get(todo.pop(0), []))
    return found


def memory_mb(pid: int) -> dict[str, float]:
    """Return the proportional memory (PSS, MB of 10^6 bytes) of a process tree, by command."""
    weights: dict[str, float] = {}
    for member in tree(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
            words = Path(f"/proc/{member}/cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        kib = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
        name = " ".join(Path(word).name for word in words[:4] if word)
        weights[name] = weights.get(name, 0.0) + kib * 1024 / 1e6
    return weights
