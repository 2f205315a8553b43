"""One HTTP call after the other to a running part; what goes wrong becomes one sentence.

The command line has nothing to do while it waits: the standard library's blocking client will do.
"""

import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from desk.project import ProjectError

TIMEOUT_S = 30.0
MOST_WAITS = 20  # "too many requests" in a row
LONGEST_WAIT_S = 60.0


class RefusedError(ProjectError):
    """The server is there and says no: to this call, not to every one."""


@dataclass
class Client:
    """Calls to one server over one connection that stays open."""

    base: str
    who: str
    headers: dict[str, str] = field(default_factory=dict)
    _open: http.client.HTTPConnection | None = None

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Return the JSON of a 2xx answer. Raises ProjectError; waits when told to slow down."""
        sent = raw if raw is not None else (None if body is None else json.dumps(body).encode())
        every = {**self.headers, **(headers or {})}
        if sent is not None:
            every["Content-Type"] = content_type
        status, answered, wait = self._once(method, path, sent, every)
        for _ in range(MOST_WAITS):
            if status != 429:
                break
            time.sleep(min(wait, LONGEST_WAIT_S))
            status, answered, wait = self._once(method, path, sent, every)
        if not 200 <= status < 300:
            raise RefusedError(f"{self.who} refused ({status}): {_sentence(answered)}")
        if not answered:
            return None
        try:
            return json.loads(answered)
        except ValueError:
            raise ProjectError(f"{self.who} at {self.base} did not answer with JSON.") from None

    def _once(
        self, method: str, path: str, sent: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes, float]:
        try:
            parts = urlsplit(self.base)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise ProjectError(f"{self.base} is no address of a server: {error}.") from None
        for is_last in (False, True):
            is_fresh = self._open is None
            if self._open is None:
                kind = (
                    http.client.HTTPSConnection
                    if parts.scheme == "https"
                    else http.client.HTTPConnection
                )
                self._open = kind(host, port, timeout=TIMEOUT_S)
            try:
                self._open.request(method, parts.path + path, sent, headers)
                answer = self._open.getresponse()
                retry_after = answer.headers.get("Retry-After", "1")
                wait = float(retry_after) if retry_after.isdigit() else 1.0
                return answer.status, answer.read(), wait
            except (OSError, http.client.HTTPException) as error:
                self._open.close()
                self._open = None
                # An idle connection may have been closed by the server: once more, on a new one.
                # What creates something carries a key, so that this is safe.
                if is_last or is_fresh:
                    raise ProjectError(
                        f"{self.who} does not answer at {self.base} ({error}): "
                        "start it with `make run` or `zhanggui run`."
                    ) from None
        raise AssertionError("the loop returns or raises")


def call(method: str, url: str, body: Any, *, bearer: str, who: str) -> Any:
    """Make one call."""
    base, _, path = url.partition("/webhooks")
    headers = {"Authorization": f"Bearer {bearer}"}
    return Client(base, who, headers).call(method, f"/webhooks{path}", body)


def _sentence(answered: bytes) -> str:
    """Return what problem details say, or the beginning of whatever came."""
    try:
        problem = json.loads(answered)
    except ValueError:
        return answered[:200].decode("utf-8", "replace")
    if not isinstance(problem, dict):
        return str(problem)[:200]
    said = problem.get("detail") or problem.get("title") or problem.get("error") or problem
    if field := problem.get("field"):
        said = f"{field} {said}"
    for wrong in problem.get("errors") or ():
        said = f"{said} {wrong.get('field')}: {wrong.get('message')}."
    code = problem.get("code")
    return f"{said} [{code}]" if code else str(said)
