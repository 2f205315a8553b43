"""`chat`: write to the running desk as the widget does, through its public API."""

import json
import secrets
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import jwt
import typer

from desk.cli.ask import LANGUAGE, check_language
from desk.cli.cards import card_text, offers_of
from desk.cli.http import Client, RefusedError
from desk.cli.output import JSON_OPTION, json_line, line, say
from desk.project import ProjectError
from desk.services.widget_sessions import OPERATOR_AUDIENCE, sign_shopper_token
from desk.settings import Settings

SHOPPER = typer.Option("--shopper", help="Sign in as this shopper, e.g. S1001.")
URL = typer.Option("--url", help="Another desk than that of the settings.")
ANSWER_WITHIN_S = 40.0
FIRST_LOOK_S, LONGEST_LOOK_S = 0.02, 0.25
OPERATOR_TOKEN_LIFE = timedelta(minutes=4)
PAGE = 200


@dataclass
class Turn:
    """What one message brought about."""

    text: str
    understanding: dict[str, Any]
    replies: list[dict[str, Any]]
    state: str

    def as_dict(self) -> dict[str, Any]:
        """Return the line that `--json` writes."""
        return {
            "text": self.text,
            "intent": self.understanding.get("intent"),
            "confidence": self.understanding.get("confidence"),
            "entities": self.understanding.get("entities", []),
            "replies": [
                {
                    "text": content.get("text"),
                    "buttons": content.get("buttons") or [],
                    "card": content.get("card"),
                }
                for content in self.replies
            ],
            "state": self.state,
        }


@dataclass
class Conversation:
    """One new conversation with the desk."""

    desk: Client
    settings: Settings
    last_seq: int
    state: str
    greeting: dict[str, Any]
    operator_token: str = ""
    operator_token_until: datetime = field(default_factory=lambda: datetime.min.replace(tzinfo=UTC))

    @classmethod
    def begin(
        cls, settings: Settings, base: str, shopper: str | None, language: str
    ) -> "Conversation":
        """Open a session; signed in when a shopper is named."""
        desk = Client(base, "The desk")
        body: dict[str, Any] = {"language": language, "new_conversation": True}
        if shopper:
            secret = settings.shop_secret.get_secret_value()
            body["shopper_token"] = sign_shopper_token(shopper, secret, now=datetime.now(UTC))
        session = desk.call("POST", "/api/v1/widget/sessions", body)
        desk.headers["Authorization"] = f"Bearer {session['session_token']}"
        opened = session["conversation"]
        return cls(desk, settings, opened["last_seq"], opened["state"], session["greeting"])

    def send(self, body: dict[str, Any]) -> Turn:
        """Send one message and wait until the desk has dealt with it. Raises ProjectError."""
        sent = self.desk.call(
            "POST", "/api/v1/widget/messages", {"external_id": str(uuid.uuid4()), **body}
        )
        ends_at = time.monotonic() + ANSWER_WITHIN_S
        pause = FIRST_LOOK_S
        while True:
            time.sleep(pause)
            items = self._after(self.last_seq)
            mine = next((item for item in items if item["seq"] == sent["seq"]), None)
            if mine is not None and mine["turn_state"] != "pending":
                return self._turn(mine, items)
            if time.monotonic() > ends_at:
                raise ProjectError(f"No answer within {ANSWER_WITHIN_S:.0f} s; see var/logs.")
            pause = min(pause * 1.3, LONGEST_LOOK_S)

    def add_photo(self, path: Path) -> str:
        """Upload a photo and return its id."""
        try:
            data = path.read_bytes()
        except (OSError, ValueError) as error:  # the second: NUL in the name
            why = getattr(error, "strerror", None) or str(error)
            raise RefusedError(f"The photo {path} cannot be read: {why}.") from None
        edge = secrets.token_hex(16)
        form = (
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="photo"\r\n'
            f"Content-Type: application/octet-stream\r\n\r\n"
        ).encode() + data + f"\r\n--{edge}--\r\n".encode()  # fmt: skip
        answer = self.desk.call(
            "POST",
            "/api/v1/widget/photos",
            raw=form,
            content_type=f"multipart/form-data; boundary={edge}",
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        return str(answer["id"])

    def _after(self, seq: int) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        headers = {"X-Operator-Token": self._operator_token()}
        while True:
            path = f"/api/v1/widget/messages?after={seq}&limit={PAGE}"
            page = self.desk.call("GET", path, headers=headers)
            items += page["items"]
            if not page["next_cursor"]:
                return items
            seq = int(page["next_cursor"])

    def _operator_token(self) -> str:
        """Prove that we know the shop's secret: then the desk also tells what was understood."""
        now = datetime.now(UTC)
        if now >= self.operator_token_until:
            ends = now + OPERATOR_TOKEN_LIFE
            self.operator_token = jwt.encode(
                {"aud": OPERATOR_AUDIENCE, "exp": int(ends.timestamp())},
                self.settings.shop_secret.get_secret_value(),
                algorithm="HS256",
            )
            self.operator_token_until = ends - timedelta(minutes=1)
        return self.operator_token

    def _turn(self, mine: dict[str, Any], items: list[dict[str, Any]]) -> Turn:
        replies = []
        for item in items:
            self.last_seq = max(self.last_seq, item["seq"])
            content = item["content"]
            if content.get("state"):
                self.state = content["state"]["state"]
            elif item["seq"] > mine["seq"] and item["sender"] in ("bot", "agent"):
                replies.append(content)
        text = str(mine["content"].get("text") or "")
        return Turn(text, mine["understanding"] or {}, replies, self.state)


def chat(
    context: typer.Context,
    shopper: Annotated[str | None, SHOPPER] = None,
    language: Annotated[str | None, LANGUAGE] = None,
    url: Annotated[str | None, URL] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Chat with the running desk like a widget, in a conversation of its own.

    With --json each line of stdin is a message (or {"text"|"payload"|"photo": …}), and each turn is
    one line of JSON.
    """
    check_language(language)
    settings: Settings = context.obj
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - read
    base = (url or f"http://{host}:{settings.port}").rstrip("/")
    conversation = Conversation.begin(settings, base, shopper, language or "zh")
    folder: Path = context.meta["called_from"]
    if as_json:
        if not _chat_in_json(conversation, folder):
            raise typer.Exit(1)
    else:
        _chat_by_hand(conversation, folder)


def _chat_in_json(conversation: Conversation, folder: Path) -> bool:
    """Answer stdin line by line; returns whether every message was taken and answered."""
    is_all_well = True
    for written in sys.stdin:
        text = written.rstrip("\r\n")
        if not text.strip():
            continue
        try:
            turn = conversation.send(_body_of(conversation, text, folder))
        except RefusedError as problem:  # this message; the next may be fine
            say(f"zhanggui: {problem}")
            is_all_well = False
            turn = Turn(text, {}, [], conversation.state)
            json_line({**turn.as_dict(), "error": str(problem)})  # a line for each line
            continue
        json_line({**turn.as_dict(), "text": turn.text or text})
    return is_all_well


def _body_of(conversation: Conversation, text: str, folder: Path) -> dict[str, Any]:
    """Read a line: plain text, or a JSON object with text, payload or photo (a file's path)."""
    if text.startswith("{"):
        try:
            given = json.loads(text)
        except (ValueError, RecursionError):
            return {"text": text}
        if isinstance(given, dict) and given and set(given) <= {"text", "payload", "photo"}:
            body = {name: given[name] for name in ("text", "payload") if name in given}
            if "photo" in given:
                body["photo_id"] = conversation.add_photo(folder / str(given["photo"]))
            return body
    return {"text": text}


def _chat_by_hand(conversation: Conversation, folder: Path) -> None:
    """Talk with a person at a terminal: a number taps the button with that number."""
    offered = _show([conversation.greeting])
    say("(a number taps a button; /photo PATH sends a photo; Ctrl-D ends)")
    for text in _typed():
        try:
            if text.isdigit() and 1 <= int(text) <= len(offered):
                body: dict[str, Any] = {"payload": offered[int(text) - 1]}
            elif text.startswith("/photo "):
                body = {"photo_id": conversation.add_photo(folder / text[7:].strip())}
            else:
                body = {"text": text}
            turn = conversation.send(body)
        except ProjectError as problem:
            say(f"zhanggui: {problem}")
            continue
        offered = _show(turn.replies)
        if turn.state != "bot":
            line(f"  [{turn.state}]")


def _typed() -> Iterator[str]:
    while True:
        try:
            text = input("> ") if sys.stdin.isatty() else next(sys.stdin).rstrip("\r\n")
        except (EOFError, StopIteration):
            return
        if text.strip():
            yield text.strip()


def _show(contents: list[dict[str, Any]]) -> list[str]:
    """Print messages; returns the payloads that the numbers stand for."""
    payloads: list[str] = []
    for content in contents:
        if content.get("text"):
            line(str(content["text"]))
        if content.get("card"):
            line(card_text(content["card"]))
        for title, payload in offers_of(content):
            payloads.append(payload)
            line(f"  [{len(payloads)}] {title}")
    return payloads
