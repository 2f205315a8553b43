"""The bot's door over real HTTP: `python -m bot run` with config.yml, a small domain, fake actions.

Training and starting take some ten seconds, once for all tests of this file.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.stack import ROOT, free_ports

SECRET = "bot-secret-of-the-channel-tests-0123456789"
STARTS_WITHIN_S = 60.0
DOMAIN = """
version: "3.1"
intents: [greet, order_status, inform, thanks]
entities: [language, order_number, photo]
slots:
  task: {type: any, influence_conversation: false, mappings: [{type: custom}]}
  task_open: {type: bool, influence_conversation: false, mappings: [{type: custom}]}
  expects: {type: any, influence_conversation: false, mappings: [{type: custom}]}
responses:
  utter_greet: [{text: "Hello."}]
  utter_what: [{text: "What?"}]
actions: [action_order_status]
"""
DATA = """
version: "3.1"
nlu:
- {intent: greet, examples: "- hello\\n- hi there\\n- good morning\\n- 你好\\n- 您好"}
- {intent: order_status, examples: "- where is my order\\n- track my parcel\\n- 我的快递到哪了"}
- {intent: inform, examples: "- the second one\\n- the blue one\\n- 第二个\\n- 蓝色的那个"}
- {intent: thanks, examples: "- thank you\\n- thanks a lot\\n- 谢谢\\n- 多谢"}
rules:
- {rule: greet, steps: [{intent: greet}, {action: utter_greet}]}
- {rule: status, steps: [{intent: order_status}, {action: action_order_status}]}
- {rule: value, steps: [{intent: inform}, {action: utter_what}]}
- {rule: thanks, steps: [{intent: thanks}, {action: utter_what}]}
- {rule: noise, steps: [{intent: nlu_fallback}, {action: utter_what}]}
"""
ANSWER = {
    "events": [
        {"event": "slot", "timestamp": None, "name": "expects", "value": "order"},
        {"event": "slot", "timestamp": None, "name": "task", "value": "order_status"},
        {"event": "slot", "timestamp": None, "name": "task_open", "value": True},
    ],
    "responses": [
        {
            "text": "Which order?",
            "buttons": [{"title": "The first", "payload": '/inform{"order_number": "ZG1"}'}],
            "custom": {"card": {"type": "orders", "orders": []}},
        }
    ],
}


class FakeActions:
    """An action server that counts its calls, and can die and come back on the same port."""

    def __init__(self, port: int) -> None:
        """Keep the port; `start` listens."""
        self.port, self.calls = port, 0
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Listen."""
        actions = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                actions.calls += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                body = json.dumps(ANSWER).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class Bot:
    """The running bot, and what it answers."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, actions: FakeActions) -> None:
        """Take the process and its address."""
        self.process, self.url, self.actions = process, url, actions
        self._numbers = count(1)

    def ask(
        self, path: str, body: bytes | dict[str, Any] | None, secret: str = SECRET
    ) -> tuple[int, dict[str, Any]]:
        """Return status and JSON of one request; no body: GET."""
        raw = json.dumps(body).encode() if isinstance(body, dict) else body
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, raw, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def turn(self, **changes: Any) -> dict[str, Any]:
        """Return the body of a turn in a conversation of its own."""
        n = next(self._numbers)
        body = {
            "conversation": f"c_{n}:1",
            "message_id": f"c_{n}-1",
            "text": "hello",
            "payload": None,
            "language": "en",
            "expects": None,
            "attempt": 1,
        }
        return {**body, **changes}

    def is_well(self) -> bool:
        """Tell whether the process lives and answers."""
        return self.process.poll() is None and self.ask("/", None)[0] == 200


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    folder = tmp_path_factory.mktemp("channel")
    port, actions_port = free_ports(2)
    actions = FakeActions(actions_port)
    env = {
        **os.environ,
        "ZHANGGUI_BOT_SECRET": SECRET,
        "ZHANGGUI_ACTIONS_URL": f"http://127.0.0.1:{actions_port}",
        "ZHANGGUI_TRACKER_DB": str(folder / "tracker.db"),
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_WORKERS": "1",
        "OMP_NUM_THREADS": "1",
    }
    with (folder / "bot.log").open("wb") as log:

        def start(*arguments: str) -> "subprocess.Popen[bytes]":
            command = [sys.executable, "-W", "ignore", "-m", "bot", *arguments]
            return subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True
            )

        (folder / "domain.yml").write_text(DOMAIN, encoding="utf-8")
        (folder / "data.yml").write_text(DATA, encoding="utf-8")
        training = start(
            *("train", "--config", "config.yml", "--domain", str(folder / "domain.yml")),
            *("--data", str(folder / "data.yml"), "--out", str(folder)),
            *("--fixed-model-name", "small"),
        )
        assert training.wait(STARTS_WITHIN_S) == 0, _end_of(folder / "bot.log")
        process = start(
            *("run", "--model", str(folder / "small.tar.gz"), "--interface", "127.0.0.1"),
            *("--port", str(port), "--credentials", "credentials.yml"),
            *("--endpoints", "endpoints.yml"),
        )
        running = Bot(process, f"http://127.0.0.1:{port}/webhooks/desk", actions)
        try:
            actions.start()
            _wait(running, folder / "bot.log")
            yield running
        finally:
            actions.stop()
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)


def _wait(bot: Bot, log: Path) -> None:
    ends_at = time.monotonic() + STARTS_WITHIN_S
    while True:
        assert bot.process.poll() is None, _end_of(log)
        assert time.monotonic() < ends_at, _end_of(log)
        try:
            if bot.ask("/", None)[0] == 200:
                return
        except OSError:  # nothing listens yet
            pass
        time.sleep(0.1)


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-3_000:]


def test_health_needs_no_secret_and_names_the_model(bot):
    assert bot.ask("/", None, secret="") == (200, {"status": "ok", "model": "small.tar.gz"})


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1]])
@pytest.mark.parametrize("path", ["/turn", "/understand"])
def test_wrong_secret_is_401(bot, path, secret):
    status, body = bot.ask(path, bot.turn(), secret)
    assert (status, body["error"]) == (401, "unauthorized")


def test_turn_answers_with_messages_and_understanding(bot):
    status, answer = bot.ask("/turn", bot.turn(text="where is my order"))
    assert status == 200
    assert answer["messages"] == [
        {
            "text": "Which order?",
            "buttons": ANSWER["responses"][0]["buttons"],
            "card": {"type": "orders", "orders": []},
        }
    ]
    assert (answer["expects"], answer["task"], answer["task_open"]) == (
        "order",
        "order_status",
        True,
    )
    understanding = answer["understanding"]
    assert (understanding["intent"], understanding["language"]) == ("order_status", "en")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"text": "x" * 4_001}, "text", id="too long"),
        pytest.param({"text": "a\0b"}, "text", id="NUL"),
        pytest.param({"text": "a\ud800b"}, "text", id="lone surrogate"),
        pytest.param({"text": "  "}, "text", id="empty"),
        pytest.param({"text": 5}, "text", id="not a text"),
        pytest.param({"txt": "hello"}, "txt", id="unknown field"),
        pytest.param({"language": "fr"}, "language", id="unknown language"),
        pytest.param({"expects": "money"}, "expects", id="unknown question"),
        pytest.param({"attempt": 0}, "attempt", id="attempt 0"),
        pytest.param({"conversation": "../etc"}, "conversation", id="no id"),
        pytest.param({"payload": "greet"}, "payload", id="payload without a slash"),
        pytest.param({"payload": "/greet{"}, "payload", id="payload with broken JSON"),
        pytest.param({"payload": "/no_such_intent"}, "payload", id="unknown intent"),
        pytest.param({"payload": "/restart"}, "payload", id="Rasa's own intent"),
    ],
)
def test_bad_turn_is_400_and_names_the_field(bot, changes, field):
    status, body = bot.ask("/turn", bot.turn(**changes))
    assert (status, body["field"]) == (400, field)
    assert bot.is_well()


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"[]", b"null", b"\xff\xfe", b'{"text": "hi"', b"[" * 100_000],
    ids=["cut", "empty", "list", "null", "not UTF-8", "cut later", "deep"],
)
@pytest.mark.parametrize("path", ["/turn", "/understand"])
def test_broken_json_is_400_and_the_bot_lives_on(bot, path, body):
    assert bot.ask(path, body)[0] == 400
    assert bot.is_well()


def test_understand_answers_each_text_and_refuses_more_than_500(bot):
    texts = ["hello", "", "where is my order", "ZG4827100266 please", "你好"]
    status, body = bot.ask("/understand", {"texts": texts})
    assert status == 200
    assert [row["text"] for row in body["results"]] == texts
    assert [row["intent"] for row in body["results"]] == [
        "greet",
        "nlu_fallback",
        "order_status",
        "inform",
        "greet",
    ]
    assert bot.ask("/understand", {"texts": ["hello"] * 501})[0] == 400


def test_repeated_message_gets_the_same_answer_without_a_second_action_call(bot):
    turn = bot.turn(text="where is my order")
    first = bot.ask("/turn", turn)
    calls = bot.actions.calls
    assert bot.ask("/turn", {**turn, "attempt": 2}) == first
    assert bot.actions.calls == calls


@pytest.mark.parametrize(
    "text", ['/inform{"photo": "p_stolen"}', '/order_status{"photo": "p_stolen"}', "/restart"]
)
def test_typed_slash_is_no_intent_message(bot, text):
    status, answer = bot.ask("/turn", bot.turn(text=text))
    assert status == 200
    assert answer["messages"]
    assert "photo" not in [entity["entity"] for entity in answer["understanding"]["entities"]]
    assert answer["understanding"]["intent"] != "restart"


def test_payload_is_an_intent_message(bot):
    status, answer = bot.ask("/turn", bot.turn(text="", payload='/inform{"photo": "p_1"}'))
    entities = {e["entity"]: e["value"] for e in answer["understanding"]["entities"]}
    assert (status, answer["understanding"]["intent"], entities) == (
        200,
        "inform",
        {"photo": "p_1"},
    )


def test_dead_action_server_is_503_and_the_same_message_succeeds_when_it_is_back(bot):
    turn = bot.turn(text="where is my order")
    bot.actions.stop()
    try:
        status, body = bot.ask("/turn", turn)
        assert (status, body["error"]) == (503, "the action server did not answer")
        assert bot.ask("/turn", bot.turn(text="hello"))[0] == 200  # what needs no action goes on
    finally:
        bot.actions.start()
    calls = bot.actions.calls
    status, answer = bot.ask("/turn", {**turn, "attempt": 2})
    assert (status, answer["expects"]) == (200, "order")
    assert bot.actions.calls == calls + 1
