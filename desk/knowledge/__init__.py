"""The shop's articles: read from files, kept up to date, searched. No database, no HTTP."""

from desk.knowledge.library import Library
from desk.knowledge.loader import ArticleProblem

__all__ = ["ArticleProblem", "Library"]
