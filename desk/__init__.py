"""The case backend and conversation hub, the only public process."""
