"""Answers for the tests of the cache."""

from __future__ import annotations

from datetime import UTC, datetime

from polydesk.core.messages import ModelResponse, TextPart
from polydesk.core.receipts import CallReceipt, ReceiptId
from polydesk.core.usage import Usage
from polydesk.gateway.cache.exact import Kept, kept
from tests.routing.samples import model

CARD = model("north", "m")
RECEIPT = CallReceipt(
    id=ReceiptId("rcp_first"),
    at=datetime(2026, 11, 24, tzinfo=UTC),
    purpose="gateway.chat",
    provider="north",
    model="m",
    response_model="m-1",
    host="North",
    why="It is the best.",
    usage=Usage(),
    cost_usd=None,
    price_source=None,
    duration_ms=5.0,
    time_to_first_chunk_ms=None,
    input_sha256="",
    output_sha256="",
    attempts=(),
    rejections=(),
)


def answer(text: str = "A specification.") -> ModelResponse:
    """A good answer."""
    return ModelResponse(id="a", model="m-1", parts=(TextPart(text=text),), finish_reason="stop", usage=Usage())


def kept_answer(text: str = "A specification.", *, vector_bytes: int = 0) -> Kept:
    """The same, kept."""
    return kept(answer(text), CARD, RECEIPT, vector_bytes=vector_bytes)


class Watch:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s
