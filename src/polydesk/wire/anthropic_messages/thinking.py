"""How much is thought: our efforts and budgets as Messages takes them from each model.

Sources, checked 2026-11-24: https://platform.claude.com/docs/en/build-with-claude/effort,
https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking and the models' migration guides, such as
https://platform.claude.com/docs/en/models/opus-5-5/migration-guide.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from polydesk.core.messages import ModelRequest, ReasoningEffort
from polydesk.wire.notes import Notes

EFFORTS: tuple[ReasoningEffort, ...] = ("low", "medium", "high", "xhigh", "max")
BUDGETS: dict[ReasoningEffort, int] = {
    "minimal": 1_024,
    "low": 2_048,
    "medium": 8_192,
    "high": 16_384,
    "xhigh": 32_768,
    "max": 32_768,
}
"""Ours, for models that know budgets alone; in tokens."""
LEAST_BUDGET = 1_024

NO_BUDGETS = "no_thinking_budgets"
NO_EFFORT = "no_effort"
ALWAYS_THINKS = "always_thinks"
BETWEEN_TOOLS = "thinks_between_tools"
"""The least that the model thinks: what it notes between its tool calls."""


def thinking_to_wire(
    request: ModelRequest, quirks: Collection[str], notes: Notes, *, max_tokens: int
) -> tuple[dict[str, Any], str | None]:
    """The `thinking` field, if it is needed, and the effort, if one is to be sent."""
    effort, budget = request.reasoning_effort, request.reasoning_budget_tokens
    if budget is not None and NO_BUDGETS in quirks:
        notes.rewritten("reasoning_budget_tokens", "the model thinks as much as its effort says; that is sent")
        return _adaptive(), _effort(_nearest(budget) if effort in (None, "none") else effort, notes)
    if budget is not None:
        return _enabled(budget), None if NO_EFFORT in quirks else _effort(effort, notes)
    if effort == "none":
        return _off(quirks, notes)
    if effort is not None and NO_EFFORT in quirks:
        return _emulated(effort, notes, max_tokens=max_tokens), None
    return {}, _effort(effort, notes)


def _off(quirks: Collection[str], notes: Notes) -> tuple[dict[str, Any], str | None]:
    if BETWEEN_TOOLS in quirks:
        return {"thinking": {"type": "between_tools"}}, None
    if ALWAYS_THINKS in quirks:
        notes.rewritten("reasoning_effort", "the model always thinks; low is sent")
        return {}, "low"
    return {"thinking": {"type": "disabled"}}, None


def _effort(effort: ReasoningEffort | None, notes: Notes) -> str | None:
    if effort == "minimal":
        notes.rewritten("reasoning_effort", "Messages has no minimal effort; low is sent")
        return "low"
    return None if effort == "none" else effort


def _emulated(effort: ReasoningEffort, notes: Notes, *, max_tokens: int) -> dict[str, Any]:
    budget = min(BUDGETS[effort], max_tokens // 2)
    if budget < LEAST_BUDGET:
        notes.dropped("reasoning_effort", "the limit of the answer leaves no room for thinking")
        return {}
    notes.emulated("reasoning_effort", f"the model knows budgets alone; {budget} tokens are sent")
    return _enabled(budget)


def _enabled(budget: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _adaptive() -> dict[str, Any]:
    return {"thinking": {"type": "adaptive"}}


def _nearest(budget: int) -> ReasoningEffort:
    efforts: list[ReasoningEffort] = [effort for effort in EFFORTS if budget <= BUDGETS[effort]]
    return efforts[0] if efforts else "max"
