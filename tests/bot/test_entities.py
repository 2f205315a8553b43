"""Values and spans of what the rules find."""

import pytest

from bot.nlu.normalise import normalise
from tests.bot.conftest import values


@pytest.mark.parametrize(
    ("text", "expects", "found"),
    [
        ("订单号是ZG2511184821", None, {"order_number": "ZG2511184821"}),
        ("ＺＧ２５１１１８４８２１", None, {"order_number": "ZG2511184821"}),
        ("zg 2511 1848 21 到哪了", None, {"order_number": "ZG2511184821"}),
        ("ZG-2511-184821", None, {"order_number": "ZG2511184821"}),
        ("2511184821", None, {"order_number": "ZG2511184821"}),
        ("ZG25111848", None, {"order_number": "ZG25111848"}),
        ("ZG2511184821 4821", None, {"order_number": "ZG2511184821", "phone_last4": "4821"}),
        ("order number is AB123456", None, {"order_number": "AB123456"}),
        ("单号SF1234567890123", None, {}),
        ("尾号4821", None, {"phone_last4": "4821"}),
        ("手机尾号是 4 8 2 1", None, {"phone_last4": "4821"}),
        ("尾号四八二一", None, {"phone_last4": "4821"}),
        ("my phone ends in 4821", None, {"phone_last4": "4821"}),
        ("the last four digits are 4821", None, {"phone_last4": "4821"}),
        ("4821", "identity", {"phone_last4": "4821"}),
        ("是4821", "identity", {"phone_last4": "4821"}),
        ("4821", None, {}),
        ("花了2000块", "reason", {}),
        ("电话138 0000 1111", None, {"phone": "13800001111", "phone_last4": "1111"}),
        ("+44 7700 900123", None, {"phone": "+447700900123", "phone_last4": "0123"}),
    ],
)
def test_numbers(extractor, text, expects, found):
    assert values(extractor.find(normalise(text).text, expects)) == found


@pytest.mark.parametrize(
    ("text", "ordinal"),
    [
        ("第二个", 2),
        ("第3件", 3),
        ("第十个", 10),
        ("最后一个", -1),
        ("倒数第一个", -1),
        ("the second one", 2),
        ("last one please", -1),
        ("number 3", 3),
        ("2", 2),
        ("12", 12),
        ("选2", 2),
        ("二", 2),
        ("second", 2),
        ("第二天收到的", None),
        ("这是第一次买", None),
        ("the first time", None),
        ("last week", None),
    ],
)
def test_ordinals(extractor, text, ordinal):
    assert values(extractor.find(normalise(text).text, "line")).get("ordinal") == ordinal


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("尺码不合适", "wrong_size"),
        ("太小了", "wrong_size"),
        ("有点大", "wrong_size"),
        ("too big for me", "wrong_size"),
        ("不想要了", "no_longer_wanted"),
        ("changed my mind", "no_longer_wanted"),
        ("质量问题", "quality_fault"),
        ("开线了", "quality_fault"),
        ("掉色", "quality_fault"),
        ("it doesn't work", "quality_fault"),
        ("发错货了", "wrong_item"),
        ("you sent the wrong colour", "wrong_item"),
        ("杯子碎了", "damaged"),
        ("arrived damaged", "damaged"),
        ("跟图片不一样", "not_as_described"),
        ("not as described", "not_as_described"),
        ("其他原因", "other"),
        ("脱胶了", "quality_fault"),
        ("鞋底掉了", "quality_fault"),
        ("充不进电", "quality_fault"),
        ("拉链卡住了", "quality_fault"),
        ("有异味", "quality_fault"),
        ("洗完就起球", "quality_fault"),
        ("actually wait, it's because the sole is coming off", "quality_fault"),
        ("came unglued", "quality_fault"),
        ("the seam split", "quality_fault"),
        ("zipper stuck", "quality_fault"),
        ("doesn't turn on", "quality_fault"),
        ("it won't charge", "quality_fault"),
        ("stopped charging", "quality_fault"),
        ("漏液了", "damaged"),
        ("已经过期了", "damaged"),
        ("打开就臭了", "damaged"),
        ("smells off", "damaged"),
        ("it's expired", "damaged"),
        ("积分会过期吗", None),
        ("my coupon expired", None),
        ("the striped shirt", None),
        ("trash", None),
        ("没有质量问题", None),
        ("it is not broken", None),
    ],
)
def test_reasons(extractor, text, reason):
    assert values(extractor.find(normalise(text).text, "reason")).get("reason") == reason


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("没拆过", "unused"),
        ("吊牌还在", "unused"),
        ("没穿过 全新", "unused"),
        ("tags still on", "unused"),
        ("never worn", "unused"),
        ("unopened", "unused"),
        ("穿过两次", "used"),
        ("已经拆封了", "used"),
        ("吊牌剪了", "used"),
        ("I wore it once", "used"),
        ("i've already opened it", "used"),
        ("no i wore it once", "used"),
        ("是的没穿过", "unused"),
    ],
)
def test_conditions(extractor, text, condition):
    assert values(extractor.find(normalise(text).text, "condition")).get("condition") == condition


@pytest.mark.parametrize(
    ("text", "expects", "intent", "wanted"),
    [
        ("退款", "wanted", None, "refund"),
        ("换一个新的", "wanted", None, "replacement"),
        ("我要你们道歉", "wanted", None, "apology"),
        ("给个说法", "wanted", None, "explanation"),
        ("an apology would do", "wanted", None, "apology"),
        ("compensation", "wanted", None, "other"),
        ("我要退款", None, "return_request", None),
        ("投诉 你们必须道歉", None, "complaint", "apology"),
    ],
)
def test_wishes_count_in_complaints(extractor, text, expects, intent, wanted):
    assert values(extractor.find(normalise(text).text, expects, intent)).get("wanted") == wanted


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("蓝色的运动鞋", "蓝色的运动鞋"),
        ("that black jacket", "black jacket"),
        ("the Headphones", "headphones"),
        ("蓝色那个", "蓝色那个"),
        ("随便", None),
    ],
)
def test_products(extractor, text, product):
    assert values(extractor.find(normalise(text).text, "line")).get("product") == product


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("退两件", 2), ("return 2 of them", 2), ("两双都退", 2), ("换一下", None)],
)
def test_quantities(extractor, text, quantity):
    assert values(extractor.find(normalise(text).text, None)).get("quantity") == quantity


@pytest.mark.parametrize(
    "text", ["你好！！！！  ＺＧ２５１１ １８４８２１，尾号４８２１", "🙂🙂 ZG2511184821"]
)
def test_spans_are_in_the_text_as_typed(extractor, text):
    normalised = normalise(text)
    for found in extractor.find(normalised.text, None):
        start, end = normalised.span(found.start, found.end)
        digits = "".join(sign for sign in normalise(text[start:end]).text if sign.isdigit())
        assert digits == str(found.value).removeprefix("ZG")
