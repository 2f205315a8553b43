"""Cases over HTTP."""

import pytest

from tests.api.test_photos import picture, upload
from tests.api.test_widget import problem


async def open_case(agent, widget, *, key="k-1", **changes):
    body = {"type": "complaint", "conversation_id": widget.id, "description": "late"} | changes
    return await agent.post("/cases", body, key=key)


async def test_opening_moving_and_reading_a_case(desk):
    widget, agent = await desk.widget(), await desk.agent()
    opened = await open_case(agent, widget)
    assert opened.status == 201
    case = await opened.json()
    assert (case["type"], case["state"], case["description"]) == ("complaint", "submitted", "late")
    again = await open_case(agent, widget)
    assert (again.status, (await again.json())["number"]) == (200, case["number"])
    path = f"/cases/{case['number']}"
    states = [one["state"] for one in case["next_states"]]
    assert "under_review" in states
    for _ in range(2):  # the second is a repeat
        moved = await agent.post(f"{path}/moves", {"to": "under_review", "note": "n"}, key="m-1")
        assert moved.status == 200
    remark = await agent.post(f"{path}/remarks", {"text": "called", "is_public": True})
    assert remark.status == 201
    file = await (await agent.get(path)).json()
    assert [event["kind"] for event in file["events"]] == ["opened", "moved", "remark"]
    assert file["events"][1]["actor"] == "agent:lin"
    assert file["events"][1]["actor_name"] == "林小满"
    listed = await (await agent.get("/cases", state="under_review")).json()
    assert [one["number"] for one in listed["items"]] == [case["number"]]
    assert (await (await agent.get("/cases", state="closed")).json())["items"] == []


async def test_a_move_that_is_not_allowed(desk):
    widget, agent = await desk.widget(), await desk.agent()
    number = (await (await open_case(agent, widget)).json())["number"]
    response = await agent.post(f"/cases/{number}/moves", {"to": "repaired"}, key="m")
    assert response.status == 409
    await problem(
        await agent.post(f"/cases/{number}/moves", {"to": "nonsense"}, key="m"), 400, "bad_body"
    )


async def test_a_case_that_is_not_there(desk):
    agent = await desk.agent()
    await problem(await agent.get("/cases/AAAA-AAAA"), 404, "case_not_found")
    response = await agent.post("/cases/AAAA-AAAA/moves", {"to": "closed"}, key="m")
    await problem(response, 404, "case_not_found")


async def test_a_case_of_no_conversation(desk):
    agent = await desk.agent()
    body = {"type": "complaint", "conversation_id": "c_none", "description": "late"}
    await problem(await agent.post("/cases", body, key="k"), 404, "conversation_not_found")


async def test_pages_of_cases(desk):
    agent = await desk.agent()
    numbers = []
    for index in range(3):
        opened = await open_case(agent, await desk.widget(), key=f"k-{index}")
        numbers.append((await opened.json())["number"])
    first = await (await agent.get("/cases", limit=2)).json()
    rest = await (await agent.get("/cases", limit=2, cursor=first["next_cursor"])).json()
    seen = [one["number"] for one in first["items"] + rest["items"]]
    assert seen == list(reversed(numbers))
    assert rest["next_cursor"] is None


async def test_a_photo_in_a_case(desk):
    widget, agent = await desk.widget(), await desk.agent()
    number = (await (await open_case(agent, widget)).json())["number"]
    for _ in range(2):
        added = await upload(
            desk,
            f"/api/v1/cases/{number}/photos",
            picture(),
            headers=agent.headers(**{"Idempotency-Key": "photo-1"}),
        )
        assert added.status == 201
        assert len((await added.json())["photos"]) == 1


@pytest.mark.parametrize(
    ("accepted", "type_text", "state_text"),
    [
        ("zh-CN,zh;q=0.9", "投诉", "已提交"),
        ("en-GB,en;q=0.9,zh;q=0.5", "Complaint", "submitted"),
        ("fr, *;q=0.1", "投诉", "已提交"),
    ],
)
async def test_a_case_in_the_agents_language(desk, accepted, type_text, state_text):
    widget, agent = await desk.widget(), await desk.agent()
    number = (await (await open_case(agent, widget)).json())["number"]
    headers = agent.headers(**{"Accept-Language": accepted})
    shown = await (await desk.client.get(f"/api/v1/cases/{number}", headers=headers)).json()
    assert (shown["type_text"], shown["state_text"]) == (type_text, state_text)
