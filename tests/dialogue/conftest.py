"""One running stack for all dialogues: real desk with the demo shop, real bot, real actions."""

from collections.abc import Iterator

import pytest

from tests.stack import DESK_PYTHON, RASA_PYTHON, Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start desk, bot and actions once."""
    if not (DESK_PYTHON.exists() and RASA_PYTHON.exists()):
        pytest.skip("needs both environments: make install")
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        yield running
