"""WebSockets: what was missed and what happens now, each once and in order."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from tests.desk_kit import until

TIMEOUT = 5


@asynccontextmanager
async def events(desk, widget, after=0):
    async with desk.client.ws_connect("/api/v1/widget/events") as ws:
        await ws.send_json({"token": widget.session["session_token"], "after": after})
        yield ws


async def messages(ws, count):
    """Return the next messages; other events are skipped."""
    found = []
    while len(found) < count:
        frame = await ws.receive_json(timeout=TIMEOUT)
        if frame["event"] == "message":
            found.append(frame["message"])
    return found


async def nothing(ws):
    """Check that no message comes."""
    try:
        async with asyncio.timeout(0.2):
            while True:
                frame = await ws.receive_json()
                assert frame["event"] != "message", frame
    except TimeoutError:
        pass


async def test_live_messages_come_in_order(desk):
    widget = await desk.widget()
    async with events(desk, widget) as ws:
        await widget.send("a")
        await widget.send("b")
        seen = await messages(ws, 4)
        assert [one["seq"] for one in seen] == [1, 2, 3, 4]


async def test_a_reconnect_after_n_gets_exactly_the_rest(desk):
    widget = await desk.widget()
    for text in "abc":
        await widget.send(text)
    await desk.idle()
    async with events(desk, widget, after=4) as ws:
        assert [one["seq"] for one in await messages(ws, 2)] == [5, 6]
        await nothing(ws)
        await widget.send("d")
        assert [one["seq"] for one in await messages(ws, 2)] == [7, 8]


@pytest.mark.parametrize("rounds", [1, 2, 3])
async def test_connecting_in_the_middle_of_a_storm_leaves_no_gap_and_doubles_nothing(desk, rounds):
    widget = await desk.widget()

    async def storm():
        for number in range(20):
            await widget.send(f"{number}")

    sending = asyncio.create_task(storm())
    last = 0
    for _ in range(rounds):
        async with events(desk, widget, after=last) as ws:
            for message in await messages(ws, 5):
                assert message["seq"] == last + 1
                last += 1
    await sending
    await desk.idle()
    async with events(desk, widget, after=last) as ws:
        assert [one["seq"] for one in await messages(ws, 40 - last)] == list(range(last + 1, 41))
        await nothing(ws)


async def test_a_number_from_another_life_does_not_make_deaf(desk):
    widget = await desk.widget()
    async with events(desk, widget, after=999) as ws:
        await asyncio.sleep(0.1)
        await widget.send("a")
        assert [one["seq"] for one in await messages(ws, 2)] == [1, 2]


async def test_notes_for_agents_reach_no_shopper_and_leave_no_hole(desk):
    widget, agent = await desk.widget(), await desk.agent()
    async with events(desk, widget) as ws:
        await widget.send("a")
        await messages(ws, 2)
        await agent.post(
            f"/conversations/{widget.id}/messages", {"text": "n", "audience": "agents"}, key="k"
        )
        await widget.send("b")
        assert [one["seq"] for one in await messages(ws, 2)] == [4, 5]


async def test_a_wrong_token_is_told_and_closed(desk):
    async with desk.client.ws_connect("/api/v1/widget/events") as ws:
        await ws.send_json({"token": "wrong", "after": 0})
        assert await ws.receive_json(timeout=TIMEOUT) == {"event": "error", "code": "bad_session"}
        assert (await ws.receive(timeout=TIMEOUT)).type is WSMsgType.CLOSE
        assert ws.close_code == 4401


@pytest.mark.parametrize(
    "frame", ["{", "[]", '{"event":"read","seq":"x"}', '{"event":"?"}', '{"event":"typing","x":1}']
)
async def test_bad_frames_are_told_and_survived(desk, frame):
    widget = await desk.widget()
    async with events(desk, widget) as ws:
        await ws.send_str(frame)
        assert await ws.receive_json(timeout=TIMEOUT) == {"event": "error", "code": "bad_frame"}
        await widget.send("a")
        assert len(await messages(ws, 1)) == 1


async def test_a_bad_first_frame_ends_the_connection(desk):
    async with desk.client.ws_connect("/api/v1/widget/events") as ws:
        await ws.send_str("hello")
        assert (await ws.receive_json(timeout=TIMEOUT))["code"] == "bad_frame"
        assert (await ws.receive(timeout=TIMEOUT)).type is WSMsgType.CLOSE


async def test_an_oversized_frame_ends_the_connection(desk):
    widget = await desk.widget()
    async with events(desk, widget) as ws:
        await ws.send_str("x" * 100_000)
        assert (await ws.receive(timeout=TIMEOUT)).type is WSMsgType.CLOSE


async def agent_events(desk, agent):
    return await desk.client.ws_connect("/api/v1/events", headers=agent.headers())


async def frame_of(ws, event, check=lambda frame: True):
    while True:
        frame = await ws.receive_json(timeout=TIMEOUT)
        if frame["event"] == event and check(frame):
            return frame


async def test_shopper_and_agent_talk_live(desk):
    widget, agent = await desk.widget(), await desk.agent()
    await widget.send("a person please")
    await desk.idle()
    async with await agent_events(desk, agent) as desk_ws, events(desk, widget, after=2) as ws:
        await desk_ws.send_json({"event": "open", "conversation": widget.id, "after": 0})
        first = await frame_of(desk_ws, "message")
        assert first["conversation"] == widget.id
        assert (await agent.post(f"/conversations/{widget.id}/take")).status == 200
        [state] = await messages(ws, 1)
        assert state["content"]["state"] == {"state": "with_agent", "agent_name": "林小满"}
        await desk_ws.send_json({"event": "typing", "conversation": widget.id})
        assert await frame_of(ws, "typing") == {"event": "typing", "who": "agent", "name": "林小满"}
        await agent.post(f"/conversations/{widget.id}/messages", {"text": "hello"}, key="k-1")
        [said] = await messages(ws, 1)
        assert (said["content"]["text"], said["agent_name"]) == ("hello", "林小满")
        await ws.send_json({"event": "typing"})
        assert (await frame_of(desk_ws, "typing"))["who"] == "shopper"
        await widget.send("thanks")
        await frame_of(
            desk_ws, "message", lambda one: one["message"]["content"].get("text") == "thanks"
        )
        await desk_ws.send_json({"event": "read", "conversation": widget.id, "seq": 5})
        assert (await frame_of(ws, "read"))["seq"] == 5


async def test_agents_hear_of_every_conversation_that_changes(desk):
    agent = await desk.agent()
    async with await agent_events(desk, agent) as ws:
        await asyncio.sleep(0.05)
        widget = await desk.widget()
        await widget.send("hi")
        frame = await frame_of(ws, "conversation")
        assert frame["conversation"]["id"] == widget.id


async def test_an_agent_who_looks_away_hears_no_more(desk):
    widget, agent = await desk.widget(), await desk.agent()
    async with await agent_events(desk, agent) as ws:
        await ws.send_json({"event": "open", "conversation": widget.id, "after": 0})
        await ws.send_json({"event": "close-view", "conversation": widget.id})
        await ws.send_json({"event": "open", "conversation": "c_none", "after": 0})
        assert (await frame_of(ws, "error"))["code"] == "conversation_not_found"
        await widget.send("hi")
        await nothing(ws)


async def test_without_a_cookie_there_is_no_agent_socket(desk):
    with pytest.raises(WSServerHandshakeError) as refused:
        await desk.client.ws_connect("/api/v1/events")
    assert refused.value.status == 401


async def test_a_foreign_page_cannot_open_the_agent_socket(desk):
    agent = await desk.agent()
    with pytest.raises(WSServerHandshakeError) as refused:
        await desk.client.ws_connect(
            "/api/v1/events", headers=agent.headers(Origin="https://evil.example")
        )
    assert refused.value.status == 403


async def test_a_connected_agent_counts_as_present(desk):
    agent = await desk.agent()
    async with await agent_events(desk, agent) as ws:
        await ws.send_str("?")
        await frame_of(ws, "error")
        assert desk.desk.presence.count() == 1
    await until(lambda: desk.desk.presence.count() == 0)
