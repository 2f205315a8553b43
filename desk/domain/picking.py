"""Find which line a shopper means by the words they use for it, in Chinese or English."""

import re
from collections.abc import Mapping, Sequence

from desk.domain.policy import Category
from desk.domain.shop import OrderLine
from desk.domain.words import fold, found

LEAST_SCORE = 0.3
FILLERS_ZH = re.compile(
    r"我想要?|我要|帮我|请问?|你们|我买的?|买的?|上次|昨天|前天|这[个件双条台瓶款]?|那[个件双条台瓶款]?"
    r"|一下|退货|退款|退掉|退|换货|订单|商品|东西|可以|怎么|是|的|了|吗|呢|要|想|把|给|我"
)
FILLERS_EN = frozenset(
    (
        "a an the i my me it its is of to for and or with want would like please return refund send"
        " back order item product one that this those these bought buy pair from can you need"
    ).split()
)


def _pieces(text: str) -> set[str]:
    """Return what is compared: pairs of Chinese signs and English words without plural endings."""
    folded = fold(text)
    pieces: set[str] = set()
    for run in re.findall(r"[\u4e00-\u9fff]+", FILLERS_ZH.sub(" ", folded)):
        pieces.update(run[index : index + 2] for index in range(len(run) - 1))
        if len(run) == 1:
            pieces.add(run)
    for word in re.findall(r"[a-z0-9]+", folded):
        if word not in FILLERS_EN:
            pieces.add(_singular(word))
    return pieces


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _score(wanted: set[str], words: str, line: OrderLine, category: Category | None) -> float:
    best = 0.0
    for text in (
        f"{line.title.zh} {line.variant.zh}",
        f"{line.title.en} {line.variant.en}",
    ):
        known = _pieces(text)
        if not known or not wanted:
            continue
        hits = len(wanted & known)
        # A single sign such as 鞋 stands inside the pairs of a title.
        hits += sum(1 for piece in wanted - known if len(piece) == 1 and piece in text)
        best = max(best, hits / min(len(wanted), len(known)))
    if category and found(words, category.words):
        best = max(best, 0.5) + 0.1
    return best


def lines_meant(
    words: str, lines: Sequence[OrderLine], categories: Mapping[str, Category]
) -> list[OrderLine]:
    """Return the lines that fit the words best: none, the one that is meant, or several alike."""
    wanted = _pieces(words)
    scored = [(_score(wanted, words, line, categories.get(line.category)), line) for line in lines]
    best = max((score for score, _ in scored), default=0.0)
    if best < LEAST_SCORE:
        return []
    return [line for score, line in scored if score == best]
