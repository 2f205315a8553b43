"""What the search finds on questions it was not made from.

Figures: python -m tests.knowledge.figures
"""

from pathlib import Path

import pytest

from desk.knowledge import Library
from tests.knowledge.questions import measure, read_questions

# name, recall@1, recall@3, wrong at most, none recall, none precision. Floors lie just below what
# was measured when they were set; a change that loses more than a few questions fails.
FLOORS = [
    ("test_zh", 0.76, 0.93, 0.14, 0.90, 0.45),
    ("test_en", 0.73, 0.89, 0.13, 0.90, 0.36),
]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(Path(__file__).parents[2] / "knowledge_base")


@pytest.mark.parametrize(("name", "first", "third", "wrong", "refused", "precise"), FLOORS)
def test_held_out_questions_find_their_article(
    library, name, first, third, wrong, refused, precise
):
    figures, misses = measure(library.index(name[-2:]), read_questions(name))
    told = "\n".join(misses)
    assert figures.questions >= 70
    assert figures.unanswerable >= 25
    assert figures.recall_1 >= first, told
    assert figures.recall_3 >= third, told
    assert figures.wrong <= wrong, told
    assert figures.none_recall >= refused, told
    assert figures.none_precision >= precise, told


@pytest.mark.parametrize("language", ["zh", "en"])
def test_tuning_and_test_questions_are_different(library, language):
    tune = {question.text.lower() for question in read_questions(f"tune_{language}")}
    test = {question.text.lower() for question in read_questions(f"test_{language}")}
    own = {
        text.lower()
        for article in library.articles(language)
        for text in (article.title, *article.questions)
    }
    assert not test & tune
    assert not test & own
    assert not tune & own


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_named_article_exists(library, language):
    ids = {article.id for article in library.articles(language)}
    for name in (f"tune_{language}", f"test_{language}"):
        for question in read_questions(name):
            assert set(question.answers) <= ids, question


@pytest.mark.parametrize(
    ("text", "article_id"),
    [
        ("退貨運費誰出", "return-freight"),
        ("運費怎麼算", "shipping-fee"),
        ("怎么退贷", "return-how"),
        ("发漂怎么开", "invoice-how"),
        ("优惠卷用不了", "coupon-use"),
        ("退款多久到账啊啊啊啊啊", "refund-time"),
        ("ＲＥＦＵＮＤ　ｈｏｗ　ｌｏｎｇ", "refund-time"),
        ("how long does a refnd take", "refund-time"),
        ("how long is the warrenty", "warranty"),
        ("HOW DO I RETURN SOMETHING??", "return-how"),
    ],
)
def test_spelling_hardly_matters(library, text, article_id):
    best = library.search(text, "zh").best
    assert best is not None
    assert best.article.id == article_id
