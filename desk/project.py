"""Where the project's files lie, and how its second Python is called. Commands only; no server."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from desk.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
RASA_PYTHON = ROOT / ".venv-rasa" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

QUIET_RASA = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SANIC_WORKERS": "1",
    "SANIC_HOST": "127.0.0.1",  # rasa-sdk would listen on every interface
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # fewer arenas: glibc keeps one per thread and never gives it back
    "MALLOC_ARENA_MAX": "2",
}


class ProjectError(Exception):
    """Something that the operator can mend. The text is one sentence that says how."""


def rasa_python() -> str:
    """Return the Python 3.10 that runs bot and actions. Raises ProjectError."""
    if not RASA_PYTHON.exists():
        raise ProjectError(
            "The bot's Python 3.10 environment (.venv-rasa) is missing: run `make install`."
        )
    return str(RASA_PYTHON)


def rasa_environment(settings: Settings) -> Mapping[str, str]:
    """Return what bot and actions read from their environment (endpoints.yml, credentials.yml)."""
    data = settings.data.resolve()
    tracker_db = os.environ.get("ZHANGGUI_TRACKER_DB") or str(data / "tracker.db")
    return {
        **QUIET_RASA,
        "ZHANGGUI_BOT_SECRET": settings.bot_secret.get_secret_value(),
        "ZHANGGUI_ACTIONS_SECRET": settings.actions_secret.get_secret_value(),
        "ZHANGGUI_DESK_URL": f"http://127.0.0.1:{settings.port}",
        "ZHANGGUI_ACTIONS_URL": settings.actions_base_url,
        "ZHANGGUI_TRACKER_DB": tracker_db,
    }


def log_file(settings: Settings, name: str) -> Path:
    """Return the log of a part or of a long step; makes its folder."""
    folder = settings.data / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


@contextmanager
def alone(path: Path, *, waits: bool = True) -> Iterator[bool]:
    """Hold a lock that ends with the process, however it ends; yields False if another has it.

    The lock is not handed down: a child that outlives us does not keep it.
    """
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
