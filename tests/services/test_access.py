"""R9: who may see what. Wrong number and wrong phone look alike, a repeat burns nothing."""

from datetime import timedelta

import pytest

from desk.domain.access import Failed, Locked, Verified
from desk.services.access import verify
from tests.fakes.shop import NOON, FakeShop, make_order

ORDER = make_order("ZG1", phone="138-0000-4821")


async def attempt(talk, number="ZG1", phone="0000", *, key="k1", conversation=None, now=NOON):
    return await verify(
        talk.desk.units,
        talk.shop,
        conversation or talk.conversation_id,
        number,
        phone,
        key=key,
        now=now,
        policy=talk.desk.policy.verification,
    )


async def test_number_and_phone_open_this_order_only(make_talk):
    talk = await make_talk(FakeShop(ORDER, make_order("ZG2", phone="13811112222")), None)
    assert await attempt(talk, " zg-1 ", "4821") == Verified()
    step = await talk.say("order_status", order_number="ZG1")
    assert step.say == "order_status_show"
    step = await talk.say("order_status", order_number="ZG2")
    assert step.say == "identity_ask_phone"


@pytest.mark.parametrize("phone", ["4821", "٤٨٢١", "", "821", "48210", "abcd"])
@pytest.mark.parametrize("number", ["ZG404", "", "'; DROP TABLE cases", "Z" * 5000, "订单"])
async def test_numbers_that_do_not_exist_fail_like_wrong_phones(make_talk, number, phone):
    talk = await make_talk(FakeShop(ORDER), None)
    assert await attempt(talk, number, phone) == Failed(4)


async def test_wrong_number_and_wrong_phone_give_one_and_the_same_step(make_talk):
    wrong_phone = await make_talk(FakeShop(ORDER), None)
    wrong_number = await make_talk(FakeShop(ORDER), None, conversation_id="c_2")
    first = await wrong_phone.say("order_status", order_number="ZG1", phone_last4="0000")
    second = await wrong_number.say("order_status", order_number="ZG7", phone_last4="4821")
    assert (first.say, first.values) == (second.say, second.values)
    assert first.values == {"tries_left": "4"}
    assert first.card is second.card is None


async def test_a_repeated_turn_burns_no_try(make_talk):
    talk = await make_talk(FakeShop(ORDER), None)
    assert [await attempt(talk) for _ in range(3)] == [Failed(4)] * 3
    later = NOON + timedelta(minutes=1)
    assert await attempt(talk, key="k2", now=later) == Failed(3)
    assert await attempt(talk, key="k1", now=later) == Failed(4)


async def test_after_five_tries_even_the_right_phone_is_locked_out(make_talk):
    talk = await make_talk(FakeShop(ORDER), None)
    left = [await attempt(talk, key=f"k{n}") for n in range(5)]
    assert left == [Failed(4), Failed(3), Failed(2), Failed(1), Failed(0)]
    assert await attempt(talk, phone="4821", key="right") == Locked(15)
    almost = NOON + timedelta(minutes=14, seconds=59)
    assert await attempt(talk, phone="4821", key="right", now=almost) == Locked(1)
    after = NOON + timedelta(minutes=15)
    assert await attempt(talk, phone="4821", key="right", now=after) == Verified()


async def test_tries_on_one_order_count_across_conversations(make_talk):
    talk = await make_talk(FakeShop(ORDER), None)
    for n in range(2, 7):
        await make_talk(talk.shop, None, conversation_id=f"c_{n}")
        assert await attempt(talk, conversation=f"c_{n}") == Failed(4)
    assert await attempt(talk, phone="4821") == Locked(15)


async def test_the_last_failed_try_says_how_long_to_wait(make_talk):
    talk = await make_talk(FakeShop(ORDER), None)
    for _ in range(4):
        await talk.say("order_status", order_number="ZG1", phone_last4="0000")
    step = await talk.say("order_status", order_number="ZG1", phone_last4="0000")
    assert (step.say, step.values) == ("identity_locked", {"minutes": "15"})
    step = await talk.say("order_status", order_number="ZG1", phone_last4="4821")
    assert step.say == "identity_locked"


async def test_strangers_are_asked_for_what_is_missing(make_talk):
    talk = await make_talk(FakeShop(ORDER), None)
    assert (await talk.say("order_status", "我的快递呢")).say == "identity_ask"
    assert (await talk.say("order_status", phone_last4="4821")).say == "identity_ask_order"
    assert (await talk.say("order_status", order_number="ZG1")).say == "order_status_show"
    assert (await talk.say("order_status", order_number=None)).say == "order_status_show"


async def test_a_signed_in_shopper_cannot_tell_a_foreign_order_from_none(make_talk):
    foreign = make_order("ZG8", shopper_ref="S2")
    talk = await make_talk(FakeShop(make_order("ZG1"), foreign))
    for task in ("order_status", "return_request"):
        there = await talk.say(task, order_number="ZG8", phone_last4="4821")
        nowhere = await talk.say(task, order_number="ZG9", phone_last4="4821")
        assert there.say == nowhere.say == "order_not_found"
        assert there.values == {"order_number": "ZG8"}
        assert there.card == nowhere.card
        assert there.slots == nowhere.slots


async def test_a_foreign_line_opens_nothing(make_talk):
    foreign = make_order("ZG8", shopper_ref="S2")
    talk = await make_talk(FakeShop(make_order("ZG1"), make_order("ZG2"), foreign))
    step = await talk.say("return_request", line="ZG8-1")
    assert step.say == "order_ask"
