"""Receiving: once, in order, without gaps; who has the conversation."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from desk.domain.conversations import ConversationState, Message, Move, MoveRefusedError, move
from desk.domain.people import Agent
from desk.services.conversations import (
    ExternalIdReusedError,
    IncomingMessage,
    Lease,
    PayloadNotOfferedError,
    PhotoNotFoundError,
    close,
    hand_back,
    offers,
    receive,
    say,
    take,
)
from tests.desk_kit import NOW, add_conversation

LEASE = Lease("desk-1")


async def get(make_uow, conversation_id="c_1"):
    async with make_uow(read_only=True) as uow:
        return await uow.conversations.get(conversation_id)


async def history(make_uow, conversation_id="c_1"):
    async with make_uow(read_only=True) as uow:
        return await uow.messages.after(conversation_id, 0, limit=1000, for_agents=True)


async def add_agent(make_uow, login="lin", role="agent") -> Agent:
    async with make_uow() as uow:
        agent = await uow.agents.add(login, login.title(), role, "x", NOW)
        await uow.commit()
    return agent


def incoming(external_id="m-1", text="hello", **more) -> IncomingMessage:
    return IncomingMessage(more.pop("conversation_id", "c_1"), external_id, text, **more)


async def test_a_message_is_stored_and_claimed(make_uow):
    await add_conversation(make_uow)
    received = await receive(make_uow(), incoming(), lease=LEASE, now=NOW)
    assert received.is_new
    assert (received.message.seq, received.message.turn_state) == (1, "pending")
    assert received.claim is not None
    stored = await get(make_uow)
    assert (stored.last_seq, stored.lease_owner) == (1, "desk-1")


async def test_the_same_external_id_again_is_the_same_message(make_uow):
    await add_conversation(make_uow)
    first = await receive(make_uow(), incoming(), lease=LEASE, now=NOW)
    again = await receive(make_uow(), incoming(), lease=LEASE, now=NOW + timedelta(hours=1))
    assert not again.is_new
    assert again.message.seq == first.message.seq
    assert again.claim is None
    assert len(await history(make_uow)) == 1


async def test_doubled_sends_at_one_moment_are_one_message(make_uow):
    await add_conversation(make_uow)
    results = await asyncio.gather(
        *(receive(make_uow(), incoming(), lease=LEASE, now=NOW) for _ in range(8))
    )
    assert sum(result.is_new for result in results) == 1
    assert len(await history(make_uow)) == 1


async def test_one_external_id_for_two_messages_is_refused(make_uow):
    await add_conversation(make_uow)
    await receive(make_uow(), incoming(), lease=LEASE, now=NOW)
    with pytest.raises(ExternalIdReusedError):
        await receive(make_uow(), incoming(text="other"), lease=LEASE, now=NOW)


async def test_two_shoppers_may_use_the_same_external_id(make_uow):
    await add_conversation(make_uow, "c_1")
    await add_conversation(make_uow, "c_2")
    for conversation_id in ("c_1", "c_2"):
        received = await receive(
            make_uow(), incoming(conversation_id=conversation_id), lease=LEASE, now=NOW
        )
        assert received.is_new
        assert received.message.seq == 1


async def test_numbers_have_no_gaps_under_load(make_uow):
    await add_conversation(make_uow)
    await asyncio.gather(
        *(
            receive(make_uow(), incoming(f"m-{number}"), lease=LEASE, now=NOW)
            for number in range(15)
        )
    )
    assert [message.seq for message in await history(make_uow)] == list(range(1, 16))


async def test_only_one_process_gets_the_claim(make_uow):
    await add_conversation(make_uow)
    first = await receive(make_uow(), incoming("m-1"), lease=Lease("desk-1"), now=NOW)
    second = await receive(make_uow(), incoming("m-2"), lease=Lease("desk-2"), now=NOW)
    assert first.claim is not None
    assert second.claim is None


async def test_an_ended_lease_is_taken_with_the_oldest_message_first(make_uow):
    await add_conversation(make_uow)
    await receive(make_uow(), incoming("m-1"), lease=Lease("desk-1"), now=NOW)
    later = NOW + timedelta(seconds=16)
    received = await receive(make_uow(), incoming("m-2"), lease=Lease("desk-2"), now=later)
    assert received.message.seq == 2
    assert received.claim is not None
    assert received.claim.message.seq == 1
    assert received.claim.message.turn_attempts == 2


async def test_messages_while_people_have_it_are_not_for_the_bot(make_uow):
    await add_conversation(make_uow)
    agent = await add_agent(make_uow)
    await take(make_uow(), "c_1", agent, now=NOW)
    received = await receive(make_uow(), incoming(), lease=LEASE, now=NOW)
    assert (received.message.turn_state, received.claim) == (None, None)


async def test_a_shopper_who_writes_again_opens_a_closed_conversation_in_a_new_section(make_uow):
    await add_conversation(make_uow)
    agent = await add_agent(make_uow)
    await take(make_uow(), "c_1", agent, now=NOW)
    closed, _ = await close(make_uow(), "c_1", agent, now=NOW)
    assert (closed.state, closed.section) == (ConversationState.CLOSED, 2)
    received = await receive(make_uow(), incoming(), lease=LEASE, now=NOW)
    assert received.conversation.state is ConversationState.BOT
    assert received.claim.conversation.bot_id == "c_1:2"
    assert [one.sender for one in received.stored] == ["system", "shopper"]


async def test_hand_back_starts_a_new_section_and_may_be_taken_again(make_uow):
    await add_conversation(make_uow)
    agent = await add_agent(make_uow)
    for section in (2, 3):
        await take(make_uow(), "c_1", agent, now=NOW)
        conversation, _ = await hand_back(make_uow(), "c_1", agent, now=NOW)
        assert (conversation.state, conversation.section) == (ConversationState.BOT, section)


async def test_a_colleague_cannot_take_or_give_away_what_another_has(make_uow):
    await add_conversation(make_uow)
    lin, may = await add_agent(make_uow), await add_agent(make_uow, "may")
    chen = await add_agent(make_uow, "chen", "supervisor")
    await take(make_uow(), "c_1", lin, now=NOW)
    for action in (take, hand_back, close):
        with pytest.raises(MoveRefusedError):
            await action(make_uow(), "c_1", may, now=NOW)
    conversation, _ = await hand_back(make_uow(), "c_1", chen, now=NOW)
    assert conversation.state is ConversationState.BOT


async def test_taking_twice_is_once(make_uow):
    await add_conversation(make_uow)
    agent = await add_agent(make_uow)
    await take(make_uow(), "c_1", agent, now=NOW)
    _, said = await take(make_uow(), "c_1", agent, now=NOW)
    assert said == ()
    assert len(await history(make_uow)) == 1


async def test_two_agents_at_once_one_gets_it(make_uow):
    await add_conversation(make_uow)
    agents = [await add_agent(make_uow, login) for login in ("a", "b", "c")]
    results = await asyncio.gather(
        *(take(make_uow(), "c_1", agent, now=NOW) for agent in agents), return_exceptions=True
    )
    assert sum(not isinstance(result, Exception) for result in results) == 1


async def test_an_agent_speaks_only_where_they_have_the_conversation(make_uow):
    await add_conversation(make_uow)
    agent = await add_agent(make_uow)
    with pytest.raises(MoveRefusedError):
        await say(make_uow(), "c_1", agent, "hi", audience="all", key="k", now=NOW)
    note, _ = await say(make_uow(), "c_1", agent, "note", audience="agents", key="n", now=NOW)
    assert note.audience == "agents"
    await take(make_uow(), "c_1", agent, now=NOW)
    first, is_new = await say(make_uow(), "c_1", agent, "hi", audience="all", key="k", now=NOW)
    again, is_new_again = await say(
        make_uow(), "c_1", agent, "hi", audience="all", key="k", now=NOW
    )
    assert (is_new, is_new_again, first.seq) == (True, False, again.seq)


async def test_notes_are_hidden_from_shoppers(make_uow):
    await add_conversation(make_uow)
    agent = await add_agent(make_uow)
    await say(make_uow(), "c_1", agent, "secret", audience="agents", key="n", now=NOW)
    async with make_uow(read_only=True) as uow:
        assert await uow.messages.after("c_1", 0, limit=10, for_agents=False) == []
        assert len(await uow.messages.after("c_1", 0, limit=10, for_agents=True)) == 1


async def offer(make_uow, *payloads):
    """Store a bot message with buttons."""
    async with make_uow() as uow:
        conversation = await uow.conversations.lock("c_1")
        seq = conversation.last_seq + 1
        buttons = [{"title": f"t{payload}", "payload": payload} for payload in payloads]
        await uow.messages.add(Message("c_1", seq, "bot", {"buttons": buttons}, NOW))
        await uow.conversations.save(replace(conversation, last_seq=seq))
        await uow.commit()


async def test_a_button_works_while_it_was_offered_lately(make_uow):
    await add_conversation(make_uow)
    await offer(make_uow, "/affirm")
    received = await receive(make_uow(), incoming(text="", payload="/affirm"), lease=LEASE, now=NOW)
    assert received.message.content == {"payload": "/affirm", "text": "t/affirm"}
    for _ in range(20):
        await offer(make_uow, "/other")
    with pytest.raises(PayloadNotOfferedError):
        await receive(make_uow(), incoming("m-2", text="", payload="/affirm"), lease=LEASE, now=NOW)


async def test_a_payload_that_nobody_offered_is_refused(make_uow):
    await add_conversation(make_uow)
    with pytest.raises(PayloadNotOfferedError):
        await receive(
            make_uow(),
            incoming(text="", payload='/inform{"order_number":"ZG2511184821"}'),
            lease=LEASE,
            now=NOW,
        )
    assert await history(make_uow) == []


async def test_a_photo_of_nobody_is_refused(make_uow):
    await add_conversation(make_uow)
    with pytest.raises(PhotoNotFoundError):
        await receive(make_uow(), incoming(text="", photo_id="p_x"), lease=LEASE, now=NOW)


def test_cards_offer_their_payloads_too():
    content = {"card": {"type": "orders", "orders": [{"number": "ZG1", "payload": "/a"}]}}
    assert offers(content) == {"/a": "ZG1"}


@pytest.mark.parametrize(
    ("state", "what", "after"),
    [
        ("bot", "queue", "queued"),
        ("bot", "take", "with_agent"),
        ("bot", "close", "closed"),
        ("queued", "take", "with_agent"),
        ("queued", "hand_back", "bot"),
        ("queued", "close", "closed"),
        ("with_agent", "queue", "queued"),
        ("with_agent", "hand_back", "bot"),
        ("with_agent", "close", "closed"),
        ("closed", "reopen", "bot"),
        ("bot", "hand_back", None),
        ("bot", "reopen", None),
        ("queued", "queue", None),
        ("with_agent", "take", None),
        ("closed", "take", None),
        ("closed", "queue", None),
        ("closed", "close", None),
    ],
)
async def test_moves(make_uow, state, what, after):
    conversation = replace(await add_conversation(make_uow), state=ConversationState(state))
    if after is None:
        with pytest.raises(MoveRefusedError):
            move(conversation, Move(what), now=NOW, agent_id=1)
    else:
        moved = move(conversation, Move(what), now=NOW, agent_id=1)
        assert moved.state == after
        begins_afresh = what in ("hand_back", "close")
        assert moved.section == (2 if begins_afresh else 1)
