"""Imports Rasa once, without TensorFlow and without the warnings of the old libraries that it pins.

Import this before anything of Rasa: warnings are errors in our tests.
"""

import sys
import warnings

from bot.without_tensorflow import forbid_tensorflow

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    if "tensorflow" not in sys.modules:
        forbid_tensorflow()
    import rasa.core.agent
    import rasa.core.run  # noqa: F401 - imported for the silence
    from rasa.shared.core.domain import Domain


def make_domain(text: str) -> Domain:
    """Read a domain; Rasa warns of its slots whatever they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Domain.from_yaml(text)
