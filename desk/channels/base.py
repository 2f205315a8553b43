"""The shape that every messenger's adapter has. The widget has none: it asks for "after n"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from desk.domain.errors import DeskError
from desk.services.conversations import IncomingMessage
from desk.services.deliveries import Sender


class BadSignatureError(DeskError):
    """A request that does not come from the messenger, or is stale."""

    code: ClassVar[str] = "bad_signature"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the messenger can show; the renderer fits messages to it."""

    buttons: int  # 0: buttons become numbered text
    max_bytes: int
    reply_within_s: float | None  # None: no passive replies


@dataclass(frozen=True, slots=True)
class RawRequest:
    """What came in, untouched."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Channel(Sender, Protocol):
    """One messenger. It translates: no rules, no storage, no retries of its own."""

    abilities: Abilities

    def verify(self, raw: RawRequest, now: datetime) -> None:
        """Raise BadSignatureError for a wrong or stale signature, before anything is parsed."""

    def parse(self, raw: RawRequest) -> list[IncomingMessage]:
        """Return zero or more messages; `external_id` is the messenger's, so retries are known."""
