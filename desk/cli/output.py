"""How the command line speaks: plain text or a JSON value per line; one sentence on failure."""

import json
import sys
from typing import Any, NoReturn

import typer

JSON_OPTION = typer.Option("--json", help="Write JSON, one value per line.")


def say(text: str) -> None:
    """Tell the operator what happens, on stderr, at once."""
    typer.echo(text, err=True)
    sys.stderr.flush()


def line(text: str) -> None:
    """Write a line of the answer."""
    typer.echo(text)


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
