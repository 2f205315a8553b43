"""Print what the search finds: python -m tests.knowledge.figures [--misses]."""

import statistics
import sys
import time
from pathlib import Path

from desk.knowledge.library import Library
from tests.knowledge.questions import measure, read_questions


def main() -> None:
    """Print figures per set, with times per question."""
    started = time.perf_counter()
    library = Library(Path("knowledge_base"))
    out = [f"read and indexed in {time.perf_counter() - started:.2f} s"]
    for name in ("tune_zh", "tune_en", "test_zh", "test_en"):
        index = library.index(name[-2:])
        questions = read_questions(name)
        figures, notes = measure(index, questions)
        times_ms = []
        for question in questions * 3:
            begun = time.perf_counter()
            library.search(question.text, index.language)
            times_ms.append((time.perf_counter() - begun) * 1000)
        cut = statistics.quantiles(times_ms, n=20)
        out.append(
            f"{name}: {figures.questions} + {figures.unanswerable} questions"
            f" · recall@1 {figures.recall_1:.3f} @3 {figures.recall_3:.3f}"
            f" · answered right {figures.answered:.3f} wrong {figures.wrong:.3f}"
            f" · none: recall {figures.none_recall:.3f} precision {figures.none_precision:.3f}"
            f" · p50 {cut[9]:.2f} ms p95 {cut[18]:.2f} ms"
        )
        if "--misses" in sys.argv:
            out += [f"    {note}" for note in notes]
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
