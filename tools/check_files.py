"""Look at files before they are committed: YAML, TOML, size, secrets.

Called by pre-commit with the files' names, and by `make lint` with all that Git knows.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import yaml

LARGEST_BYTES = 1_000_000
SECRETS = {
    "a private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "an access key": re.compile(rb"\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,})\b"),
    "a password in an address": re.compile(rb"://[^\s/:@$<{]+:(?!secret@)[^\s/:@$<{]{6,}@"),
}


def faults(path: Path) -> Iterator[str]:
    """Yield what is wrong with a file."""
    data = path.read_bytes()
    if len(data) > LARGEST_BYTES:
        yield f"{len(data) // 1000} kB; the limit is {LARGEST_BYTES // 1000} kB"
    for name, pattern in SECRETS.items():
        if pattern.search(data):
            yield f"looks like it holds {name}"
    try:
        if path.suffix in (".yml", ".yaml"):
            for _ in yaml.safe_load_all(data.decode("utf-8")):
                pass
        elif path.suffix == ".toml":
            tomllib.loads(data.decode("utf-8"))
    except (yaml.YAMLError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        yield f"cannot be read: {' '.join(str(error).split())}"


def main(names: list[str]) -> int:
    """Check the named files, or every file of the project; exit 1 when one is wrong."""
    if not names:
        done = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True)  # noqa: S607 - git of PATH
        names = [name for name in done.stdout.decode().split("\0") if name]
    is_wrong = False
    for name in names:
        path = Path(name)
        if path.is_file():
            for fault in faults(path):
                print(f"{name}: {fault}")
                is_wrong = True
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
