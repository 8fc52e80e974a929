"""Receipts of calls that went well, badly, and by a roundabout way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from polydesk.core.messages import ModelRequest, ModelResponse, TextPart, system_message, user_message
from polydesk.core.receipts import Attempt, Caller, CallReceipt, ReceiptId
from polydesk.core.usage import Usage

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
USAGE = Usage(
    input_tokens=100,
    output_tokens=50,
    cache_read_input_tokens=60,
    cache_creation_input_tokens=10,
    reasoning_output_tokens=20,
)
MODELS = ["openai/gpt-5", "anthropic/claude-sonnet-5"]

ANSWERED = Attempt(
    provider="openai",
    model="gpt-5",
    started_at=AT,
    duration_ms=120.0,
    outcome="answered",
    usage=USAGE,
    cost_usd=Decimal("0.0012"),
)
FAILED = Attempt(
    provider="anthropic",
    model="claude-sonnet-5",
    started_at=AT,
    duration_ms=30.0,
    outcome="failed",
    error="RateLimitError",
    reason="Anthropic refuses for now.",
    status_code=429,
    request_id="req_vendor",
)
CANCELLED = Attempt(provider="openai", model="gpt-5", started_at=AT, duration_ms=10.0, outcome="cancelled")

REQUEST = ModelRequest(
    model="gpt-5",
    messages=(system_message("Be brief."), user_message("How tall is the tower?")),
    max_output_tokens=400,
    temperature=0.2,
)
RESPONSE = ModelResponse(
    id="chatcmpl-1",
    model="gpt-5-2026-08-01",
    parts=(TextPart(text="It is 96 metres tall."),),
    finish_reason="stop",
    usage=USAGE,
)


def later(attempt: Attempt, ms: float, **changes: Any) -> Attempt:
    """`attempt` begun so much later, and otherwise changed."""
    return msgspec.structs.replace(attempt, started_at=attempt.started_at + timedelta(milliseconds=ms), **changes)


def receipt(*attempts: Attempt, answered: bool = True, **changes: Any) -> CallReceipt:
    """The receipt of a call with these attempts, the last of which answered."""
    last = attempts[-1] if attempts and answered else None
    plain = CallReceipt(
        id=ReceiptId("rcp_01JDEXAMPLE"),
        at=AT,
        purpose="gateway.chat",
        provider=last and last.provider,
        model=last and last.model,
        response_model=last and last.model,
        host=None,
        why="It was named.",
        usage=Usage() if last is None else USAGE,
        cost_usd=None if last is None else Decimal("0.0012"),
        price_source=None,
        duration_ms=125.0,
        time_to_first_chunk_ms=None,
        input_sha256="0" * 64,
        output_sha256=None,
        attempts=attempts,
        rejections=(),
        caller=Caller(key_id="key_01JDEXAMPLE", user="user-17"),
    )
    return msgspec.structs.replace(plain, **changes)
