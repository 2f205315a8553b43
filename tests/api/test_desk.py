"""The app as a whole: document, health, pages, headers, several processes, restarts."""

import asyncio

import pytest
from openapi_spec_validator import validate

from desk.api.app import make_http, operations
from desk.api.problems import STATUS, RequestRefusedError
from desk.domain.errors import DeskError
from desk.logs import JsonFormatter, MaskingFilter, mask
from tests.api.test_widget import problem


async def test_the_openapi_document_is_valid_and_complete(desk):
    document = await (await desk.client.get("/api/v1/openapi.json")).json()
    validate(document)
    for operation in operations():
        if operation.path.startswith("/api/"):
            found = document["paths"][operation.path][operation.method.lower()]
            assert found["operationId"] == operation.name


def test_every_api_route_is_in_the_list():
    listed = {(one.method, one.path) for one in operations()}
    for route in make_http().router.routes():
        path = route.resource.canonical
        if path.startswith("/api/") and route.method != "HEAD" and "openapi" not in path:
            assert (route.method, path) in listed


def test_operation_names_are_unique():
    names = [one.name for one in operations()]
    assert len(names) == len(set(names))


def kinds(kind):
    for sub in kind.__subclasses__():
        yield sub
        yield from kinds(sub)


def test_every_desk_error_has_a_status():
    elsewhere = {"bad_signature", "try_later", "undeliverable"}  # of channels
    for kind in kinds(DeskError):
        is_ours = kind.__module__.startswith("desk.") and kind is not RequestRefusedError
        if is_ours and kind.code not in elsewhere:
            assert any(base in STATUS for base in kind.__mro__), kind


async def test_health_says_which_part_is_down(desk):
    body = await (await desk.client.get("/api/v1/health")).json()
    assert body == {
        "status": "degraded",
        "parts": {"database": "ok", "bot": "ok", "actions": "down"},
    }
    assert await (await desk.client.get("/healthz")).text() == "ok"


async def test_security_headers_and_request_ids(desk):
    response = await desk.client.get("/healthz", headers={"X-Request-Id": "abc-1"})
    assert response.headers["X-Request-Id"] == "abc-1"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    response = await desk.client.get("/healthz", headers={"X-Request-Id": "a b<script>"})
    assert "<" not in response.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("DELETE", "/api/v1/health", 405, "method_not_allowed"),
        ("GET", "/widget/%2e%2e/%2e%2e/pyproject.toml", 404, "not_found"),
        ("GET", "/widget/..%2f..%2fpyproject.toml", 404, "not_found"),
        ("GET", "/photos/..%2f..%2fdesk.db", 404, "photo_not_found"),
        ("GET", "/demo/images/..%2fdata.py", 404, "not_found"),
        ("GET", "/api/v1/%00", 400, "bad_address"),
        ("GET", "/api/v1/%ff%fe", 400, "bad_address"),
    ],
)
async def test_odd_addresses(desk, method, path, status, code):
    from yarl import URL

    url = desk.client.make_url("/").join(URL(path, encoded=True))
    await problem(await desk.client.session.request(method, url), status, code)


async def test_the_demo_pages(desk):
    shoppers = await (await desk.client.get("/demo/shoppers.json")).json()
    assert {"S1001", "S1002", "S1021"} <= {one["ref"] for one in shoppers}
    products = await (await desk.client.get("/demo/products.json")).json()
    assert products["products"]
    body = {"shopper_ref": "S1001"}
    signed = await (await desk.client.post("/demo/sign-in", json=body)).json()
    assert (await desk.widget(shopper_token=signed["shopper_token"])).id
    response = await desk.client.post("/demo/sign-in", json={"shopper_ref": "S9"})
    await problem(response, 404, "shopper_not_found")


async def test_built_files_are_served(run_desk, tmp_path):
    web = tmp_path / "dist"
    for name in ("widget.js", "widget/panel-1.js", "desk/index.html", "desk/assets/a-1.js"):
        (web / name).parent.mkdir(parents=True, exist_ok=True)
        (web / name).write_text(name)
    desk = await run_desk(web_folder=web)

    async def get(path):
        response = await desk.client.get(path)
        return await response.text(), response.headers["Cache-Control"]

    assert await get("/widget.js") == ("widget.js", "public, max-age=300")
    assert await get("/widget/panel-1.js") == (
        "widget/panel-1.js",
        "public, max-age=31536000, immutable",
    )
    assert await get("/desk/") == ("desk/index.html", "no-cache")
    assert await get("/desk/cases/R7K3-9QX2") == ("desk/index.html", "no-cache")
    assert (await get("/desk/assets/a-1.js"))[0] == "desk/assets/a-1.js"


async def test_two_desks_on_one_database_answer_once(run_desk):
    one, two = await run_desk(port=18991), await run_desk(port=18992)
    widget = await one.widget()
    token = widget.session["session_token"]
    same = await two.widget(session_token=token)
    assert same.id == widget.id
    await asyncio.gather(
        *(
            (widget if number % 2 else same).send(f"{number}", external_id=f"message-{number}")
            for number in range(10)
        )
    )
    async with asyncio.timeout(20):
        while len([one for one in await widget.history() if one["sender"] == "bot"]) < 10:
            await one.idle()
            await two.idle()
            await asyncio.sleep(0.05)
    ids = [turn["message_id"] for turn in one.bot.turns]
    assert len(ids) == len(set(ids)) == 10
    assert [one["seq"] for one in await widget.history()] == list(range(1, 21))


async def test_what_waits_is_taken_up_at_the_next_start(run_desk, fake_bot):
    fake_bot.hold = asyncio.Event()
    first = await run_desk(port=18993)
    widget = await first.widget()
    await widget.send("hi")
    await fake_bot.arrived.wait()
    for task in list(first.desk.turns._tasks.values()):  # a kill: nothing is cleaned up
        task.cancel()
    await asyncio.sleep(0)
    fake_bot.hold.set()
    fake_bot.hold = None
    second = await run_desk(port=18993)
    again = await second.widget(session_token=widget.session["session_token"])
    async with asyncio.timeout(10):
        while len(await again.history()) < 2:  # noqa: ASYNC110 - another process's doing
            await asyncio.sleep(0.05)
    assert [one["sender"] for one in await again.history()] == ["shopper", "bot"]
    assert fake_bot.turns[-1]["attempt"] == 2


def test_logs_hide_secrets_and_personal_data():
    import json
    import logging

    record = logging.makeLogRecord(
        {
            "msg": "shopper 13812345678 said",
            "levelname": "INFO",
            "name": "desk",
            "token": "abc",
            "note": "call 13812345678",
            "case": "R7K3-9QX2",
            "nested": {"password": "x", "ok": "fine"},
        }
    )
    MaskingFilter().filter(record)
    line = json.loads(JsonFormatter().format(record))
    assert "13812345678" not in json.dumps(line)
    assert (line["token"], line["nested"]["password"]) == ("[hidden]", "[hidden]")
    assert line["case"] == "R7K3-9QX2"
    assert "secret" in mask("Bearer abcdefghijklmnop")
