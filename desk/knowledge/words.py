"""Turn text into search terms: normalise, find concepts (synonyms), cut Chinese, stem English.

No word segmenter: on the tuning questions jieba's words found the right article first as often as
sign pairs did (91.4 % with pairs, 92.2 % with words only, 91.4 % with both; left-out questions of
the articles 77.8, 78.1, 76.5 %), and jieba's dictionary costs 96 MB and half a second.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

# Traditional signs that shoppers use, as pairs. For understanding only: nothing is shown like this.
_TRADITIONAL = (
    "貨货發发單单錢钱訂订買买賣卖麼么嗎吗個个這这還还換换後后幾几時时間间寄寄運运費费郵邮號号"
    "碼码電电話话帳账戶户員员會会優优惠惠點点積积開开關关壞坏損损舊旧質质無无問问題题說说請请"
    "謝谢讓让給给對对錯错漏漏實实際际國国內内裡里裏里外外價价減减滿满聯联繫系係系東东西西從从"
    "來来過过進进遠远連连達达遲迟到到過过樣样種种條条張张隻只雙双鮮鲜魚鱼蝦虾雞鸡壓压縮缩變变"
    "圖图書书紙纸隱隐資资訊讯網网絡络頁页館馆歲岁歡欢氣气沒没準准確确認认識识證证驗验難难爲为"
    "為为與与並并沖冲衝冲傳传體体長长門门風风飛飞飯饭養养愛爱聽听動动勞劳務务區区協协廠厂廳厅"
    "廣广應应當当歸归總总約约級级線线組组維维終终經经結结統统續续補补製制複复見见覺觉規规視视"
    "設设試试該该誰谁調调課课論论護护豐丰貴贵貼贴賠赔賬账購购贈赠車车軟软輕轻較较載载輸输轉转"
    "辦办邊边鄰邻釋释銀银鋪铺鎖锁鐘钟鐵铁險险隨随雖虽離离頭头頻频願愿類类顏颜顯显額额餘余駁驳"
    "骗骗髒脏"
)
_TO_SIMPLIFIED = {
    ord(old): new for old, new in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)
}
_REPEATED = re.compile(r"(.)\1{2,}")
_CHINESE = re.compile(r"[㐀-鿿]")
_LATIN_WORD = re.compile(r"[a-z][a-z']*|[0-9]+(?:\.[0-9]+)?")
_RUN = re.compile(r"[㐀-鿿]+|[a-z0-9]+")
_POSSESSIVE = re.compile(r"'s?\b")

# Signs and words that carry no subject.
STOP_ZH = frozenset(
    "的了吗呢吧啊呀哦嘛么我你您们亲请问想要是有在就都和也还很这那个一下给把被会能可以"
)
_WHOLE = frozenset(("customs", "goods", "news"))  # another word without its ending
STOP_EN = frozenset(
    "a an the i you we they he she it me my your our us them this that these those is are am was "
    "were be been do does did doing done have has had having of to in on at for from by with and "
    "or but so if as there here just please hi hello hey ok okay thanks thank u ur pls will would "
    "shall should could can may might must im ive id youre its hiya well also too very really any "
    "some".split()
)


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Ways to say the same: each group of phrases is one concept. `typos` are mended before."""

    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)  # concept → phrases
    typos: Mapping[str, str] = field(default_factory=dict)


def normalise(text: str) -> str:
    """Return text in one spelling: half-width, lower case, simplified, no drawn-out repeats."""
    text = unicodedata.normalize("NFKC", text).lower().translate(_TO_SIMPLIFIED)
    text = text.replace("’", "'").replace("‘", "'")
    return _REPEATED.sub(r"\1\1", text)


def is_chinese(text: str) -> bool:
    """Return whether a text has any Chinese sign."""
    return _CHINESE.search(text) is not None


def stem(word: str) -> str:
    """Return an English word without the endings that do not change its subject."""
    if word in _WHOLE:
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 6 and word.endswith("ly"):
        word = word[:-2]
    for ending in ("ing", "ed", "ment"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    else:
        if word.endswith("es") and len(word) > 4 and word[-3] in "sxzh":
            word = word[:-2]
        elif word.endswith("s") and len(word) > 3 and word[-2] not in "sui":
            word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


class Terms:
    """Makes the search terms of one language. Immutable after it was made."""

    def __init__(self, language: str, synonyms: Synonyms) -> None:
        """Prepare one pattern for all phrases, longest first."""
        self.language = language
        self._typos = _pattern(synonyms.typos, whole_words=language == "en")
        self._right = {normalise(wrong): right for wrong, right in synonyms.typos.items()}
        self._concept: dict[str, list[str]] = {}
        for concept, phrases in synonyms.groups.items():
            for phrase in (concept, *phrases):
                self._concept.setdefault(self._phrase(phrase), []).append(f"§{concept}")
        self._phrases = _pattern(self._concept, whole_words=language == "en")

    def of(self, text: str) -> dict[str, float]:
        """Return term → weight, the weight being 1 for a full term and less for weak evidence."""
        text = normalise(text)
        if self._typos is not None:
            text = self._typos.sub(lambda found: self._right[found.group()], text)
        return self._chinese(text) if self.language == "zh" else self._english(text)

    def _phrase(self, phrase: str) -> str:
        phrase = normalise(phrase)
        return phrase if self.language == "zh" else " ".join(map(stem, _words(phrase)))

    def _concepts(self, text: str) -> Iterable[str]:
        if self._phrases is None:
            return
        for found in self._phrases.finditer(text):
            yield from self._concept[found.group()]

    def _chinese(self, text: str) -> dict[str, float]:
        terms: dict[str, float] = {}
        for concept in self._concepts(text):
            terms[concept] = 1.6
        for run in _RUN.findall(text):
            if not is_chinese(run):
                if not (run.isdigit() and len(run) > 4):  # order numbers say nothing of the subject
                    terms[run] = 1.0
                continue
            for sign in run:
                if sign not in STOP_ZH:
                    terms.setdefault(sign, 0.35)
            for first, second in pairwise(run):
                weak = (first in STOP_ZH) + (second in STOP_ZH)
                terms[first + second] = max(terms.get(first + second, 0.0), (1.0, 0.4, 0.15)[weak])
        return terms

    def _english(self, text: str) -> dict[str, float]:
        words = _words(text)
        stems = [stem(word) for word in words]
        terms: dict[str, float] = {}
        for concept in self._concepts(" ".join(stems)):
            terms[concept] = 1.6
        for word, root in zip(words, stems, strict=True):
            if not (word.isdigit() and len(word) > 4):
                terms[root] = 0.12 if word in STOP_EN else 1.0
        for first, second in pairwise(stems):
            terms[f"{first} {second}"] = 0.4
        return terms


def _words(text: str) -> list[str]:
    return _LATIN_WORD.findall(_POSSESSIVE.sub("", text.replace("n't", " not")))


def _pattern(phrases: Iterable[str], *, whole_words: bool) -> re.Pattern[str] | None:
    """Return a pattern that finds any phrase, the longest first; None when there is none."""
    ordered = sorted({normalise(phrase) for phrase in phrases}, key=lambda phrase: -len(phrase))
    if not ordered:
        return None
    joined = "|".join(map(re.escape, ordered))
    return re.compile(rf"(?<![a-z0-9])(?:{joined})(?![a-z0-9])" if whole_words else joined)
