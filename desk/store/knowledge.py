"""Feedback on articles and knowledge gaps, in SQL."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.store.cases import lock_subject
from desk.store.tables import ArticleFeedbackRow, KnowledgeGapRow, table_of

_FEEDBACK, _GAPS = table_of(ArticleFeedbackRow), table_of(KnowledgeGapRow)
_F, _G = _FEEDBACK.c, _GAPS.c


class SqlKnowledge:
    """The knowledge repository."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    async def keep_feedback(
        self, conversation_id: str, article_id: str, *, is_helpful: bool, at: datetime
    ) -> None:
        """Store the opinion of a conversation on an article; the last one counts."""
        await lock_subject(self._session, f"feedback:{conversation_id}:{article_id}")
        same = (_F.conversation_id == conversation_id) & (_F.article_id == article_id)
        known = (await self._session.execute(select(_F.id).where(same))).first()
        if known is not None:
            await self._session.execute(
                update(_FEEDBACK).where(same).values(is_helpful=is_helpful, at=at)
            )
            return
        await self._session.execute(
            insert(_FEEDBACK).values(
                conversation_id=conversation_id,
                article_id=article_id,
                is_helpful=is_helpful,
                at=at,
            )
        )

    async def keep_gap(
        self, conversation_id: str, message_id: str, *, text: str, language: str, at: datetime
    ) -> None:
        """Store a question without an answer, once per message. `text` is masked already."""
        await lock_subject(self._session, f"gap:{conversation_id}:{message_id}")
        same = (_G.conversation_id == conversation_id) & (_G.message_id == message_id)
        if (await self._session.execute(select(_G.id).where(same))).first() is not None:
            return
        await self._session.execute(
            insert(_GAPS).values(
                conversation_id=conversation_id,
                message_id=message_id,
                text=text,
                language=language,
                at=at,
            )
        )
