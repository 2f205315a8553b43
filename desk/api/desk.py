"""What the handlers work with.

`desk/main.py` fills it in; the app carries it under one typed key.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from desk.api.shop_view import Kept, ShopView
from desk.domain.conversations import Conversation, Message
from desk.domain.people import WidgetSession
from desk.domain.policy import Policy
from desk.services.agents import Passwords
from desk.services.bot import Bot
from desk.services.escalation import HandOverPorts
from desk.services.fanout import Changed, Fanout
from desk.services.knowledge_store import KnowledgeBase
from desk.services.photos import PhotoFiles
from desk.services.presence import Presence
from desk.services.shop import Shop
from desk.services.tasks.step import TaskDesk
from desk.services.turns import Turns
from desk.services.uow import UnitOfWorkFactory
from desk.texts import texts


class SignInLimits(Protocol):
    """Counts tries to sign in."""

    async def may_try(self, address: str, login: str) -> bool:
        """Count a try; False: too many lately."""


class Demo(Protocol):
    """What only the demo has."""

    def products(self) -> Any:
        """Return the catalogue for the demo shop's page."""

    def shoppers(self) -> Any:
        """Return the shoppers one can sign in as."""

    def sign_in(self, shopper_ref: str, now: datetime) -> str | None:
        """Return a shopper token as the shop would sign it, None for an unknown shopper."""


@dataclass(frozen=True)
class Desk:
    """Everything that a handler may need."""

    make_uow: UnitOfWorkFactory
    clock: Callable[[], datetime]
    choose: Callable[[Sequence[str]], str]
    shop: Shop
    shop_view: ShopView
    policy: Callable[[], Policy]
    knowledge: KnowledgeBase
    bot: Bot
    is_actions_up: Callable[[], Awaitable[bool]]
    fanout: Fanout
    turns: Turns
    wake_deliveries: Callable[[], None]
    presence: Presence
    photos: PhotoFiles
    passwords: Passwords
    limits: SignInLimits
    owner: str
    sessions: Kept[WidgetSession]  # a session never changes, so a look at the store is spared
    shop_secret: str
    actions_secret: str
    allowed_origins: tuple[str, ...] | None  # None: any
    is_demo: bool
    web_folder: Path
    images_folder: Path
    demo: Demo | None

    def announce(self, conversation_id: str, messages: Sequence[Message] = ()) -> None:
        """Tell browsers that a conversation changed; after the commit."""
        self.fanout.publish(Changed(conversation_id, tuple(messages)))

    async def announce_moved(self, conversation: Conversation, messages: Sequence[Message]) -> None:
        """Do the same in the shape that hand-over wants."""
        self.announce(conversation.id, messages)

    def task_desk(self) -> TaskDesk:
        """Return what step functions of tasks work with, as of now."""
        return TaskDesk(
            units=self.make_uow,
            shop=self.shop,
            policy=self.policy(),
            texts=texts(),
            ports=HandOverPorts(self.presence.count, self.announce_moved),
            now=self.clock(),
            choose=self.choose,
        )


DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)


def desk_of(request: web.Request) -> Desk:
    """Return the desk of a request."""
    return request.config_dict[DESK]
