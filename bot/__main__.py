"""`python -m bot …` is `rasa …` without TensorFlow in the process.

Rasa 3.6.21 imports TensorFlow at start even when no component of the model uses it: 350 MB and
seconds. None of ours does (config.yml), so this entry puts empty modules in its place. What needs
it after all fails at once with a sentence that says so; `rasa …` itself still works.
"""

import sys
import warnings

from bot.without_tensorflow import forbid_tensorflow

if __name__ == "__main__":
    forbid_tensorflow()
    # Rasa knows only its own readers of lookup tables, not bot/nlu/entities.py.
    warnings.filterwarnings("ignore", "(?s).*consisting of lookup tables")
    from rasa.__main__ import main

    sys.argv[0] = "rasa"
    main()
