"""Calls to the action server over connections that stay open, with a limit that fits into a turn.

Stock Rasa 3.6.21 opens a new session, hence a new connection, per call and waits up to 300 s.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import aiohttp
from rasa.core.actions.action import RemoteAction
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

LIMIT_S = (
    3.5  # inside the desk's limit for the bot (4 s), outside the action's for the desk (2.5 s)
)
_IDLE_S = 4.0  # the action server (sanic) drops idle connections after 5 s; be the first

_silent: ContextVar[list[BaseException] | None] = ContextVar("_silent", default=None)


def check_answers_cheaply() -> None:
    """Replace Rasa's check of each action's answer, which compiles a JSON schema per call (20 ms).

    Rasa 3.6.21 is the last release, so nothing upstream will end this. What the schema guards
    against (an answer that is not events and responses) is still refused.
    """
    RemoteAction._validate_action_result = _has_answer_shape


def _has_answer_shape(_: RemoteAction, answer: Any) -> bool:
    lists = (
        [answer.get(key, []) for key in ("events", "responses")] if isinstance(answer, dict) else []
    )
    if not lists or not all(isinstance(rows, list) for rows in lists):
        raise RasaException("The action server answered something else than events and responses.")
    if not all(isinstance(row, dict) for rows in lists for row in rows):
        raise RasaException("The action server answered an event or response that is no object.")
    return True


@contextmanager
def watch_action_server() -> Iterator[None]:
    """Within this block `is_action_server_silent` tells of failed calls (Rasa only logs them)."""
    token = _silent.set([])
    try:
        yield
    finally:
        _silent.reset(token)


def is_action_server_silent() -> bool:
    """Tell whether a call in the current block got no usable answer."""
    return bool(_silent.get())


class KeepAliveEndpoint(EndpointConfig):
    """The action server of endpoints.yml; one client session for the life of the process."""

    _client: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, endpoint: EndpointConfig) -> "KeepAliveEndpoint":
        """Take over the settings of a stock endpoint."""
        own = cls(
            endpoint.url,
            endpoint.params,
            endpoint.headers,
            endpoint.basic_auth,
            endpoint.token,
            endpoint.token_name,
            endpoint.cafile,
            **endpoint.kwargs,
        )
        own.limit_s = float(endpoint.kwargs.get("limit_s", LIMIT_S))
        return own

    limit_s: float = LIMIT_S

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Call the action server; see EndpointConfig.request. Raises aiohttp.ClientError."""
        kwargs.pop("timeout", None)  # Rasa's own, 300 s
        try:
            return await self._request(method, subpath, kwargs)
        except ClientResponseError as error:
            if error.status != 400:
                self._note(error)
            raise
        except asyncio.TimeoutError as error:
            self._note(error)
            raise aiohttp.ClientConnectionError(f"no answer in {self.limit_s} s") from error
        except (aiohttp.ClientError, ValueError) as error:
            self._note(error)
            raise

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _request(self, method: str, subpath: str | None, kwargs: dict[str, Any]) -> Any:
        url = f"{self.url.rstrip('/')}/{subpath.lstrip('/')}" if subpath else self.url
        params = self.combine_parameters(kwargs)
        for is_last_try in (False, True):
            try:
                async with self._session().request(
                    method, url, params=params, **kwargs
                ) as response:
                    if response.status >= 400:
                        body = (await response.read()).decode("utf-8", "replace")
                        raise ClientResponseError(response.status, response.reason or "", body)
                    return await response.json()
            except aiohttp.ServerDisconnectedError:
                # The server closed an idle connection just now. Actions may be repeated: whatever
                # they change carries a key made from the message.
                if is_last_try:
                    raise
        raise AssertionError("unreachable")

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None or self._client.closed:
            auth = aiohttp.BasicAuth(**self.basic_auth) if self.basic_auth else None
            self._client = aiohttp.ClientSession(
                headers=self.headers,
                auth=auth,
                timeout=aiohttp.ClientTimeout(total=self.limit_s),
                connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=_IDLE_S),
            )
        return self._client

    @staticmethod
    def _note(error: BaseException) -> None:
        silent = _silent.get()
        if silent is not None:
            silent.append(error)
