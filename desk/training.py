"""Train the bot's model when what it is made of has changed; keep the newest models only.

A model is named after the hash of its inputs, so the file's name says whether it is up to date.
"""

import hashlib
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from desk.project import QUIET_RASA, ROOT, ProjectError, alone, log_file, rasa_python
from desk.settings import Settings
from desk.supervisor import dying_with_us

MODELS = ROOT / "models"
INPUT_FILES = ("config.yml", "domain.yml")
INPUT_FOLDERS = (("data", "*"), ("bot/nlu", "*.py"))
KEPT_MODELS = 2  # the one in use and the one before it
TELL_EVERY_S = 10.0
LONGEST_FAULT = 360

Say = Callable[[str], None]


def missing_inputs() -> list[str]:
    """Return what a training needs and the project does not have."""
    needed = (*INPUT_FILES, *(folder for folder, _ in INPUT_FOLDERS))
    return [name for name in needed if not (ROOT / name).exists()]


def model_name() -> str:
    """Hash everything that decides what the model knows."""
    digest = hashlib.sha256()
    paths = [ROOT / name for name in INPUT_FILES]
    for folder, pattern in INPUT_FOLDERS:
        paths += sorted(path for path in (ROOT / folder).rglob(pattern) if path.is_file())
    for path in paths:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def current_model() -> Path | None:
    """Return the model of the data as they are now, or None when it must be trained."""
    if missing_inputs():
        return None
    path = MODELS / f"{model_name()}.tar.gz"
    return path if path.is_file() else None


def ensure_model(settings: Settings, say: Say, *, is_forced: bool = False) -> Path:
    """Return the current model, training it first where needed. Raises ProjectError.

    Two commands at once train once: the second waits for the first.
    """
    if not is_forced and (known := current_model()):
        return known
    if missing := missing_inputs():
        raise ProjectError(f"The bot cannot be trained: {', '.join(missing)} is missing.")
    with alone(log_file(settings, "train").with_suffix(".lock")):
        if not is_forced and (known := current_model()):
            return known
        path = _train(model_name(), log_file(settings, "train"), say)
    _prune(path)
    return path


def _train(name: str, log: Path, say: Say) -> Path:
    """Train under a working name and rename, so that a half-written model is never taken."""
    MODELS.mkdir(exist_ok=True)
    working = f"part-{name}-{os.getpid()}"  # no dot: Rasa takes it for a suffix
    command = [rasa_python(), "-m", "bot", "train", "--fixed-model-name", working]
    command += ["--config", "config.yml", "--domain", "domain.yml", "--data", "data"]
    command += ["--out", str(MODELS)]
    say(f"training the bot (a minute or two; log: {log})")
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own Python, an argument list
            command,
            cwd=ROOT,
            env={**os.environ, **QUIET_RASA},
            stdout=out,
            stderr=out,
            preexec_fn=dying_with_us(),  # no other thread runs in this command
        )
        try:
            code = _wait(process, began, say)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    trained = MODELS / f"{working}.tar.gz"
    if code != 0 or not trained.is_file():
        trained.unlink(missing_ok=True)
        raise ProjectError(
            f"Training the bot failed (exit code {code}): {_last_error(log)} "
            f"Mend it and start again; the whole log is in {log}."
        )
    path = MODELS / f"{name}.tar.gz"
    trained.replace(path)
    say(f"trained in {time.monotonic() - began:.0f} s: {path.relative_to(ROOT)}")
    return path


def _wait(process: "subprocess.Popen[bytes]", began: float, say: Say) -> int:
    while True:
        try:
            return process.wait(TELL_EVERY_S)
        except subprocess.TimeoutExpired:
            say(f"  … {time.monotonic() - began:.0f} s")


def _last_error(log: Path) -> str:
    """Return what of the log most likely names the fault: that line and those that explain it."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    faults = [n for n, line in enumerate(lines) if "Error" in line or "Exception" in line]
    said = " ".join(lines[faults[-1] :] if faults else lines[-1:]) or "no output"
    return said[:LONGEST_FAULT].rstrip(".: ") + "."


def _prune(newest: Path) -> None:
    others = sorted(
        (path for path in MODELS.glob("*.tar.gz") if path != newest and "part-" not in path.name),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for path in others[KEPT_MODELS - 1 :]:
        path.unlink(missing_ok=True)
