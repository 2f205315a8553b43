"""Conversation trackers in SQL, one row per conversation, with a history that stays short.

The desk keeps every message and case; here stands only what the next turns need. Each save cuts the
history down to the last turns behind one fresh session start that carries the slots on, so turn 60
reads, replays and writes what turn 3 does (R-lessons 21: rasa#3011, #6334).
"""

import asyncio
import json
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import sqlalchemy as sa  # type: ignore[import-untyped]
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from sqlalchemy.dialects import postgresql, sqlite  # type: ignore[import-untyped]
from sqlalchemy.engine import Engine, make_url  # type: ignore[import-untyped]

KEPT_TURNS = 1  # rules look at the turn under way; the last one is for the answer to a retry
_BUSY_TIMEOUT_S = 5
_POSTGRES_THREADS = 8

_EVENTS: dict[str, type[Event]] = {kind.type_name: kind for kind in all_subclasses(Event)}

_metadata = sa.MetaData()
_trackers = sa.Table(
    "trackers",
    _metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("events", sa.Text, nullable=False),  # JSON list, oldest first
    sa.Column("updated_at", sa.Float, nullable=False, index=True),  # Unix seconds, for clean-up
)


class BoundedTrackerStore(TrackerStore, SerializedTrackerAsText):
    """Stores trackers in SQLite (a path) or PostgreSQL (a SQLAlchemy URL)."""

    def __init__(
        self,
        host: str,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        kept_turns: int = KEPT_TURNS,
        **kwargs: Any,
    ) -> None:
        """Open the database and make the table. `host` is what endpoints.yml calls `url`."""
        super().__init__(domain, event_broker, **kwargs)
        if kept_turns < 1:
            raise ValueError("kept_turns counts from 1: the last turn is needed for a retry")
        self._kept_turns = kept_turns
        self._engine = _open_engine(host)
        self._upsert = _upsert(self._engine)
        is_sqlite = self._engine.dialect.name == "sqlite"
        # SQLite allows one writer: a single thread orders the work and never waits for a lock.
        self._threads = ThreadPoolExecutor(1 if is_sqlite else _POSTGRES_THREADS, "tracker-store")

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the tracker, cut down to its last turns, in one transaction."""
        await self.stream_events(tracker)
        events = shorten(tracker, self.domain, self._kept_turns)
        row = json.dumps([event.as_dict() for event in events], ensure_ascii=False)
        await self._in_thread(self._write, tracker.sender_id, row)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker, or None for a conversation that is not known."""
        row = await self._in_thread(self._read, sender_id)
        if row is None:
            return None
        events = [_event(parameters) for parameters in json.loads(row)]
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots)

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        keys: list[str] = await self._in_thread(self._keys)
        return keys

    def close(self) -> None:
        """Close the connections."""
        self._threads.shutdown()
        self._engine.dispose()

    async def _in_thread(self, function: Any, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    def _write(self, sender_id: str, events: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                self._upsert, {"sender_id": sender_id, "events": events, "updated_at": time.time()}
            )

    def _read(self, sender_id: str) -> str | None:
        with self._engine.connect() as connection:
            query = sa.select([_trackers.c.events]).where(_trackers.c.sender_id == sender_id)
            events: str | None = connection.execute(query).scalar()
            return events

    def _keys(self) -> list[str]:
        with self._engine.connect() as connection:
            return list(connection.execute(sa.select([_trackers.c.sender_id])).scalars())


def shorten(tracker: DialogueStateTracker, domain: Domain, kept_turns: int) -> list[Event]:
    """Return the events of the last `kept_turns` turns, after a session start with the slots.

    A turn is what follows a user message up to the next one. Slots have the values that they had
    when the first kept turn began, so replaying the result gives the same slots as the original.
    """
    events = list(tracker.events)
    starts = [i for i, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(starts) <= kept_turns:
        return events
    cut = starts[-kept_turns]
    before = DialogueStateTracker.from_events(tracker.sender_id, events[:cut], domain.slots)
    since = events[cut].timestamp
    initial = {slot.name: slot.initial_value for slot in domain.slots}
    carried = [
        SlotSet(name, value, timestamp=since)
        for name, value in before.current_slot_values().items()
        if value != initial.get(name)
    ]
    return [
        ActionExecuted(ACTION_SESSION_START_NAME, timestamp=since),
        SessionStarted(timestamp=since),
        *carried,
        ActionExecuted(ACTION_LISTEN_NAME, timestamp=since),
        *events[cut:],
    ]


def _event(parameters: dict[str, Any]) -> Event:
    """Make an event from JSON; Rasa's own way searches all classes for each event."""
    return _EVENTS[parameters["event"]]._from_parameters(parameters)


def _open_engine(place: str) -> Engine:
    if "://" not in place:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        place = f"sqlite:///{place}"
    url = make_url(place)
    if url.get_backend_name() != "sqlite":
        engine = sa.create_engine(
            url.set(drivername=url.get_backend_name()), pool_size=_POSTGRES_THREADS
        )
    else:
        engine = sa.create_engine(
            url.set(drivername="sqlite"),
            connect_args={"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False},
            poolclass=sa.pool.StaticPool,
        )
        sa.event.listen(engine, "connect", _tune_sqlite)
    _metadata.create_all(engine)
    return engine


def _tune_sqlite(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _upsert(engine: Engine) -> Any:
    dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(_trackers)
    return insert.on_conflict_do_update(
        index_elements=[_trackers.c.sender_id],
        set_={"events": insert.excluded.events, "updated_at": insert.excluded.updated_at},
    )
