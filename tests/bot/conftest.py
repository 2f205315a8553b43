"""Makers for the tests of bot/: components as config.yml sets them, without training."""

import tests.understanding.quiet_rasa  # noqa: F401 - first: it silences the imports of Rasa

# isort: split
from typing import Any

import pytest
from rasa.shared.utils.io import read_model_configuration

from bot.nlu.entities import Found, ProductRules, ShopEntityExtractor
from bot.nlu.expectation import ExpectationReranker, Expectations
from tests.understanding.pipeline import ROOT

PRODUCTS = ["鞋", "运动鞋", "外套", "耳机", "shoe", "jacket", "headphone"]


def _settings(name: str) -> dict[str, Any]:
    pipeline = read_model_configuration(ROOT / "config.yml")["pipeline"]
    return next(entry for entry in pipeline if entry["name"].endswith(name))


@pytest.fixture(scope="session")
def extractor() -> ShopEntityExtractor:
    config = {**ShopEntityExtractor.get_default_config(), **_settings("ShopEntityExtractor")}
    component = ShopEntityExtractor(config, None, None)
    component._products = ProductRules(PRODUCTS)
    return component


@pytest.fixture(scope="session")
def expectations() -> Expectations:
    return Expectations(
        {**ExpectationReranker.get_default_config(), **_settings("ExpectationReranker")}
    )


def values(found: list[Found]) -> dict[str, Any]:
    """Return entity → value of what was found."""
    return {entity.entity: entity.value for entity in found}
