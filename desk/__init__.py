"""The case backend and conversation hub, the only public process."""

__version__ = "0.1.0"
