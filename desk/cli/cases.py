"""`cases list` and `cases show`, read straight from the database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer

from desk.cli.data import DATABASE_ERRORS, database_problem
from desk.cli.output import JSON_OPTION, fail, json_line, line
from desk.domain.cases import Case, CaseEvent, CaseFilter, CaseState, CaseType, next_states
from desk.services.cases import CaseNotFoundError, list_cases, show_case
from desk.settings import Settings
from desk.store.engine import open_database
from desk.store.uow import SqlUnitOfWorkFactory

app = typer.Typer(help="Look at cases.", no_args_is_help=True)
Answer = TypeVar("Answer")


@app.callback()
def group() -> None:
    """Look at cases."""


def read(settings: Settings, query: Callable[[SqlUnitOfWorkFactory], Awaitable[Answer]]) -> Answer:
    """Run a query on the desk's database; its troubles become one sentence."""

    async def work() -> Answer:
        database = open_database(settings.desk_database_url)
        try:
            return await query(SqlUnitOfWorkFactory(database))
        finally:
            await database.close()

    try:
        return asyncio.run(work())
    except DATABASE_ERRORS as error:
        raise database_problem(error, settings) from error


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[CaseState | None, typer.Option(help="Only cases in this state.")] = None,
    case_type: Annotated[CaseType | None, typer.Option("--type", help="Only this type.")] = None,
    team: Annotated[str | None, typer.Option(help="Only this team's.")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only what is not over.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """List cases, newest first."""
    wanted = CaseFilter(state=state, type=case_type, team=team, is_open=is_open or None)

    async def query(units: SqlUnitOfWorkFactory) -> list[Case]:
        found, _ = await list_cases(units, wanted, limit=limit)
        return list(found)

    now = datetime.now(UTC)
    for case in read(context.obj, query):
        if as_json:
            json_line(as_dict(case, now))
        else:
            late = "  OVERDUE" if case.is_overdue(now) else ""
            due = case.deadline_at.strftime("%Y-%m-%d %H:%M")
            about = case.title(case.language) or " ".join(case.description.split())[:40]
            line(f"{case.number}  {case.type:16} {case.state:18} due {due} UTC{late}  {about}")


@app.command()
def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="The case number, as it was read out.")],
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show one case with its history."""

    async def query(units: SqlUnitOfWorkFactory) -> dict[str, Any] | None:
        try:
            found = await show_case(units, number)
        except CaseNotFoundError:
            return None
        events = [_event(event) for event in found.events]
        return as_dict(found.case, datetime.now(UTC)) | {"events": events}

    case = read(context.obj, query)
    if case is None:
        fail(f"There is no case {number}.")
    if as_json:
        json_line(case)
        return
    for name, value in case.items():
        if name != "events" and value not in (None, "", {}):
            line(f"{name:16} {value}")
    for event in case["events"]:
        step = f"{event['from_state'] or '·'} → {event['to_state']}" if event["to_state"] else ""
        line(f"  {event['at']}  {event['kind']:10} {event['actor']:14} {step} {event['note']}")


def as_dict(case: Case, now: datetime) -> dict[str, Any]:
    """Return a case as JSON shows it: names as in the HTTP API."""
    return {
        "number": case.number,
        "type": case.type.value,
        "state": case.state.value,
        "severity": case.severity.value,
        "team": case.team,
        "order_number": case.order_number,
        "line_id": case.line_id,
        "title": case.title(case.language),
        "quantity": case.quantity,
        "reason": case.reason,
        "description": case.description,
        "wanted": case.wanted,
        "refund_minor": case.refund_minor,
        "currency": case.currency,
        "decision": dict(case.decision),
        "deadline_at": case.deadline_at.isoformat(),
        "is_overdue": case.is_overdue(now),
        "created_at": case.created_at.isoformat(),
        "updated_at": case.updated_at.isoformat(),
        "conversation_id": case.conversation_id,
        "shopper_ref": case.shopper_ref,
        "next_states": [state.value for state in next_states(case)],
    }


def _event(event: CaseEvent) -> dict[str, Any]:
    return {
        "kind": event.kind.value,
        "actor": event.actor,
        "at": event.at.isoformat(),
        "from_state": event.from_state.value if event.from_state else None,
        "to_state": event.to_state.value if event.to_state else None,
        "note": event.note,
        "is_public": event.is_public,
    }
