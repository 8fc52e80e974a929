"""Traces of calls, made of their receipts once they are over.

OpenTelemetry is imported when traces are opened, and not before: a program that sends none does not load it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.receipts import CallReceipt
from polydesk.telemetry.background import Background
from polydesk.telemetry.options import TelemetryOptions
from polydesk.telemetry.redaction import Redactor
from polydesk.telemetry.semconv import Server
from polydesk.telemetry.traceparent import CallTrace, Sampler

if TYPE_CHECKING:
    from polydesk.telemetry.otlp import Collector

MOST_WAITING = 10_000
CLOSE_S = 3.0
"""How long the end of the program may wait for a collector that does not answer."""


class FinishedCall(msgspec.Struct, frozen=True, kw_only=True):
    """What the spans of a call are made of."""

    trace: CallTrace
    receipt: CallReceipt
    door: str
    request: ModelRequest | None
    """The last that was sent; None when nobody kept it."""
    response: ModelResponse | None
    """The answer to it; None when there is none, or nobody kept it."""
    operation: str
    """The conventions' word, such as `chat`."""


class Traces:
    """Sends spans and the conventions' metrics to a collector, in the background; any thread may call `record`."""

    def __init__(self, collector: Collector, *, sample_ratio: float) -> None:
        self._collector = collector
        self._sampler = Sampler(sample_ratio)
        self._finished = Background[FinishedCall]("polydesk-traces", collector.record, most=MOST_WAITING)
        self._finished.start()

    @property
    def dropped(self) -> int:
        """Calls that are missing in the collector, since too many waited."""
        return self._finished.dropped

    def begin(self, traceparent: str | None = None, tracestate: str | None = None, *, served: bool) -> CallTrace:
        """The trace of a call that begins, with the headers that its client sent.

        `served` is True for a call that came in by a server of ours.
        """
        return self._sampler.begin(traceparent, tracestate, served=served)

    def record(
        self,
        trace: CallTrace,
        receipt: CallReceipt,
        *,
        door: str,
        request: ModelRequest | None = None,
        response: ModelResponse | None = None,
        operation: str = "chat",
    ) -> None:
        """Have the spans of a finished call made. `request` is the last that was sent, `response` the answer to it."""
        self._finished.put(
            FinishedCall(
                trace=trace, receipt=receipt, door=door, request=request, response=response, operation=operation
            )
        )

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Send what is left and stop; False when `timeout_s` was not enough, and the rest is lost."""
        deadline_s = time.monotonic() + timeout_s
        made = self._finished.close(timeout_s)
        return self._collector.close(max(0.0, deadline_s - time.monotonic())) and made


def open_traces(
    options: TelemetryOptions, *, version: str, servers: Mapping[str, Server], redactor: Redactor
) -> Traces | None:
    """Traces to the collector that `options` name; None when they name none. `servers` are by the provider's name."""
    if options.otlp_endpoint is None:
        return None
    # Here and not above, for OpenTelemetry is a tenth of a second and twenty megabytes.
    from polydesk.telemetry.otlp import Collector

    collector = Collector(
        options.otlp_endpoint, version=version, servers=servers, redactor=redactor, log_content=options.log_content
    )
    return Traces(collector, sample_ratio=options.sample_ratio)
