"""A broken article is explained by line; a good one is read whole."""

from datetime import date
from pathlib import Path

import pytest

from desk.knowledge.loader import ArticleError, parse_article, read_article
from tests.knowledge.conftest import article_text


def problems_of(text: str, stem: str = "return-how") -> list[str]:
    with pytest.raises(ArticleError) as caught:
        parse_article(text, "en", f"en/{stem}.md", stem)
    return [str(problem) for problem in caught.value.problems]


def test_a_good_article_is_read_whole():
    text = article_text(
        title='"Returns: how?"',
        tags="[a, b]",
        related="[refund-time]",
        questions="\n  - how do returns work\n  - 怎么退货",
        body="First.\n\n## Steps\n\n- **one**\n- [two](https://example.com)",
    )
    article, lines = parse_article(text, "en", "en/return-how.md", "return-how")
    assert (article.id, article.language, article.title) == ("return-how", "en", "Returns: how?")
    assert (article.tags, article.related) == (("a", "b"), ("refund-time",))
    assert article.questions == ("how do returns work", "怎么退货")
    assert article.updated_on == date(2026, 3, 1)
    assert article.body.startswith("First.")
    assert lines == {"refund-time": 5}


def test_windows_line_ends_and_byte_order_mark_are_fine(tmp_path: Path):
    path = tmp_path / "return-how.md"
    path.write_bytes(b"\xef\xbb\xbf" + article_text().replace("\n", "\r\n").encode())
    assert read_article(path, "en")[0].body == "Write to us."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Just text", "1: must begin with a line '---'"),
        ("", "1: must begin with a line '---'"),
        ("---\nid: x\n", "1: the front matter is not closed"),
        ("---\n- a\n---\ntext", "2: the front matter must be a list of 'name: value' lines"),
        ("---\n---\ntext", "2: the front matter must be a list of 'name: value' lines"),
        ("---\nid: [\n---\ntext", "is not valid YAML"),
        ('---\nid: "x\n---\ntext', "is not valid YAML"),
        ("---\nid: a\x07b\n---\ntext", "2: is not valid YAML"),
        (article_text(title=""), "3: field 'title' must be a text"),
        (article_text(title="[a]"), "3: field 'title' must be a text"),
        (article_text(title="x" * 81), "3: field 'title' has 81 characters; 80 are allowed"),
        (article_text(tags="returns"), "4: field 'tags' must be a list"),
        (article_text(updated_on="yesterday"), "6: updated_on 'yesterday' is not a day"),
        (article_text(questions="[]"), "7: field 'questions' must have at least 1 entry"),
        (article_text(questions="\n  - ok\n  - a: b"), "9: each entry of 'questions' must be"),
        (article_text(author="me"), "9: unknown field 'author'"),
        (article_text().replace("tags:", "title: x\ntags:"), "4: field 'title' stands here twice"),
        (article_text().replace("id: return-how", "id: other"), "2: id 'other' and file name"),
        (article_text().replace("id: return-how", "id: A_b"), "2: id 'A_b' may only have"),
        (article_text(body=" "), "10: the article has no text"),
        (article_text(body="a\n<script>x</script>"), "11: HTML is not allowed"),
        (article_text(body="# Big"), "10: headings are written '## Heading'"),
        (article_text(body="[x](javascript:alert(1))"), "10: link 'javascript:alert(1'"),
        (article_text(body="[x](//evil.example)"), "10: link '//evil.example'"),
    ],
)
def test_each_mistake_is_named_with_its_line(text: str, problem: str):
    found = problems_of(text)
    assert any(line.startswith("en/return-how.md:") and problem in line for line in found), found


def test_all_mistakes_are_reported_in_one_go_and_in_order():
    text = "---\nid: Other\ntitle:\nquestions: none\n---\n"
    found = problems_of(text)
    assert [line.split(":")[1] for line in found] == ["1", "2", "3", "4", "6"]
    assert "'updated_on' is missing" in found[0]


def test_files_that_are_no_text_are_refused(tmp_path: Path):
    path = tmp_path / "return-how.md"
    path.write_bytes(b"---\nid: x\n\xff\xfe\n---\n")
    with pytest.raises(ArticleError, match=r"return-how\.md:3: is not UTF-8"):
        read_article(path, "en")
    path.write_bytes(b"x" * 70_000)
    with pytest.raises(ArticleError, match="64000"):
        read_article(path, "en")
    with pytest.raises(ArticleError, match="cannot be read"):
        read_article(tmp_path / "gone.md", "en")
