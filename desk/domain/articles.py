"""Articles of the knowledge base and what a search in them gives (R1)."""

from dataclasses import dataclass
from datetime import date

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Article:
    """One answer in one language. The same id in another language is the same answer."""

    id: str
    language: str  # "zh" | "en"
    title: str
    body: str  # Markdown subset: paragraphs, lists, bold, links, ## headings
    tags: tuple[str, ...]
    related: tuple[str, ...]  # ids
    questions: tuple[str, ...]  # how shoppers ask for it
    updated_on: date


@dataclass(frozen=True, slots=True)
class Hit:
    """An article and how well it fits, from 0 to 1."""

    article: Article
    score: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found. `best` is None when nothing fits well enough; `others` come next."""

    best: Hit | None
    others: tuple[Hit, ...]
    is_strong: bool = False  # so sure that the article may be shown although nobody asked for one
