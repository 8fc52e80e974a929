"""What is seen of the gateway: metrics, traces and one line of the log for every request."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from polydesk.core.errors import BudgetExceededError
from polydesk.core.receipts import CallReceipt
from polydesk.gateway.server.request import Request
from polydesk.telemetry.telemetry import Telemetry
from polydesk.telemetry.traceparent import CallTrace

_LOG = logging.getLogger("polydesk.gateway")


class TelemetryWatcher:
    """Tells the telemetry what the gateway does."""

    def __init__(self, telemetry: Telemetry, dialects: Mapping[str, str]) -> None:
        """`dialects` are those of the providers, by name."""
        self._telemetry = telemetry
        self._dialects = dialects

    def begin(self, request: Request) -> CallTrace | None:
        """The trace of a request that begins; None while traces are off."""
        if self._telemetry.traces is None:
            return None
        return self._telemetry.begin(request.header(b"traceparent"), request.header(b"tracestate"))

    def call_ended(self, receipt: CallReceipt, *, door: str, status: int, trace: CallTrace | None) -> None:
        """A request was answered, and the call that it made was written down."""
        dialect = self._dialects.get(receipt.provider or "", "")
        self._telemetry.record(receipt, door=door, dialect=dialect, status=status, request_id=receipt.id, trace=trace)

    def refused(self, error: Exception, *, door: str, status: int, request_id: str) -> None:
        """A request was refused before any model was asked."""
        metrics = self._telemetry.metrics
        if metrics is not None:
            metrics.record_refusal(type(error).__name__, door=door)
            if isinstance(error, BudgetExceededError):
                metrics.record_budget("hard")
        _LOG.info("refused", extra={"door": door, "status": status, "error": type(error).__name__, "id": request_id})

    def warned(self) -> None:
        """A request was let in that a budget warns of."""
        if self._telemetry.metrics is not None:
            self._telemetry.metrics.record_budget("soft")

    def fault(self, error: Exception, *, request_id: str) -> None:
        """Something went wrong inside the program."""
        _LOG.error("fault", exc_info=error, extra={"id": request_id})
