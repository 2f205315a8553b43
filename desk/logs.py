"""Logging: one JSON line per event, never a message's text, a masking filter behind it all."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

from desk.domain.masking import mask_personal

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRET_NAMES = re.compile(r"token|secret|password|cookie|authorization|phone|address|text|email")
_BEARER = re.compile(r"(?i)(bearer\s+)[A-Za-z0-9._~+/=\-]{8,}")
_LONG_SECRET = re.compile(r"\b[A-Za-z0-9_\-]{43,}\b")  # 256 bits as URL-safe base64, JWTs


def mask(text: str) -> str:
    """Take personal data and secrets out of a text."""
    return _LONG_SECRET.sub("[secret]", _BEARER.sub(r"\1[secret]", mask_personal(text)))


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if _SECRET_NAMES.search(name):
        return "[hidden]"
    if isinstance(value, Mapping):
        return {str(key): _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(name, inner) for inner in value]
    return mask(str(value))


class MaskingFilter(logging.Filter):
    """The last net: masks what somebody logged by mistake."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; every record passes."""
        record.msg = mask(record.getMessage())
        record.args = None
        for name, value in list(vars(record).items()):
            if name not in _STANDARD:
                setattr(record, name, _masked(name, value))
        return True


class MalformedRequests(logging.Filter):
    """Makes one plain line of bytes that are not HTTP: no fault of ours, and they hold anything."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; every record passes."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError | RequestPayloadError):
            record.msg, record.args = f"malformed_request: {type(error).__name__}", None
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class JsonFormatter(logging.Formatter):
    """One line per event."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, level, logger, event and fields as JSON."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "at": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if (current := request_id.get()) is not None:
            line["request"] = current
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["trace"] = mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_logging(level: str = "INFO") -> None:
    """Send everything to stderr as JSON lines; the libraries' chatter only from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(MalformedRequests())
    handler.addFilter(MaskingFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("aiohttp.access", "sqlalchemy", "alembic", "aiosqlite", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
