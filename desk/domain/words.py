"""Find a shop's words in what a shopper wrote: anywhere in Chinese, as whole words in English."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

NEGATIONS_ZH = ("没有", "没", "未", "并未", "不会", "不是", "不", "无人", "没人")
NEGATIONS_EN = frozenset({"no", "not", "never", "nobody", "none", "without", "isn't", "wasn't"})
WORDS_BEFORE = 3  # how far an English negation reaches


def fold(text: str) -> str:
    """Return the text in the one form that is compared: lower case, straight apostrophes."""
    return text.casefold().replace("’", "'")


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    if word.isascii():
        return re.compile(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])")
    return re.compile(re.escape(word))


def _is_negated(before: str, *, is_english: bool) -> bool:
    if not is_english:
        return before.rstrip().endswith(NEGATIONS_ZH)
    near = re.findall(r"[a-z']+", re.split(r"[.,;:!?]", before)[-1])[-WORDS_BEFORE:]
    return any(word in NEGATIONS_EN or word.endswith("n't") for word in near)


def found(text: str, words: Iterable[str], *, may_be_negated: bool = False) -> tuple[str, ...]:
    """Return the words that occur, in their order; with `may_be_negated`, only those not denied."""
    folded = fold(text)
    hits = []
    for word in words:
        needle = fold(word)
        for match in _pattern(needle).finditer(folded):
            before = folded[: match.start()]
            if may_be_negated and _is_negated(before, is_english=needle.isascii()):
                continue
            hits.append(word)
            break
    return tuple(hits)


def classify(text: str, words_of: Mapping[str, Iterable[str]]) -> str | None:
    """Return the first key one of whose words occurs in the text, or None; key order decides."""
    return next((key for key, words in words_of.items() if found(text, words)), None)
