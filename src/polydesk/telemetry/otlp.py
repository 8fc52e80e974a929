"""Spans and metrics to an OpenTelemetry collector, by OTLP over HTTP.

The addresses and what else the exporters read from the environment, such as `OTEL_EXPORTER_OTLP_HEADERS` and
`OTEL_RESOURCE_ATTRIBUTES`: https://opentelemetry.io/docs/specs/otel/protocol/exporter/ (checked 2026-11-24).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from polydesk.core.receipts import Attempt, CallReceipt
from polydesk.telemetry.outcome import outcome_of
from polydesk.telemetry.redaction import Redactor
from polydesk.telemetry.semconv import (
    DURATION_BOUNDS_S,
    OPERATION_DURATION,
    TOKEN_BOUNDS,
    TOKEN_USAGE,
    Attributes,
    Server,
    attempt_attributes,
    call_attributes,
    input_messages,
    operation_attributes,
    output_messages,
    request_attributes,
    response_attributes,
)
from polydesk.telemetry.traceparent import CallTrace
from polydesk.telemetry.traces import FinishedCall

EXPORT_TIMEOUT_S = 5.0
METRICS_EVERY_MS = 30_000.0
MOST_SPANS_WAITING = 8192
"""When a collector is slow or gone, the oldest are dropped."""


class _DrawnIds(IdGenerator):
    """Gives each span the id that was drawn for it when the call began."""

    trace_id = 0
    span_id = 0

    def generate_span_id(self) -> int:
        return self.span_id

    def generate_trace_id(self) -> int:
        return self.trace_id


class Collector:
    """The collector at `endpoint`. Nothing that goes wrong there reaches a call."""

    def __init__(
        self, endpoint: str, *, version: str, servers: Mapping[str, Server], redactor: Redactor, log_content: bool
    ) -> None:
        base = endpoint.rstrip("/")
        resource = Resource.create({"service.name": "polydesk", "service.version": version})
        self._servers = servers
        self._redactor = redactor
        self._log_content = log_content
        self._ids = _DrawnIds()
        self._spans = TracerProvider(
            sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False, id_generator=self._ids
        )
        exporter = OTLPSpanExporter(f"{base}/v1/traces", timeout=EXPORT_TIMEOUT_S)
        self._spans.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=MOST_SPANS_WAITING))
        self._tracer = self._spans.get_tracer("polydesk", version)
        reader = PeriodicExportingMetricReader(
            OTLPMetricExporter(f"{base}/v1/metrics", timeout=EXPORT_TIMEOUT_S),
            export_interval_millis=METRICS_EVERY_MS,
        )
        self._metrics = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        meter = self._metrics.get_meter("polydesk", version)
        self._tokens = meter.create_histogram(
            TOKEN_USAGE, "{token}", "Tokens of one operation.", explicit_bucket_boundaries_advisory=TOKEN_BOUNDS
        )
        self._durations = meter.create_histogram(
            OPERATION_DURATION, "s", "Time of one operation.", explicit_bucket_boundaries_advisory=DURATION_BOUNDS_S
        )

    def record(self, calls: Sequence[FinishedCall]) -> None:
        """Take the spans and metrics of finished calls into the next batches. One thread at a time."""
        for call in calls:
            self._record(call)

    def _record(self, finished: FinishedCall) -> None:
        trace, receipt, operation = finished.trace, finished.receipt, finished.operation
        shared = [operation_attributes(attempt, self._server(attempt), operation) for attempt in receipt.attempts]
        for attempt, attributes in zip(receipt.attempts, shared, strict=True):
            self._measure(attempt, attributes)
        if not trace.sampled:
            return
        call = self._call_span(trace, receipt, finished.door)
        last = _answered(receipt)
        for number, (attempt, attributes) in enumerate(zip(receipt.attempts, shared, strict=True)):
            if number == last:
                attributes = attributes | self._exchange(finished)
            self._attempt_span(trace, call, attempt, attributes, operation)

    def close(self, timeout_s: float) -> bool:
        """Send what is left; False when `timeout_s` was not enough."""
        # In threads of their own, for the SDK's own limit on spans is 30 s and cannot be set.
        closing = [_started(self._spans.shutdown), _started(self._metrics.shutdown)]
        deadline_s = time.monotonic() + timeout_s
        for thread in closing:
            thread.join(max(0.0, deadline_s - time.monotonic()))
        return not any(thread.is_alive() for thread in closing)

    def _server(self, attempt: Attempt) -> Server:
        return self._servers.get(attempt.provider) or Server(provider_name=attempt.provider)

    def _measure(self, attempt: Attempt, attributes: Attributes) -> None:
        self._durations.record(attempt.duration_ms / 1000, attributes)
        usage = attempt.usage
        if usage is None:
            return
        plain = {name: value for name, value in attributes.items() if name != "error.type"}
        for kind, number in (("input", usage.input_tokens), ("output", usage.output_tokens)):
            if number is not None:
                self._tokens.record(number, {**plain, "gen_ai.token.type": kind})

    def _call_span(self, trace: CallTrace, receipt: CallReceipt, door: str) -> SpanContext:
        outcome, error = outcome_of(receipt)
        reasons = [attempt.reason for attempt in receipt.attempts if attempt.reason is not None]
        return self._span(
            trace,
            receipt.purpose,
            span_id=trace.span_id,
            parent=None if trace.parent is None else _remote(trace),
            kind=SpanKind.SERVER if trace.served else SpanKind.INTERNAL,
            attributes=call_attributes(receipt, door=door),
            status=self._status(error or outcome, reasons[-1] if reasons else None, failed=outcome != "answered"),
            start=receipt.at,
            duration_ms=receipt.duration_ms,
        )

    def _attempt_span(
        self, trace: CallTrace, call: SpanContext, attempt: Attempt, attributes: Attributes, operation: str
    ) -> None:
        server = self._server(attempt)
        self._span(
            trace,
            f"{operation} {attempt.model}",
            span_id=trace.attempt_span_id(
                provider=attempt.provider, model=attempt.model, started_at=attempt.started_at
            ),
            parent=call,
            kind=SpanKind.INTERNAL if server.address is None else SpanKind.CLIENT,
            attributes={**attributes, **attempt_attributes(attempt)},
            status=self._status(attempt.error, attempt.reason, failed=attempt.outcome == "failed"),
            start=attempt.started_at,
            duration_ms=attempt.duration_ms,
        )

    def _span(
        self,
        trace: CallTrace,
        name: str,
        *,
        span_id: int,
        parent: SpanContext | None,
        kind: SpanKind,
        attributes: Attributes,
        status: Status | None,
        start: datetime,
        duration_ms: float,
    ) -> SpanContext:
        context = Context() if parent is None else set_span_in_context(NonRecordingSpan(parent), Context())
        start_ns = int(start.timestamp() * 1_000_000) * 1000
        self._ids.trace_id, self._ids.span_id = trace.trace_id, span_id
        span = self._tracer.start_span(name, context, kind, attributes, start_time=start_ns)
        if status is not None:
            span.set_status(status)
        span.end(start_ns + int(duration_ms * 1_000_000))
        return span.get_span_context()

    def _status(self, error: str | None, reason: str | None, *, failed: bool) -> Status | None:
        """None leaves the span without: the conventions keep `ok` for the application itself to say."""
        return Status(StatusCode.ERROR, self._redactor(reason or error or "")) if failed else None

    def _exchange(self, finished: FinishedCall) -> Attributes:
        """What is known of the request that was answered, and of the answer."""
        receipt, request, response = finished.receipt, finished.request, finished.response
        attributes: Attributes = {"gen_ai.request.stream": receipt.time_to_first_chunk_ms is not None}
        if receipt.time_to_first_chunk_ms is not None:
            attributes["gen_ai.response.time_to_first_chunk"] = receipt.time_to_first_chunk_ms / 1000
        if request is not None:
            attributes |= request_attributes(request)
        if response is not None:
            attributes |= response_attributes(response)
        if self._log_content and request is not None:
            attributes["gen_ai.input.messages"] = self._text(input_messages(request))
        if self._log_content and response is not None:
            attributes["gen_ai.output.messages"] = self._text(output_messages(response))
        return attributes

    def _text(self, messages: object) -> str:
        return msgspec.json.encode(self._redactor.value(messages)).decode()


def _answered(receipt: CallReceipt) -> int | None:
    """Which attempt the call's answer came from; the last one when there is no answer, None without attempts."""
    outcomes = [attempt.outcome for attempt in receipt.attempts]
    return outcomes.index("answered") if "answered" in outcomes else len(outcomes) - 1 if outcomes else None


def _remote(trace: CallTrace) -> SpanContext:
    parent = trace.parent
    assert parent is not None
    state = TraceState.from_header([parent.state]) if parent.state else None
    return SpanContext(parent.trace_id, parent.span_id, True, TraceFlags(TraceFlags.SAMPLED), state)


def _started(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
