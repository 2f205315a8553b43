"""A shopper at the widget's public API: says, taps, sends photos, reads what comes back."""

import base64
import hashlib
import hmac
import json
import struct
import time
import urllib.request
import uuid
import zlib
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
ANSWER_WITHIN_S = 20.0


class NoAnswer(AssertionError):
    """The desk was still busy with the message when the test's patience ended."""


@dataclass
class Reply:
    """What one message brought about."""

    understanding: Json
    messages: list[Json]  # contents of bot and agents, in order
    state: str  # of the conversation, after them

    @property
    def texts(self) -> list[str]:
        """The texts said, in order."""
        return [str(content.get("text") or "") for content in self.messages]

    @property
    def cards(self) -> list[Json]:
        """The cards shown, in order."""
        return [content["card"] for content in self.messages if content.get("card")]


@dataclass
class Shopper:
    """One conversation of its own, signed in when `ref` names a shopper of the demo shop."""

    url: str
    language: str = "zh"
    ref: str | None = None
    shop_secret: str | None = None  # shows what was understood (X-Operator-Token)
    state: str = "bot"
    last_seq: int = 0
    offered: list[Json] = field(default_factory=list)  # buttons and card choices of the last turn
    patience_s: float = ANSWER_WITHIN_S
    _token: str = ""

    def __post_init__(self) -> None:
        """Open the session."""
        body: Json = {"language": self.language, "new_conversation": True}
        if self.ref:
            signed = self._call("POST", "/demo/sign-in", {"shopper_ref": self.ref})
            body["shopper_token"] = signed["shopper_token"]
        session = self._call("POST", "/api/v1/widget/sessions", body)
        self._token = session["session_token"]
        self.conversation = session["conversation"]["id"]
        self.last_seq = session["conversation"]["last_seq"]
        self.offered = list(session["greeting"]["buttons"])

    def say(self, text: str) -> Reply:
        """Write a text."""
        return self._send({"text": text})

    def tap(self, title: str) -> Reply:
        """Tap a button or a choice of a card by its title, or the card's n-th choice ("#2")."""
        if title.startswith("#"):
            choices = [offer for offer in self.offered if offer.get("is_choice")]
            return self._tap(choices[int(title[1:]) - 1])
        fitting = [offer for offer in self.offered if title in offer["title"]]
        if not fitting:
            raise AssertionError(f"nothing to tap called {title!r}: {self.offered}")
        return self._tap(fitting[0])

    def send_photo(self) -> Reply:
        """Upload a small photo and send it."""
        edge = uuid.uuid4().hex
        form = (
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="photo.png"\r\n'
            "Content-Type: image/png\r\n\r\n"
        ).encode() + _png() + f"\r\n--{edge}--\r\n".encode()  # fmt: skip
        headers = {
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        photo = self._call("POST", "/api/v1/widget/photos", raw=form, headers=headers)
        return self._send({"photo_id": photo["id"]})

    def messages_after(self, seq: int) -> list[Json]:
        """Return the stored messages after a number."""
        headers = {}
        if self.shop_secret:
            claims = {"aud": "zhanggui-operator", "exp": int(time.time()) + 200}
            headers["X-Operator-Token"] = _jwt(claims, self.shop_secret)
        items: list[Json] = []
        while True:
            path = f"/api/v1/widget/messages?after={seq}&limit=200"
            page = self._call("GET", path, headers=headers)
            items += page["items"]
            if not page["next_cursor"]:
                return items
            seq = int(page["next_cursor"])

    def post_only(self, text: str) -> int:
        """Write a text and return its number as soon as the desk has it; the answer comes later."""
        body = {"external_id": str(uuid.uuid4()), "text": text}
        return int(self._call("POST", "/api/v1/widget/messages", body)["seq"])

    def wait_for(self, seq: int) -> Reply:
        """Wait until the desk has dealt with a message, and read what it brought about."""
        ends_at = time.monotonic() + self.patience_s
        while True:
            items = self.messages_after(self.last_seq)
            mine = next(item for item in items if item["seq"] == seq)
            if mine["turn_state"] != "pending":
                return self._read(mine, items)
            if time.monotonic() > ends_at:
                raise NoAnswer(f"no answer to message {seq}")
            time.sleep(0.02)

    def _tap(self, offer: Json) -> Reply:
        return self._send({"payload": offer["payload"], "text": offer["title"]})

    def _send(self, body: Json) -> Reply:
        message = {"external_id": str(uuid.uuid4()), **body}
        return self.wait_for(int(self._call("POST", "/api/v1/widget/messages", message)["seq"]))

    def _read(self, mine: Json, items: list[Json]) -> Reply:
        said = []
        for item in items:
            self.last_seq = max(self.last_seq, item["seq"])
            content = item["content"]
            if content.get("state"):
                self.state = content["state"]["state"]
            elif item["seq"] > mine["seq"] and item["sender"] in ("bot", "agent"):
                said.append(content)
        if said:
            self.offered = [offer for content in said for offer in _offers(content)]
        return Reply(mine["understanding"] or {}, said, self.state)

    def _call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        sent = {"Content-Type": "application/json", **(headers or {})}
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self.url + path, data, sent, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")


def _offers(content: Json) -> list[Json]:
    offers: list[Json] = list(content.get("buttons") or [])
    card = content.get("card") or {}
    for row in card.get("orders") or card.get("lines") or []:
        if "payload" in row:
            title = f"{row.get('number') or row.get('id')} {row.get('title', '')}"
            offers.append({"title": title, "payload": row["payload"], "is_choice": True})
    return offers


def _jwt(claims: Json, secret: str) -> str:
    parts = [_b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = ".".join(parts)
    mac = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_b64(mac)}"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _png(edge: int = 8) -> bytes:
    """Return a small grey picture; no two alike, so that none counts as the same photo."""
    rows = b"".join(b"\0" + uuid.uuid4().bytes[:edge] for _ in range(edge))

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    head = struct.pack(">IIBBBBB", edge, edge, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
