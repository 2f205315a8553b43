"""Choose the mix of signs for desk/knowledge/index.py: python -m tests.knowledge.fit zh|en

The weights are those under which the right article is most likely first (softmax over articles) for
the tuning questions and the articles' own ones, each searched while it is left out of the index.
The threshold and the steepness are those that tell right first articles of the tuning questions
from wrong ones and from questions without any (logistic).
"""

import dataclasses
import math
import sys
from collections.abc import Iterable
from pathlib import Path

from desk.knowledge.index import Index
from desk.knowledge.library import Library
from tests.knowledge.questions import Question, read_questions

SIGNS = 3  # the fourth, "almost the same words", is not learnt: copies are left out here
Signs = tuple[float, ...]


def examples(language: str, library: Library) -> list[tuple[Question, dict[str, Signs]]]:
    """Return tuning questions and the articles' own ones with the signs of all articles."""
    index = library.index(language)
    found = [
        (question, _by_id(index, question.text)) for question in read_questions(f"tune_{language}")
    ]
    for article in index.articles:
        for left_out in article.questions:
            rest = dataclasses.replace(
                article, questions=tuple(one for one in article.questions if one != left_out)
            )
            others = [rest if one is article else one for one in index.articles]
            without = Index(language, others, library.synonyms(language))
            found.append((Question(left_out, (article.id,)), _by_id(without, left_out)))
    return found


def _by_id(index: Index, text: str) -> dict[str, Signs]:
    return {index.articles[at].id: signs for at, signs in index.signs(text).items()}


def fit_weights(data: Iterable[tuple[Question, dict[str, Signs]]]) -> list[float]:
    """Return weights that sum to 1, by gradient ascent on the likelihood of the right article."""
    rows = [
        (question, signs)
        for question, signs in data
        if question.answers and any(one in signs for one in question.answers)
    ]
    weights = [4.0] * SIGNS
    for step in range(150):
        slope = [0.0] * SIGNS
        for question, signs in rows:
            force = {one: math.exp(_mixed(weights, s)) for one, s in signs.items()}
            total = sum(force.values())
            right = sum(force.get(one, 0.0) for one in question.answers)
            for one, s in signs.items():
                pull = (force[one] / right if one in question.answers else 0.0) - force[one] / total
                for at in range(SIGNS):
                    slope[at] += pull * s[at]
        rate = 60 / (1 + step / 30) / len(rows)
        weights = [max(0.0, w + rate * g) for w, g in zip(weights, slope, strict=True)]
    return [round(w / sum(weights), 3) for w in weights]


def _mixed(weights: list[float], signs: Signs) -> float:
    return sum(weight * sign for weight, sign in zip(weights, signs, strict=False))


def fit_threshold(
    data: Iterable[tuple[Question, dict[str, Signs]]], weights: list[float]
) -> tuple[float, float]:
    """Return threshold and steepness of the score."""
    points = []
    for question, signs in data:
        mixed = {one: _mixed(weights, s) for one, s in signs.items()}
        first = max(mixed, key=lambda one: mixed[one], default=None)
        if first is not None:
            # A question that gets nothing is offered help; one that gets nonsense feels unheard.
            weight = 1.0 if question.answers else 1.5
            points.append((mixed[first], first in question.answers, weight))
    steep, shift = 10.0, -3.0
    for step in range(3000):
        d_steep = d_shift = 0.0
        for mixed_score, is_right, weight in points:
            wrong_by = is_right - 1 / (1 + math.exp(-(steep * mixed_score + shift)))
            d_steep += weight * wrong_by * mixed_score
            d_shift += weight * wrong_by
        rate = 40 / (1 + step / 1000) / len(points)
        steep += rate * d_steep
        shift += rate * d_shift
    return round(-shift / steep, 3), round(steep, 1)


def main(language: str) -> None:
    """Print the mix."""
    data = examples(language, Library(Path("knowledge_base")))
    weights = fit_weights(data)
    own = [pair for pair in data if pair[0].answers]
    right = 0
    for question, signs in own:
        mixed = {one: _mixed(weights, s) for one, s in signs.items()}
        right += bool(mixed) and max(mixed, key=lambda one: mixed[one]) in question.answers
    sys.stdout.write(f"{language} weights {weights}, first {right / len(own):.3f} of {len(own)}\n")
    tuning = data[: len(read_questions(f"tune_{language}"))]
    sys.stdout.write(f"threshold, steepness {fit_threshold(tuning, weights)}\n")


if __name__ == "__main__":
    main(sys.argv[1])
