"""Empty stand-ins for TensorFlow, so that Rasa's modules can be imported without it.

Rasa's classes derive from TensorFlow's at import time; a stand-in class is enough for that. Making
an instance of one, as a component that uses TensorFlow would, raises TensorFlowForbidden.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

_PACKAGES = ("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras")


class TensorFlowForbidden(RuntimeError):
    """Something needs TensorFlow in a process that was started without it."""

    def __init__(self, name: str) -> None:
        """Say what to do."""
        super().__init__(
            f"{name} needs TensorFlow, which `python -m bot` leaves out. "
            "Take the component out of config.yml and train again, or start with `rasa` instead."
        )


class _StandInType(type):
    """Makes every attribute of a stand-in class another stand-in class."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(f"{cls.__qualname__}.{name}")

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]  # used as a decorator, e.g. @tf.function
        raise TensorFlowForbidden(cls.__qualname__)


def _stand_in(name: str) -> Any:
    return _StandInType(name, (), {"__module__": "tensorflow"})


class _StandInModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _stand_in(f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in _PACKAGES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module empty: it makes its attributes when asked."""


def forbid_tensorflow() -> None:
    """Make every later import of TensorFlow give a stand-in. Call before anything of Rasa."""
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow is already imported")
    sys.meta_path.insert(0, _Finder())
