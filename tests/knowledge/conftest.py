"""Makers of articles and folders."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

Write = Callable[..., Path]


@dataclass
class Stopwatch:
    """A clock that a test moves."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def article_text(article_id: str = "return-how", **changes: str) -> str:
    fields = {
        "id": article_id,
        "title": "How do I return something?",
        "tags": "[returns]",
        "related": "[]",
        "updated_on": "2026-03-01",
        "questions": "\n  - how do returns work",
        **changes,
    }
    head = "".join(f"{name}: {value}\n" for name, value in fields.items() if name != "body")
    return f"---\n{head}---\n{changes.get('body', 'Write to us.')}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for language in ("zh", "en"):
        (tmp_path / language).mkdir()
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    """Write an article file; the text is made from the changes unless it is given."""

    def _write(
        article_id: str = "return-how",
        language: str = "en",
        *,
        text: str | bytes | None = None,
        **changes: str,
    ) -> Path:
        path = folder / language / f"{article_id}.md"
        content = article_text(article_id, **changes) if text is None else text
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()
