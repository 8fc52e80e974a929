"""Signs of life in a stream that is silent, so that whatever stands in between does not close it."""

from __future__ import annotations

import asyncio
from types import TracebackType

from polydesk.gateway.server.request import ClientGoneError, Reply

EVERY_S = 15.0


class Pings:
    """Writes `sign` to `reply` whenever nothing was written for `every_s`; one timer a stream, moved on lazily."""

    __slots__ = ("_every_s", "_last_s", "_loop", "_reply", "_sign", "_timer")

    def __init__(self, reply: Reply, sign: bytes, *, every_s: float = EVERY_S) -> None:
        self._reply = reply
        self._sign = sign
        self._every_s = every_s
        self._loop = asyncio.get_running_loop()
        self._last_s = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Pings:
        self._timer = self._loop.call_later(self._every_s, self._look)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def write(self, data: bytes) -> None:
        """Write a piece of the stream."""
        if data:
            self._last_s = self._loop.time()
            self._reply.write(data)

    def _look(self) -> None:
        silent_s = self._loop.time() - self._last_s
        if silent_s >= self._every_s:
            silent_s = 0.0
            try:
                self.write(self._sign)
            except ClientGoneError:  # the task that writes the stream is being told
                return
        self._timer = self._loop.call_later(self._every_s - silent_s, self._look)
