"""Classifies intents: ridge regression over n-grams and the kernel of a sentence vector.

Ridge has a closed form, and so have its leave-one-out predictions: training takes seconds, needs no
random numbers, and one temperature calibrates the confidence on rows that were left out. A message
that the model is not sure of, or that is unlike anything it has seen, becomes `nlu_fallback`; the
ranking still shows what it looked like.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar

from bot.nlu.features import Floats, NgramWeights, sentence_vectors
from bot.nlu.language import normalised_of
from bot.nlu.normalise import normalise

FALLBACK = "nlu_fallback"
_BIAS = 0.1  # kernel of a constant feature


class IntentModel:
    """The fitted arrays and what they say about a text."""

    def __init__(
        self,
        intents: list[str],
        ngrams: NgramWeights,
        weights: Floats,
        bias: Floats,
        vectors: Floats,
        votes: Floats,
        temperature: float,
        steepness: float,
    ) -> None:
        """Take what was fitted: `weights` per n-gram, `vectors` and `votes` per training row."""
        self.intents, self.ngrams, self.temperature = intents, ngrams, temperature
        self._weights, self._bias = weights, bias
        self._vectors, self._votes, self._steepness = vectors, votes, steepness

    @classmethod
    def fit(cls, texts: list[str], labels: list[str], config: dict[str, Any]) -> "IntentModel":
        """Fit on normalised texts. The temperature comes from the leave-one-out predictions."""
        intents = sorted(set(labels))
        y = np.array([intents.index(label) for label in labels])
        goals = 2.0 * np.eye(len(intents))[y] - 1.0
        ngrams = NgramWeights.fit(texts, config["fewest_texts"])
        features = ngrams.matrix(texts)
        vectors = sentence_vectors().encode(texts)
        steepness, vector_weight = config["steepness"], config["vector_weight"]
        kernel = np.asarray((features @ features.T).todense(), np.float64) + _BIAS
        kernel += vector_weight * _similarity(vectors, vectors, steepness)
        inverse = np.linalg.inv(kernel + config["ridge"] * np.eye(len(y)))
        votes = inverse @ goals
        left_out = goals - votes / np.diag(inverse)[:, None]
        return cls(
            intents,
            ngrams,
            np.asarray(features.T @ votes, np.float32),
            (_BIAS * votes.sum(axis=0)).astype(np.float32),
            vectors,
            (vector_weight * votes).astype(np.float32),
            _temperature(left_out.astype(np.float32), y),
            steepness,
        )

    def predict(self, texts: list[str]) -> tuple[Floats, Floats, Floats]:
        """Return probabilities, similarity to the nearest training row, share of known n-grams."""
        if not texts:
            none = np.zeros(0, np.float32)
            return np.zeros((0, len(self.intents)), np.float32), none, none
        rows = [self.ngrams.row(text) for text in texts]
        scores = np.stack([values @ self._weights[columns] for columns, values, _ in rows])
        vectors = sentence_vectors().encode(texts)
        cosines = vectors @ self._vectors.T
        nearest = cosines.max(axis=1)
        np.exp(self._steepness * (cosines - 1), out=cosines)
        scores += cosines @ self._votes + self._bias
        known = np.array([share for _, _, share in rows], np.float32)
        return _softmax(scores / self.temperature), nearest, known

    def save(self, folder: Path) -> None:
        """Write plain arrays and JSON; nothing that runs code when it is read."""
        np.savez(
            folder / "model.npz",
            idf=self.ngrams.idf,
            weights=self._weights,
            bias=self._bias,
            vectors=self._vectors,
            votes=self._votes,
        )
        names = {
            "intents": self.intents,
            "grams": list(self.ngrams.vocabulary),
            "temperature": self.temperature,
            "steepness": self._steepness,
        }
        (folder / "names.json").write_text(json.dumps(names, ensure_ascii=False), "utf-8")

    @classmethod
    def read(cls, folder: Path) -> "IntentModel":
        """Read what `save` wrote."""
        names = json.loads((folder / "names.json").read_text("utf-8"))
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            return cls(
                names["intents"],
                NgramWeights({gram: i for i, gram in enumerate(names["grams"])}, arrays["idf"]),
                arrays["weights"],
                arrays["bias"],
                arrays["vectors"],
                arrays["votes"],
                names["temperature"],
                names["steepness"],
            )


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent):
    """Trains, keeps and applies an `IntentModel`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings; config.yml says which figures chose them."""
        return {
            "ridge": 0.3,  # strength of the regularisation
            "fewest_texts": 1,  # an n-gram in fewer training rows is not a feature
            "vector_weight": 3.0,  # weight of the sentence vector beside the n-grams
            "steepness": 1.0,  # how fast a training row loses its say with distance
            "threshold": 0.35,  # below this confidence: nlu_fallback
            "nearest": 0.0,  # at least so similar to one training row
            "known": 0.0,  # at least this share of known n-grams
            "ranking_length": 10,
        }

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        """Start without a model."""
        self._config, self._storage, self._resource = config, storage, resource
        self.model: IntentModel | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LinearIntentClassifier":
        """Make an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "LinearIntentClassifier":
        """Make the component with the model that training kept."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component.model = IntentModel.read(folder)
        sentence_vectors()  # loaded now, not by the first shopper
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on all examples that have an intent."""
        rows = [m for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)]
        texts = [normalise(message.get(TEXT)).text for message in rows]
        self.model = IntentModel.fit(texts, [m.get(INTENT) for m in rows], self._config)
        with self._storage.write_to(self._resource) as folder:
            self.model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking of all messages in one batch."""
        todo = [m for m in messages if not (m.get(TEXT) or "").startswith("/")]
        if self.model is None or not todo:
            return messages
        scores, nearest, known = self.model.predict([normalised_of(m).text for m in todo])
        for message, row, near, share in zip(todo, scores, nearest, known, strict=True):
            ranking = self._ranking(row)
            message.set(INTENT, self._decide(ranking, near, share), add_to_output=True)
            shown = [guess for guess in ranking if guess["name"] != FALLBACK]
            message.set(INTENT_RANKING_KEY, shown, add_to_output=True)
        return messages

    def _ranking(self, scores: Floats) -> list[dict[str, Any]]:
        assert self.model is not None  # noqa: S101 - process() has checked, this is for mypy
        best: npt.NDArray[np.int64] = np.argsort(-scores, kind="stable")
        return [
            {"name": self.model.intents[i], "confidence": float(scores[i])}
            for i in best[: self._config["ranking_length"]]
        ]

    def _decide(self, ranking: list[dict[str, Any]], near: float, share: float) -> dict[str, Any]:
        config = self._config
        first = ranking[0]["confidence"]
        is_known = near >= config["nearest"] and share >= config["known"]
        if ranking[0]["name"] != FALLBACK and first >= config["threshold"] and is_known:
            return dict(ranking[0])
        return {
            "name": FALLBACK,
            "confidence": first if ranking[0]["name"] == FALLBACK else 1 - first,
        }


def _similarity(left: Floats, right: Floats, steepness: float) -> Floats:
    return np.asarray(np.exp(steepness * (left @ right.T - 1)), np.float32)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _temperature(logits: Floats, y: npt.NDArray[np.int64]) -> float:
    """Return the temperature under which the held-out rows are likeliest."""

    def loss(log_temperature: float) -> float:
        likely = _softmax(logits / np.exp(log_temperature))[np.arange(len(y)), y]
        return float(-np.log(np.maximum(likely, 1e-9)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
