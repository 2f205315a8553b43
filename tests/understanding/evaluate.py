"""Prints how well the bot understands the tune or test sets.

.venv-rasa/bin/python -m tests.understanding.evaluate [test_zh test_en …] [--errors]
"""

import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import tests.understanding.quiet_rasa  # noqa: F401 - first: it silences the imports of Rasa

# isort: split
from tests.understanding.pipeline import Pipeline, rows_of

NOT_UNDERSTOOD = frozenset({"out_of_scope", "nlu_fallback"})  # either answer is right for either


@dataclass
class Score:
    """What one set showed."""

    rows: int = 0
    right: int = 0
    per_intent: dict[str, list[int]] = field(default_factory=dict)  # intent → [right, rows]
    guessed: Counter[str] = field(default_factory=Counter)
    confidences: list[tuple[float, bool]] = field(default_factory=list)
    errors: list[tuple[str, str, float, str]] = field(default_factory=list)

    def add(self, gold: str, intent: str, confidence: float, text: str) -> None:
        """Count one row."""
        gold, intent = _group(gold), _group(intent)
        is_right = gold == intent
        self.rows += 1
        self.right += is_right
        counts = self.per_intent.setdefault(gold, [0, 0])
        counts[0] += is_right
        counts[1] += 1
        self.guessed[intent] += 1
        if intent != "not_understood":
            self.confidences.append((confidence, is_right))
        if not is_right:
            self.errors.append((gold, intent, confidence, text))

    @property
    def accuracy(self) -> float:
        """Share of rows with the right intent."""
        return self.right / self.rows

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the intents of the set."""
        return sum(
            2 * right / (rows + self.guessed[intent])
            for intent, (right, rows) in self.per_intent.items()
        ) / len(self.per_intent)

    @property
    def oos_recall(self) -> float:
        """Share of out-of-scope and meaningless rows that were seen as such."""
        right, rows = self.per_intent["not_understood"]
        return right / rows

    @property
    def calibration_error(self) -> float:
        """Expected calibration error in ten bins, of what was understood."""
        total = 0.0
        for i in range(10):
            part = [row for row in self.confidences if i / 10 < row[0] <= (i + 1) / 10]
            if part:
                sure, right = sum(row[0] for row in part), sum(row[1] for row in part)
                total += abs(sure - right)
        return total / len(self.confidences)


def _group(intent: str) -> str:
    return "not_understood" if intent in NOT_UNDERSTOOD else intent


def score(pipeline: Pipeline, name: str) -> Score:
    """Run one set through the pipeline in one batch."""
    rows, result = rows_of(name), Score()
    for (gold, text), message in zip(rows, pipeline.read([row[1] for row in rows]), strict=True):
        intent = message.get("intent")
        result.add(gold, intent["name"], intent["confidence"], text)
    return result


def latency_ms(pipeline: Pipeline, name: str) -> tuple[float, float]:
    """Return p50 and p95 of one message at a time."""
    times = []
    for _, text in rows_of(name):
        started = time.perf_counter()
        pipeline.read([text])
        times.append((time.perf_counter() - started) * 1_000)
    cuts = quantiles(times, n=20)
    return cuts[9], cuts[18]


def main() -> None:
    """Train, score, print."""
    names = [arg for arg in sys.argv[1:] if not arg.startswith("--")] or ["test_zh", "test_en"]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        pipeline = Pipeline.trained(Path(folder))
        _say(f"trained in {time.perf_counter() - started:.1f} s")
        for name in names:
            result = score(pipeline, name)
            p50, p95 = latency_ms(pipeline, name)
            _say(
                f"{name}: {result.rows} rows, accuracy {result.accuracy:.1%}, macro-F1 "
                f"{result.macro_f1:.1%}, oos recall {result.oos_recall:.1%}, calibration error "
                f"{result.calibration_error:.3f}, p50 {p50:.1f} ms, p95 {p95:.1f} ms"
            )
            if "--errors" in sys.argv:
                for gold, intent, confidence, text in result.errors:
                    _say(f"  {gold:20} {intent:20} {confidence:.2f}  {text}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
