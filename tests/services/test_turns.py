"""Turns: every message answered once, late replies dropped, a silent bot is no silent desk."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from desk.bot_client import BotClient, Circuit
from desk.services.bot import BotUnavailableError, Turn
from desk.services.conversations import (
    IncomingMessage,
    Lease,
    hand_back,
    queue_conversation,
    receive,
    take,
)
from desk.services.fanout import LocalFanout
from desk.services.turns import Turns
from tests.desk_kit import NOW, Clock, add_conversation, until
from tests.fakes.bot import SECRET, said
from tests.services.test_conversations import add_agent, get, history


class FakeCalls:
    """Says simple sentences; calls people where a test says so."""

    def __init__(self):
        self.reason = None
        self.earlier = []

    def wait_minutes(self, position):
        return 3

    def apology(self, language, reason, position, now):
        return f"sorry:{language}:{reason}"

    def reason_beside_the_bot(self, message, reply, earlier):
        self.earlier = earlier
        return self.reason


class Hub:
    """One desk process: its turns, its bot client."""

    def __init__(self, make_uow, bot, session, owner="desk-1", **options):
        self.make_uow = make_uow
        self.clock = Clock()
        self.calls = FakeCalls()
        self.lease = Lease(owner)
        self.client = BotClient(
            session,
            options.pop("url", bot.url),
            SECRET,
            timeout_s=options.pop("timeout_s", 2.0),
            circuit=options.pop("circuit", None),
        )
        self.turns = Turns(make_uow, self.client, LocalFanout(), self.calls, self.lease, self.clock)

    async def send(self, external_id, text="hi", *, conversation_id="c_1"):
        received = await receive(
            self.make_uow(),
            IncomingMessage(conversation_id, external_id, text),
            lease=self.lease,
            now=self.clock(),
        )
        if received.claim:
            self.turns.begin(received.claim)
        return received

    async def said(self):
        return [
            (one.sender, one.text or one.content.get("state", {}).get("state"))
            for one in await history(self.make_uow)
        ]


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def hub(make_uow, fake_bot, session):
    await add_conversation(make_uow)
    return Hub(make_uow, fake_bot, session)


async def test_a_message_is_answered(hub, fake_bot):
    await hub.send("m-1", "你好")
    await hub.turns.idle()
    assert await hub.said() == [("shopper", "你好"), ("bot", "echo: 你好")]
    conversation = await get(hub.make_uow)
    assert conversation.lease_owner is None
    [turn] = fake_bot.turns
    assert turn == {
        "conversation": "c_1:1",
        "message_id": "c_1-1",
        "text": "你好",
        "payload": None,
        "language": "zh",
        "expects": None,
        "attempt": 1,
    }


async def test_messages_of_one_conversation_are_answered_in_order_one_at_a_time(hub, fake_bot):
    fake_bot.hold = asyncio.Event()
    await hub.send("m-1", "1")
    await fake_bot.arrived.wait()
    for number in range(2, 6):
        await hub.send(f"m-{number}", str(number))
    assert len(fake_bot.turns) == 1
    fake_bot.hold.set()
    await hub.turns.idle()
    assert [turn["text"] for turn in fake_bot.turns] == ["1", "2", "3", "4", "5"]
    replies = [text for sender, text in await hub.said() if sender == "bot"]
    assert replies == [f"echo: {number}" for number in range(1, 6)]


async def test_conversations_do_not_wait_for_each_other(hub, fake_bot):
    await add_conversation(hub.make_uow, "c_2")
    fake_bot.hold = asyncio.Event()
    await hub.send("m-1")
    await hub.send("m-1", conversation_id="c_2")
    await until(lambda: len(fake_bot.turns) == 2)
    fake_bot.hold.set()
    await hub.turns.idle()


async def test_understanding_language_and_expectation_are_kept(hub, fake_bot):
    fake_bot.answer = lambda turn: (
        said("which?", intent="return_request", expects="reason")
        | {"understanding": {"intent": "return_request", "confidence": 0.8, "language": "en"}}
    )
    await hub.send("m-1", "I want to return it")
    await hub.turns.idle()
    conversation = await get(hub.make_uow)
    assert (conversation.language, conversation.expects) == ("en", "reason")
    message, *_ = await history(hub.make_uow)
    assert (message.understanding["intent"], message.turn_state) == ("return_request", "done")


async def test_failures_to_understand_are_counted_in_a_row(hub, fake_bot):
    for number, (intent, count) in enumerate(
        [("nlu_fallback", 1), ("nlu_fallback", 2), ("greet", 0), ("nlu_fallback", 1)]
    ):
        fake_bot.answer = lambda turn, intent=intent: said("?", intent=intent)
        await hub.send(f"m-{number}")
        await hub.turns.idle()
        assert (await get(hub.make_uow)).fallback_count == count


async def test_a_late_reply_to_a_conversation_that_a_person_took_is_dropped(hub, fake_bot):
    agent = await add_agent(hub.make_uow)
    fake_bot.hold = asyncio.Event()
    await hub.send("m-1")
    await fake_bot.arrived.wait()
    await take(hub.make_uow(), "c_1", agent, now=NOW)
    fake_bot.hold.set()
    await hub.turns.idle()
    assert await hub.said() == [("shopper", "hi"), ("system", "with_agent")]


async def test_a_reply_that_comes_after_take_and_hand_back_is_still_dropped(hub, fake_bot):
    agent = await add_agent(hub.make_uow)
    fake_bot.hold = asyncio.Event()
    await hub.send("m-1")
    await fake_bot.arrived.wait()
    await take(hub.make_uow(), "c_1", agent, now=NOW)
    await hand_back(hub.make_uow(), "c_1", agent, now=NOW)
    await hub.send("m-2", "again")
    fake_bot.hold.set()
    await hub.turns.idle()
    replies = [text for sender, text in await hub.said() if sender == "bot"]
    assert replies == ["echo: again"]
    assert [turn["conversation"] for turn in fake_bot.turns] == ["c_1:1", "c_1:2"]


async def test_the_last_sentence_of_a_turn_that_asks_for_a_person_arrives(hub, fake_bot):
    async def ask_for_a_person(turn):
        async with hub.make_uow() as uow:
            conversation = await uow.conversations.lock("c_1")
            conversation, _, _ = await queue_conversation(
                uow, conversation, "asked", now=NOW, by_seq=1
            )
            await uow.conversations.save(conversation)
            await uow.commit()

    fake_bot.during = ask_for_a_person
    fake_bot.answer = lambda turn: said("you are number 1", intent="human")
    await hub.send("m-1", "a person please")
    await hub.turns.idle()
    assert await hub.said() == [
        ("shopper", "a person please"),
        ("system", "queued"),
        ("bot", "you are number 1"),
    ]


async def test_what_was_written_behind_a_call_for_a_person_is_for_people(hub, fake_bot):
    async def ask_for_a_person(turn):
        await hub.send("m-2", "are you there?")
        async with hub.make_uow() as uow:
            conversation = await uow.conversations.lock("c_1")
            conversation, _, _ = await queue_conversation(
                uow, conversation, "asked", now=NOW, by_seq=1
            )
            await uow.conversations.save(conversation)
            await uow.commit()

    fake_bot.during = ask_for_a_person
    await hub.send("m-1")
    await hub.turns.idle()
    assert len(fake_bot.turns) == 1
    assert all(one.turn_state != "pending" for one in await history(hub.make_uow))


async def test_a_bot_that_is_down_means_one_apology_and_the_queue(hub, fake_bot):
    fake_bot.status = 500
    await hub.send("m-1")
    await hub.turns.idle()
    assert await hub.said() == [
        ("shopper", "hi"),
        ("system", "queued"),
        ("bot", "sorry:zh:bot_down"),
    ]
    assert [turn["attempt"] for turn in fake_bot.turns] == [1, 2]
    await hub.send("m-2", "hello?")
    await hub.turns.idle()
    assert len(fake_bot.turns) == 2
    assert len([1 for sender, _ in await hub.said() if sender == "bot"]) == 1


async def test_one_slow_answer_flips_nothing(make_uow, fake_bot, session):
    await add_conversation(make_uow)
    hub = Hub(make_uow, fake_bot, session, timeout_s=0.3)

    async def slow_once(turn):
        if turn["attempt"] == 1:
            await asyncio.sleep(0.6)

    fake_bot.during = slow_once
    await hub.send("m-1")
    await hub.turns.idle()
    assert await hub.said() == [("shopper", "hi"), ("bot", "echo: hi")]
    assert not hub.client.circuit.is_open


async def test_a_bot_that_is_not_there_at_all(make_uow, fake_bot, session, free_port):
    await add_conversation(make_uow, language="en")
    hub = Hub(make_uow, fake_bot, session, url=f"http://127.0.0.1:{free_port}")
    await hub.send("m-1")
    await hub.turns.idle()
    assert (await hub.said())[-1] == ("bot", "sorry:en:bot_down")


async def test_a_bot_that_answers_nonsense(hub, fake_bot):
    fake_bot.answer = lambda turn: {"something": "else"}
    await hub.send("m-1")
    await hub.turns.idle()
    assert (await hub.said())[-1] == ("bot", "sorry:zh:bot_down")


async def test_the_hub_calls_people_past_the_bot(hub, fake_bot):
    hub.calls.reason = "abuse"
    fake_bot.answer = lambda turn: said("please stay polite", intent="abuse")
    await hub.send("m-1", "f…")
    await hub.turns.idle()
    assert await hub.said() == [
        ("shopper", "f…"),
        ("bot", "please stay polite"),
        ("system", "queued"),
        ("bot", "sorry:zh:abuse"),
    ]
    assert (await get(hub.make_uow)).queue_reason == "abuse"


async def test_another_process_takes_up_what_a_dead_one_left(make_uow, fake_bot, session):
    await add_conversation(make_uow)
    dead = Hub(make_uow, fake_bot, session, "desk-dead")
    await receive(make_uow(), IncomingMessage("c_1", "m-1", "hi"), lease=dead.lease, now=NOW)
    alive = Hub(make_uow, fake_bot, session, "desk-alive")
    assert await alive.turns.sweep() == 0  # the lease still runs
    alive.clock.forward(seconds=16)
    assert await alive.turns.sweep() == 1
    await alive.turns.idle()
    assert await alive.said() == [("shopper", "hi"), ("bot", "echo: hi")]
    assert fake_bot.turns[0]["attempt"] == 2


async def test_a_reply_of_a_process_that_lost_its_lease_is_dropped(make_uow, fake_bot, session):
    await add_conversation(make_uow)
    slow, quick = (Hub(make_uow, fake_bot, session, owner) for owner in ("slow", "quick"))
    fake_bot.hold = asyncio.Event()
    await slow.send("m-1")
    await fake_bot.arrived.wait()
    quick.clock.forward(seconds=16)
    assert await quick.turns.sweep() == 1
    await until(lambda: len(fake_bot.turns) == 2)
    fake_bot.hold.set()
    await asyncio.gather(slow.turns.idle(), quick.turns.idle())
    assert await slow.said() == [("shopper", "hi"), ("bot", "echo: hi")]


async def test_several_processes_that_sweep_at_once_answer_once(make_uow, fake_bot, session):
    await add_conversation(make_uow)
    async with make_uow() as uow:
        conversation = await uow.conversations.lock("c_1")
        for number in (1, 2, 3):
            await uow.messages.add(_pending(number))
        await uow.conversations.save(replace(conversation, last_seq=3))
        await uow.commit()
    hubs = [Hub(make_uow, fake_bot, session, f"desk-{number}") for number in range(4)]
    await asyncio.gather(*(hub.turns.sweep() for hub in hubs))
    await asyncio.gather(*(hub.turns.idle() for hub in hubs))
    assert [turn["message_id"] for turn in fake_bot.turns] == ["c_1-1", "c_1-2", "c_1-3"]


def _pending(seq, **more):
    from desk.domain.conversations import Message

    return Message(
        "c_1", seq, "shopper", {"text": str(seq)}, NOW, turn_state="pending",
        external_id=f"m-{seq}", **more,
    )  # fmt: skip


async def test_a_message_that_kills_its_desk_is_not_tried_for_ever(hub, fake_bot):
    async with hub.make_uow() as uow:
        conversation = await uow.conversations.lock("c_1")
        await uow.messages.add(_pending(1, turn_attempts=5))
        await uow.conversations.save(replace(conversation, last_seq=1))
        await uow.commit()
    await hub.turns.sweep()
    await hub.turns.idle()
    assert fake_bot.turns == []
    assert (await hub.said())[-1] == ("bot", "sorry:zh:bot_down")


async def test_a_stop_leaves_what_is_not_finished_pending(hub, fake_bot):
    fake_bot.hold = asyncio.Event()
    await hub.send("m-1")
    await fake_bot.arrived.wait()
    await hub.turns.stop(0.05)
    [message] = await history(hub.make_uow)
    assert message.turn_state == "pending"


async def test_a_stop_lets_a_turn_finish(hub, fake_bot):
    fake_bot.hold = asyncio.Event()
    await hub.send("m-1")
    await hub.send("m-2")
    await fake_bot.arrived.wait()
    asyncio.get_running_loop().call_later(0.05, fake_bot.hold.set)
    await hub.turns.stop(2)
    first, second, reply = await history(hub.make_uow)
    assert (first.turn_state, second.turn_state, reply.sender) == ("done", "pending", "bot")
    assert (await get(hub.make_uow)).lease_owner is None


def turn(number=1):
    return Turn("c_1:1", f"c_1-{number}", "hi", None, "zh", None)


async def test_the_circuit_opens_after_several_failures_and_one_probe_closes_it(fake_bot, session):
    seconds = 0.0
    circuit = Circuit(failures_to_open=3, open_for_s=5, clock=lambda: seconds)
    client = BotClient(session, fake_bot.url, SECRET, timeout_s=1, circuit=circuit)
    fake_bot.status = 500
    for _ in range(3):
        with pytest.raises(BotUnavailableError):
            await client.turn(turn())
    assert circuit.is_open
    with pytest.raises(BotUnavailableError) as refused:
        await client.turn(turn())
    assert (refused.value.why, refused.value.is_final) == ("open", True)
    assert len(fake_bot.turns) == 3
    seconds = 6.0
    fake_bot.status = 200
    fake_bot.hold = asyncio.Event()
    probe = asyncio.create_task(client.turn(turn()))
    await until(lambda: len(fake_bot.turns) == 4)
    with pytest.raises(BotUnavailableError):
        await client.turn(turn())  # only one may probe
    fake_bot.hold.set()
    assert (await probe).messages == ({"text": "echo: hi"},)
    assert not circuit.is_open


async def test_successes_in_between_keep_the_circuit_closed(fake_bot, session):
    circuit = Circuit(failures_to_open=2)
    client = BotClient(session, fake_bot.url, SECRET, timeout_s=1, circuit=circuit)
    for status in (500, 200, 500, 200, 500):
        fake_bot.status = status
        if status == 200:
            await client.turn(turn())
        else:
            with pytest.raises(BotUnavailableError):
                await client.turn(turn())
    assert not circuit.is_open


async def test_a_message_that_the_bot_refuses_does_not_open_the_circuit(fake_bot, session):
    circuit = Circuit(failures_to_open=1)
    client = BotClient(session, fake_bot.url, "wrong", timeout_s=1, circuit=circuit)
    with pytest.raises(BotUnavailableError) as refused:
        await client.turn(turn())
    assert refused.value.is_final
    assert not circuit.is_open


async def test_a_lease_ends(make_uow):
    conversation = replace(
        await add_conversation(make_uow), lease_owner="x", lease_until=NOW + timedelta(seconds=1)
    )
    assert conversation.is_leased(NOW)
    assert not conversation.is_leased(NOW + timedelta(seconds=1))
