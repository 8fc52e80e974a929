"""What every door has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.streams import StreamEvent
from polydesk.gateway.failures import Failure


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks."""

    request: ModelRequest
    """Its `model` is as the client named it."""
    stream: bool
    body: dict[str, Any] = {}
    """As it came, where the answer repeats parts of it."""
    include_usage: bool = True
    """Whether the end of a stream is to say the tokens."""


class StreamWriter(Protocol):
    """Writes one stream."""

    def write(self, events: Sequence[StreamEvent], /) -> bytes:
        """The bytes that say `events`, the end mark included once Finished is among them."""
        ...

    def error(self, failure: Failure, /) -> bytes:
        """The bytes of a stream that breaks off: a typed error, and no end mark."""
        ...


class Door(Protocol):
    """One dialect. Pure: it knows no network and no clock."""

    dialect: str
    request_id_header: str
    keep_alive: bytes
    """What says in a stream that we are still here; its readers pass over it."""

    def read(self, body: dict[str, Any], /) -> Asked:
        """The request that `body` makes. Raises WireError."""
        ...

    def whole(self, response: ModelResponse, /, *, asked: Asked, created: int) -> bytes:
        """A whole answer; `created` is in seconds since 1970."""
        ...

    def writer(self, asked: Asked, /, *, created: int) -> StreamWriter:
        """A writer for one stream."""
        ...

    def error(self, failure: Failure, /, *, request_id: str) -> bytes:
        """The body of an error."""
        ...
