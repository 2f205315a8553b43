"""Sentences in both languages from `texts.yml`: what the desk itself says."""

import string
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from desk.domain.shop import Text

FILE = Path(__file__).with_name("texts.yml")


class TextsError(Exception):
    """The file lacks a language somewhere, or its two languages have different variables."""


class Texts:
    """All sentences by dotted key."""

    def __init__(self, sentences: Mapping[str, Text]) -> None:
        """Keep the sentences."""
        self._sentences = sentences

    def __contains__(self, key: object) -> bool:
        """Whether there is such a sentence."""
        return key in self._sentences

    def keys(self) -> frozenset[str]:
        """Return every key."""
        return frozenset(self._sentences)

    def say(self, key: str, language: str, **values: object) -> str:
        """Return the sentence with its variables filled in; a key that is missing is a bug."""
        sentence = self._sentences[key].in_language(language)
        return sentence.format(**values) if values else sentence


def variables(sentence: str) -> frozenset[str]:
    """Return the names in braces."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def _walk(data: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Text]]:
    for key, value in data.items():
        here = f"{path}.{key}" if path else str(key)
        if not isinstance(value, Mapping):
            raise TextsError(f"{here}: has no zh and en")
        if set(value) == {"zh", "en"}:
            zh, en = str(value["zh"]), str(value["en"])
            if variables(zh) != variables(en):
                raise TextsError(f"{here}: zh and en have different variables")
            yield here, Text(zh=zh, en=en)
        elif {"zh", "en"} & set(value):
            raise TextsError(f"{here}: needs zh and en and nothing else")
        else:
            yield from _walk(value, here)


def load_texts(path: Path = FILE) -> Texts:
    """Read the sentences. Raises TextsError."""
    return Texts(dict(_walk(yaml.safe_load(path.read_text(encoding="utf-8")))))


@lru_cache(maxsize=1)
def texts() -> Texts:
    """Return the sentences of the installed desk, read once."""
    return load_texts()
