"""Opening, moving and listing cases on a real database."""

import asyncio
import random

import pytest

from desk.domain.cases import CaseFilter, CaseState, CaseType, EventKind, MoveNotAllowedError
from desk.domain.policy import Severity
from desk.services.cases import (
    CaseInputError,
    CaseNotFoundError,
    OpenCase,
    list_cases,
    move_case,
    open_case,
    remark,
    show_case,
)
from tests.fakes.shop import NOON, FakeShop


@pytest.fixture
def opening(make_talk, units, policy):
    """Return a function that opens a case."""
    generator = random.Random(1)  # noqa: S311 - repeatable on purpose
    talks = []

    async def run(**more):
        if not talks:
            talks.append(await make_talk(FakeShop()))
        ask = OpenCase(
            **{
                "type": CaseType.RETURN,
                "shopper_id": talks[0].shopper_id,
                "language": "zh",
                "key": None,
                "actor": "bot",
                "conversation_id": "c_1",
                **more,
            }
        )
        return await open_case(units, ask, policy, now=NOON, choose=generator.choice)

    return run


async def test_twenty_requests_with_one_key_at_once_open_one_case(opening):
    first = await opening(key="k")
    opened = await asyncio.gather(*(opening(key="k") for _ in range(20)))
    assert {one.case.number for one in opened} == {first.case.number}


async def test_twenty_requests_for_one_line_at_once_open_one_case(opening, units):
    await opening(line_id="other")
    opened = await asyncio.gather(*(opening(key=f"k{n}", line_id="L") for n in range(20)))
    assert len({one.case.number for one in opened}) == 1
    assert sum(one.is_new for one in opened) == 1


async def test_an_ended_case_does_not_block_a_new_one(opening, units):
    first = await opening(line_id="L")
    await move_case(units, first.case.number, CaseState.WITHDRAWN, actor="shopper", now=NOON)
    assert (await opening(line_id="L")).is_new


async def test_a_move_is_audited_and_repeatable_by_key(opening, units):
    number = (await opening()).case.number
    for _ in range(2):
        case = await move_case(
            units,
            number.lower(),
            CaseState.APPROVED,
            actor="agent:lin",
            now=NOON,
            note="ok",
            key="m",
        )
        assert case.state is CaseState.APPROVED
    events = (await show_case(units, number)).events
    assert [(event.kind, event.actor, event.note) for event in events] == [
        (EventKind.OPENED, "bot", ""),
        (EventKind.MOVED, "agent:lin", "ok"),
    ]


async def test_a_move_that_is_not_allowed_changes_nothing(opening, units):
    number = (await opening()).case.number
    with pytest.raises(MoveNotAllowedError):
        await move_case(units, number, CaseState.REFUNDING, actor="agent:lin", now=NOON)
    assert (await show_case(units, number)).case.state is CaseState.SUBMITTED


async def test_unknown_numbers_and_empty_remarks_are_refused(opening, units):
    with pytest.raises(CaseNotFoundError):
        await show_case(units, "AAAA-AAAA")
    number = (await opening()).case.number
    for text in ("", "   ", "x" * 4001):
        with pytest.raises(CaseInputError):
            await remark(units, number, text, actor="agent:lin", is_public=False, now=NOON)
    await remark(units, number, "请加急", actor="agent:lin", is_public=True, now=NOON, key="r")
    await remark(units, number, "请加急", actor="agent:lin", is_public=True, now=NOON, key="r")
    assert [event.note for event in (await show_case(units, number)).events] == ["", "请加急"]


async def test_pages_follow_each_other_without_gap_or_double(opening, units):
    numbers = [(await opening(key=f"k{n}")).case.number for n in range(5)]
    seen, before = [], None
    while True:
        page, before = await list_cases(units, CaseFilter(), before_id=before, limit=2)
        seen += [case.number for case in page]
        if before is None:
            break
    assert seen == numbers[::-1]


async def test_lists_are_filtered(opening, units):
    await opening(key="1")
    complaint = await opening(key="2", type=CaseType.COMPLAINT, severity=Severity.CRITICAL)
    await move_case(units, complaint.case.number, CaseState.UNDER_REVIEW, actor="bot", now=NOON)

    async def numbers(**wanted):
        page, _ = await list_cases(units, CaseFilter(**wanted))
        return [case.number for case in page]

    only = [complaint.case.number]
    assert await numbers(type=CaseType.COMPLAINT) == only
    assert await numbers(state=CaseState.UNDER_REVIEW) == only
    assert await numbers(team="service") == only
    assert len(await numbers(is_open=True)) == 2
    assert await numbers(is_open=False) == []
    assert await numbers(overdue_at=NOON.replace(hour=5, minute=1)) == only
    assert await numbers(overdue_at=NOON.replace(hour=5)) == []
