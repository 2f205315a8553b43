"""The widget's part of the API, on the real app."""

import asyncio
import io
import uuid
from datetime import timedelta

import jwt
import pytest

from desk.services.widget_sessions import sign_shopper_token
from desk.settings import DEMO_SECRETS
from tests.desk_kit import NOW

SECRET = DEMO_SECRETS["shop_secret"]


def token(ref="S1", now=NOW):
    return sign_shopper_token(ref, SECRET, now=now)


async def problem(response, status, code):
    """Check a problem document and return it."""
    body = await response.json(content_type="application/problem+json")
    assert (response.status, body["code"], body["status"]) == (status, code, status), body
    return body


async def test_a_stranger_writes_and_is_answered(desk):
    widget = await desk.widget(language="zh")
    assert widget.session["shopper"] is None
    assert widget.session["greeting"]["buttons"]
    response = await widget.send("你好")
    assert response.status == 201
    message = await response.json()
    assert (message["seq"], message["sender"], message["content"]) == (
        1,
        "shopper",
        {"text": "你好"},
    )
    await desk.idle()
    assert [one["content"]["text"] for one in await widget.history()] == ["你好", "echo: 你好"]


async def test_a_repeat_is_answered_with_the_same_message_and_runs_no_second_turn(desk):
    widget = await desk.widget()
    external_id = str(uuid.uuid4())
    first = await widget.send("hi", external_id=external_id)
    again = await widget.send("hi", external_id=external_id)
    assert (first.status, again.status) == (201, 200)
    assert (await first.json())["seq"] == (await again.json())["seq"]
    await desk.idle()
    assert len(desk.bot.turns) == 1


async def test_doubled_sends_at_one_moment(desk):
    widget = await desk.widget()
    answers = await asyncio.gather(
        *(widget.send("hi", external_id="the-same-id") for _ in range(6))
    )
    assert sorted(answer.status for answer in answers) == [200] * 5 + [201]
    await desk.idle()
    assert len(await widget.history()) == 2


async def test_two_shoppers_with_the_same_external_id(desk):
    one, two = await desk.widget(), await desk.widget()
    for widget in (one, two):
        assert (await widget.send("hi", external_id="the-same-id")).status == 201
    await desk.idle()
    assert len(await one.history()) == len(await two.history()) == 2


async def test_an_id_for_two_different_messages_is_a_conflict(desk):
    widget = await desk.widget()
    await widget.send("one", external_id="the-same-id")
    await problem(await widget.send("two", external_id="the-same-id"), 409, "key_reused")


async def test_a_session_is_resumed_by_its_token(desk):
    widget = await desk.widget()
    await widget.send("hi")
    again = await desk.widget(session_token=widget.session["session_token"])
    assert again.id == widget.id
    assert again.session["conversation"]["last_seq"] >= 1


async def test_a_signed_in_shopper_has_one_conversation_on_all_devices(desk):
    phone = await desk.widget(shopper_token=token())
    laptop = await desk.widget(shopper_token=token())
    assert phone.session["shopper"] == {"name": "王芳"}
    assert phone.id == laptop.id
    assert phone.session["session_token"] != laptop.session["session_token"]


async def test_on_a_shared_computer_nobody_sees_the_one_before(desk):
    fang = await desk.widget(shopper_token=token("S1"))
    await fang.send("my secret")
    left_behind = fang.session["session_token"]
    stranger = await desk.widget(session_token=left_behind)
    wei = await desk.widget(session_token=left_behind, shopper_token=token("S2"))
    fang_again = await desk.widget(session_token=left_behind, shopper_token=token("S1"))
    assert len({fang.id, stranger.id, wei.id}) == 3
    assert fang_again.id == fang.id


async def test_a_strangers_conversation_is_never_joined_to_somebody_who_signs_in(desk):
    stranger = await desk.widget()
    await stranger.send("hi")
    fang = await desk.widget(
        session_token=stranger.session["session_token"], shopper_token=token("S1")
    )
    assert fang.id != stranger.id


def claims(**changes):
    """Return claims of a good token with changes; None takes one away."""
    moment = int(NOW.timestamp())
    good = {"sub": "S1", "iat": moment, "exp": moment + 600, "jti": "x"}
    return {name: value for name, value in (good | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "secret", "algorithm"),
    [
        pytest.param({}, "another-secret-that-is-long-enough-too", "HS256", id="forged"),
        pytest.param({}, SECRET, "HS512", id="other algorithm"),
        pytest.param({"exp": int(NOW.timestamp()) - 1}, SECRET, "HS256", id="ended"),
        pytest.param({"exp": int(NOW.timestamp()) + 3601}, SECRET, "HS256", id="lives too long"),
        pytest.param({"iat": int(NOW.timestamp()) + 300}, SECRET, "HS256", id="from the future"),
        pytest.param({"exp": None}, SECRET, "HS256", id="without end"),
        pytest.param({"jti": None}, SECRET, "HS256", id="without nonce"),
        pytest.param({"iat": None}, SECRET, "HS256", id="without issue time"),
        pytest.param({"sub": ""}, SECRET, "HS256", id="nobody"),
        pytest.param({"sub": "x" * 65}, SECRET, "HS256", id="long name"),
    ],
)
async def test_bad_shopper_tokens_are_refused(desk, changes, secret, algorithm):
    bad = (
        jwt.encode(claims(**changes), secret + secret, algorithm)
        if algorithm == "HS512"
        else (jwt.encode(claims(**changes), secret, algorithm))
    )
    response = await desk.client.post("/api/v1/widget/sessions", json={"shopper_token": bad})
    await problem(response, 401, "bad_shopper_token")


async def test_an_unsigned_token_is_refused(desk):
    unsigned = jwt.encode(claims(), None, algorithm="none")
    response = await desk.client.post("/api/v1/widget/sessions", json={"shopper_token": unsigned})
    await problem(response, 401, "bad_shopper_token")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "x"}])
async def test_without_a_session_nothing_goes(desk, header):
    for method, path in (
        ("GET", "/api/v1/widget/messages"),
        ("POST", "/api/v1/widget/messages"),
        ("POST", "/api/v1/widget/photos"),
        ("POST", "/api/v1/widget/feedback"),
        ("POST", "/api/v1/widget/language"),
    ):
        response = await desk.client.request(method, path, headers=header)
        await problem(response, 401, "bad_session")


async def test_a_session_ends(desk):
    widget = await desk.widget()
    desk.clock.forward(days=31)
    await problem(await widget.send("hi"), 401, "bad_session")


async def test_a_button_that_was_not_offered_is_refused(desk):
    widget = await desk.widget()
    answer = await widget.send(payload='/inform{"order_number":"ZG2511184821"}')
    await problem(answer, 400, "payload_not_offered")
    assert (await widget.send(payload="/order_status", text="查订单")).status == 201
    await desk.idle()
    assert desk.bot.turns[0]["payload"] == "/order_status"


async def test_payloads_do_not_come_back_to_browsers(desk):
    widget = await desk.widget()
    await widget.send(payload="/order_status", text="查订单")
    assert (await widget.history())[0]["content"] == {"text": "查订单"}


async def test_what_the_bot_understood_is_not_for_shoppers(desk):
    widget = await desk.widget()
    await widget.send("hi")
    await desk.idle()
    assert {one["understanding"] is None for one in await widget.history()} == {True}


BAD_BODIES = [
    pytest.param(b"{", "bad_json", id="broken"),
    pytest.param(b"", "bad_json", id="empty"),
    pytest.param(b"[]", "bad_json", id="a list"),
    pytest.param(b"\xff\xfe", "bad_json", id="not UTF-8"),
    pytest.param(b"[" * 100_000, "bad_json", id="deep"),
    pytest.param(b'{"external_id":"12345678","text":"a\\u0000b"}', "bad_text", id="NUL"),
    pytest.param(b'{"external_id":"12345678","text":"\\ud800"}', None, id="half a character"),
    pytest.param(b'{"external_id":"12345678","text":"x","more":1}', "bad_body", id="unknown field"),
    pytest.param(b'{"external_id":"12345678"}', "bad_body", id="says nothing"),
    pytest.param(b'{"external_id":"12345678","text":"   "}', "bad_body", id="blank"),
    pytest.param(b'{"external_id":"1","text":"x"}', "bad_body", id="short id"),
    pytest.param(b'{"external_id":12345678,"text":"x"}', "bad_body", id="a number"),
    pytest.param(b'{"external_id":"12345678","text":' + b"9" * 5000 + b"}", None, id="big number"),
    pytest.param(
        b'{"external_id":"12345678","text":"' + b"x" * 4001 + b'"}', "bad_body", id="long text"
    ),
]


@pytest.mark.parametrize(("body", "code"), BAD_BODIES)
async def test_bad_bodies_are_refused_clearly(desk, body, code):
    widget = await desk.widget()
    response = await desk.client.post(
        "/api/v1/widget/messages",
        data=body,
        headers={**widget.headers, "Content-Type": "application/json"},
    )
    document = await response.json(content_type="application/problem+json")
    assert response.status == 400
    assert document["code"] in ({code} if code else {"bad_json", "bad_text", "bad_body"})
    assert await widget.history() == []


async def test_a_megabyte_of_text_is_too_large(desk):
    widget = await desk.widget()
    body = io.BytesIO(b'{"external_id":"12345678","text":"' + b"x" * 1_100_000 + b'"}')
    response = await desk.client.post(
        "/api/v1/widget/messages",
        data=body,
        headers={**widget.headers, "Content-Type": "application/json"},
    )
    await problem(response, 413, "body_too_large")


async def test_a_form_is_no_json(desk):
    widget = await desk.widget()
    response = await desk.client.post(
        "/api/v1/widget/messages", data={"text": "x"}, headers=widget.headers
    )
    await problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "text", ["😀👨‍👩‍👧", "a\u202eb", "<script>alert(1)</script>", "/restart", "'; --"]
)
async def test_odd_texts_are_kept_as_they_are(desk, text):
    widget = await desk.widget()
    assert (await widget.send(text)).status == 201
    assert (await widget.history())[0]["content"]["text"] == text


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=-1", "limit=0", "limit=999", "more=1", "after=1&after=2", "after=%00"],
)
async def test_bad_queries_are_refused(desk, query):
    widget = await desk.widget()
    response = await desk.client.get(f"/api/v1/widget/messages?{query}", headers=widget.headers)
    await problem(response, 400, "bad_query")


async def test_history_comes_in_pages(desk):
    widget = await desk.widget()
    for number in range(5):
        await widget.send(f"{number}")
    await desk.idle()
    seen, after = [], "0"
    while after is not None:
        response = await desk.client.get(
            "/api/v1/widget/messages",
            params={"after": after, "limit": 3},
            headers=widget.headers,
        )
        page = await response.json()
        seen += [one["seq"] for one in page["items"]]
        after = page["next_cursor"]
    assert seen == list(range(1, 11))


async def test_the_language_may_be_chosen(desk):
    widget = await desk.widget(language="zh")
    response = await desk.client.post(
        "/api/v1/widget/language", json={"language": "en"}, headers=widget.headers
    )
    assert response.status == 204
    again = await desk.widget(session_token=widget.session["session_token"])
    assert again.session["conversation"]["language"] == "en"


async def test_feedback_names_an_article_that_exists(desk):
    widget = await desk.widget()
    send = desk.client.post
    path = "/api/v1/widget/feedback"
    body = {"article_id": "return-window", "is_helpful": True}
    assert (await send(path, json=body, headers=widget.headers)).status == 204
    assert (await send(path, json=body, headers=widget.headers)).status == 204
    body["article_id"] = "no-such-article"
    await problem(await send(path, json=body, headers=widget.headers), 404, "article_not_found")


async def test_a_bot_that_is_down_is_said_once_and_people_are_called(desk):
    desk.bot.status = 503
    widget = await desk.widget(language="en")
    await widget.send("where is my parcel")
    await desk.idle()
    await widget.send("hello?")
    await desk.idle()
    history = await widget.history()
    assert [one["sender"] for one in history] == ["shopper", "system", "bot", "shopper"]
    assert history[1]["content"]["state"]["state"] == "queued"
    assert "colleague" in history[2]["content"]["text"]


async def test_another_website_may_embed_the_widget_in_demo_mode(desk):
    response = await desk.client.options(
        "/api/v1/widget/messages",
        headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"},
    )
    assert response.status == 204
    assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    response = await desk.client.get("/api/v1/agent/me", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_two_sections_of_time_do_not_mix(desk):
    widget = await desk.widget()
    await widget.send("one")
    await desk.idle()
    desk.clock.now += timedelta(hours=2)
    await widget.send("two")
    await desk.idle()
    moments = [one["created_at"] for one in await widget.history()]
    assert moments == sorted(moments)
    assert all(moment.endswith("Z") for moment in moments)
