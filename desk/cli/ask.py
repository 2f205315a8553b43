"""`understand` (what the bot takes a text to mean) and `answer` (which article fits)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from desk.cli.http import call
from desk.cli.output import JSON_OPTION, fail, json_line, line, read_lines, say
from desk.knowledge import Library
from desk.knowledge.words import is_chinese
from desk.settings import Settings

TEXTS = typer.Argument(help="Texts; - or nothing: one per line of stdin.", show_default=False)
LANGUAGE = typer.Option("--lang", help="zh or en; otherwise it is recognised.")
UNDERSTAND_AT_ONCE = 200
LANGUAGES = ("zh", "en")


def check_language(language: str | None) -> None:
    """End with a usage error for a language that is not spoken here."""
    if language not in (None, *LANGUAGES):
        fail(f"--lang is zh or en, not {language!r}.", code=2)


def understand(
    context: typer.Context,
    texts: Annotated[list[str] | None, TEXTS] = None,
    language: Annotated[str | None, LANGUAGE] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Tell what the running bot takes each text to mean; no conversation is touched."""
    check_language(language)
    settings: Settings = context.obj
    lines = read_lines(texts)
    for first in range(0, len(lines), UNDERSTAND_AT_ONCE):
        for result in _understood(settings, lines[first : first + UNDERSTAND_AT_ONCE], language):
            if as_json:
                json_line(result)
            else:
                line(_readable(result))


def _readable(result: dict[str, Any]) -> str:
    values = ", ".join(f"{one['entity']}={one['value']}" for one in result["entities"])
    return f"{result['intent']}  {result['confidence']:.2f}  {values}  ← {result['text']}"


def _understood(
    settings: Settings, texts: list[str], language: str | None
) -> Iterator[dict[str, Any]]:
    answer = call(
        "POST",
        f"{settings.bot_base_url}/webhooks/desk/understand",
        body={"texts": texts, "language": language},
        bearer=settings.bot_secret.get_secret_value(),
        who="The bot",
    )
    for text, result in zip(texts, answer["results"], strict=True):
        names = ("intent", "confidence", "entities", "language", "ranking")
        yield {"text": text} | {name: result.get(name) for name in names}


def answer(
    context: typer.Context,
    texts: Annotated[list[str] | None, TEXTS] = None,
    language: Annotated[str | None, LANGUAGE] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Search the knowledge base for each text; needs nothing running."""
    check_language(language)
    library = open_library(context.obj.knowledge_base)
    for text in read_lines(texts):
        found = library.search(text, language or ("zh" if is_chinese(text) else "en"))
        best = found.best
        others = [{"article": hit.article.id, "score": round(hit.score, 4)} for hit in found.others]
        if as_json:
            json_line(
                {
                    "text": text,
                    "article": best.article.id if best else None,
                    "score": round(best.score, 4) if best else None,
                    "others": others,
                }
            )
        elif best:
            line(f"{best.article.id}  {best.score:.2f}  {best.article.title}  ← {text}")
        else:
            line(f"(no article)  ← {text}")


def open_library(folder: Path) -> Library:
    """Read the knowledge base and tell what is broken in it."""
    if not folder.is_dir():
        fail(f"There is no knowledge base at {folder}: check ZHANGGUI_KNOWLEDGE_BASE.")
    library = Library(folder)
    for problem in library.problems:
        say(f"zhanggui: {problem}")
    return library
