"""Both sides of the seam, each in its own Python: actions/desk_client.py calls the real desk."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.shopper import Shopper
from tests.stack import RASA_PYTHON, ROOT, Stack


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """Return what each call brought, by its name."""
    if not RASA_PYTHON.exists():
        pytest.skip("needs .venv-rasa: make install")
    stack = Stack(tmp_path_factory.mktemp("contract"))
    stack.data.mkdir(parents=True, exist_ok=True)
    stack.command("seed")
    try:
        stack.spawn("desk")
        stack.wait_until_healthy("desk")
        shopper = Shopper(stack.url, ref="S1001")
        done = subprocess.run(
            [str(RASA_PYTHON), "-m", "tests.contract.calls", f"{shopper.conversation}:1"],
            cwd=ROOT,
            env=stack.env,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        yield {line["call"]: line for line in found}
    finally:
        stack.stop()


def responses() -> dict[str, list[dict[str, Any]]]:
    """Return the responses of the domain by name."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    found: dict[str, list[dict[str, Any]]] = domain["responses"]
    return found


CALLS = ("order_status", "return_request", "complaint", "answer", "article", "fallback",
         "hand_over")  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_the_desk_answers_with_a_step_that_the_bot_can_say(
    lines: dict[str, dict[str, Any]], call: str
) -> None:
    step = lines[call]["step"]
    texts = responses()[f"utter_{step['say']}"]
    spoken = {(text.get("condition") or [{"value": "zh"}])[0]["value"] for text in texts}
    assert {"zh", "en"} <= spoken, "both languages"
    wanted = {name for text in texts for name in re.findall(r"{(\w+)}", text.get("text", ""))}
    assert wanted <= set(step["values"]), "every value that the sentence needs"
    assert all(isinstance(value, str) for value in step["values"].values())


@pytest.mark.parametrize("task", ["order_status", "return_request", "complaint"])
def test_a_repeated_call_gets_the_same_step(lines: dict[str, dict[str, Any]], task: str) -> None:
    assert lines[f"{task} again"]["step"] == lines[task]["step"]


def test_slots_that_the_desk_sets_are_slots_of_the_bot(
    lines: dict[str, dict[str, Any]],
) -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    used = {name for line in lines.values() for name in line.get("step", {}).get("slots", {})}
    assert used - {"ordinal"} <= set(domain["slots"])  # "the second one" lasts one turn only


def test_a_hand_over_opens_no_task_and_says_so(lines: dict[str, dict[str, Any]]) -> None:
    step = lines["hand_over"]["step"]
    assert (step["handed_over"], step["task_open"], step["expects"]) == (True, False, None)


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        ("no task", 404, "task_not_found"),
        ("odd body", 400, "bad_body"),
        ("stranger", 401, "bad_secret"),
        ("nobody", 404, "conversation_not_found"),
    ],
)
def test_what_the_desk_refuses_keeps_its_code(
    lines: dict[str, dict[str, Any]], call: str, status: int, code: str
) -> None:
    assert (lines[call]["refused"], lines[call]["code"]) == (status, code)


def test_a_desk_that_is_gone_is_unreachable(tmp_path: Path) -> None:
    if not RASA_PYTHON.exists():
        pytest.skip("needs .venv-rasa: make install")
    stack = Stack(tmp_path)  # nothing is started
    done = subprocess.run(
        [str(RASA_PYTHON), "-m", "tests.contract.calls", "c_x:1"],
        cwd=ROOT,
        env=stack.env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["problem"] for line in found} == {"Unreachable"}
