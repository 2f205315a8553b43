"""How the command line speaks: plain text or a JSON value per line; one sentence on failure."""

import io
import json
import re
import sys
from typing import Any, NoReturn

import typer

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
JSON_OPTION = typer.Option("--json", help="Write JSON, one value per line.")


def speak_utf8() -> None:
    """Read and write UTF-8 whatever the locale says; bytes that are none become U+FFFD."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def say(text: str) -> None:
    """Tell the operator what happens, on stderr, at once."""
    typer.echo(text, err=True)
    sys.stderr.flush()


def line(text: str) -> None:
    """Write a line of the answer; what shoppers wrote may not steer the operator's terminal."""
    typer.echo(_STEERING.sub("\N{REPLACEMENT CHARACTER}", text))


def json_line(value: Any) -> None:
    """Write one JSON value on one line and push it out, so that a pipe can be read along."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def fail(sentence: str, code: int = 1) -> NoReturn:
    """End with one sentence on stderr."""
    typer.echo(f"zhanggui: {sentence}", err=True)
    raise typer.Exit(code)


def read_lines(texts: list[str] | None) -> list[str]:
    """Return the texts of the command line; `-` or none at all means the lines of stdin."""
    if texts and texts != ["-"]:
        return texts
    return [text.rstrip("\r\n") for text in sys.stdin if text.strip()]
