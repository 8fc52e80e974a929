"""What the operator wants to see of a running Polydesk."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from polydesk.core.errors import SettingsError

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["json", "text"]


class TelemetryOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Raises SettingsError for a value that cannot be used."""

    otlp_endpoint: str | None = None
    """Base address of an OpenTelemetry collector that speaks OTLP over HTTP, such as `http://localhost:4318`; traces
    and metrics go to `/v1/traces` and `/v1/metrics` below it. None keeps tracing off."""
    sample_ratio: float = 1.0
    """Share of calls that are traced, from 0 to 1. A caller that sends a trace of its own decides for its call."""
    metrics: bool = True
    """Whether calls are counted for `/metrics`."""
    log_level: LogLevel = "info"
    """Calls that were answered are logged at `info`, others at `warning`."""
    log_format: LogFormat = "json"
    log_content: bool = False
    """True writes what was asked and answered into logs and traces."""

    def __post_init__(self) -> None:
        if not 0 <= self.sample_ratio <= 1:
            raise SettingsError("telemetry.sample_ratio is not between 0 and 1.")
        if self.otlp_endpoint is not None and not _is_http(self.otlp_endpoint):
            raise SettingsError("telemetry.otlp_endpoint is not an http or https address.")


def _is_http(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
