"""Kill -9 desk, bot and actions under load: nothing sent is lost, nothing happens twice."""

import http.client
import json
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.shopper import Json, Shopper
from tests.stack import DESK_PYTHON, RASA_PYTHON, Stack

pytestmark = pytest.mark.stack

SHOPPERS = ("S1001", "S1002", "S1021", "S1007", "S1001", "S1021")
SCRIPT = (
    "你好",
    "我的订单到哪了",
    "退货多久能退款？",
    "where is my order",
    "我要投诉",
    "包装破了，客服态度也很差，打了三次电话都没人管",
    "退款",
    "确认",
    "谢谢",
    "怎么开发票",
    "thanks, bye",
)
PATIENCE_S = 90.0


class PatientShopper(Shopper):
    """Tries again while the desk is down, with the same external id: what the widget does."""

    def _call(self, *arguments: Any, **options: Any) -> Any:
        ends_at = time.monotonic() + PATIENCE_S
        while True:
            try:
                return super()._call(*arguments, **options)
            except urllib.error.HTTPError as error:
                if error.code < 500 or time.monotonic() > ends_at:
                    raise
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                if time.monotonic() > ends_at:
                    raise
            time.sleep(0.1)


@dataclass
class Talk:
    """What one thread sent and where it went."""

    url: str
    ref: str
    rounds: int
    shoppers: list[PatientShopper] = field(default_factory=list)
    sent: int = 0
    failure: BaseException | None = None

    def run(self) -> None:
        """Say the script; where a person was called, go on in a new conversation."""
        try:
            for _ in range(self.rounds):
                self._begin()
                for text in SCRIPT:
                    if self.shoppers[-1].state != "bot":
                        self._begin()
                    self.shoppers[-1].say(text)
                    self.sent += 1
        except BaseException as failure:
            self.failure = failure

    def _begin(self) -> None:
        self.shoppers.append(PatientShopper(self.url, ref=self.ref, patience_s=PATIENCE_S))


@dataclass
class Counts:
    """What the store says in the end."""

    sent: int = 0
    answered: int = 0
    lost: int = 0
    doubled: int = 0


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Start desk, bot and actions."""
    if not (DESK_PYTHON.exists() and RASA_PYTHON.exists()):
        pytest.skip("needs both environments: make install")
    with Stack(tmp_path) as running:
        yield running


def count(shopper: PatientShopper, into: Counts) -> None:
    """Hold each message of the shopper against what followed it."""
    items = shopper.messages_after(0)
    said = [item for item in items if item["sender"] == "shopper"]
    seen = Counter(item["external_id"] for item in said)
    into.doubled += sum(times - 1 for times in seen.values())
    for place, mine in enumerate(said):
        until = said[place + 1]["seq"] if place + 1 < len(said) else items[-1]["seq"] + 1
        replies = [item for item in items if mine["seq"] < item["seq"] < until]
        texts = Counter(_as_text(item["content"]) for item in replies if item["sender"] == "bot")
        into.doubled += sum(times - 1 for times in texts.values())
        if mine["turn_state"] == "pending" or not replies:
            into.lost += 1
        else:
            into.answered += 1
    assert [item["seq"] for item in items] == list(range(1, len(items) + 1))


def _as_text(content: Json) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False)


def test_kill_9_of_each_part_loses_nothing_and_doubles_nothing(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    talks = [Talk(stack.url, ref, rounds=3) for ref in SHOPPERS]
    threads = [threading.Thread(target=talk.run, daemon=True) for talk in talks]
    witness = PatientShopper(stack.url, ref="S1012", patience_s=PATIENCE_S)
    for thread in threads:
        thread.start()
    kills = 0
    for part in ("desk", "bot", "actions", "desk"):
        time.sleep(1.0)
        accepted = witness.post_only("我的订单到哪了")  # received, not answered yet
        stack.kill(part)
        kills += 1
        time.sleep(0.3)
        stack.restart(part)
        witness.wait_for(accepted)
        if witness.state != "bot":
            witness = PatientShopper(stack.url, ref="S1012", patience_s=PATIENCE_S)
    for thread in threads:
        thread.join(PATIENCE_S * 3)
    assert [talk.failure for talk in talks if talk.failure] == []
    assert not any(thread.is_alive() for thread in threads)

    counts = Counts(sent=sum(talk.sent for talk in talks))
    for talk in talks:
        for shopper in talk.shoppers:
            count(shopper, counts)
    cases = [json.loads(line) for line in stack.command("cases", "list", "--json").splitlines()]
    per_conversation = Counter(case["conversation_id"] for case in cases)
    with capsys.disabled():
        print(  # noqa: T201 - the counts are what this test is for
            f"\ncrash test: {kills} kills, {counts.sent} sent, {counts.answered} answered, "
            f"{counts.lost} lost, {counts.doubled} doubled, {len(cases)} cases"
        )
    assert (counts.lost, counts.doubled) == (0, 0)
    assert counts.answered == counts.sent
    assert [number for number, times in per_conversation.items() if times > 1] == []
