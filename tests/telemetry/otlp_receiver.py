"""A collector on loopback that understands OTLP over HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, cast

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import HistogramDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Receiver(ThreadingHTTPServer):
    """Keeps the bodies that arrive, by path. With `silent`, takes requests and does not answer until `close`."""

    daemon_threads = True

    def __init__(self, *, silent: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.bodies: list[tuple[str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        self.speak = Event()
        if not silent:
            self.speak.set()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spans(self) -> list[Span]:
        """Every span, in the order in which they began."""
        requests = [ExportTraceServiceRequest.FromString(body) for path, body in self.bodies if path == "/v1/traces"]
        spans = [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(spans, key=lambda span: (span.start_time_unix_nano, span.kind == Span.SPAN_KIND_CLIENT))

    def resources(self) -> list[dict[str, Any]]:
        requests = [ExportTraceServiceRequest.FromString(body) for path, body in self.bodies if path == "/v1/traces"]
        return [plain(resource.resource.attributes) for request in requests for resource in request.resource_spans]

    def points(self, name: str) -> list[HistogramDataPoint]:
        """The points of the histogram of that name, as they were at the end."""
        bodies = [body for path, body in self.bodies if path == "/v1/metrics"]
        if not bodies:
            return []
        return [
            point
            for resource in ExportMetricsServiceRequest.FromString(bodies[-1]).resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.histogram.data_points
        ]


class _Door(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver = cast(Receiver, self.server)
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
        receiver.bodies.append((self.path, body))
        receiver.speak.wait()
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: stderr belongs to the tests."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # the exporter did not wait
            self.close_connection = True


@contextmanager
def receiver(*, silent: bool = False) -> Iterator[Receiver]:
    """A receiver that answers at its `endpoint`."""
    server = Receiver(silent=silent)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.speak.set()
        server.shutdown()
        thread.join()
        server.server_close()


def plain(attributes: Iterable[KeyValue]) -> dict[str, Any]:
    """Attributes as Python values."""
    return {each.key: _value(each.value) for each in attributes}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    assert kind is not None
    return getattr(value, kind)
