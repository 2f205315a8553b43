"""What answers need of the store and of the articles: feedback, gaps, search."""

from datetime import datetime
from typing import Protocol

from desk.domain.articles import Article, SearchResult


class KnowledgeRepository(Protocol):
    """What shoppers thought of articles, and questions that no article answered."""

    async def keep_feedback(
        self, conversation_id: str, article_id: str, *, is_helpful: bool, at: datetime
    ) -> None:
        """Store the opinion of a conversation on an article; the last one counts."""

    async def keep_gap(
        self, conversation_id: str, message_id: str, *, text: str, language: str, at: datetime
    ) -> None:
        """Store a question without an answer, once per message. `text` is masked already."""


class KnowledgeBase(Protocol):
    """The articles. `desk.knowledge.Library` is one."""

    def article(self, article_id: str, language: str) -> Article | None:
        """Return an article, in the other language when there is none in this one."""

    def search(self, text: str, language: str, limit: int = 3) -> SearchResult:
        """Return articles for a question, best first."""
