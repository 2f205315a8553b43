"""What the desk needs of the bot. `desk/bot_client.py` implements it over HTTP."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from desk.domain.errors import DeskError


class BotUnavailableError(DeskError):
    """The bot gave no usable answer. `is_final`: asking again at once is pointless."""

    code: ClassVar[str] = "bot_unavailable"

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        """Keep why: "slow", "down", "open" (the circuit), "refused"."""
        super().__init__(why=why)
        self.why = why
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Turn:
    """One shopper message for the bot."""

    conversation: str  # id:section, the bot's own name of the conversation
    message_id: str
    text: str
    payload: str | None
    language: str
    expects: str | None
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class BotReply:
    """What the bot said and understood."""

    messages: tuple[
        dict[str, Any], ...
    ]  # contents: {"text", "buttons", "card"}, empty parts left out
    understanding: dict[str, Any] = field(default_factory=dict)
    expects: str | None = None
    task: str | None = None
    task_open: bool = False

    @property
    def intent(self) -> str | None:
        """The intent, or None when nothing was understood (a payload, an empty answer)."""
        intent = self.understanding.get("intent")
        return intent if isinstance(intent, str) else None


class Bot(Protocol):
    """The dialogue part."""

    async def turn(self, turn: Turn) -> BotReply:
        """Hand over one message and return the answer.

        Raises BotUnavailableError within the time limit.
        """

    async def is_up(self) -> bool:
        """Say whether the bot answers at all."""

    async def understand(
        self, texts: list[str], language: str | None = None
    ) -> list[dict[str, Any]]:
        """Return what the bot understands of texts outside of any conversation."""
