"""Cost, tokens and numbers of calls, in groups."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from polydesk.core.receipts import Caller, CallReceipt
from polydesk.insights.usage import Grouping, UsageRow, usage
from tests.store.samples import NOON, priced_receipt

ANN = Caller(key_id="key_ann", team="red")
BOB = Caller(key_id="key_bob", team="red")


def _fallback() -> CallReceipt:
    """A call that two models of two providers were paid for."""
    receipt = priced_receipt("rcp_5", attempts=2, cost=Decimal("0.5"), caller=BOB)
    first, second = receipt.attempts
    broken = msgspec.structs.replace(first, outcome="failed")
    other = msgspec.structs.replace(second, provider="south", model="s", cost_usd=Decimal(2))
    return msgspec.structs.replace(receipt, attempts=(broken, other), purpose="summarize")


def _unanswered() -> CallReceipt:
    receipt = priced_receipt("rcp_6")
    refused = msgspec.structs.replace(receipt.attempts[0], outcome="failed", usage=None, cost_usd=None)
    return msgspec.structs.replace(receipt, attempts=(refused,), provider=None, model=None, output_sha256=None)


RECEIPTS = [
    priced_receipt("rcp_1", caller=ANN, at=NOON - timedelta(days=1)),
    priced_receipt("rcp_2", caller=ANN),
    priced_receipt("rcp_3", caller=BOB, cost=None),
    _fallback(),
    _unanswered(),
]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("day", {"2026-11-23": (1, "0.25"), "2026-11-24": (4, "2.75")}),
        ("key", {"key_ann": (2, "0.5"), "key_bob": (2, "2.5"), None: (1, "0")}),
        ("team", {"red": (4, "3"), None: (1, "0")}),
        ("model", {"north/m": (4, "1"), "south/s": (1, "2"), None: (1, "0")}),
        ("provider", {"north": (4, "1"), "south": (1, "2"), None: (1, "0")}),
        ("purpose", {"edit.paragraph": (4, "0.5"), "summarize": (1, "2.5")}),
    ],
)
def test_calls_are_told_by_what_is_asked(by: Grouping, groups: dict[str | None, tuple[int, str]]) -> None:
    report = usage(RECEIPTS, by)
    assert {row.group: (row.calls, row.cost_usd) for row in report.rows} == {
        group: (calls, Decimal(cost)) for group, (calls, cost) in groups.items()
    }


@pytest.mark.parametrize("by", ["day", "key", "team", "model", "provider", "purpose"])
def test_together_each_call_counts_once_whatever_is_asked(by: Grouping) -> None:
    report = usage(RECEIPTS, by)
    assert report.together == UsageRow(
        group=None, calls=5, unanswered=1, cost_usd=Decimal(3), unpriced=1, input_tokens=50, output_tokens=25
    )
    assert sum(row.cost_usd for row in report.rows) == report.together.cost_usd
    assert sum(row.input_tokens for row in report.rows) == 50


def test_days_come_in_their_order_and_others_by_cost() -> None:
    assert [row.group for row in usage(reversed(RECEIPTS), "day").rows] == ["2026-11-23", "2026-11-24"]
    assert [row.group for row in usage(RECEIPTS, "model").rows] == ["south/s", "north/m", None]


def test_of_no_calls_there_is_nothing_to_tell() -> None:
    report = usage([], "day")
    assert (report.rows, report.together.calls, report.together.cost_usd) == ((), 0, 0)
