"""Split and show amounts: whole minor units and an ISO 4217 currency, no floats."""

from collections.abc import Sequence

NO_MINOR_UNIT = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})
SIGNS = {"CNY": "¥", "GBP": "£", "EUR": "€", "USD": "$", "HKD": "HK$", "JPY": "JP¥", "SGD": "S$"}
SIGNS_ZH = SIGNS | {"USD": "US$"}  # "$" alone is read as several currencies by Chinese shoppers


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights so that the parts add up exactly (largest remainder, first wins).

    Weights are not negative; when all are zero, the last part takes everything.
    """
    if not weights:
        if total_minor:
            raise ValueError("an amount cannot be split over nothing")
        return []
    if min(weights) < 0:
        raise ValueError("a weight is negative")
    whole = sum(weights)
    if whole == 0:
        return [0] * (len(weights) - 1) + [total_minor]
    parts = [total_minor * weight // whole for weight in weights]
    left = total_minor - sum(parts)
    by_remainder = sorted(
        range(len(weights)), key=lambda index: (-(total_minor * weights[index] % whole), index)
    )
    for index in by_remainder[:left]:
        parts[index] += 1
    return parts


def share(paid_minor: int, quantity: int, wanted: int, already: int = 0) -> int:
    """Return what is due for `wanted` pieces of a line after `already` pieces were refunded.

    Paid by the line's pieces in order, so all partial refunds of a line add up to what was paid.
    """
    if not 0 <= already <= already + wanted <= quantity:
        raise ValueError("more pieces than the line has")
    pieces = split(paid_minor, [1] * quantity)
    return sum(pieces[already : already + wanted])


def format_money(amount_minor: int, currency: str, language: str) -> str:
    """Return the amount as shoppers write it: ¥1,290.00, £45.00, JP¥980."""
    sign = (SIGNS if language == "en" else SIGNS_ZH).get(currency, f"{currency} ")
    minus = "-" if amount_minor < 0 else ""
    size = abs(amount_minor)
    if currency in NO_MINOR_UNIT:
        return f"{minus}{sign}{size:,}"
    return f"{minus}{sign}{size // 100:,}.{size % 100:02}"
