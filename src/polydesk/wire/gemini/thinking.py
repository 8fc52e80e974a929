"""How much is thought: efforts and budgets as Gemini's levels and budgets, and back.

Source: https://ai.google.dev/gemini-api/docs/thinking (checked 2026-11-24). Models up to 2.5 know budgets alone, later
ones levels, and of these the newest no budgets any more: a model's quirks say so.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from polydesk.core.messages import ModelRequest, ReasoningEffort
from polydesk.wire.gemini.shapes import Shape
from polydesk.wire.notes import Notes
from polydesk.wire.shape import read_shape

LEVELS: dict[ReasoningEffort, str] = {
    "minimal": "MINIMAL",
    "low": "LOW",
    "medium": "MEDIUM",
    "high": "HIGH",
    "xhigh": "XHIGH",
    "max": "XHIGH",
}
EFFORTS: dict[str, ReasoningEffort] = {level: effort for effort, level in LEVELS.items() if effort != "max"}
BUDGETS: dict[ReasoningEffort, int] = {
    "none": 0,
    "minimal": 1_024,
    "low": 1_024,
    "medium": 8_192,
    "high": 24_576,
    "xhigh": 24_576,
    "max": 24_576,
}
"""Google's own translation of efforts (https://ai.google.dev/gemini-api/docs/openai#thinking, checked 2026-11-24)."""

NO_LEVELS = "no_thinking_levels"
NO_BUDGETS = "no_thinking_budgets"
NO_MINIMAL = "no_minimal_thinking"
NO_XHIGH = "no_xhigh_thinking"
ALWAYS_THINKS = "always_thinks"


class _Thinking(Shape):
    thinking_level: str | None = None
    thinking_budget: int | None = None
    include_thoughts: bool | None = None


def thinking_to_wire(request: ModelRequest, quirks: Collection[str], notes: Notes) -> dict[str, Any] | None:
    """The `thinkingConfig`; None when nothing is asked. Whoever asks for thought is shown it."""
    effort, budget = request.reasoning_effort, request.reasoning_budget_tokens
    if budget is not None and NO_BUDGETS in quirks:
        notes.rewritten("reasoning_budget_tokens", "the model knows levels alone; the nearest is sent")
        effort, budget = effort or _nearest(budget), None
    if budget is not None:
        if effort is not None:
            notes.dropped("reasoning_effort", "Gemini takes a level or a budget, not both")
        return {"thinkingBudget": budget, "includeThoughts": True}
    if effort is None:
        return None
    if effort == "none" and ALWAYS_THINKS not in quirks:
        return {"thinkingBudget": 0}
    if NO_LEVELS in quirks:
        notes.emulated("reasoning_effort", "the model knows budgets alone; the budget that Google gives it is sent")
        return {"thinkingBudget": BUDGETS[effort] or BUDGETS["minimal"], "includeThoughts": True}
    return {"thinkingLevel": LEVELS[_sayable(effort, quirks, notes)], "includeThoughts": True}


def thinking_from_wire(config: object, kept: dict[str, Any]) -> tuple[ReasoningEffort | None, int | None]:
    """Effort and budget. A config that our form does not say exactly is kept whole, to be sent again as it was."""
    if config is None:
        return None, None
    shape = read_shape(config, _Thinking)
    effort = EFFORTS.get((shape.thinking_level or "").upper())
    budget = shape.thinking_budget
    if budget == 0 and effort is None:
        effort, budget = "none", None
    if budget == -1:
        budget = None
    said = thinking_to_wire(_asking(effort, budget), (), Notes())
    if said != config:
        kept["thinkingConfig"] = config
    return effort, budget


def _asking(effort: ReasoningEffort | None, budget: int | None) -> ModelRequest:
    return ModelRequest(model="", messages=(), reasoning_effort=effort, reasoning_budget_tokens=budget)


def _sayable(effort: ReasoningEffort, quirks: Collection[str], notes: Notes) -> ReasoningEffort:
    """The nearest effort that the model has a level for."""
    nearest: ReasoningEffort = "minimal" if effort == "none" else "xhigh" if effort == "max" else effort
    if nearest == "minimal" and NO_MINIMAL in quirks:
        nearest = "low"
    if nearest == "xhigh" and NO_XHIGH in quirks:
        nearest = "high"
    if nearest != effort:
        notes.rewritten("reasoning_effort", f"the model has no {effort} effort; {nearest} is sent")
    return nearest


def _nearest(budget: int) -> ReasoningEffort:
    if budget == 0:
        return "none"
    return "low" if budget <= BUDGETS["low"] else "medium" if budget <= BUDGETS["medium"] else "high"
