"""`python -m actions` starts the action server: loopback only, no start without its settings.

`python -m rasa_sdk --actions actions` starts the same actions; it listens on all addresses unless
SANIC_HOST is set, lets any website call it and closes nothing at its end.
"""

import argparse
import logging
import sys

from rasa_sdk.endpoint import create_app
from sanic import Sanic

from actions.desk_client import DeskAddress, NotConfigured, close_desk

_IDLE_S = 75  # longer than the bot keeps its idle connections


class FieldsFormatter(logging.Formatter):
    """Writes the fields of a record behind its event name: ids, codes, durations."""

    _OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = {name: value for name, value in vars(record).items() if name not in self._OWN}
        told = " ".join(f"{name}={value}" for name, value in sorted(fields.items()))
        return f"{super().format(record)} {told}".rstrip()


def main() -> int:
    """Serve until a signal. Returns 2 when the settings are incomplete."""
    parser = argparse.ArgumentParser(prog="python -m actions", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8082)
    chosen = parser.parse_args()
    handler = logging.StreamHandler()
    handler.setFormatter(FieldsFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    try:
        DeskAddress.from_environment()
    except NotConfigured as fault:
        sys.stderr.write(f"The action server does not start: {fault}.\n")
        return 2
    app = create_app("actions", cors_origins="")
    app.config.KEEP_ALIVE_TIMEOUT = _IDLE_S
    app.register_listener(_close, "after_server_stop")
    app.run(chosen.host, chosen.port, workers=1, access_log=False, motd=False)
    return 0


async def _close(app: Sanic, _: object) -> None:
    await close_desk()


if __name__ == "__main__":
    sys.exit(main())
