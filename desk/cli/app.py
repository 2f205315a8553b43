"""The commands, put together. Heavy parts (the web server, the store) load only where needed."""

import os
import sys
from pathlib import Path

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from desk.cli import ask, cases, chat, data, doctor, run
from desk.cli.output import speak_utf8
from desk.project import ROOT, ProjectError
from desk.settings import Settings

# Relative paths in the settings mean the project's folder, wherever the command is typed; a path
# given in the environment means the caller's folder.
PATH_VARIABLES = ("ZHANGGUI_DATA", "ZHANGGUI_KNOWLEDGE_BASE")

app = typer.Typer(
    name="zhanggui",
    help="Zhanggui: chatbot-first customer service for online shops.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(run.run)
app.command()(run.serve)
app.command()(run.train)
app.command()(data.migrate)
app.command()(data.seed)
app.command()(doctor.doctor)
app.command()(chat.chat)
app.command()(ask.understand)
app.command()(ask.answer)
app.add_typer(cases.app, name="cases")


@app.callback()
def prepare(context: typer.Context) -> None:
    """Read the settings once, from the environment and the project's .env."""
    for name in PATH_VARIABLES:
        if value := os.environ.get(name):
            os.environ[name] = str(Path(value).resolve())
    context.meta["called_from"] = Path.cwd()
    os.chdir(ROOT)
    try:
        context.obj = Settings()
    except ValidationError as problem:
        for fault in problem.errors():
            where = "_".join(str(part) for part in fault["loc"]).upper()
            said = fault["msg"].removeprefix("Value error, ")
            typer.echo(f"zhanggui: ZHANGGUI_{where}: {said}", err=True)
        typer.echo("zhanggui: .env.example explains every setting.", err=True)
        raise typer.Exit(1) from None
    except SettingsError as problem:  # a list that is not JSON ends pydantic's reading at once
        typer.echo(
            f"zhanggui: {problem}: write it as JSON, e.g. "
            'ZHANGGUI_ALLOWED_ORIGINS=["https://shop.example"]; see .env.example.',
            err=True,
        )
        raise typer.Exit(1) from None


def main() -> None:
    """Run the command line; what an operator can mend becomes one sentence."""
    speak_utf8()
    try:
        app()
    except ProjectError as problem:
        typer.echo(f"zhanggui: {problem}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # `zhanggui cases list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
