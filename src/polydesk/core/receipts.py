"""What happened in one model call: who was asked, why, what it used and what it cost."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal, NewType

import msgspec

from polydesk.core.notes import Note
from polydesk.core.usage import Usage

ReceiptId = NewType("ReceiptId", str)
"""`rcp_` and 26 characters that sort by time."""


class _Record(msgspec.Struct, frozen=True):
    """A record that is written once."""


class Rejection(_Record, frozen=True, kw_only=True):
    """A model that was not asked, and the rule that kept it out."""

    provider: str
    model: str
    rule: str
    """A stable word for the rule, such as `no_credential` or `context_window`."""
    reason: str
    """One sentence for a reader."""


class Caller(_Record, frozen=True, kw_only=True, omit_defaults=True):
    """On whose behalf a call was made, by the key that a program showed."""

    key_id: str
    """The key's public id, such as `key_01J…`; never the key."""
    team: str | None = None
    user: str | None = None


class Attempt(_Record, frozen=True, kw_only=True):
    """One request to one provider."""

    provider: str
    model: str
    started_at: datetime
    duration_ms: float
    outcome: Literal["answered", "failed", "cancelled"]
    error: str | None = None
    """Class of the error, such as `RateLimitError`; None unless `failed`."""
    reason: str | None = None
    """The error in one sentence, without content or credentials; None unless `failed`."""
    status_code: int | None = None
    request_id: str | None = None
    usage: Usage | None = None
    """None when the provider did not say and nothing is known of its work."""
    usage_is_estimated: bool = False
    """True when the provider did not say, and the tokens are counted by us from what was sent and what came."""
    kind: Literal["first", "retry", "fallback", "continuation", "restart", "hedge"] = "first"
    """Why it was made: to go on where a broken stream ended, say, or because the one before was slow."""
    delivered_characters: int | None = None
    """How much of a streamed answer the caller got from it; None for an answer that was not streamed."""
    cost_usd: Decimal | None = None
    """None when the price or the usage is unknown; zero only where it is known to be free."""
    price_source: str | None = None
    """Where the price comes from, with its date; None when the cost is unknown."""
    service: str | None = None
    """The provider as a reader calls it; None in records that do not say."""
    publisher: str | None = None
    """Who made the model; None in records that do not say."""
    invoice_issuer: str | None = None
    """Who sends the invoice; None where nobody does, as for a model of one's own machine."""

    @property
    def is_billable(self) -> bool:
        """Whether it may be on an invoice: a refusal before the first word is not."""
        return self.outcome != "failed" or self.usage is not None


class CallReceipt(_Record, frozen=True, kw_only=True):
    """One model call from request to answer, with everything that was tried on the way."""

    id: ReceiptId
    at: datetime
    purpose: str
    """What the call was for, such as `edit.paragraph`."""
    provider: str | None
    """Who answered; None when nobody did."""
    model: str | None
    response_model: str | None
    """The model that says it answered; None when nobody did."""
    host: str | None
    """Where the model ran, such as `this machine` or `openai`."""
    why: str
    """Why this model came first, in one sentence."""
    usage: Usage
    cost_usd: Decimal | None
    price_source: str | None
    """Where the price comes from, with its date; None when the cost is unknown."""
    duration_ms: float
    time_to_first_chunk_ms: float | None
    """None for an answer that was not streamed."""
    input_sha256: str
    """Hash of the messages as sent, so that what the model saw can be proved without keeping it."""
    output_sha256: str | None
    attempts: tuple[Attempt, ...]
    rejections: tuple[Rejection, ...]
    notes: tuple[Note, ...] = ()
    """What of the request the model that answered was not told, or was told in other words."""
    caller: Caller | None = None
    """None for work that this machine's user does directly."""
    data_class: str = "internal"
    """How widely what was sent may be known."""
    cached: Literal["exact", "semantic"] | None = None
    """Whether the answer came from the cache of earlier ones; None when a model was asked."""

    @property
    def spent_usd(self) -> Decimal | None:
        """What all attempts together cost: zero where none may be billed, None when the cost of one is unknown."""
        if len(self.attempts) == 1 and self.attempts[0].is_billable:
            return self.attempts[0].cost_usd
        costs = [attempt.cost_usd for attempt in self.attempts if attempt.is_billable]
        known = [cost for cost in costs if cost is not None]
        return sum(known, start=_NOTHING) if len(known) == len(costs) else None

    @property
    def spent_tokens(self) -> int | None:
        """Tokens that all attempts together read and wrote; None when those of one are unknown."""
        if len(self.attempts) == 1 and self.attempts[0].is_billable:
            return _tokens(self.attempts[0].usage)
        counts = [_tokens(attempt.usage) for attempt in self.attempts if attempt.is_billable]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    @property
    def known_cost_usd(self) -> Decimal:
        """The sum of those costs that are known: the least that the call cost."""
        if len(self.attempts) == 1:
            return self.attempts[0].cost_usd or _NOTHING
        costs = [attempt.cost_usd for attempt in self.attempts]
        return sum([cost for cost in costs if cost is not None], start=_NOTHING)

    @property
    def known_tokens(self) -> int:
        """The sum of those tokens that are known."""
        if len(self.attempts) == 1:
            return _tokens(self.attempts[0].usage) or 0
        return sum(_tokens(attempt.usage) or 0 for attempt in self.attempts)


_NOTHING = Decimal(0)


def _tokens(usage: Usage | None) -> int | None:
    if usage is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    return usage.input_tokens + usage.output_tokens
