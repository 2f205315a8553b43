"""Search in the knowledge base for agents."""

from aiohttp import web
from pydantic import BaseModel, Field

from desk.api.desk import desk_of
from desk.api.out import Language, Page, reply
from desk.api.requests import read_query
from desk.api.routes import Routes
from desk.api.security import agent_of

routes = Routes("agent")
SNIPPET = 160


class KnowledgeIn(BaseModel, extra="forbid"):
    """What is looked for."""

    q: str = Field(min_length=1, max_length=500)
    language: Language = "zh"
    limit: int = Field(5, ge=1, le=20)


class ArticleHitOut(BaseModel):
    """An article that may answer."""

    id: str
    title: str
    snippet: str
    body: str
    score: float


@routes.add("GET", "/api/v1/knowledge/search", query=KnowledgeIn, answer=Page[ArticleHitOut])
async def search_knowledge(request: web.Request) -> web.Response:
    """Return articles that may answer a question, best first."""
    desk = desk_of(request)
    await agent_of(request)
    query = read_query(request, KnowledgeIn)
    found = desk.knowledge.search(query.q, query.language, query.limit)
    hits = [hit for hit in (found.best, *found.others) if hit is not None]
    items = [
        ArticleHitOut(
            id=hit.article.id,
            title=hit.article.title,
            snippet=hit.article.body[:SNIPPET],
            body=hit.article.body,
            score=round(hit.score, 4),
        )
        for hit in hits[: query.limit]
    ]
    return reply(Page[ArticleHitOut](items=items))
