"""The place of one call in a trace, in the words of W3C Trace Context.

Form of the header: https://www.w3.org/TR/trace-context-2/#traceparent-header (checked 2026-11-24).
"""

from __future__ import annotations

import random
import re
from datetime import datetime
from typing import NamedTuple

_HEADER = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1
_LOW_BITS = (1 << 64) - 1
MOST_TRACESTATE = 512


class Parent(NamedTuple):
    """The span of another program that a call belongs to."""

    trace_id: int
    span_id: int
    sampled: bool
    state: str
    """Its `tracestate` as it came; empty when there was none."""


class CallTrace:
    """The ids of one call's spans, drawn before the spans are made, so that a provider can be told of them.

    Not shared between threads.
    """

    __slots__ = ("_attempts", "_ids", "parent", "sampled", "served", "span_id", "trace_id")

    def __init__(self, parent: Parent | None, *, sampled: bool, served: bool, ids: random.Random) -> None:
        self._ids = ids
        self.parent = parent
        self.served = served
        """Whether the call came in by a server of ours, rather than from this process."""
        self.trace_id = _nonzero(ids, 128) if parent is None else parent.trace_id
        self.span_id = _nonzero(ids, 64)
        self.sampled = sampled
        self._attempts: dict[tuple[str, str, datetime], int] = {}

    @property
    def trace_id_text(self) -> str:
        """The trace's id as 32 hexadecimal digits."""
        return f"{self.trace_id:032x}"

    def headers(self, *, provider: str, model: str, started_at: datetime) -> dict[str, str]:
        """What to send along with the attempt that begins at `started_at`, so that the provider's trace joins ours.

        The client's `tracestate` is not among it: it is meant for the client's own vendors.
        """
        span_id = self.attempt_span_id(provider=provider, model=model, started_at=started_at)
        return {"traceparent": f"00-{self.trace_id:032x}-{span_id:016x}-{int(self.sampled):02x}"}

    def attempt_span_id(self, *, provider: str, model: str, started_at: datetime) -> int:
        """The id of the attempt's span; the same for the same attempt."""
        key = (provider, model, started_at)
        span_id = self._attempts.get(key)
        if span_id is None:
            span_id = self._attempts[key] = _nonzero(self._ids, 64)
        return span_id


class Sampler:
    """Begins traces, and decides which of them are kept: as the caller's does, else one of so many.

    What decides is the trace's id, so that all programs of the same ratio keep the same traces.
    """

    def __init__(self, ratio: float) -> None:
        self._bound = round(ratio * (1 << 64))
        # Seeded by the system, and of this object alone: ids must be unlike those of others, not secret.
        self._ids = random.Random()  # noqa: S311

    def begin(self, traceparent: str | None = None, tracestate: str | None = None, *, served: bool) -> CallTrace:
        """A new call. A `traceparent` that is not well formed is taken for none."""
        parent = parent_of(traceparent, tracestate)
        trace = CallTrace(parent, sampled=True, served=served, ids=self._ids)
        trace.sampled = parent.sampled if parent is not None else trace.trace_id & _LOW_BITS < self._bound
        return trace


def parent_of(traceparent: str | None, tracestate: str | None = None) -> Parent | None:
    """What the headers say; None where they are missing or not well formed."""
    found = None if traceparent is None else _HEADER.fullmatch(traceparent.strip())
    if found is None:
        return None
    version, trace_id, span_id, flags, rest = found.groups()
    # A later version may say more, but not less; version 0 nothing else.
    if version == "ff" or (version == "00" and rest) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    state = tracestate if tracestate is not None and len(tracestate) <= MOST_TRACESTATE else ""
    return Parent(int(trace_id, 16), int(span_id, 16), bool(int(flags, 16) & _SAMPLED), state)


def _nonzero(ids: random.Random, bits: int) -> int:
    return ids.getrandbits(bits) or 1
