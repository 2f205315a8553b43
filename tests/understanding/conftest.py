"""The pipeline, trained once for the folder. TensorFlow stays out, as in the running bot."""

import tests.understanding.quiet_rasa  # noqa: F401 - first: it silences the imports of Rasa

# isort: split
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.understanding.pipeline import Pipeline


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> "Pipeline":
    """Train config.yml's pipeline on data/nlu (seconds)."""
    from tests.understanding.pipeline import Pipeline

    folder: Path = tmp_path_factory.mktemp("model")
    return Pipeline.trained(folder)
