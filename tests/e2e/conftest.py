"""The real stack and a real browser (Debian's Chromium); loud when there is none."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.stack import RASA_PYTHON, ROOT, Stack

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once a module, not longer: Playwright's loop would stand in asyncio's way."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium: `apt-get install chromium`, then run the browser tests again")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start desk, bot and actions once, with the pages built."""
    if not RASA_PYTHON.exists():
        pytest.skip("no .venv-rasa: make install")
    if not Path(ROOT / "web/dist/widget.js").is_file():
        pytest.skip("the pages are not built: make install")
    with Stack(tmp_path_factory.mktemp("e2e")) as running:
        yield running
