"""Rank the articles of one language for a question, in pure Python, in well under a millisecond.

Four signs are mixed: how close the question is to all ways of asking (title and `questions`)
together, how well the article's text fits (BM25), how much of the question the article knows at all
(this tells "no article" from "badly asked"), and whether an article names almost the same words.
The mix and the thresholds were chosen on `tests/knowledge/tune_*.yml` by
`python -m tests.knowledge.fit`, never on the test sets.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desk.domain.articles import Article, Hit, SearchResult
from desk.knowledge.words import STOP_EN, Synonyms, Terms

LONGEST_QUERY = 300  # characters; the point of a longer message stands at its beginning or its end
_BM25_K1 = 1.2
_BM25_B = 0.6


@dataclass(frozen=True, slots=True)
class Mix:
    """Weights of the signs, and where a score is enough."""

    together: float
    body: float
    known: float
    answer_from: float  # the mixed sign at which the score is 0.5: below, there is no article
    steepness: float
    strong_from: float  # score from which an article is shown although nobody asked


MIX = {
    "zh": Mix(0.54, 0.06, 0.40, answer_from=0.34, steepness=18.3, strong_from=0.8),
    "en": Mix(0.53, 0.17, 0.30, answer_from=0.39, steepness=14.0, strong_from=0.8),
}
ALMOST_SAME = 0.75  # likeness of two questions from which they count as one, by and by
ALMOST_SAME_WEIGHT = 0.4

Postings = dict[str, list[tuple[int, float]]]  # term → (unit or article, weight)


class Index:
    """The articles of one language, ready to be searched. Immutable: a change makes a new one."""

    def __init__(
        self, language: str, articles: Sequence[Article], synonyms: Synonyms, mix: Mix | None = None
    ) -> None:
        """Build it; takes some 20 ms for 50 articles."""
        self.language = language
        self.articles = tuple(articles)
        self.mix = mix or MIX[language]
        self._terms = Terms(language, synonyms)
        asked = [
            [self._terms.of(text) for text in (article.title, *article.questions)]
            for article in articles
        ]
        bodies = [self._terms.of(_plain(article.body)) for article in articles]
        self._weigh(asked, bodies)
        self._asked: Postings = defaultdict(list)
        self._owner: list[int] = []
        self._together: Postings = defaultdict(list)
        self._body: Postings = defaultdict(list)
        for number, ways in enumerate(asked):
            self._add(number, ways)
        self._add_bodies(bodies, asked)
        self._near = _near_words(self._rarity) if language == "en" else {}

    def search(self, text: str, limit: int = 3) -> SearchResult:
        """Return the best article and the next ones; `best` is None when none fits well enough."""
        ranked = self.rank(text)
        others = tuple(hit for hit in ranked[1 : limit + 1] if hit.score >= 0.2)
        if not ranked or ranked[0].score < 0.5:
            return SearchResult(None, tuple(hit for hit in ranked[:limit] if hit.score >= 0.2))
        return SearchResult(ranked[0], others, ranked[0].score >= self.mix.strong_from)

    def rank(self, text: str) -> list[Hit]:
        """Return the ten articles nearest to the text, best first, with scores from 0 to 1."""
        mix = self.mix
        found = [
            (
                mix.together * signs[0]
                + mix.body * signs[1]
                + mix.known * signs[2]
                + ALMOST_SAME_WEIGHT * signs[3],
                number,
            )
            for number, signs in self.signs(text).items()
        ]
        found.sort(key=lambda pair: (-pair[0], pair[1]))
        return [Hit(self.articles[number], self._score(mixed)) for mixed, number in found[:10]]

    def signs(self, text: str) -> dict[int, tuple[float, float, float, float]]:
        """Return four signs from 0 to 1 of every article that shares a term with the text."""
        if len(text) > LONGEST_QUERY:
            text = f"{text[: LONGEST_QUERY // 2]} {text[-LONGEST_QUERY // 2 :]}"
        terms = self._mend(self._terms.of(text))
        weights = {
            term: weight * self._rarity.get(term, self._rarest) for term, weight in terms.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        mass = sum(weights.values())
        if not length:
            return {}
        ways: dict[int, float] = defaultdict(float)
        together: dict[int, float] = defaultdict(float)
        body: dict[int, float] = defaultdict(float)
        known: dict[int, float] = defaultdict(float)
        for term, weight in weights.items():
            for unit, other in self._asked.get(term, ()):
                ways[unit] += weight * other
            for number, other in self._together.get(term, ()):
                together[number] += weight * other
            for number, other in self._body.get(term, ()):
                body[number] += weight * other
                known[number] += weight
        closest: dict[int, float] = defaultdict(float)
        for unit, product in ways.items():
            owner = self._owner[unit]
            closest[owner] = max(closest[owner], product)
        return {
            number: (
                together.get(number, 0.0) / length,
                body[number] / (mass * (_BM25_K1 + 1)),
                known[number] / mass,
                max(0.0, closest.get(number, 0.0) / length - ALMOST_SAME) / (1 - ALMOST_SAME),
            )
            for number in known
        }

    def _score(self, mixed: float) -> float:
        """Return the mixed sign as a score: 0.5 where an answer begins to be better than none."""
        return round(1 / (1 + math.exp(-self.mix.steepness * (mixed - self.mix.answer_from))), 4)

    def _weigh(self, asked: list[list[dict[str, float]]], bodies: list[dict[str, float]]) -> None:
        """Give each term its rarity: few articles use it → it says much."""
        count: Counter[str] = Counter()
        for ways, body in zip(asked, bodies, strict=True):
            # A passing mention in the text counts a little; what shoppers ask with counts in full.
            in_questions = {term for way in ways for term in way}
            for term in in_questions:
                count[term] += 10
            for term in body.keys() - in_questions:
                count[term] += 3
        total = max(len(bodies), 1)
        self._rarity = {
            term: math.log(1 + total / (0.5 + uses / 10)) for term, uses in count.items()
        }
        self._rarest = math.log(1 + total / 1.5)

    def _add(self, number: int, ways: list[dict[str, float]]) -> None:
        """Add one article's title and questions."""
        sum_of_ways: dict[str, float] = defaultdict(float)
        for way in ways:
            weights = {term: weight * self._rarity[term] for term, weight in way.items()}
            length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            unit = len(self._owner)
            self._owner.append(number)
            for term, weight in weights.items():
                self._asked[term].append((unit, weight / length))
                sum_of_ways[term] += weight / length
        length = math.sqrt(sum(weight * weight for weight in sum_of_ways.values())) or 1.0
        for term, weight in sum_of_ways.items():
            self._together[term].append((number, weight / length))

    def _add_bodies(
        self, bodies: list[dict[str, float]], asked: list[list[dict[str, float]]]
    ) -> None:
        """Add the texts by BM25; a term of title or questions counts twice more."""
        sizes = [len(body) for body in bodies]
        usual = sum(sizes) / len(sizes) if sizes else 1.0
        for number, (body, ways) in enumerate(zip(bodies, asked, strict=True)):
            counts: dict[str, float] = defaultdict(float)
            for term in body:
                counts[term] += 1.0
            for term in {term for way in ways for term in way}:
                counts[term] += 2.0
            norm = _BM25_K1 * (1 - _BM25_B + _BM25_B * sizes[number] / usual)
            for term, count in counts.items():
                self._body[term].append((number, count * (_BM25_K1 + 1) / (count + norm)))

    def _mend(self, terms: dict[str, float]) -> dict[str, float]:
        """Replace English words that nothing knows by a known word one slip away, at a discount."""
        if self.language != "en":
            return terms
        mended: dict[str, float] = {}
        for term, weight in terms.items():
            near = term
            if term not in self._rarity and len(term) > 3 and " " not in term:
                near = min(
                    (word for key in _with_one_gap(term) for word in self._near.get(key, ())),
                    key=lambda word: (abs(len(word) - len(term)), word),
                    default=term,
                )
            mended[near] = max(mended.get(near, 0.0), weight if near == term else weight * 0.8)
        return mended


def _with_one_gap(word: str) -> list[str]:
    """Return the word and its forms with a letter left out: words sharing one are a slip apart."""
    return [word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]


def _near_words(vocabulary: Mapping[str, float]) -> dict[str, list[str]]:
    """Return gap form → known words, long enough that a slip does not make another word."""
    near: dict[str, list[str]] = defaultdict(list)
    for word in vocabulary:
        if len(word) > 4 and word.isalpha() and word.isascii() and word not in STOP_EN:
            for key in _with_one_gap(word):
                near[key].append(word)
    return dict(near)


def _plain(body: str) -> str:
    """Return Markdown without its signs."""
    for sign in ("**", "## ", "- "):
        body = body.replace(sign, " ")
    return body
