"""One transaction: kept when committed, gone when not; writers take turns."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError

from desk.domain.conversations import Message
from tests.desk_kit import NOW, add_conversation


async def test_leaving_without_commit_keeps_nothing(make_uow):
    async with make_uow() as uow:
        await uow.shoppers.add("S1", NOW)
    async with make_uow(read_only=True) as uow:
        assert await uow.shoppers.by_ref("S1") is None


async def test_an_error_rolls_back(make_uow):
    async def fail() -> None:
        async with make_uow() as uow:
            await uow.shoppers.add("S1", NOW)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fail()
    async with make_uow(read_only=True) as uow:
        assert await uow.shoppers.by_ref("S1") is None


async def test_a_unit_of_work_may_be_used_again_after_it_was_left(make_uow):
    uow = make_uow()
    async with uow:
        await uow.shoppers.add("S1", NOW)
        await uow.commit()
    async with uow:
        assert await uow.shoppers.by_ref("S1") is not None


async def test_writers_wait_for_each_other_and_lose_no_update(make_uow):
    await add_conversation(make_uow)

    async def count_up() -> None:
        async with make_uow() as uow:
            conversation = await uow.conversations.lock("c_1")
            await asyncio.sleep(0)
            await uow.conversations.save(
                replace(conversation, fallback_count=conversation.fallback_count + 1)
            )
            await uow.commit()

    await asyncio.gather(*(count_up() for _ in range(20)))
    async with make_uow(read_only=True) as uow:
        assert (await uow.conversations.get("c_1")).fallback_count == 20


async def test_reading_does_not_wait_for_a_writer(make_uow):
    await add_conversation(make_uow)
    async with make_uow() as writing:
        await writing.conversations.lock("c_1")
        async with make_uow(read_only=True) as reading:
            assert await reading.conversations.get("c_1") is not None


async def test_one_number_is_given_once(make_uow):
    await add_conversation(make_uow)
    message = Message("c_1", 1, "shopper", {"text": "a"}, NOW)
    async with make_uow() as uow:
        await uow.messages.add(message)
        with pytest.raises(IntegrityError):
            await uow.messages.add(message)


async def test_foreign_keys_hold(make_uow):
    async with make_uow() as uow:
        with pytest.raises(IntegrityError):
            await uow.messages.add(Message("c_none", 1, "shopper", {}, NOW))


async def test_a_naive_moment_is_refused(make_uow):
    with pytest.raises(Exception, match="naive"):
        async with make_uow() as uow:
            await uow.shoppers.add("S1", datetime(2025, 1, 1))  # noqa: DTZ001 - the point


async def test_read_mark_moves_forward_only_and_never_past_the_end(make_uow):
    await add_conversation(make_uow, last_seq=5)
    async with make_uow() as uow:
        assert await uow.conversations.mark_read("c_1", who="agent", seq=3)
        assert not await uow.conversations.mark_read("c_1", who="agent", seq=2)
        assert not await uow.conversations.mark_read("c_1", who="agent", seq=6)
        await uow.commit()
