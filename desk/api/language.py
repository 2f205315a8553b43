"""In which language an agent's desk is: `?language=` or Accept-Language, Chinese by default."""

from aiohttp import web

from desk.api.out import Language


def language_of(request: web.Request) -> Language:
    """Return the language that the agent's browser asks for."""
    accepted = request.headers.get("Accept-Language", "")
    for wish in (request.query.get("language", ""), *accepted.split(",")):
        tag = wish.strip().partition(";")[0].partition("-")[0].lower()
        if tag in ("zh", "en"):
            return "en" if tag == "en" else "zh"
    return "zh"
