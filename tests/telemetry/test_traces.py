from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from polydesk.core.receipts import CallReceipt
from polydesk.telemetry.options import TelemetryOptions
from polydesk.telemetry.redaction import Redactor
from polydesk.telemetry.semconv import server_of
from polydesk.telemetry.traceparent import CallTrace
from polydesk.telemetry.traces import Traces, open_traces
from tests.telemetry.otlp_receiver import Receiver, plain, receiver
from tests.telemetry.receipts import ANSWERED, AT, CANCELLED, FAILED, REQUEST, RESPONSE, later, receipt

ROOT = Path(__file__).resolve().parents[2]
SERVERS = {
    "openai": server_of("openai", "https://api.openai.com/v1"),
    "anthropic": server_of("anthropic", "http://127.0.0.1:8443"),
    "embedded": server_of("embedded", None),
}
CLIENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NANOS = int(AT.timestamp()) * 1_000_000_000


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    # The exporter's own reading of proxies would send even loopback there.
    monkeypatch.setenv("NO_PROXY", "*")
    with receiver() as server:
        yield server


def opened(endpoint: str, secrets: tuple[str, ...] = (), **options: Any) -> Traces:
    wanted = TelemetryOptions(otlp_endpoint=endpoint, **options)
    traces = open_traces(wanted, version="1.2.3", servers=SERVERS, redactor=Redactor(secrets))
    assert traces is not None
    return traces


def sent(collector: Receiver, call: CallReceipt, trace: CallTrace | None = None, **options: Any) -> list[Span]:
    """The spans that reach the collector from one call."""
    traces = opened(collector.endpoint, **options)
    begun = trace or traces.begin(served=True)
    traces.record(begun, call, door="gateway", request=REQUEST, response=RESPONSE)
    assert traces.close()
    return collector.spans()


def test_a_call_is_a_span_with_one_below_it_for_each_attempt(collector: Receiver) -> None:
    call, first, second = sent(collector, receipt(FAILED, later(ANSWERED, 30, kind="fallback")))
    assert [call.name, first.name, second.name] == ["gateway.chat", "chat claude-sonnet-5", "chat gpt-5"]
    assert [call.kind, first.kind, second.kind] == [Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_CLIENT]
    assert first.parent_span_id == second.parent_span_id == call.span_id
    assert {span.trace_id for span in (call, first, second)} == {call.trace_id}
    assert call.parent_span_id == b""


def test_times_are_those_of_the_receipt(collector: Receiver) -> None:
    call, first, second = sent(collector, receipt(FAILED, later(ANSWERED, 30)))
    times = [(span.start_time_unix_nano - NANOS, span.end_time_unix_nano - NANOS) for span in (call, first, second)]
    assert times == [(0, 125_000_000), (0, 30_000_000), (30_000_000, 150_000_000)]


def test_an_attempt_bears_the_names_of_the_conventions(collector: Receiver) -> None:
    _, attempt = sent(collector, receipt(ANSWERED, time_to_first_chunk_ms=50.0))
    assert plain(attempt.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.request.max_tokens": 400,
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.stream": True,
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.model": "gpt-5-2026-08-01",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": 0.05,
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 60,
        "gen_ai.usage.cache_creation.input_tokens": 10,
        "gen_ai.usage.reasoning.output_tokens": 20,
        "server.address": "api.openai.com",
        "server.port": 443,
        "polydesk.attempt.kind": "first",
        "polydesk.attempt.outcome": "answered",
        "polydesk.cost_usd": 0.0012,
    }


def test_a_failed_attempt_says_its_error_and_nothing_of_the_answer(collector: Receiver) -> None:
    call, failed, _ = sent(collector, receipt(FAILED, later(ANSWERED, 30)))
    assert failed.status == Status(code=Status.STATUS_CODE_ERROR, message="Anthropic refuses for now.")
    attributes = plain(failed.attributes)
    assert attributes["error.type"] == "RateLimitError"
    assert attributes["http.response.status_code"] == 429
    assert [name for name in attributes if name.startswith("gen_ai.response")] == []
    assert call.status.code == Status.STATUS_CODE_UNSET


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (receipt(FAILED, answered=False), "RateLimitError"),
        (receipt(answered=False), "NoCandidateError"),
        (receipt(CANCELLED, answered=False), None),
    ],
    ids=["failed", "refused", "cancelled"],
)
def test_a_call_that_nobody_answered_is_an_error(collector: Receiver, call: CallReceipt, error: str | None) -> None:
    span = sent(collector, call)[0]
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert plain(span.attributes).get("error.type") == error


def test_a_call_says_which_receipt_and_key_it_belongs_to(collector: Receiver) -> None:
    call, _ = sent(collector, receipt(ANSWERED))
    assert plain(call.attributes) == {
        "polydesk.receipt.id": "rcp_01JDEXAMPLE",
        "polydesk.door": "gateway",
        "polydesk.purpose": "gateway.chat",
        "polydesk.outcome": "answered",
        "polydesk.attempts": 1,
        "polydesk.data_class": "internal",
        "polydesk.key.id": "key_01JDEXAMPLE",
        "polydesk.cost_usd": 0.0012,
    }
    assert collector.resources()[0]["service.name"] == "polydesk"
    assert collector.resources()[0]["service.version"] == "1.2.3"


def test_a_model_inside_the_process_is_no_client_of_anybody(collector: Receiver) -> None:
    _, attempt = sent(collector, receipt(later(ANSWERED, 0, provider="embedded", model="smollm2-135m")))
    assert attempt.kind == Span.SPAN_KIND_INTERNAL
    assert "server.address" not in plain(attempt.attributes)


def test_a_client_s_trace_goes_on_through_us_to_the_provider(collector: Receiver) -> None:
    traces = opened(collector.endpoint)
    trace = traces.begin(CLIENT, "vendor=1", served=True)
    header = trace.headers(provider="openai", model="gpt-5", started_at=ANSWERED.started_at)["traceparent"]
    traces.record(trace, receipt(ANSWERED), door="gateway")
    assert traces.close()
    call, attempt = collector.spans()
    assert call.trace_id.hex() == attempt.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert call.parent_span_id.hex() == "b7ad6b7169203331"
    assert call.trace_state == "vendor=1"
    assert header == f"00-{attempt.trace_id.hex()}-{attempt.span_id.hex()}-01"


def test_a_tracestate_that_is_not_well_formed_loses_no_span(collector: Receiver) -> None:
    traces = opened(collector.endpoint)
    traces.record(traces.begin(CLIENT, "=,\x00;", served=True), receipt(ANSWERED), door="gateway")
    assert traces.close()
    assert len(collector.spans()) == 2


def test_calls_that_are_not_sampled_send_no_span_but_are_measured(collector: Receiver) -> None:
    assert sent(collector, receipt(ANSWERED), sample_ratio=0.0) == []
    assert sum(point.count for point in collector.points("gen_ai.client.operation.duration")) == 1


def test_a_client_s_decision_to_sample_outweighs_ours(collector: Receiver) -> None:
    traces = opened(collector.endpoint, sample_ratio=0.0)
    traces.record(traces.begin(CLIENT, served=True), receipt(ANSWERED), door="gateway")
    traces.record(traces.begin(CLIENT[:-1] + "0", served=True), receipt(ANSWERED), door="gateway")
    assert traces.close()
    assert len(collector.spans()) == 2


def test_tokens_and_durations_are_measured_as_the_conventions_say(collector: Receiver) -> None:
    sent(collector, receipt(FAILED, later(ANSWERED, 30)))
    tokens = {
        plain(point.attributes)["gen_ai.token.type"]: point for point in collector.points("gen_ai.client.token.usage")
    }
    assert {kind: point.sum for kind, point in tokens.items()} == {"input": 100, "output": 50}
    assert plain(tokens["input"].attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.token.type": "input",
        "server.address": "api.openai.com",
        "server.port": 443,
    }
    assert list(tokens["input"].explicit_bounds)[:4] == [1, 4, 16, 64]
    durations = collector.points("gen_ai.client.operation.duration")
    assert {plain(point.attributes).get("error.type"): point.sum for point in durations} == {
        None: pytest.approx(0.12),
        "RateLimitError": pytest.approx(0.03),
    }
    assert list(durations[0].explicit_bounds)[:3] == [0.01, 0.02, 0.04]


def test_content_is_sent_only_where_it_is_asked_for(collector: Receiver) -> None:
    sent(collector, receipt(ANSWERED))
    assert b"tower" not in b"".join(body for _, body in collector.bodies)
    assert b"96 metres" not in b"".join(body for _, body in collector.bodies)


def test_content_has_the_form_of_the_conventions(collector: Receiver) -> None:
    _, attempt = sent(collector, receipt(ANSWERED), log_content=True)
    attributes: Mapping[str, Any] = plain(attempt.attributes)
    assert json.loads(attributes["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {"role": "user", "parts": [{"type": "text", "content": "How tall is the tower?"}]},
    ]
    assert json.loads(attributes["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "It is 96 metres tall."}],
            "finish_reason": "stop",
        }
    ]


def test_no_secret_is_sent(collector: Receiver) -> None:
    leaky = later(FAILED, 0, reason="The key vendor-secret-value is wrong.")
    sent(collector, receipt(leaky, answered=False), secrets=("vendor-secret-value",))
    assert b"vendor-secret-value" not in b"".join(body for _, body in collector.bodies)
    assert collector.spans()[0].status.message == "The key [redacted] is wrong."


def test_closing_waits_for_a_silent_collector_no_longer_than_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with receiver(silent=True) as silent:
        traces = opened(silent.endpoint)
        traces.record(traces.begin(served=True), receipt(ANSWERED), door="gateway")
        assert not traces.close(timeout_s=0.2)


def test_headers_of_the_exporter_come_from_its_own_variable(
    collector: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=desk")
    sent(collector, receipt(ANSWERED))
    assert {headers.get("x-tenant") for headers in collector.headers} == {"desk"}


def test_opentelemetry_is_not_loaded_while_traces_are_off() -> None:
    program = """
import sys
sys.path.insert(0, "src")
from polydesk.telemetry.options import TelemetryOptions
from polydesk.telemetry.telemetry import open_telemetry
telemetry = open_telemetry(TelemetryOptions(), version="1")
telemetry.metrics.render()
assert telemetry.begin() is None
telemetry.close()
print([name for name in sys.modules if name.startswith(("opentelemetry", "google.protobuf", "requests"))])
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
