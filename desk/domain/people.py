"""Who talks: shoppers and agents with their browsers' sessions, and the photos they send."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["agent", "supervisor", "admin"]
ROLE_RANK: dict[str, int] = {"agent": 0, "supervisor": 1, "admin": 2}


@dataclass(frozen=True, slots=True)
class Shopper:
    """Somebody who writes to the shop; `shop_ref` is None for a visitor who has not signed in."""

    id: int
    shop_ref: str | None


@dataclass(frozen=True, slots=True)
class WidgetSession:
    """A browser's right to one conversation."""

    token_hash: str
    shopper_id: int
    conversation_id: str
    is_signed_in: bool
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who answers shoppers."""

    id: int
    login: str
    name: str
    role: Role
    password_hash: str
    is_active: bool = True

    def may_act_as(self, role: Role) -> bool:
        """Say whether this agent has at least the rights of `role`."""
        return ROLE_RANK[self.role] >= ROLE_RANK[role]


@dataclass(frozen=True, slots=True)
class AgentSession:
    """A signed-in browser of an agent."""

    token_hash: str
    agent_id: int
    csrf_token: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as we keep it; the file lies in the data folder under its id."""

    id: str
    conversation_id: str | None
    case_id: int | None
    media_type: str
    width: int
    height: int
    size_bytes: int
    idempotency_key: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that must be pushed to a messenger."""

    id: int
    message_id: int
    channel: str
    recipient: str
    attempts: int
    next_at: datetime
