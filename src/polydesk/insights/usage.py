"""What calls came to: cost, tokens and numbers, in groups.

Asked of the receipts, and not of the ledger, whose charges need not have been written yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from typing import Literal

import msgspec

from polydesk.core.receipts import Attempt, CallReceipt

Grouping = Literal["day", "key", "team", "model", "provider", "purpose"]


class UsageRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the calls of one group came to."""

    group: str | None
    """The day (UTC), key id, team, `provider/model`, provider or purpose; None for calls that have none."""
    calls: int
    """Those that nobody answered included."""
    unanswered: int
    """Calls that nobody answered, or whose caller did not wait."""
    cost_usd: Decimal
    """Of the attempts whose cost is known."""
    unpriced: int
    """Attempts that may be billed and whose cost is unknown; they are not in `cost_usd`."""
    input_tokens: int
    """Everything that models read, cached tokens included, as far as it is known."""
    output_tokens: int


class UsageReport(msgspec.Struct, frozen=True, kw_only=True):
    """Every group, and all of them together."""

    by: Grouping
    rows: tuple[UsageRow, ...]
    """Days in their order; others by cost, the dearest first."""
    together: UsageRow
    """Each call once, also where several models took part in it."""


@dataclass(slots=True)
class _Tally:
    calls: int = 0
    unanswered: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    costs: Decimal = field(default_factory=Decimal)

    def call(self, receipt: CallReceipt, attempts: Iterable[Attempt]) -> None:
        """Count a call, with those attempts of it that belong here."""
        self.calls += 1
        self.unanswered += receipt.provider is None and receipt.cached is None
        for attempt in attempts:
            if attempt.cost_usd is None:
                self.unpriced += 1
            else:
                self.costs += attempt.cost_usd
            if attempt.usage is not None:
                self.input_tokens += attempt.usage.input_tokens or 0
                self.output_tokens += attempt.usage.output_tokens or 0

    def row(self, group: str | None) -> UsageRow:
        return UsageRow(
            group=group,
            calls=self.calls,
            unanswered=self.unanswered,
            cost_usd=self.costs,
            unpriced=self.unpriced,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
        )


def usage(receipts: Iterable[CallReceipt], by: Grouping) -> UsageReport:
    """What `receipts` came to, by what is asked. A call that several models were paid for is in the group of each."""
    tallies: dict[str | None, _Tally] = {}
    together = _Tally()
    for receipt in receipts:
        billed = [attempt for attempt in receipt.attempts if attempt.is_billable]
        together.call(receipt, billed)
        for group, attempts in _grouped(receipt, billed, by).items():
            tallies.setdefault(group, _Tally()).call(receipt, attempts)
    rows = [tally.row(group) for group, tally in tallies.items()]
    rows.sort(key=lambda row: row.group or "")
    if by != "day":
        rows.sort(key=lambda row: row.cost_usd, reverse=True)
    return UsageReport(by=by, rows=tuple(rows), together=together.row(None))


_OF_CALL: Mapping[Grouping, Callable[[CallReceipt], str | None]] = {
    "day": lambda receipt: receipt.at.astimezone(UTC).date().isoformat(),
    "key": lambda receipt: receipt.caller and receipt.caller.key_id,
    "team": lambda receipt: receipt.caller and receipt.caller.team,
    "purpose": lambda receipt: receipt.purpose,
}
_OF_ATTEMPT: Mapping[Grouping, Callable[[Attempt], str]] = {
    "model": lambda attempt: f"{attempt.provider}/{attempt.model}",
    "provider": lambda attempt: attempt.provider,
}


def _grouped(receipt: CallReceipt, billed: list[Attempt], by: Grouping) -> dict[str | None, list[Attempt]]:
    if by in _OF_CALL:
        return {_OF_CALL[by](receipt): billed}
    if not billed:
        return {None: []}
    groups: dict[str | None, list[Attempt]] = {}
    for attempt in billed:
        groups.setdefault(_OF_ATTEMPT[by](attempt), []).append(attempt)
    return groups
