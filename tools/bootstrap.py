"""Install everything that `make run` needs, with nothing but Python 3.11+ and the network.

Standard library only, since it runs before anything is installed. Each part is done once and
stamped with a hash of its inputs, so a second run looks and leaves.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
DESK_ENV = ROOT / ".venv"
RASA_ENV = ROOT / ".venv-rasa"
WEB = ROOT / "web"
REQUIREMENTS = ROOT / "requirements"
IS_WINDOWS = os.name == "nt"
BIN = "Scripts" if IS_WINDOWS else "bin"
OLDEST_PYTHON = (3, 11)
RASA_PYTHON = (3, 10)  # Rasa 3.6.21 runs on nothing newer
OLDEST_NODE = (20, 19)
ASK_VERSION = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)"
NOT_SOURCES = {"node_modules", "dist", "test-results", "coverage"}


class CannotInstall(Exception):
    """Something is missing that this script cannot get. The text says what to do."""


def say(text: str) -> None:
    """Print one step at once, also through a pipe."""
    print(f"· {text}", flush=True)


def run(arguments: list[str], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command whose output the reader sees. Raises CannotInstall with the command."""
    try:
        subprocess.run(arguments, cwd=cwd, check=True, env={**os.environ, **(env or {})})
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotInstall(
            f"`{' '.join(map(str, arguments))}` failed ({error}). "
            "Is the package index reachable? Run `make install` again to go on."
        ) from None


def fingerprint(files: Iterable[Path], *facts: str) -> str:
    """Hash names and contents of files, and what else the result depends on."""
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(fact.encode() + b"\0")
    for path in sorted(files):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def once(stamp: Path, print_of_inputs: str, work: Callable[[], None]) -> None:
    """Do the work unless the stamp says that it was done for the same inputs."""
    if stamp.is_file() and stamp.read_text().strip() == print_of_inputs:
        return
    stamp.unlink(missing_ok=True)
    started = time.monotonic()
    work()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(print_of_inputs + "\n")
    say(f"  done in {time.monotonic() - started:.0f} s")


# -- Pythons ---------------------------------------------------------------------------------


def version_of(python: str | Path) -> tuple[tuple[int, ...], str] | None:
    """Return version and real path of a Python, or None when it does not run (a pyenv shim)."""
    try:
        out = subprocess.run(
            [str(python), "-I", "-c", ASK_VERSION],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        ).stdout.split("\n")
        return tuple(int(part) for part in out[0].split(".")), out[1]
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def pythons_at_hand(minor: int) -> Iterator[str]:
    """Yield places where a Python 3.<minor> may lie, nearest first."""
    name = f"python3.{minor}"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        candidate = Path(folder or ".") / (name + (".exe" if IS_WINDOWS else ""))
        if candidate.exists():
            yield str(candidate)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for version in sorted(pyenv.glob(f"3.{minor}.*"), key=_patch, reverse=True):
        yield str(version / BIN / "python")


def _patch(folder: Path) -> int:
    """Return the last number of 3.10.13, so that .9 stands below .13."""
    last = folder.name.split(".")[-1]
    return int(last) if last.isdigit() else -1


def find_desk_python() -> str:
    """Return a Python ≥ 3.11 that runs: this one if it will do. Raises CannotInstall."""
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return (version_of(sys.executable) or ((), sys.executable))[1]
    for minor in (13, 12, 11, 14):
        for candidate in pythons_at_hand(minor):
            found = version_of(candidate)
            if found and found[0][:2] == (3, minor):
                return found[1]
    raise CannotInstall(
        f"Zhanggui needs Python 3.11 or newer, and this is {platform.python_version()}: "
        "install one, then run `make install PYTHON=/path/to/python3.11`."
    )


def find_rasa_python(uv: str) -> str:
    """Return a Python 3.10 that runs; let uv fetch one if there is none. Raises CannotInstall."""
    chosen = os.environ.get("ZHANGGUI_PYTHON310")
    for candidate in [chosen] if chosen else pythons_at_hand(RASA_PYTHON[1]):
        found = version_of(candidate)
        if found and found[0][:2] == RASA_PYTHON:
            return found[1]
    if chosen:
        raise CannotInstall(f"ZHANGGUI_PYTHON310={chosen} is not a Python 3.10 that runs.")
    if known := _ask_uv_for_python(uv):
        return known
    say("no Python 3.10 here: letting uv install one")
    subprocess.run([uv, "python", "install", "3.10"], cwd=ROOT, check=False)
    if fetched := _ask_uv_for_python(uv):
        return fetched
    raise CannotInstall(
        "The bot needs Python 3.10 (Rasa's last release runs on nothing newer), none was found and "
        "uv could not fetch one: install it (`pyenv install 3.10` or your system's python3.10), "
        "or name one in ZHANGGUI_PYTHON310=/path/to/python3.10, then run `make install` again."
    )


def _ask_uv_for_python(uv: str) -> str | None:
    """Ask uv, which may fail on a shim that does not run; its answer is tried before it counts."""
    try:
        out = subprocess.run(
            [uv, "python", "find", "3.10", "--no-python-downloads", "--no-project"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
    found = version_of(out) if out else None
    return found[1] if found and found[0][:2] == RASA_PYTHON else None


# -- the parts -------------------------------------------------------------------------------


def get_uv(python: str) -> str:
    """Return our pinned uv; install it into .tools when it is not there."""
    home = TOOLS / "uv"
    uv = home / BIN / ("uv.exe" if IS_WINDOWS else "uv")
    lock = REQUIREMENTS / "uv.txt"

    def install() -> None:
        say("installing uv into .tools")
        shutil.rmtree(home, ignore_errors=True)
        run([python, "-m", "venv", str(home)])
        pip = [str(home / BIN / "python"), "-m", "pip", "--disable-pip-version-check"]
        run([*pip, "install", "--quiet", "--require-hashes", "-r", str(lock)])

    once(home / "stamp", fingerprint([lock], python), install)
    return str(uv)


def make_environment(uv: str, home: Path, python: str, lock: Path, *, wants_desk: bool) -> None:
    """Create an environment with exactly what its lock file says, every file checked by hash."""
    inputs = [lock, ROOT / "pyproject.toml"] if wants_desk else [lock]
    count = sum(1 for line in lock.read_text().splitlines() if re.match(r"[a-z0-9]", line))

    def install() -> None:
        mine = version_of(home / BIN / "python")
        theirs = version_of(python)
        if not mine or not theirs or mine[0] != theirs[0]:
            say(f"creating {home.name} with {python}")
            run([uv, "venv", "--quiet", "--clear", "--no-project", "--python", python, str(home)])
        say(f"installing {count} packages into {home.name} (the first time: a few minutes)")
        into = ["--python", str(home / BIN / "python")]
        run([uv, "pip", "sync", "--require-hashes", *into, str(lock)])
        if wants_desk:  # hatchling is in the lock, so the build needs nothing from outside
            alone = ["--no-deps", "--no-build-isolation"]
            run([uv, "pip", "install", "--quiet", *into, *alone, "--editable", "."])

    once(home / "stamp", fingerprint(inputs, python), install)


def get_node(uv: str, python: str) -> dict[str, str]:
    """Return the environment in which `node` and `npm` are found: PATH's, else a wheel's."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(node) >= OLDEST_NODE:
        return {}
    home = TOOLS / "node"
    lock = REQUIREMENTS / "node.txt"
    make_environment(uv, home, python, lock, wants_desk=False)
    return {"PATH": f"{home / BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def _node_version(node: str) -> tuple[int, ...]:
    try:
        out = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
        return tuple(int(part) for part in out.strip().lstrip("v").split(".")[:2])
    except (OSError, subprocess.SubprocessError, ValueError):
        return (0,)


def build_web(uv: str, python: str) -> None:
    """Build widget, agent desk and demo page, when their sources are newer than what is there."""
    node_env: dict[str, str] = {}
    npm = "npm.cmd" if IS_WINDOWS else "npm"
    sources = [
        path
        for top in sorted(WEB.iterdir())
        if top.name not in NOT_SOURCES
        for path in ([top] if top.is_file() else sorted(top.rglob("*")))
        if path.is_file()
    ]
    locks = [WEB / "package.json", WEB / "package-lock.json"]

    def install() -> None:
        node_env.update(get_node(uv, python))
        say("installing the web build's packages (npm ci)")
        run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB, env=node_env)

    def build() -> None:
        node_env.update(get_node(uv, python))
        say("building the web pages (vite)")
        run([npm, "run", "--silent", "build"], cwd=WEB, env=node_env)

    once(WEB / "node_modules" / ".stamp", fingerprint(locks), install)
    once(WEB / "dist" / ".stamp", fingerprint(sources), build)


def npm(arguments: list[str], python: str) -> None:
    """Run npm in web/ with the Node that the build uses."""
    uv = get_uv(python)
    name = "npm.cmd" if IS_WINDOWS else "npm"
    run([name, *arguments], cwd=WEB, env=get_node(uv, python))


def lock(uv: str) -> None:
    """Write the lock files anew: hashes, and no address of any index."""
    common = ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
    common += ["--quiet", "--universal"]
    jobs = [
        ("pyproject.toml", "desk.txt", ["--extra", "dev", "--python-version", "3.11"]),
        ("requirements/rasa.in", "rasa.txt", ["--python-version", "3.10"]),
        ("requirements/uv.in", "uv.txt", ["--python-version", "3.11"]),
        ("requirements/node.in", "node.txt", ["--python-version", "3.11"]),
    ]
    for source, target, extra in jobs:
        say(f"locking {source} → requirements/{target}")
        run([uv, "pip", "compile", source, *common, *extra, "-o", f"requirements/{target}"])
        text = (REQUIREMENTS / target).read_text()
        if re.search(r"^(--|-i |-f )|https?://", text, re.MULTILINE):
            raise CannotInstall(f"requirements/{target} names a package index; nothing may.")


def main() -> int:
    """Install what is asked for; exit 1 with one sentence when that is not possible."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "part",
        nargs="?",
        default="all",
        choices=["all", "desk", "rasa", "web", "lock", "npm"],
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    try:
        python = find_desk_python()
        if options.part == "npm":
            npm(options.rest, python)
            return 0
        uv = get_uv(python)
        if options.part == "lock":
            lock(uv)
            return 0
        if options.part in ("all", "desk"):
            make_environment(uv, DESK_ENV, python, REQUIREMENTS / "desk.txt", wants_desk=True)
        if options.part in ("all", "rasa"):
            _make_rasa_environment(uv)
        if options.part in ("all", "web"):
            build_web(uv, python)
    except CannotInstall as problem:
        print(f"make install: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("make install: stopped; run it again to go on.", file=sys.stderr)
        return 130
    return 0


def _make_rasa_environment(uv: str) -> None:
    """Keep the Python that the environment was made with, so that a second run need not look."""
    mine = RASA_ENV / "python"
    python = mine.read_text().strip() if mine.is_file() else ""
    if not python or not Path(python).exists() or os.environ.get("ZHANGGUI_PYTHON310"):
        python = find_rasa_python(uv)
    make_environment(uv, RASA_ENV, python, REQUIREMENTS / "rasa.txt", wants_desk=False)
    mine.write_text(python + "\n")


if __name__ == "__main__":
    sys.exit(main())
