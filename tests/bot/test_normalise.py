"""Normalised text leads back to what was typed; the language is that of the message."""

import random

import pytest

from bot.nlu.language import detect_language
from bot.nlu.normalise import normalise


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ＺＧ２５１１", "zg2511"),
        ("快快快快快点！！！！", "快快点!!"),
        ("sooooo slow", "soo slow"),
        ("13800001111", "13800001111"),
        ("  两个　 空格  ", "两个 空格"),
        ("a\u200bb\ufeff", "ab"),
        ("", ""),
    ],
)
def test_normalise(typed, read):
    assert normalise(typed).text == read


@pytest.mark.parametrize("seed", range(50))
def test_every_sign_leads_back_to_its_origin(seed):
    signs = "aＡ　 　1１。，!！好好哈哈哈\u200b\u0130ß\U0001f600\n\t\ud7ffé-—"
    text = "".join(random.Random(seed).choices(signs, k=60))  # noqa: S311 - no secret
    result = normalise(text)
    assert len(result.text) == len(result.origin)
    assert list(result.origin) == sorted(set(result.origin))
    for i in range(len(result.text)):
        start, end = result.span(i, i + 1)
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的order还没到", "zh"),
        ("my 快递 has not arrived yet", "en"),
        ("where is my order", "en"),
        ("ok", "zh"),
        ("4821", "zh"),
        ("😊", "zh"),
        ("zg2511184821", "zh"),
        ("wo yao tuihuo", "zh"),
        ("xl", "zh"),
        ("i", "en"),
    ],
)
def test_neutral_text_takes_the_default(text, language):
    assert detect_language(text, "zh") == language


def test_the_default_is_the_conversations():
    assert detect_language("ok", "en") == "en"
