"""A shop in memory, and a conversation to speak in on a real database."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from desk.domain.conversations import Conversation, Message
from desk.domain.people import Photo
from desk.domain.policy import Policy
from desk.policy import load_policy
from desk.services.escalation import HandOverPorts
from desk.services.tasks import TASKS
from desk.services.tasks.step import Step, TaskAsk, TaskDesk, read_slots
from desk.store.uow import SqlUnitOfWorkFactory
from desk.texts import texts
from tests.fakes.shop import NOON, FakeShop

POLICY_FILE = Path(__file__).parents[2] / "knowledge_base" / "policy.yml"


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(POLICY_FILE)


@pytest.fixture
def units(make_uow: SqlUnitOfWorkFactory) -> SqlUnitOfWorkFactory:
    return make_uow


@dataclass
class Talk:
    """A conversation as the bot sees it: keeps slots and what is expected, numbers messages."""

    desk: TaskDesk
    shop: FakeShop
    conversation_id: str
    shopper_id: int
    language: str = "zh"
    slots: dict[str, Any] = field(default_factory=dict)
    expects: str | None = None
    seq: int = 0
    agents_present: int = 0
    announced: list[Message] = field(default_factory=list)

    async def say(
        self,
        task: str,
        text: str = "",
        intent: str = "inform",
        *,
        again: bool = False,
        **entities: Any,
    ) -> Step:
        """Say something in a task; `again` repeats the last message with its key."""
        self.seq += 0 if again else 1
        before = (dict(self.slots), self.expects)
        known = {name: value for name, value in self.slots.items() if name != "ordinal"}
        ask = TaskAsk(
            conversation_id=self.conversation_id,
            key=f"{self.conversation_id}-{self.seq}:{task}",
            language=self.language,
            text=text,
            intent=intent,
            expects=self.expects,
            slots=read_slots({**known, **entities}),
        )
        step = await TASKS[task](ask, self.desk)
        self._last = before
        self.slots = {**known, **entities, **step.slots}
        self.expects = step.expects
        return step

    def forget_answer(self) -> None:
        """Go back to before the last answer, as after a crash of the bot."""
        self.slots, self.expects = dict(self._last[0]), self._last[1]

    def at(self, now: datetime) -> None:
        """Move the clock."""
        self.desk = replace(self.desk, now=now)


@pytest.fixture
def make_talk(units: SqlUnitOfWorkFactory, policy: Policy) -> Any:
    """Return a maker of conversations; `shop_ref` None makes a stranger."""

    async def make(
        shop: FakeShop,
        shop_ref: str | None = "S1",
        *,
        conversation_id: str = "c_1",
        language: str = "zh",
        rules: Policy = policy,
    ) -> Talk:
        async with units() as uow:
            shopper = await uow.shoppers.by_ref(shop_ref) if shop_ref else None
            shopper = shopper or await uow.shoppers.add(shop_ref, NOON)
            await uow.conversations.add(
                Conversation(conversation_id, "widget", shopper.id, language, NOON, NOON)
            )
            await uow.commit()
        talk: Talk

        async def announce(_conversation: Conversation, messages: Sequence[Message]) -> None:
            talk.announced.extend(messages)

        desk = TaskDesk(
            units=units,
            shop=shop,
            policy=rules,
            texts=texts(),
            ports=HandOverPorts(lambda: talk.agents_present, announce),
            now=NOON,
            choose=random.Random(shop_ref).choice,  # noqa: S311 - repeatable on purpose
        )
        talk = Talk(desk, shop, conversation_id, shopper.id, language)
        return talk

    return make


@pytest.fixture
def add_photo(units: SqlUnitOfWorkFactory) -> Any:
    """Return a function that stores a photo of a conversation."""

    async def add(photo_id: str, conversation_id: str) -> None:
        async with units() as uow:
            await uow.photos.add(
                Photo(photo_id, conversation_id, None, "image/jpeg", 1, 1, 1, None, NOON)
            )
            await uow.commit()

    return add
