"""The reference page says what there is, and nothing else."""

from __future__ import annotations

import io
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from polydesk.telemetry.call_lines import CallLine, call_fields
from polydesk.telemetry.metrics import Metrics
from polydesk.telemetry.options import TelemetryOptions
from polydesk.telemetry.telemetry import open_telemetry
from tests.telemetry.receipts import ANSWERED, FAILED, MODELS, REQUEST, RESPONSE, later, receipt

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "telemetry.md").read_text(encoding="utf-8")
CALL = receipt(FAILED, later(ANSWERED, 30, kind="hedge"), later(ANSWERED, 40, kind="continuation"), cached="exact")


def rows(section: str) -> dict[str, set[str]]:
    """The first cell of each row of the section's table, with the names in its second cell."""
    body = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    cells = [line.split(" | ") for line in body.splitlines() if line.startswith("| `")]
    return {first: set(re.findall(r"`(\w+)`", row[1])) for row in cells for first in re.findall(r"`([\w*]+)`", row[0])}


def shown() -> Metrics:
    telemetry = open_telemetry(TelemetryOptions(), version="1", models=MODELS, stream=io.StringIO())
    metrics = telemetry.metrics
    assert metrics is not None
    telemetry.record(CALL, door="gateway")
    telemetry.close()
    metrics.record_call(receipt(ANSWERED, time_to_first_chunk_ms=5.0), door="gateway")
    metrics.record_budget("soft")
    metrics.record_commit(1, 0.001)
    metrics.watch_in_flight(lambda: 0)
    metrics.watch_open_streams(lambda: 0)
    metrics.watch_breakers(lambda: {MODELS[0]: "closed"})
    # Only with traces, which this page of metrics is not about.
    metrics.watch("polydesk_traces_dropped", "", lambda: 0, kind="counter")
    return metrics


def test_every_metric_is_described_with_its_labels() -> None:
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(shown().render().decode()):
        if not family.name.startswith("process_"):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = {label for sample in family.samples for label in sample.labels if label != "le"}
    described = {name: labels for name, labels in rows("Metrics").items() if not name.startswith("process_")}
    assert described == found


def test_every_option_is_described() -> None:
    assert set(rows("Options")) == set(TelemetryOptions.__struct_fields__)


def test_every_field_of_a_call_s_line_is_described() -> None:
    failed = receipt(FAILED, answered=False)
    lines = [
        CallLine(receipt=call, door="", status=200, request_id="", trace_id="", request=REQUEST, response=RESPONSE)
        for call in (CALL, failed, receipt(ANSWERED, time_to_first_chunk_ms=5.0))
    ]
    assert set(rows("Logs")) == {name for line in lines for name in call_fields(line)}
