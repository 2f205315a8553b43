"""Amounts add up to the last fen, however they are split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.domain.money import format_money, share, split


@given(
    total=st.integers(min_value=0, max_value=10**9),
    weights=st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=20),
)
def test_parts_add_up_and_no_part_is_off_by_one_unit(total, weights):
    parts = split(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        assert all(
            abs(part * whole - total * weight) < whole
            for part, weight in zip(parts, weights, strict=True)
        )


@given(
    paid=st.integers(min_value=0, max_value=10**8),
    cuts=st.lists(st.integers(min_value=1, max_value=5), min_size=1, max_size=8),
)
def test_partial_refunds_of_a_line_add_up_to_what_was_paid(paid, cuts):
    quantity, already, refunded = sum(cuts), 0, 0
    for wanted in cuts:
        refunded += share(paid, quantity, wanted, already)
        already += wanted
    assert refunded == paid


def test_the_first_of_equal_parts_takes_the_remainder():
    assert split(100, [1, 1, 1]) == [34, 33, 33]


def test_without_weights_the_last_part_takes_everything():
    assert split(100, [0, 0]) == [0, 100]


@pytest.mark.parametrize(
    ("total", "weights"), [pytest.param(1, [], id="over nothing"), pytest.param(1, [-1, 2], id="-")]
)
def test_senseless_splits_are_refused(total, weights):
    with pytest.raises(ValueError, match=r"nothing|negative"):
        split(total, weights)


def test_more_pieces_than_a_line_has_are_refused():
    with pytest.raises(ValueError, match="more pieces"):
        share(100, 2, 2, already=1)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        pytest.param(12900, "CNY", "zh", "¥129.00", id="yuan"),
        pytest.param(129000, "CNY", "en", "¥1,290.00", id="thousands"),
        pytest.param(4500, "GBP", "en", "£45.00", id="pounds"),
        pytest.param(5, "USD", "en", "$0.05", id="cents"),
        pytest.param(5, "USD", "zh", "US$0.05", id="dollars in Chinese"),
        pytest.param(980, "JPY", "zh", "JP¥980", id="no minor unit"),
        pytest.param(-150, "EUR", "en", "-€1.50", id="negative"),
        pytest.param(100, "CHF", "en", "CHF 1.00", id="without a sign of its own"),
    ],
)
def test_amounts_read_as_shoppers_write_them(amount, currency, language, text):
    assert format_money(amount, currency, language) == text
