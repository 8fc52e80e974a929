"""How much a model is to reason, for dialects that have efforts and no token budgets."""

from __future__ import annotations

from polydesk.core.messages import ModelRequest
from polydesk.wire.notes import Notes

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def effort_to_wire(request: ModelRequest, notes: Notes, *, dialect: str) -> str | None:
    """The effort to ask for, made from the budget where the request has nothing else; `dialect` is named in notes."""
    budget = request.reasoning_budget_tokens
    if budget is None:
        return request.reasoning_effort
    if request.reasoning_effort is not None:
        notes.dropped("reasoning_budget_tokens", f"{dialect} has no token budget; the effort is sent")
        return request.reasoning_effort
    effort = "low" if budget <= 2_048 else "medium" if budget <= 8_192 else "high"
    notes.rewritten("reasoning_budget_tokens", f"{dialect} has no token budget; sent as effort {effort}")
    return effort
