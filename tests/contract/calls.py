"""Run by .venv-rasa's Python: make every call of actions/desk_client.py, one JSON line for each.

Arguments: the conversation. The desk's address and the secret stand in the environment, as they do
for the action server. A refused call is a line too, so that the test sees the code.
"""

import asyncio
import dataclasses
import json
import sys
from collections.abc import Awaitable
from typing import Any

from actions.desk_client import DeskAddress, DeskClient, DeskProblem, Refused, Step


async def tell(name: str, call: Awaitable[Step]) -> None:
    """Write what a call brought."""
    line: dict[str, Any] = {"call": name}
    try:
        line["step"] = dataclasses.asdict(await call)
    except Refused as no:
        line.update(refused=no.status, code=no.code)
    except DeskProblem as problem:
        line.update(problem=type(problem).__name__, said=str(problem))
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


async def main(conversation: str) -> None:
    """Call each method, both tasks' first steps, a repeat, and what must be refused."""
    desk = DeskClient(DeskAddress.from_environment())
    wrong = DeskClient(DeskAddress(DeskAddress.from_environment().url, "wrong-secret-0123456789"))
    ask = {"language": "zh", "text": "我要退货", "intent": "return_request", "expects": None}
    try:
        for task in ("order_status", "return_request", "complaint"):
            body: dict[str, Any] = {**ask, "intent": task, "slots": {}}
            await tell(task, desk.take_step(conversation, task, body, key=f"m1:{task}"))
            await tell(f"{task} again", desk.take_step(conversation, task, body, key=f"m1:{task}"))
        await tell("answer", desk.answer(conversation, "怎么退货", None, "zh", key="m2:answer"))
        await tell("article", desk.answer(conversation, "", "return-how", "en", key="m3:answer"))
        ranking = [{"intent": "order_status", "confidence": 0.3}]
        await tell("fallback", desk.fallback(conversation, "啊啊啊", ranking, "zh", key="m4:f"))
        await tell("hand_over", desk.hand_over(conversation, "asked", "zh", key="m5:hand_over"))
        await tell("no task", desk.take_step(conversation, "nonsense", ask, key="m6:x"))
        odd = {**ask, "unknown": 1}
        await tell("odd body", desk.take_step(conversation, "complaint", odd, key="m7:x"))
        await tell("stranger", wrong.hand_over(conversation, "asked", "zh", key="m8:x"))
        await tell("nobody", desk.hand_over("c_nobody:1", "asked", "zh", key="m9:x"))
    finally:
        await desk.close()
        await wrong.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
