"""Agents: sign-in, rights, taking over, what they see."""

import asyncio

import pytest

from desk.api.security import MemoryLimits
from desk.services.agents import DEMO_PASSWORD
from tests.api.test_widget import problem, token


async def sign_in(desk, login="lin", password=DEMO_PASSWORD):
    return await desk.client.post(
        "/api/v1/agent/sign-in", json={"login": login, "password": password}
    )


async def test_signing_in_and_out(desk):
    response = await sign_in(desk)
    body = await response.json()
    assert body["agent"] == {"login": "lin", "name": "林小满", "role": "agent"}
    cookie = response.cookies["zhanggui_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    headers = {
        "Cookie": f"zhanggui_session={cookie.value}",
        "X-CSRF-Token": body["csrf_token"],
    }
    desk.client.session.cookie_jar.clear()
    me = await desk.client.get("/api/v1/agent/me", headers=headers)
    assert (await me.json()) == body
    out = await desk.client.post("/api/v1/agent/sign-out", headers=headers)
    assert out.status == 204
    await problem(await desk.client.get("/api/v1/agent/me", headers=headers), 401, "not_signed_in")


async def test_wrong_login_and_wrong_password_are_one_answer(desk):
    bodies = []
    for login, password in (("lin", "wrong"), ("nobody", "zhanggui-demo"), ("lin", "x" * 1000)):
        response = await sign_in(desk, login, password)
        bodies.append(await problem(response, 401, "sign_in_refused"))
    assert bodies[0] == bodies[1] == bodies[2]


async def test_trying_passwords_is_slowed_down_per_login(run_desk):
    desk = await run_desk(limits=MemoryLimits(per_address="100/minute", per_login="3/minute"))
    for _ in range(3):
        await problem(await sign_in(desk, password="wrong"), 401, "sign_in_refused")
    response = await sign_in(desk)  # the right one too: otherwise the limit would be an oracle
    await problem(response, 429, "too_many_tries")
    assert response.headers["Retry-After"]
    assert (await sign_in(desk, "chen")).status == 200


async def test_trying_logins_is_slowed_down_per_address(run_desk):
    desk = await run_desk(limits=MemoryLimits(per_address="3/minute", per_login="100/minute"))
    for number in range(3):
        await sign_in(desk, f"login-{number}")
    await problem(await sign_in(desk), 429, "too_many_tries")


async def test_a_session_of_an_agent_ends(desk):
    agent = await desk.agent()
    desk.clock.forward(hours=12, seconds=1)
    await problem(await agent.get("/conversations"), 401, "not_signed_in")


@pytest.mark.parametrize("csrf", [None, "", "wrong"])
async def test_writes_need_the_csrf_token(desk, csrf):
    widget, agent = await desk.widget(), await desk.agent()
    headers = {"Cookie": f"zhanggui_session={agent.cookie}"}
    if csrf is not None:
        headers["X-CSRF-Token"] = csrf
    for path in ("take", "hand-back", "close", "messages"):
        response = await desk.client.post(
            f"/api/v1/conversations/{widget.id}/{path}", headers=headers, json={"text": "x"}
        )
        await problem(response, 403, "csrf_token_wrong")


async def test_nothing_of_the_desk_is_open_to_strangers(desk):
    widget = await desk.widget()
    for path in (
        "/conversations",
        f"/conversations/{widget.id}",
        f"/conversations/{widget.id}/messages",
        "/cases",
        "/cases/R7K3-9QX2",
        "/knowledge/search?q=x",
        "/agent/me",
    ):
        for headers in ({}, widget.headers):
            response = await desk.client.get(f"/api/v1{path}", headers=headers)
            await problem(response, 401, "not_signed_in")


async def test_take_talk_hand_back_and_take_again(desk):
    widget, agent = await desk.widget(), await desk.agent()
    path = f"/conversations/{widget.id}"
    for number, section in ((1, "1"), (2, "2")):
        await widget.send(f"bot {number}")
        await desk.idle()
        assert desk.bot.turns[-1]["conversation"] == f"{widget.id}:{section}"
        taken = await agent.post(f"{path}/take")
        assert (await taken.json())["state"] == "with_agent"
        await widget.send(f"person {number}")
        await desk.idle()
        said = await agent.post(f"{path}/messages", {"text": "ok"}, key=f"k-{number}")
        assert said.status == 201
        back = await agent.post(f"{path}/hand-back")
        assert (await back.json())["state"] == "bot"
    assert [turn["text"] for turn in desk.bot.turns] == ["bot 1", "bot 2"]


async def test_a_late_reply_is_dropped_when_a_person_took_over(desk):
    desk.bot.hold = asyncio.Event()
    widget, agent = await desk.widget(), await desk.agent()
    await widget.send("hi")
    await desk.bot.arrived.wait()
    await agent.post(f"/conversations/{widget.id}/take")
    desk.bot.hold.set()
    await desk.idle()
    assert [one["sender"] for one in await widget.history()] == ["shopper", "system"]


async def test_state_conflicts_are_409(desk):
    widget, lin, chen = await desk.widget(), await desk.agent(), await desk.agent("chen")
    path = f"/conversations/{widget.id}"
    await problem(await lin.post(f"{path}/hand-back"), 409, "state_conflict")
    await problem(await lin.post(f"{path}/messages", {"text": "x"}, key="k"), 409, "state_conflict")
    assert (await lin.post(f"{path}/take")).status == 200
    await problem(await chen.post(f"{path}/take"), 409, "state_conflict")
    assert (await lin.post(f"{path}/close")).status == 200
    await problem(await lin.post(f"{path}/take"), 409, "state_conflict")


async def test_saying_something_twice_with_one_key_is_once(desk):
    widget, agent = await desk.widget(), await desk.agent()
    path = f"/conversations/{widget.id}/messages"
    await agent.post(f"/conversations/{widget.id}/take")
    first = await agent.post(path, {"text": "hello"}, key="k-1")
    again = await agent.post(path, {"text": "hello"}, key="k-1")
    assert (first.status, again.status) == (201, 200)
    assert (await first.json())["seq"] == (await again.json())["seq"]
    await problem(await agent.post(path, {"text": "other"}, key="k-1"), 409, "key_reused")
    await problem(await agent.post(path, {"text": "x"}), 400, "idempotency_key_needed")


async def test_lists_and_cursors(desk):
    agent = await desk.agent()
    widgets = [await desk.widget() for _ in range(5)]
    for widget in widgets:
        desk.clock.forward(seconds=1)
        await widget.send("hi")
        await desk.idle()
    seen, cursor = [], None
    while True:
        params = {"view": "all", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await (await agent.get("/conversations", **params)).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [widget.id for widget in reversed(widgets)]
    await agent.post(f"/conversations/{widgets[2].id}/take")
    mine = await (await agent.get("/conversations", view="mine")).json()
    assert [one["id"] for one in mine["items"]] == [widgets[2].id]


async def test_the_queue_is_oldest_first(desk):
    desk.bot.status = 500
    agent = await desk.agent()
    widgets = [await desk.widget() for _ in range(3)]
    for widget in widgets:
        desk.clock.forward(seconds=10)
        await widget.send("hi")
        await desk.idle()
    seen, cursor = [], None
    for _ in range(3):
        params = {"view": "queue", "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = await (await agent.get("/conversations", **params)).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [widget.id for widget in widgets]
    assert cursor is None
    assert page["items"][0]["reason_text"] == "机器人无响应"


@pytest.mark.parametrize("cursor", ["x", "AAAA", "!!", "eHx5", "MjAyNS0wMS0wMXxh"])
async def test_a_forged_cursor_is_refused(desk, cursor):
    agent = await desk.agent()
    for path in ("/conversations", "/cases"):
        await problem(await agent.get(path, cursor=cursor), 400, "bad_cursor")


async def test_the_file_of_a_conversation(desk):
    widget, agent = await desk.widget(shopper_token=token()), await desk.agent()
    await widget.send("你好")
    await desk.idle()
    file = await (await agent.get(f"/conversations/{widget.id}")).json()
    assert file["shopper"]["name"] == "王芳"
    assert file["shopper"]["phone"] == "138****5678"
    assert "example.com" in file["shopper"]["email"]
    assert "fang@" not in file["shopper"]["email"]
    assert file["understood"][0]["intent"] == "greet"
    assert "你好" in file["summary"]
    boss = await desk.agent("chen")
    file = await (await boss.get(f"/conversations/{widget.id}")).json()
    assert file["shopper"]["phone"] == "13812345678"


@pytest.mark.parametrize("name", ["c_none", "c_%00", "%ff", "..", "c_" + "x" * 300])
async def test_a_conversation_that_is_not_there(desk, name):
    agent = await desk.agent()
    response = await agent.get(f"/conversations/{name}")
    assert response.status in (400, 404)
    assert response.content_type == "application/problem+json"


async def test_the_internal_note_is_for_agents(desk):
    widget, agent = await desk.widget(), await desk.agent()
    path = f"/conversations/{widget.id}/messages"
    assert (await agent.post(path, {"text": "n", "audience": "agents"}, key="k")).status == 201
    assert await widget.history() == []
    seen = await (await agent.get(path)).json()
    assert [one["audience"] for one in seen["items"]] == ["agents"]


async def test_an_english_desk_reads_english_reasons_and_knows_its_own_by_login(run_desk):
    desk = await run_desk(bot_url="http://127.0.0.1:1")  # nobody listens: people are called
    widget, agent = await desk.widget(), await desk.agent()
    await widget.send("hi")
    await desk.idle()
    headers = agent.headers(**{"Accept-Language": "en"})
    url = f"/api/v1/conversations/{widget.id}"
    listed = await (await desk.client.get("/api/v1/conversations", headers=headers)).json()
    assert [one["reason_text"] for one in listed["items"]] == ["Bot did not answer"]
    file = await (await desk.client.get(url, headers=headers)).json()
    assert "Bot did not answer" in file["summary"]
    taken = await (await desk.client.post(f"{url}/take", headers=headers)).json()
    assert (taken["agent_login"], taken["agent_name"]) == ("lin", "林小满")


async def test_a_knowledge_hit_brings_the_whole_article(desk):
    agent = await desk.agent()
    hits = (await (await agent.get("/knowledge/search", q="怎么退货")).json())["items"]
    assert len(hits[0]["body"]) > len(hits[0]["snippet"])
    assert hits[0]["body"].startswith(hits[0]["snippet"])
