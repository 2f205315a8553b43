"""Read the sets of questions and measure the search on them."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from desk.knowledge.index import Index

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the ids that answer it; none: nothing does."""

    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of questions gives, as shares from 0 to 1."""

    questions: int
    unanswerable: int
    recall_1: float  # the right article first, whatever its score
    recall_3: float
    answered: float  # answerable questions that got the right article with a score that is enough
    wrong: float  # answerable questions that got another article
    none_recall: float  # unanswerable questions that got no article
    none_precision: float  # of the questions that got no article, those that have none


def read_questions(name: str) -> list[Question]:
    """Read `name`.yml."""
    data = yaml.safe_load((HERE / f"{name}.yml").read_text("utf-8"))
    found = [
        Question(str(text), tuple(ids.split("|")))
        for ids, texts in data["answers"].items()
        for text in texts
    ]
    return found + [Question(str(text), ()) for text in data["none"]]


def measure(index: Index, questions: list[Question]) -> tuple[Figures, list[str]]:
    """Return the figures and a line for each question that did not get what it should."""
    known = [question for question in questions if question.answers]
    unknown = [question for question in questions if not question.answers]
    first = third = right = wrong = missed = 0
    notes = []
    for question in known:
        ranked = index.rank(question.text)
        ids = [hit.article.id for hit in ranked[:3]]
        first += bool(ids) and ids[0] in question.answers
        third += any(one in question.answers for one in ids)
        enough = bool(ranked) and ranked[0].score >= 0.5
        right += enough and ids[0] in question.answers
        wrong += enough and ids[0] not in question.answers
        missed += not enough
        if not enough or ids[0] not in question.answers:
            got = [(hit.article.id, hit.score) for hit in ranked[:3]]
            notes.append(f"{question.text} → {'|'.join(question.answers)}: {got}")
    refused = 0
    for question in unknown:
        ranked = index.rank(question.text)
        if ranked and ranked[0].score >= 0.5:
            notes.append(f"{question.text} → none: {ranked[0].article.id} {ranked[0].score}")
        else:
            refused += 1
    count = len(known)
    return (
        Figures(
            questions=count,
            unanswerable=len(unknown),
            recall_1=first / count,
            recall_3=third / count,
            answered=right / count,
            wrong=wrong / count,
            none_recall=refused / len(unknown),
            none_precision=refused / max(refused + missed, 1),
        ),
        notes,
    )
