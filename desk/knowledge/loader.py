"""Read one article file: front matter in YAML between two lines `---`, then the text.

Whatever is wrong is collected with its line, so that an operator can mend everything in one go.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from desk.domain.articles import Article

FIELDS = ("id", "title", "tags", "related", "updated_on", "questions")
LONGEST_FILE_BYTES = 64_000
LONGEST_TITLE = 80
LONGEST_QUESTION = 160

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HTML = re.compile(r"</?[a-zA-Z][^>\n]*>|<!--")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\n]*)\)")
_SAFE_LINK = re.compile(r"https://|/(?!/)|mailto:|tel:|#")
_HEADING = re.compile(r"#{1,6}\s|#{1,6}$")


@dataclass(frozen=True, slots=True)
class ArticleProblem:
    """One mistake in a file. Not fatal: the article is used without the wrong part."""

    file: str
    line: int  # from 1
    what: str
    is_fatal: bool = True

    def __str__(self) -> str:
        """Give the form that editors can jump to."""
        return f"{self.file}:{self.line}: {self.what}"


class ArticleError(Exception):
    """A file that cannot be used, with everything that is wrong in it."""

    def __init__(self, problems: list[ArticleProblem]) -> None:
        """Keep the problems, in the order of lines."""
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(map(str, self.problems)))


def read_article(path: Path, language: str) -> tuple[Article, dict[str, int]]:
    """Return the article and the line of each `related` id. Raises ArticleError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ArticleError(
            [ArticleProblem(str(path), 1, f"cannot be read: {error.strerror}")]
        ) from None
    if len(raw) > LONGEST_FILE_BYTES:
        what = f"is {len(raw)} bytes long; an article may have {LONGEST_FILE_BYTES}"
        raise ArticleError([ArticleProblem(str(path), 1, what)])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ArticleError([ArticleProblem(str(path), line, "is not UTF-8 text")]) from None
    return parse_article(text, language, str(path), path.stem)


def parse_article(text: str, language: str, file: str, stem: str) -> tuple[Article, dict[str, int]]:
    """Parse the text of a file named `stem`.md. Raises ArticleError with every mistake."""
    reader = _Reader(file)
    head, body, body_line = reader.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    fields = reader.fields(head)
    article = Article(
        id=reader.id(fields, stem),
        language=language,
        title=reader.text(fields, "title", LONGEST_TITLE),
        body=reader.body(body, body_line),
        tags=tuple(value for value, _ in reader.texts(fields, "tags", least=0)),
        related=tuple(value for value, _ in reader.texts(fields, "related", least=0)),
        questions=tuple(value for value, _ in reader.texts(fields, "questions", least=1)),
        updated_on=reader.date(fields),
    )
    if reader.problems:
        raise ArticleError(reader.problems)
    return article, dict(reader.texts(fields, "related", least=0))


class _Reader:
    """Collects mistakes while it takes the fields out of the YAML nodes, which know their lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[ArticleProblem] = []

    def wrong(self, line: int, what: str) -> None:
        problem = ArticleProblem(self.file, line, what)
        if problem not in self.problems:
            self.problems.append(problem)

    def split(self, text: str) -> tuple[str, str, int]:
        """Return front matter, text and the line on which the text begins."""
        lines = text.split("\n")
        if lines[0].rstrip() != "---":
            self.wrong(1, "must begin with a line '---', followed by id, title, questions …")
            raise ArticleError(self.problems)
        for number, line in enumerate(lines[1:], start=2):
            if line.rstrip() == "---":
                return "\n".join(lines[1 : number - 1]), "\n".join(lines[number:]), number + 1
        self.wrong(1, "the front matter is not closed: a second line '---' is missing")
        raise ArticleError(self.problems)

    def fields(self, head: str) -> dict[str, tuple[yaml.Node, int]]:
        """Return each field's node and line; unknown and doubled fields are mistakes."""
        try:
            root = yaml.compose(head, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 2 if mark else 2
            self.wrong(line, f"is not valid YAML: {error.problem or error.context}")
            raise ArticleError(self.problems) from None
        except yaml.YAMLError:  # signs that YAML does not allow; it tells no line
            self.wrong(2, "is not valid YAML: it contains a sign that YAML does not allow")
            raise ArticleError(self.problems) from None
        if not isinstance(root, yaml.MappingNode):
            self.wrong(2, "the front matter must be a list of 'name: value' lines")
            raise ArticleError(self.problems)
        found: dict[str, tuple[yaml.Node, int]] = {}
        for key, value in root.value:
            line = key.start_mark.line + 2
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name not in FIELDS:
                self.wrong(line, f"unknown field '{name}'; known are {', '.join(FIELDS)}")
            elif name in found:
                self.wrong(line, f"field '{name}' stands here twice")
            else:
                found[name] = (value, line)
        for name in FIELDS:
            if name not in found and name not in ("tags", "related"):
                self.wrong(1, f"field '{name}' is missing")
        return found

    def id(self, fields: dict[str, tuple[yaml.Node, int]], stem: str) -> str:
        """Return the id, which is the file's name."""
        value = self.text(fields, "id", 64)
        if value and _ID.fullmatch(value) is None:
            self.wrong(fields["id"][1], f"id '{value}' may only have a-z, 0-9 and single '-'")
        elif value and value != stem:
            self.wrong(fields["id"][1], f"id '{value}' and file name '{stem}.md' must be the same")
        return value

    def text(self, fields: dict[str, tuple[yaml.Node, int]], name: str, longest: int) -> str:
        """Return a field that is one line of text."""
        if name not in fields:
            return ""
        node, line = fields[name]
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.wrong(line, f"field '{name}' must be a text")
            return ""
        value: str = node.value.strip()
        if len(value) > longest:
            self.wrong(line, f"field '{name}' has {len(value)} characters; {longest} are allowed")
        return value

    def texts(
        self, fields: dict[str, tuple[yaml.Node, int]], name: str, *, least: int
    ) -> Iterator[tuple[str, int]]:
        """Yield the entries of a list field with their lines."""
        if name not in fields:
            return
        node, line = fields[name]
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(line, f"field '{name}' must be a list")
            return
        if len(node.value) < least:
            self.wrong(line, f"field '{name}' must have at least {least} entry")
        for entry in node.value:
            entry_line = entry.start_mark.line + 2
            if not isinstance(entry, yaml.ScalarNode) or not entry.value.strip():
                self.wrong(
                    entry_line, f"each entry of '{name}' must be a text; put quotes around it"
                )
            elif len(entry.value) > LONGEST_QUESTION:
                self.wrong(entry_line, f"an entry of '{name}' is longer than {LONGEST_QUESTION}")
            else:
                yield entry.value.strip(), entry_line

    def date(self, fields: dict[str, tuple[yaml.Node, int]]) -> date:
        """Return `updated_on`."""
        value = self.text(fields, "updated_on", 40)
        try:
            return date.fromisoformat(value)
        except ValueError:
            if value:
                self.wrong(
                    fields["updated_on"][1], f"updated_on '{value}' is not a day like 2026-03-01"
                )
            return date.min

    def body(self, text: str, first_line: int) -> str:
        """Return the text; refuse what the article card could not show or must not run."""
        if not text.strip():
            self.wrong(first_line, "the article has no text")
        for number, line in enumerate(text.split("\n"), start=first_line):
            if _HTML.search(line):
                self.wrong(number, "HTML is not allowed; use Markdown")
            if _HEADING.match(line) and not line.startswith("## "):
                self.wrong(number, "headings are written '## Heading'")
            for link in _LINK.findall(line):
                if _SAFE_LINK.match(link.strip()) is None:
                    self.wrong(
                        number, f"link '{link}' must begin with https://, /, mailto: or tel:"
                    )
        return text.strip()
