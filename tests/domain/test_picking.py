"""Words for products, as shoppers write them."""

import pytest

from desk.domain.picking import lines_meant
from tests.fakes.shop import make_line

LINES = [
    make_line("1", zh="云步 缓震跑鞋", en="Cloudstep running shoes", category="shoes"),
    make_line(
        "2", zh="南栀 亚麻长袖衬衫", en="Nanzhi linen long-sleeve shirt", category="clothing"
    ),
    make_line("3", zh="智利车厘子 2斤", en="Chilean cherries 1 kg", category="fresh_food"),
    make_line("4", zh="南栀 纯棉T恤", en="Nanzhi cotton T-shirt", category="clothing"),
]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        pytest.param("跑鞋", ["1"], id="zh part of a title"),
        pytest.param("那双鞋", ["1"], id="category word with filler"),
        pytest.param("我想退那件亚麻衬衫", ["2"], id="sentence"),
        pytest.param("the linen shirt", ["2"], id="en"),
        pytest.param("cherry", ["3"], id="en singular"),
        pytest.param("CHERRIES please", ["3"], id="en case"),
        pytest.param("车厘子", ["3"], id="fruit"),
        pytest.param("电视机", [], id="nothing like it"),
        pytest.param("", [], id="nothing said"),
        pytest.param("南栀", ["2", "4"], id="brand of two"),
    ],
)
def test_the_line_that_is_meant(policy, words, ids):
    assert [line.id for line in lines_meant(words, LINES, policy.categories)] == ids
