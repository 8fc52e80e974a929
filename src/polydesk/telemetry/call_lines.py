"""What a log line says of one call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.receipts import CallReceipt
from polydesk.telemetry.outcome import outcome_of
from polydesk.telemetry.semconv import input_messages, output_messages


class CallLine(msgspec.Struct, frozen=True, kw_only=True):
    """A finished call, to be written as one line."""

    receipt: CallReceipt
    door: str
    status: int | None
    """HTTP status that the client was given; None where there is none."""
    request_id: str | None
    """The id of the request that the client was told; None where there is none."""
    trace_id: str | None
    request: ModelRequest | None = None
    """None unless content is logged."""
    response: ModelResponse | None = None
    """None unless content is logged."""


def ended_at(line: CallLine) -> datetime:
    """When the call was over, UTC."""
    return line.receipt.at.astimezone(UTC) + timedelta(milliseconds=line.receipt.duration_ms)


def call_fields(line: CallLine) -> dict[str, Any]:
    """The line's fields, without what is unknown. Nothing is in it of what was said, unless content is logged."""
    receipt = line.receipt
    outcome, error = outcome_of(receipt)
    fields: dict[str, Any] = {
        "request_id": line.request_id,
        "receipt_id": receipt.id,
        "trace_id": line.trace_id,
        "door": line.door,
        "purpose": receipt.purpose,
        "key_id": None if receipt.caller is None else receipt.caller.key_id,
        "provider": receipt.provider,
        "model": receipt.model,
        "outcome": outcome,
        "error": error,
        "status": line.status,
        "cache": receipt.cached,
        "attempts": len(receipt.attempts),
        "ms": round(receipt.duration_ms, 3),
        "first_chunk_ms": receipt.time_to_first_chunk_ms,
        "input_tokens": receipt.usage.input_tokens,
        "output_tokens": receipt.usage.output_tokens,
        "cost_usd": None if receipt.cost_usd is None else str(receipt.cost_usd),
        "failures": _failures(receipt),
        "input": None if line.request is None else input_messages(line.request),
        "output": None if line.response is None else output_messages(line.response),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _failures(receipt: CallReceipt) -> list[str] | None:
    """Who failed and how, in order; never why in words, for a provider's words may quote the request."""
    failures = [
        f"{attempt.provider}/{attempt.model}: {attempt.error}" + _status(attempt.status_code)
        for attempt in receipt.attempts
        if attempt.outcome == "failed"
    ]
    return failures or None


def _status(code: int | None) -> str:
    return "" if code is None else f" ({code})"
