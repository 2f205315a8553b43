"""The pipeline of config.yml, trained on data/nlu in this process: ears without the bot."""

import re
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.utils.common import class_from_module_path
from rasa.shared.utils.io import read_model_configuration

ROOT = Path(__file__).parents[2]


class Pipeline:
    """Trained components in the order of config.yml."""

    def __init__(self, components: list[Any]) -> None:
        """Take trained components."""
        self._components = components

    @classmethod
    def trained(
        cls, folder: Path, overrides: dict[str, dict[str, Any]] | None = None
    ) -> "Pipeline":
        """Train in `folder`; `overrides` changes settings by class name, to try figures out."""
        storage = LocalModelStorage.create(folder)
        context = ExecutionContext(GraphSchema({}))
        data = load_data(str(ROOT / "data" / "nlu"))
        components = []
        for entry in read_model_configuration(ROOT / "config.yml")["pipeline"]:
            kind = class_from_module_path(entry["name"])
            own = {key: value for key, value in entry.items() if key != "name"}
            changes = (overrides or {}).get(kind.__name__, {})
            config = {**kind.get_default_config(), **own, **changes}
            resource = Resource(kind.__name__)
            component = kind.create(config, storage, resource, context)
            if hasattr(component, "train"):
                component.train(data)
                component = kind.load(config, storage, resource, context)
            components.append(component)
        return cls(components)

    def component(self, name: str) -> Any:
        """Return the component of a class name."""
        return next(part for part in self._components if type(part).__name__ == name)

    def read(
        self, texts: list[str], expects: str | None = None, language: str | None = None
    ) -> list[Message]:
        """Return the messages as the graph would."""
        metadata = {"expects": expects, "language": language}
        messages = [Message(data={"text": text, "metadata": metadata}) for text in texts]
        for component in self._components:
            messages = component.process(messages)
        return messages


def rows_of(name: str) -> list[tuple[str, str]]:
    """Read intent and text of each row of a tune or test set."""
    lines = (Path(__file__).parent / f"{name}.tsv").read_text("utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines]  # type: ignore[misc]


def plain(text: str) -> str:
    """Return a text without what does not make it another sentence."""
    return re.sub(r"[\W_]+", "", text.lower())
