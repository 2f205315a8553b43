"""The shop's own rules, as every domain test reads them."""

from pathlib import Path

import pytest

from desk.domain.policy import Policy
from desk.policy import load_policy

POLICY_FILE = Path(__file__).parents[2] / "knowledge_base" / "policy.yml"


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy(POLICY_FILE)
