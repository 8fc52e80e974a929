"""The plain numbers behind the metrics.

A counter of prometheus_client costs about 0.35 µs a step, and 1.3 µs when its labels are looked up; a call needs some
ten of them. Here a call is one look-up and a few additions, and families and labels are made when somebody reads them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from polydesk.core.receipts import Attempt, CallReceipt
from polydesk.core.usage import Usage

DURATION_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)
"""From an answer out of the cache to a long one of a small model on a small machine."""
FIRST_CHUNK_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 6.0, 12.0, 25.0, 50.0, 100.0)
OVERHEAD_S = (0.00005, 0.0001, 0.0002, 0.0004, 0.0008, 0.0016, 0.0032, 0.0064, 0.0128, 0.05, 0.2, 1.0)
COMMIT_RECORDS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0)
COMMIT_S = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0, 2.0)


class Distribution:
    """How often values fell at or below each of `bounds`, and what they sum up to."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """One more than there are bounds, for what is above them all."""
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count `value`."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def add(self, other: Distribution) -> None:
        """Count what `other` counted, over the same bounds."""
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]
        self.total += other.total


class CallLabels(NamedTuple):
    """What calls are told apart by."""

    door: str
    dialect: str
    provider: str
    model: str
    outcome: str
    error: str
    cached: str


class AttemptLabels(NamedTuple):
    """What attempts are told apart by."""

    provider: str
    model: str
    outcome: str
    error: str
    kind: str


class CallCounts:
    """Calls of the same labels."""

    __slots__ = ("count", "duration_s", "first_chunk_s", "overhead_s")

    def __init__(self) -> None:
        self.count = 0
        self.duration_s = Distribution(DURATION_S)
        self.first_chunk_s = Distribution(FIRST_CHUNK_S)
        self.overhead_s = Distribution(OVERHEAD_S)

    def add(self, receipt: CallReceipt) -> None:
        """Count one finished call."""
        self.count += 1
        self.duration_s.observe(receipt.duration_ms * 0.001)
        if receipt.time_to_first_chunk_ms is not None:
            self.first_chunk_s.observe(receipt.time_to_first_chunk_ms * 0.001)
        # With several attempts there are waits between them and some run side by side, which is no work of ours.
        if len(receipt.attempts) == 1:
            self.overhead_s.observe(max(0.0, receipt.duration_ms - receipt.attempts[0].duration_ms) * 0.001)


class AttemptCounts:
    """Attempts of the same labels."""

    __slots__ = (
        "cache_creation",
        "cache_read",
        "cost_usd",
        "count",
        "duration_s",
        "input",
        "output",
        "reasoning",
        "unpriced",
    )

    def __init__(self) -> None:
        self.count = 0
        self.duration_s = Distribution(DURATION_S)
        self.input = self.cache_read = self.cache_creation = self.output = self.reasoning = 0
        self.cost_usd = Decimal(0)
        self.unpriced = 0
        """Attempts that a provider may bill, and whose cost is unknown."""

    def add(self, attempt: Attempt) -> None:
        """Count one attempt."""
        self.count += 1
        self.duration_s.observe(attempt.duration_ms * 0.001)
        usage = attempt.usage
        if usage is not None:
            self._add_tokens(usage)
        if attempt.cost_usd is not None:
            self.cost_usd += attempt.cost_usd
        elif usage is not None or attempt.outcome != "failed":
            self.unpriced += 1

    def _add_tokens(self, usage: Usage) -> None:
        """Each token in exactly one class, so that the classes add up to all tokens."""
        if usage.input_tokens is not None:
            read, created = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
            self.cache_read += read
            self.cache_creation += created
            self.input += max(0, usage.input_tokens - read - created)
        if usage.output_tokens is not None:
            reasoning = usage.reasoning_output_tokens or 0
            self.reasoning += reasoning
            self.output += max(0, usage.output_tokens - reasoning)


class Counts(NamedTuple):
    """Everything that is counted, as it is now."""

    calls: Sequence[tuple[CallLabels, CallCounts]]
    attempts: Sequence[tuple[AttemptLabels, AttemptCounts]]
    hedges: Mapping[str, int]
    """Calls that were given a second attempt beside a slow one, by who was heard: `first` or `hedge`, or `none`."""
    continuations: Mapping[str, int]
    """Streams that broke and another attempt went on with, by the outcome of the call."""
    cache_hits: Mapping[str, int]
    budget_refusals: Mapping[str, int]
    commit_records: Distribution
    commit_s: Distribution
