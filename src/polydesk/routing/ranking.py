"""The order in which permitted models are asked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from polydesk.catalog.card import ModelCard

QUALITY_PER_USD = 2.0
"""How much quality one dollar of a single call is worth: a call that costs a cent more must be 0.02 better."""


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """A permitted model and what the call is expected to cost with it."""

    card: ModelCard
    cost_usd: Decimal | None
    """None when it is unknown."""


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """A permitted model in its place."""

    card: ModelCard
    score: float
    cost_usd: Decimal | None
    why: str
    """One sentence on its place."""


def rank(quoted: Sequence[Quoted], *, quality_per_usd: float = QUALITY_PER_USD) -> list[Ranked]:
    """The models by quality less weighted expected cost, best first.

    The order does not depend on the order given: equals go by cost, then by id. An unknown cost weighs as much as the
    dearest known one beside it, for a model must not win by hiding its price.
    """
    dearest = max((one.cost_usd for one in quoted if one.cost_usd is not None), default=Decimal(0))

    def weighed(one: Quoted) -> Decimal:
        return dearest if one.cost_usd is None else one.cost_usd

    def score(one: Quoted) -> float:
        return one.card.quality - quality_per_usd * float(weighed(one))

    ordered = sorted(quoted, key=lambda one: (-score(one), weighed(one), one.card.id))
    return [
        Ranked(card=one.card, score=score(one), cost_usd=one.cost_usd, why=_why(one, place, len(ordered)))
        for place, one in enumerate(ordered)
    ]


def _why(one: Quoted, place: int, count: int) -> str:
    facts = f"quality {one.card.quality:.2f}, expected cost {_cost_words(one.cost_usd)}"
    if count == 1:
        return f"{one.card.id} is the only model permitted ({facts})."
    if place == 0:
        return f"{one.card.id} has the best quality for its cost of {count} permitted models ({facts})."
    return f"{one.card.id} is number {place + 1} of {count} permitted models ({facts})."


def _cost_words(cost_usd: Decimal | None) -> str:
    if cost_usd is None:
        return "unknown"
    return "nothing" if cost_usd == 0 else f"{cost_usd:.6f} USD"
