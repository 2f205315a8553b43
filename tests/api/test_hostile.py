"""Input that nobody sends by accident: each gets a clear refusal, none an error of ours."""

import gzip
import logging

import pytest
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web import RequestPayloadError

from desk.api.requests import to_cursor
from desk.logs import JsonFormatter, MalformedRequests
from tests.api.test_widget import problem, token
from tests.fakes.shop import make_order


def as_json(widget, **more):
    return {**widget.headers, "Content-Type": "application/json", **more}


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"a" * 50_000_000)])
async def test_a_packed_body_is_refused_unread(desk, body):
    widget = await desk.widget()
    headers = as_json(widget, **{"Content-Encoding": "gzip"})
    answer = await desk.client.post("/api/v1/widget/messages", data=body, headers=headers)
    await problem(answer, 415, "unsupported_media_type")


async def test_a_form_with_a_broken_header(desk):
    widget = await desk.widget()
    kind = "multipart/form-data; boundary=x"
    headers = {**widget.headers, "Content-Type": kind, "Idempotency-Key": "k-1"}
    answer = await desk.client.post(
        "/api/v1/widget/photos", data=b"--x\r\nno header\r\n", headers=headers
    )
    await problem(answer, 400, "bad_request")


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2025-01-01T00:00:00", "x"]
)
@pytest.mark.parametrize("view", ["queue", "all"])
async def test_a_made_up_cursor_of_conversations(desk, view, moment):
    agent = await desk.agent()
    answer = await agent.get("/conversations", view=view, cursor=to_cursor(moment, "c_1"))
    await problem(answer, 400, "bad_cursor")


@pytest.mark.parametrize("number", ["١٢٣", "²", "-1", "9" * 19, ""])
async def test_a_made_up_cursor_of_cases(desk, number):
    agent = await desk.agent()
    await problem(await agent.get("/cases", cursor=to_cursor(number)), 400, "bad_cursor")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"order_number": "ZG0000000002"}, "order_number"),  # another shopper's
        ({"order_number": "ZG9999999999"}, "order_number"),  # nobody's: the same answer
        ({"order_number": "'; DROP TABLE cases; --"}, "order_number"),
        ({"line_id": "ZG0000000001-1"}, "order_number"),  # a line of no order
        ({"order_number": "ZG0000000001", "line_id": "ZG0000000002-1"}, "line_id"),
        ({"type": "return", "order_number": "ZG0000000001"}, "line_id"),
        ({"order_number": "ZG0000000001", "line_id": "ZG0000000001-1", "quantity": 9}, "quantity"),
    ],
)
async def test_a_case_about_goods_that_are_not_the_shoppers(desk, wrong, field):
    desk.shop.orders = {
        "ZG0000000001": make_order(number="ZG0000000001", shopper_ref="S1"),
        "ZG0000000002": make_order(number="ZG0000000002", shopper_ref="S2"),
    }
    widget = await desk.widget(shopper_token=token("S1"))
    agent = await desk.agent()
    body = {"type": "complaint", "conversation_id": widget.id, "description": "late"}
    answer = await agent.post("/cases", {**body, **wrong}, key="k-1")
    assert (await problem(answer, 400, "case_input_refused"))["data"]["field"] == field


@pytest.mark.parametrize("error", [BadHttpMessage("bytes of a stranger"), RequestPayloadError("x")])
def test_bytes_that_are_not_http_are_one_line_in_the_log(error):
    info = (type(error), error, None)
    record = logging.LogRecord("aiohttp.server", logging.ERROR, "", 1, "Error", None, info)
    assert MalformedRequests().filter(record)
    line = JsonFormatter().format(record)
    assert f"malformed_request: {type(error).__name__}" in line
    assert "stranger" not in line
