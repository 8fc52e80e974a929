"""All that is seen of a running Polydesk, behind two calls: one when a call begins, one when it is over."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TextIO

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.receipts import CallReceipt
from polydesk.telemetry.logs import CLOSE_S, Logs
from polydesk.telemetry.metrics import Metrics
from polydesk.telemetry.options import TelemetryOptions
from polydesk.telemetry.redaction import Redactor
from polydesk.telemetry.semconv import Server
from polydesk.telemetry.traceparent import CallTrace
from polydesk.telemetry.traces import Traces, open_traces


class Telemetry:
    """Metrics, traces and logs, as far as they are switched on. A collector or reader that is gone troubles no call."""

    def __init__(
        self, *, metrics: Metrics | None, traces: Traces | None, logs: Logs | None, redactor: Redactor
    ) -> None:
        self.metrics = metrics
        """None when they are off."""
        self.traces = traces
        """None when they are off."""
        self.logs = logs
        """None when they are off."""
        self.redactor = redactor
        """To be told of secrets that come later."""
        if metrics is not None and logs is not None:
            dropped = "Log lines that could not be written."
            metrics.watch("polydesk_log_lines_dropped", dropped, lambda: logs.dropped, kind="counter")
        if metrics is not None and traces is not None:
            dropped = "Calls whose traces could not be made in time."
            metrics.watch("polydesk_traces_dropped", dropped, lambda: traces.dropped, kind="counter")

    def begin(
        self, traceparent: str | None = None, tracestate: str | None = None, *, served: bool = True
    ) -> CallTrace | None:
        """The trace of a call that begins, with the headers that its client sent; None when traces are off."""
        return None if self.traces is None else self.traces.begin(traceparent, tracestate, served=served)

    def record(
        self,
        receipt: CallReceipt,
        *,
        door: str,
        dialect: str = "",
        status: int | None = None,
        request_id: str | None = None,
        trace: CallTrace | None = None,
        request: ModelRequest | None = None,
        response: ModelResponse | None = None,
        operation: str = "chat",
    ) -> None:
        """Show a finished call. `status` and `request_id` are what its client was told; None where there is no such.

        `request` is the last one sent and `response` the answer to it; `operation` is the conventions' word, such as
        `chat` or `embeddings`.
        """
        if self.metrics is not None:
            self.metrics.record_call(receipt, door=door, dialect=dialect)
        if self.traces is not None and trace is not None:
            self.traces.record(trace, receipt, door=door, request=request, response=response, operation=operation)
        if self.logs is not None:
            self.logs.record_call(
                receipt,
                door=door,
                status=status,
                request_id=request_id,
                trace_id=None if trace is None else trace.trace_id_text,
                request=request,
                response=response,
            )

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Send and write what is left; False when `timeout_s` for each was not enough, and the rest is lost."""
        sent = self.traces is None or self.traces.close(timeout_s)
        return (self.logs is None or self.logs.close(timeout_s)) and sent


def open_telemetry(
    options: TelemetryOptions,
    *,
    version: str,
    models: Iterable[str] = (),
    servers: Mapping[str, Server] | None = None,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> Telemetry:
    """Everything that `options` ask for, at work; `close` it at the end.

    `models` are ids of cards, `servers` are by the provider's name, `secrets` are taken out of whatever is written;
    logs go to `stream`, or stderr.
    """
    redactor = Redactor(secrets)
    logs = Logs(options, stream=stream or sys.stderr, redactor=redactor)
    logs.start()
    return Telemetry(
        metrics=Metrics(models=models, version=version) if options.metrics else None,
        traces=open_traces(options, version=version, servers=servers or {}, redactor=redactor),
        logs=logs,
        redactor=redactor,
    )
