"""The three real processes on free ports, with a data folder of their own; in either Python.

`Stack` starts what `zhanggui run` starts, so that tests can kill -9 a part and start it again. The
model is trained once per content of its inputs (models/<hash>.tar.gz), by `zhanggui train`.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DESK_PYTHON = ROOT / ".venv/bin/python"
RASA_PYTHON = ROOT / ".venv-rasa/bin/python"
HEALTHY_WITHIN_S = 90.0
STOP_WITHIN_S = 10.0
PARTS = ("actions", "bot", "desk")
HEALTH = {"desk": "/healthz", "bot": "/webhooks/desk/", "actions": "/health"}
SECRETS = {
    "ZHANGGUI_BOT_SECRET": "bot-secret-of-the-tests-0123456789abcdef",
    "ZHANGGUI_ACTIONS_SECRET": "actions-secret-of-the-tests-0123456789abcdef",
    "ZHANGGUI_SHOP_SECRET": "shop-secret-of-the-tests-0123456789abcdef",
    "ZHANGGUI_DESK_SECRET": "desk-secret-of-the-tests-0123456789abcdef",
}
_QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SANIC_WORKERS": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


class StackError(Exception):
    """A part did not start; the text holds the end of its log."""


class Stack:
    """Desk, bot and actions. Use it as a context manager, or call start() and stop()."""

    def __init__(self, data: Path, *, env: Mapping[str, str] | None = None) -> None:
        """Choose ports; nothing runs yet. `env` overrides settings of the desk."""
        self.data = data
        desk, bot, actions = free_ports(3)
        self.ports = {"desk": desk, "bot": bot, "actions": actions}
        self.urls = {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("ZHANGGUI_")}
        self.env = {
            **inherited,
            **_QUIET,
            **SECRETS,
            "ZHANGGUI_MODE": "demo",
            "ZHANGGUI_DATA": str(data),
            "ZHANGGUI_PORT": str(desk),
            "ZHANGGUI_BOT_PORT": str(bot),
            "ZHANGGUI_ACTIONS_PORT": str(actions),
            "ZHANGGUI_DESK_URL": self.urls["desk"],
            "ZHANGGUI_ACTIONS_URL": self.urls["actions"],
            "ZHANGGUI_TRACKER_DB": str(data / "tracker.db"),
            **(env or {}),
        }
        self.model: Path | None = None

    @property
    def url(self) -> str:
        """The desk's address, the only public one."""
        return self.urls["desk"]

    def __enter__(self) -> "Stack":
        """Start everything."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self.stop()

    def start(self) -> None:
        """Train if needed, make and seed the databases, start all parts, wait for their health."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.model = Path(json.loads(self.command("train", "--json"))["model"])
        self.command("migrate")
        self.command("seed")
        try:
            for name in PARTS:
                self.spawn(name)
            for name in PARTS:
                self.wait_until_healthy(name)
        except StackError:
            self.stop()
            raise

    def stop(self) -> None:
        """End all parts, politely first."""
        for process in self._processes.values():
            _signal(process, signal.SIGTERM)
        ends_at = time.monotonic() + STOP_WITHIN_S
        for process in self._processes.values():
            try:
                process.wait(max(ends_at - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
        self._processes.clear()

    def command(self, *arguments: str) -> str:
        """Run a command of `zhanggui` with this stack's settings and return what it prints."""
        done = subprocess.run(
            [str(DESK_PYTHON), "-m", "desk.cli", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"zhanggui {' '.join(arguments)}: {done.stderr[-2000:]}")
        return done.stdout

    def kill(self, name: str) -> None:
        """Kill -9 a part, as a crash would end it; returns when it is gone."""
        process = self._processes.pop(name)
        _signal(process, signal.SIGKILL)
        process.wait()

    def restart(self, name: str) -> None:
        """Start a part that was killed and wait until it is healthy."""
        self.spawn(name)
        self.wait_until_healthy(name)

    def is_running(self, name: str) -> bool:
        """Tell whether the part's process lives."""
        process = self._processes.get(name)
        return process is not None and process.poll() is None

    def pid(self, name: str) -> int:
        """Return the process id of a running part."""
        return self._processes[name].pid

    def log(self, name: str) -> str:
        """Return the part's log, all starts."""
        path = self.data / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def spawn(self, name: str) -> None:
        """Start a part without waiting for its health."""
        with (self.data / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                self._command_of(name),
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_healthy(self, name: str) -> None:
        """Return when the part can work. Raises StackError with the end of its log."""
        ends_at = time.monotonic() + HEALTHY_WITHIN_S
        url = self.urls[name] + HEALTH[name]
        while not _answers(url):
            if not self.is_running(name):
                raise StackError(f"{name} ended at start:\n{self.log(name)[-3000:]}")
            if time.monotonic() > ends_at:
                raise StackError(f"{name} is not healthy:\n{self.log(name)[-3000:]}")
            time.sleep(0.1)

    def _command_of(self, name: str) -> list[str]:
        port = str(self.ports[name])
        if name == "desk":
            return [str(DESK_PYTHON), "-m", "desk.cli", "serve"]
        if name == "actions":
            return [str(RASA_PYTHON), "-m", "actions", "--port", port]
        return [
            *(str(RASA_PYTHON), "-m", "bot", "run", "--model", str(self.model)),
            *("--interface", "127.0.0.1", "--port", port),
            *("--endpoints", "endpoints.yml", "--credentials", "credentials.yml"),
        ]


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _signal(process: "subprocess.Popen[bytes]", what: signal.Signals) -> None:
    if process.poll() is None:
        os.killpg(process.pid, what)
