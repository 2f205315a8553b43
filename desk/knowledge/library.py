"""The knowledge base as the desk uses it: one folder per language, followed while it changes.

A broken article never takes a good one away: the last version that could be read stays until the
file is mended or deleted.
"""

import asyncio
import logging
import threading
import time as clock
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from desk.domain.articles import LANGUAGES, Article, SearchResult
from desk.knowledge.index import Index
from desk.knowledge.loader import ArticleError, ArticleProblem, read_article
from desk.knowledge.words import Synonyms, is_chinese

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
Stamp = tuple[int, int]  # time of the last change in ns, size


@dataclass(slots=True)
class _File:
    """What we know of one file: how it looked, the last good article, what is wrong with it now."""

    stamp: Stamp
    article: Article | None
    related_lines: dict[str, int]
    problems: tuple[ArticleProblem, ...]


class Library:
    """All articles. Thread-safe; a search sees either the old articles or the new, never both."""

    def __init__(self, folder: Path, monotonic_s: Callable[[], float] = clock.monotonic) -> None:
        """Read everything. Broken articles are reported in `problems`, not raised."""
        self._folder = folder
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._files: dict[Path, _File] = {}
        self._synonyms_stamp: Stamp | None = None
        self._synonyms: dict[str, Synonyms] = {}
        self._synonyms_problems: tuple[ArticleProblem, ...] = ()
        self._indexes = {code: Index(code, (), Synonyms()) for code in LANGUAGES}
        self._by_id: dict[tuple[str, str], Article] = {}
        self._problems: tuple[ArticleProblem, ...] = ()
        self._looked_at_s = monotonic_s()
        self._is_followed = False
        self.refresh()

    @property
    def problems(self) -> tuple[ArticleProblem, ...]:
        """What is wrong in the folder now, by file and line."""
        self._keep_up()
        return self._problems

    def article(self, article_id: str, language: str) -> Article | None:
        """Return an article, in the other language when there is none in this one."""
        self._keep_up()
        for wanted in (language, *LANGUAGES):
            if found := self._by_id.get((wanted, article_id)):
                return found
        return None

    def articles(self, language: str) -> tuple[Article, ...]:
        """Return all articles of a language, by id."""
        self._keep_up()
        index = self._indexes.get(language)
        return index.articles if index else ()

    def search(self, text: str, language: str, limit: int = 3) -> SearchResult:
        """Return articles in `language`, whatever language the question itself is in."""
        self._keep_up()
        asked_in = "zh" if is_chinese(text) else "en"
        found = self._indexes[asked_in].search(text, limit)
        return found if asked_in == language else self._translate(found, language)

    def index(self, language: str) -> Index:
        """Return the index of a language, as measuring tools need it."""
        return self._indexes[language]

    def synonyms(self, language: str) -> Synonyms:
        """Return the synonyms of a language, empty when there are none."""
        return self._synonyms.get(language, Synonyms())

    async def follow(self) -> None:
        """Look at the files for ever, off the loop: indexing takes longer than a turn may wait.

        While nobody follows, each reading looks by itself.
        """
        self._is_followed = True
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                try:
                    await asyncio.to_thread(self.refresh)
                except Exception:  # the folder may be out of reach for a moment
                    log.exception("articles_not_read")
        finally:
            self._is_followed = False

    def refresh(self) -> bool:
        """Look at the files now; return whether anything changed. Cheap when nothing did."""
        with self._lock:
            changed = self._read_changed()
            if self._read_synonyms():
                changed = set(LANGUAGES)
            if changed:
                self._rebuild(changed)
        return bool(changed)

    def _keep_up(self) -> None:
        if self._is_followed:
            return
        now_s = self._monotonic_s()
        if now_s - self._looked_at_s >= LOOK_EVERY_S:
            self._looked_at_s = now_s
            self.refresh()

    def _translate(self, found: SearchResult, language: str) -> SearchResult:
        """Return the same articles in the language of the conversation, where they exist."""

        def same(hit_article: Article) -> Article:
            return self._by_id.get((language, hit_article.id), hit_article)

        best = found.best and type(found.best)(same(found.best.article), found.best.score)
        others = tuple(type(hit)(same(hit.article), hit.score) for hit in found.others)
        return SearchResult(best, others, found.is_strong)

    def _read_changed(self) -> set[str]:
        """Read files that look different; return the languages that anything changed in."""
        seen: dict[Path, Stamp] = {}
        for language in LANGUAGES:
            for path in sorted((self._folder / language).glob("*.md")):
                if (stamp := _stamp(path)) is not None:
                    seen[path] = stamp
        changed = set()
        for path in self._files.keys() - seen.keys():
            del self._files[path]
            changed.add(path.parent.name)
        for path, stamp in seen.items():
            known = self._files.get(path)
            if known is not None and known.stamp == stamp:
                continue
            changed.add(path.parent.name)
            try:
                article, lines = read_article(path, path.parent.name)
            except ArticleError as error:
                last_good = known.article if known else None
                related_lines = known.related_lines if known else {}
                self._files[path] = _File(stamp, last_good, related_lines, error.problems)
                what = [str(problem) for problem in error.problems]
                log.error("article_refused", extra={"problems": what})
            else:
                self._files[path] = _File(stamp, article, lines, ())
        return changed

    def _read_synonyms(self) -> bool:
        path = self._folder / "synonyms.yml"
        stamp = _stamp(path)
        if stamp == self._synonyms_stamp:
            return False
        self._synonyms_stamp = stamp
        if stamp is None:
            self._synonyms, self._synonyms_problems = {}, ()
            return True
        try:
            self._synonyms = _parse_synonyms(path)
            self._synonyms_problems = ()
        except (OSError, ValueError, yaml.YAMLError) as error:
            line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
            what = str(getattr(error, "problem", None) or error)
            self._synonyms_problems = (ArticleProblem(str(path), line, what),)
            log.exception("synonyms_refused")
        return True

    def _rebuild(self, languages: set[str]) -> None:
        by_id: dict[tuple[str, str], Article] = {}
        problems: list[ArticleProblem] = list(self._synonyms_problems)
        for file in self._files.values():
            problems += file.problems
            if file.article is not None:
                by_id[file.article.language, file.article.id] = file.article
        for path, file in self._files.items():
            for related, line in file.related_lines.items():
                if file.article is not None and (file.article.language, related) not in by_id:
                    what = f"related article '{related}' does not exist; it is not shown"
                    problems.append(ArticleProblem(str(path), line, what, is_fatal=False))
        rebuilt = {
            language: Index(
                language,
                [by_id[key] for key in sorted(by_id) if key[0] == language],
                self.synonyms(language),
            )
            for language in languages
        }
        self._indexes = {**self._indexes, **rebuilt}
        self._by_id = by_id
        self._problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))
        counts = {language: len(index.articles) for language, index in self._indexes.items()}
        log.info("articles_loaded", extra={"articles": counts, "problems": len(problems)})


def _stamp(path: Path) -> Stamp | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def _parse_synonyms(path: Path) -> dict[str, Synonyms]:
    """Read `language: {same: {concept: [phrases]}, typos: {wrong: right}}`.

    Raises OSError, ValueError, YAMLError.
    """
    data = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(data, dict) or not set(data) <= set(LANGUAGES):
        raise ValueError(f"must have the parts {', '.join(LANGUAGES)}")
    result = {}
    for language, part in data.items():
        if not isinstance(part, dict) or not set(part) <= {"same", "typos"}:
            raise ValueError(f"'{language}' may have the parts same, typos")
        same, typos = part.get("same") or {}, part.get("typos") or {}
        for concept, phrases in same.items():
            if not isinstance(phrases, list) or not all(str(phrase).strip() for phrase in phrases):
                raise ValueError(f"'{language}: same: {concept}' must be a list of phrases")
        result[language] = Synonyms(
            {
                str(concept): [str(phrase) for phrase in phrases]
                for concept, phrases in same.items()
            },
            {str(wrong): str(right) for wrong, right in typos.items()},
        )
    return result
