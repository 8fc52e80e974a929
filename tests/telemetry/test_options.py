from __future__ import annotations

from typing import Any

import msgspec
import pytest

from polydesk.core.errors import SettingsError
from polydesk.telemetry.options import TelemetryOptions


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"sample_ratio": 1.5}, "sample_ratio"),
        ({"sample_ratio": -0.1}, "sample_ratio"),
        ({"sample_ratio": float("nan")}, "sample_ratio"),
        ({"otlp_endpoint": "localhost:4318"}, "otlp_endpoint"),
        ({"otlp_endpoint": "grpc://localhost"}, "otlp_endpoint"),
        ({"otlp_endpoint": "http://"}, "otlp_endpoint"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        TelemetryOptions(**options)


def test_options_can_be_read_from_a_table() -> None:
    table = {"otlp_endpoint": "http://localhost:4318", "sample_ratio": 1, "log_format": "text"}
    assert msgspec.convert(table, TelemetryOptions) == TelemetryOptions(
        otlp_endpoint="http://localhost:4318", sample_ratio=1.0, log_format="text"
    )


def test_nothing_leaves_the_machine_and_no_content_is_written_by_default() -> None:
    options = TelemetryOptions()
    assert options.otlp_endpoint is None
    assert not options.log_content
