"""Traces of calls, made of their receipts once they are over.

OpenTelemetry is imported when traces are opened, and not before: a program that sends none does not load it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.receipts import CallReceipt
from polydesk.telemetry.options import TelemetryOptions
from polydesk.telemetry.redaction import Redactor
from polydesk.telemetry.semconv import Server
from polydesk.telemetry.traceparent import CallTrace, Sampler

if TYPE_CHECKING:
    from polydesk.telemetry.otlp import Collector

CLOSE_S = 3.0
"""How long the end of the program may wait for a collector that does not answer."""


class Traces:
    """Sends spans and the conventions' metrics to a collector, in the background; any thread may call `record`."""

    def __init__(self, collector: Collector, *, sample_ratio: float) -> None:
        self._collector = collector
        self._sampler = Sampler(sample_ratio)

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
        """Make the spans of a finished call. `request` is the last that was sent, `response` the answer to it."""
        self._collector.record(trace, receipt, door=door, request=request, response=response, operation=operation)

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Send what is left and stop; False when `timeout_s` was not enough, and the rest is lost."""
        return self._collector.close(timeout_s)


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
