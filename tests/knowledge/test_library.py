"""Articles are live within a second; a mistake never takes a good answer away."""

import asyncio
import contextlib
import os
import threading
from pathlib import Path

import pytest

from desk.knowledge import Library
from tests.knowledge.conftest import Stopwatch, Write


@pytest.fixture
def library(folder: Path, write: Write, stopwatch: Stopwatch) -> Library:
    write("return-how", "en")
    write("return-how", "zh", title="怎么退货？", questions="\n  - 如何退货")
    write("refund-time", "en", title="When is my refund due?", questions="\n  - refund time")
    return Library(folder, stopwatch)


def touch(path: Path, text: str, at_s: int) -> None:
    """Write with a time of change of its own, so that the test need not wait for the clock."""
    path.write_text(text, "utf-8")
    os.utime(path, (at_s, at_s))


def later(stopwatch: Stopwatch) -> None:
    stopwatch.now_s += 1


def test_a_change_is_live_within_a_second(library, write, stopwatch):
    write("return-how", "en", body="New text, longer than before.")
    assert library.article("return-how", "en").body == "Write to us."  # looked a moment ago
    later(stopwatch)
    assert library.article("return-how", "en").body == "New text, longer than before."


def test_new_and_deleted_articles_are_noticed(library, write, folder, stopwatch):
    write("gift-wrap", "en", title="Do you wrap gifts?", questions="\n  - gift wrapping")
    later(stopwatch)
    assert library.search("do you offer gift wrapping", "en").best.article.id == "gift-wrap"
    (folder / "en" / "gift-wrap.md").unlink()
    later(stopwatch)
    assert library.article("gift-wrap", "en") is None


def test_a_broken_change_keeps_the_last_good_version(library, write, stopwatch, folder):
    path = write("return-how", "en", text="---\ntitle: [\n---\n")
    later(stopwatch)
    assert library.article("return-how", "en").body == "Write to us."
    (problem,) = library.problems
    assert (problem.file, problem.line) == (str(path), 2)
    write("return-how", "en", body="Mended.")
    later(stopwatch)
    assert library.article("return-how", "en").body == "Mended."
    assert library.problems == ()


def test_a_broken_article_leaves_the_others_alone(folder, write):
    write("good")
    write("bad", text="no front matter")
    library = Library(folder)
    assert [article.id for article in library.articles("en")] == ["good"]
    assert [str(problem).rpartition("/")[2] for problem in library.problems] == [
        "bad.md:1: must begin with a line '---', followed by id, title, questions …"
    ]


def test_an_unknown_related_article_is_reported_and_the_article_stays(folder, write):
    path = write("good", related="[missing]")
    library = Library(folder)
    assert library.article("good", "en") is not None
    (problem,) = library.problems
    assert str(problem) == f"{path}:5: related article 'missing' does not exist; it is not shown"
    assert not problem.is_fatal


def test_an_article_comes_in_the_other_language_when_it_is_not_written(library):
    assert library.article("refund-time", "zh").language == "en"
    assert library.article("return-how", "zh").language == "zh"
    assert library.article("no-such", "zh") is None


def test_a_question_in_one_language_finds_the_article_in_the_other(library):
    found = library.search("如何退货", "en").best
    assert (found.article.id, found.article.language) == ("return-how", "en")
    found = library.search("how do returns work", "zh").best
    assert (found.article.id, found.article.language) == ("return-how", "zh")


def test_synonyms_are_live_and_a_broken_file_keeps_the_old_ones(library, folder, stopwatch):
    path = folder / "synonyms.yml"
    assert library.search("reimbursement time", "en").best is None
    touch(path, "en: {same: {refund: [reimbursement]}}", 1000)
    later(stopwatch)
    assert library.search("reimbursement time", "en").best.article.id == "refund-time"
    for at_s, broken in enumerate(("en: [", "fr: {}", "en: {other: {}}", "en: {same: {a: b}}")):
        touch(path, broken, 2000 + at_s)
        later(stopwatch)
        assert library.search("reimbursement time", "en").best.article.id == "refund-time"
        assert [problem.file for problem in library.problems] == [str(path)]


def test_an_empty_or_missing_folder_answers_nothing(tmp_path):
    library = Library(tmp_path / "nowhere")
    assert library.search("退货", "zh").best is None
    assert library.search("return", "en").others == ()
    assert library.articles("zh") == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "?!",
        "🙂🙂",
        "\x00",
        "\ud800",
        "退" * 100_000,
        "a" * 100_000,
        "return " * 20_000,
        "مرحبا",
        "<script>",
        "退货 return 退货",
        "１２３",
        "'" * 5000,
    ],
)
def test_any_text_is_searched_without_error(library, text):
    for language in ("zh", "en"):
        library.search(text, language)


def test_searches_go_on_while_articles_change(folder, write):
    write("one", title="First question?")
    library = Library(folder, iter(range(10**9)).__next__)  # looks at the files every time
    stop, errors = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            try:
                found = library.search("first question", "en")
                assert found.best is None or found.best.article.title.startswith("First question")
            except Exception as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(30):
        write("one", title="First question?" + "?" * (number % 7))
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []


async def test_a_followed_folder_is_read_beside_the_requests(
    library, write, stopwatch, monkeypatch
):
    monkeypatch.setattr("desk.knowledge.library.LOOK_EVERY_S", 0.001)
    following = asyncio.create_task(library.follow())
    try:
        await asyncio.sleep(0)  # let it begin
        write("return-how", "en", body="New text, longer than before.")
        async with asyncio.timeout(5):
            while library.article("return-how", "en").body == "Write to us.":  # noqa: ASYNC110 a thread
                await asyncio.sleep(0.001)
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
    write("return-how", "en", body="Newer still, and nobody follows any more.")
    later(stopwatch)
    assert library.article("return-how", "en").body.startswith("Newer")
