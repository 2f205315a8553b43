"""`doctor`: is everything there, running and in step? Says what to do about what is not."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.error import URLError
from urllib.request import urlopen

import typer

from desk.cli.data import DATABASE_ERRORS, database_problem, read_policy
from desk.cli.output import JSON_OPTION, json_line, line
from desk.connectors.demo.shop import DemoShop
from desk.knowledge import Library
from desk.project import ROOT, ProjectError, rasa_python
from desk.services.shop import ShopUnavailableError
from desk.settings import Settings
from desk.store import migrate
from desk.training import current_model, missing_inputs

ANSWER_WITHIN_S = 5.0
LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `what_to_do` is empty when it is well."""

    check: str
    is_ok: bool
    found: str
    what_to_do: str = ""


def doctor(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Check settings, files, database, shop, bot, actions and desk; exit 0 only if all is well."""
    settings: Settings = context.obj
    findings = [look(settings) for look in CHECKS]
    if as_json:
        all_well = all(finding.is_ok for finding in findings)
        json_line({"ok": all_well, "checks": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            line(f"{'ok  ' if finding.is_ok else 'FAIL'}  {finding.check:12} {finding.found}")
            if not finding.is_ok:
                line(f"      {'':12} → {finding.what_to_do}")
    if not all(finding.is_ok for finding in findings):
        raise typer.Exit(1)


def check_settings(settings: Settings) -> Finding:
    """Say the mode and where data lie; wrong settings have ended the command before."""
    data = settings.data.resolve()
    free = shutil.disk_usage(data if data.exists() else ROOT).free
    found = f"{settings.mode} mode, data in {data}, {free // 1_000_000} MB free"
    if free < LEAST_FREE_BYTES:
        return Finding("settings", False, found, "Free some space, or move ZHANGGUI_DATA.")
    return Finding("settings", True, found)


def check_environments(settings: Settings) -> Finding:
    """Look for the second Python."""
    try:
        return Finding("python 3.10", True, rasa_python())
    except ProjectError as problem:
        return Finding("python 3.10", False, str(problem), "Run `make install`.")


def check_rules(settings: Settings) -> Finding:
    """Read policy.yml and the articles."""
    try:
        read_policy(settings)
    except ProjectError as problem:
        return Finding("rules", False, str(problem), "Mend knowledge_base/policy.yml.")
    library = Library(settings.knowledge_base)
    if library.problems:
        faults = "; ".join(str(problem) for problem in library.problems[:5])
        return Finding("rules", False, faults, "Mend the articles that are named.")
    counts = ", ".join(f"{len(library.articles(code))} {code}" for code in ("zh", "en"))
    return Finding("rules", True, f"policy.yml is readable; articles: {counts}")


def check_database(settings: Settings) -> Finding:
    """Ask the database for the version of its tables."""
    url = settings.desk_database_url
    try:
        current, newest = asyncio.run(migrate.current(url)), migrate.head()
    except DATABASE_ERRORS as error:
        problem = database_problem(error, settings)
        return Finding("database", False, str(problem), "Is it running, and the URL right?")
    if current != newest:
        found = f"at {current or 'nothing'}, newest is {newest}"
        return Finding("database", False, found, "Run `zhanggui migrate`.")
    return Finding("database", True, f"migrated to {current}")


def check_shop(settings: Settings) -> Finding:
    """Ask the shop for its products."""

    async def count() -> int:
        shop = DemoShop(settings.demo_shop_database_url)
        try:
            return len(await shop.products())
        finally:
            await shop.close()

    try:
        products = asyncio.run(count())
    except (ShopUnavailableError, *DATABASE_ERRORS) as error:
        return Finding("shop", False, f"no answer ({error})", "Run `zhanggui seed`.")
    if not products:
        return Finding("shop", False, "it has no products", "Run `zhanggui seed`.")
    return Finding("shop", True, f"{products} products")


def check_model(settings: Settings) -> Finding:
    """Compare the model with the data as they are now."""
    if missing := missing_inputs():
        found = f"missing: {', '.join(missing)}"
        return Finding("model", False, found, "Check the project out anew.")
    model = current_model()
    if model is None:
        found = "no model, or older than config.yml, domain.yml, data/ or bot/nlu/"
        return Finding("model", False, found, "Run `zhanggui train`, then start again.")
    trained_at = datetime.fromtimestamp(model.stat().st_mtime, UTC)
    return Finding("model", True, f"{model.name}, trained {trained_at:%Y-%m-%d %H:%M} UTC")


def _answers(name: str, url: str) -> Finding:
    try:
        with urlopen(url, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310 - our own settings
            if answer.status == 200:
                return Finding(name, True, f"healthy at {url}")
            found = f"answers {answer.status} at {url}"
    except (URLError, OSError, ValueError) as error:
        found = f"no healthy answer at {url} ({getattr(error, 'reason', error)})"
    return Finding(name, False, found, "Start everything with `make run`; see var/logs.")


def check_desk(settings: Settings) -> Finding:
    """See whether the desk listens."""
    return _answers("desk", f"http://127.0.0.1:{settings.port}/healthz")


def check_bot(settings: Settings) -> Finding:
    """See whether the bot has a model loaded."""
    return _answers("bot", f"{settings.bot_base_url}/webhooks/desk/")


def check_actions(settings: Settings) -> Finding:
    """See whether the action server listens."""
    return _answers("actions", f"{settings.actions_base_url}/health")


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    check_settings,
    check_environments,
    check_rules,
    check_database,
    check_shop,
    check_model,
    check_desk,
    check_bot,
    check_actions,
)
