"""How a call ended, in the words that metrics, traces and logs share."""

from __future__ import annotations

from typing import Literal

from polydesk.core.receipts import CallReceipt

Outcome = Literal["answered", "failed", "cancelled", "refused"]
"""`refused` is a call that asked no model at all."""


def outcome_of(receipt: CallReceipt) -> tuple[Outcome, str | None]:
    """How the call ended, and the class of the error that it ended with; None where it did not fail."""
    if receipt.provider is not None:
        return "answered", None
    if not receipt.attempts:
        return "refused", "NoCandidateError"
    last = receipt.attempts[-1]
    return ("cancelled", None) if last.outcome == "cancelled" else ("failed", last.error)
