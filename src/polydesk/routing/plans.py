"""The steps in which a call is tried: the best model, then its fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from polydesk.catalog.card import ModelCard, ProviderCard
from polydesk.core.errors import NoCandidateError
from polydesk.core.receipts import Rejection
from polydesk.routing.candidates import candidates
from polydesk.routing.needs import Available, Choice, Needs
from polydesk.routing.ranking import ORDERS, Quoted, Ranked

MAX_STEPS = 4
FALLBACK_FLOOR = 0.5
"""A fallback has at least this share of the first model's quality: a wrong answer is worse than an honest failure."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Models to ask in order until one answers, and everything that was decided on the way."""

    steps: tuple[Ranked, ...]
    """At least one; no model twice."""
    rejections: tuple[Rejection, ...]
    """Every model that may not be asked, with the reason."""

    @property
    def first(self) -> ModelCard:
        """The model that is asked first."""
        return self.steps[0].card

    @property
    def why(self) -> str:
        """Why that model comes first, in one sentence."""
        return self.steps[0].why


def plan(
    ranked: Sequence[Ranked],
    rejections: Sequence[Rejection],
    *,
    max_steps: int = MAX_STEPS,
    fallback_floor: float = FALLBACK_FLOOR,
    as_given: bool = False,
) -> Plan:
    """The plan of the best model and its fallbacks, from `ranked`, best first and not empty.

    Fallbacks come from providers not yet in the plan before those that are, for what takes one model of a provider
    away often takes the others too. Models with less than `fallback_floor` of the first one's quality are left out.
    `as_given` takes the order as it is, for somebody who listed the models knows why.
    """
    if not ranked or max_steps < 1:
        raise ValueError("a plan needs a model and room for a step")
    if as_given:
        return Plan(steps=tuple(ranked[:max_steps]), rejections=tuple(rejections))
    best, *others = ranked
    able = [one for one in others if one.card.quality >= fallback_floor * best.card.quality]
    return Plan(steps=(best, *_spread(best, able))[:max_steps], rejections=tuple(rejections))


def route(
    needs: Needs,
    choice: Choice,
    cards: Sequence[ModelCard],
    providers: Sequence[ProviderCard],
    available: Available,
    quote: Callable[[ModelCard], Decimal | None],
    *,
    max_steps: int = MAX_STEPS,
    latency_s: Callable[[ModelCard], float | None] | None = None,
) -> Plan:
    """The plan for a call. `quote` gives its expected cost in USD with one model, None when unknown.

    `latency_s` gives the seconds in which a model has begun to answer lately, None when unknown; only the order
    `fastest` asks. What the choice says of the number of steps goes before `max_steps`. Raises UsageError for an
    unknown chosen model, and NoCandidateError, listing every model with the reason it was rejected.
    """
    permitted, rejections = candidates(needs, choice, cards, providers, available)
    if not permitted:
        raise NoCandidateError(_no_candidate_message(rejections), rejections=rejections)
    able, unable = _above_floor(permitted, choice.quality_floor)
    quoted = [_quoted(card, quote, latency_s) for card in able]
    ranked = ORDERS[choice.order](quoted, choice.models)
    steps = max_steps if choice.max_steps is None else choice.max_steps
    return plan(ranked, [*rejections, *unable], max_steps=steps, as_given=choice.order == "listed")


def _quoted(
    card: ModelCard,
    quote: Callable[[ModelCard], Decimal | None],
    latency_s: Callable[[ModelCard], float | None] | None,
) -> Quoted:
    return Quoted(card=card, cost_usd=quote(card), latency_s=None if latency_s is None else latency_s(card))


def _above_floor(cards: Sequence[ModelCard], floor: float) -> tuple[list[ModelCard], list[Rejection]]:
    """The cards that are good enough beside the best of them, which always is, and why the others are not."""
    least = floor * max(card.quality for card in cards)
    reason = f"Its quality is below {least:.2f}, the least that is asked for here."
    unable = [
        Rejection(provider=card.provider, model=card.name, rule="quality_floor", reason=reason)
        for card in cards
        if card.quality < least
    ]
    return [card for card in cards if card.quality >= least], unable


def _spread(best: Ranked, others: Sequence[Ranked]) -> list[Ranked]:
    seen = {best.card.provider}
    elsewhere: list[Ranked] = []
    again: list[Ranked] = []
    for one in others:
        (again if one.card.provider in seen else elsewhere).append(one)
        seen.add(one.card.provider)
    return elsewhere + again


def _no_candidate_message(rejections: Sequence[Rejection]) -> str:
    if not rejections:
        return "No model can be asked: the catalog is empty."
    lines = [f"  {rejection.provider}/{rejection.model}: {rejection.reason}" for rejection in rejections]
    return "No model can be asked:\n" + "\n".join(lines)
