"""The outbox: sent once, tried again with growing pauses, with an end."""

import pytest

from desk.services.conversations import say, take
from desk.services.deliveries import (
    MOST_ATTEMPTS,
    Deliveries,
    TryLaterError,
    UndeliverableError,
    pause_s,
)
from desk.store.tables import DeliveryRow
from tests.desk_kit import NOW, Clock, add_conversation
from tests.services.test_conversations import add_agent


class Recorder:
    """A messenger that records, or fails as told."""

    name = "wechat"

    def __init__(self):
        self.sent = []
        self.errors = []

    async def send(self, to, message):
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append((to, message.text))
        return f"wx-{len(self.sent)}"


@pytest.fixture
async def sender(make_uow):
    """A conversation on a messenger in which an agent has said "hello"."""
    await add_conversation(make_uow, channel="wechat")
    agent = await add_agent(make_uow)
    await take(make_uow(), "c_1", agent, now=NOW)
    await say(make_uow(), "c_1", agent, "hello", audience="all", key="k", now=NOW)
    await say(make_uow(), "c_1", agent, "note", audience="agents", key="n", now=NOW)
    return Recorder()


def worker(make_uow, sender, clock):
    return Deliveries(make_uow, {"wechat": sender}, clock, jitter=lambda: 1.0)


async def row(make_uow):
    from sqlalchemy import select

    async with make_uow(read_only=True) as uow:
        return (await uow.session.execute(select(DeliveryRow))).scalar_one()


async def test_a_message_is_delivered_once_and_notes_never(make_uow, sender):
    deliveries = worker(make_uow, sender, Clock())
    assert await deliveries.work() == 1
    assert await deliveries.work() == 0
    assert sender.sent == [("c_1", "hello")]
    found = await row(make_uow)
    assert (found.state, found.external_id, found.attempts) == ("delivered", "wx-1", 1)


async def test_a_failure_is_tried_again_later(make_uow, sender):
    clock = Clock()
    deliveries = worker(make_uow, sender, clock)
    sender.errors = [TryLaterError(), RuntimeError("adapter bug")]
    await deliveries.work()
    assert await deliveries.work() == 0  # not before its time
    clock.forward(seconds=2.1)
    await deliveries.work()
    clock.forward(seconds=4.1)
    await deliveries.work()
    assert sender.sent == [("c_1", "hello")]
    assert (await row(make_uow)).attempts == 3


async def test_trying_ends(make_uow, sender):
    clock = Clock()
    deliveries = worker(make_uow, sender, clock)
    sender.errors = [TryLaterError() for _ in range(MOST_ATTEMPTS + 3)]
    for _ in range(MOST_ATTEMPTS + 3):
        await deliveries.work()
        clock.forward(hours=1)
    found = await row(make_uow)
    assert (found.state, found.attempts) == ("failed", MOST_ATTEMPTS)


async def test_what_can_never_be_delivered_fails_at_once(make_uow, sender):
    sender.errors = [UndeliverableError()]
    await worker(make_uow, sender, Clock()).work()
    assert (await row(make_uow)).state == "failed"


async def test_a_worker_that_dies_while_sending_loses_nothing(make_uow, sender):
    clock = Clock()

    class Killed(BaseException):
        pass

    sender.errors = [Killed()]
    with pytest.raises(Killed):
        await worker(make_uow, sender, clock).work()
    clock.forward(seconds=61)
    await worker(make_uow, sender, clock).work()
    assert sender.sent == [("c_1", "hello")]


def test_pauses_grow_to_a_limit_and_are_spread():
    assert [pause_s(attempts, 1.0) for attempts in (1, 2, 3, 20)] == [2, 4, 8, 600]
    assert pause_s(3, 0.0) == 4
