"""The order in which permitted models are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.routing.candidates import chosen
from polydesk.routing.needs import Order

QUALITY_PER_USD = 2.0
"""How much quality one dollar of a single call is worth: a call that costs a cent more must be 0.02 better."""


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """A permitted model and what the call is expected to cost with it."""

    card: ModelCard
    cost_usd: Decimal | None
    """None when it is unknown."""
    latency_s: float | None = None
    """Seconds in which it has begun to answer lately; None when it is unknown."""


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


def by_list(quoted: Sequence[Quoted], models: Sequence[str]) -> list[Ranked]:
    """The models as `models` lists them; those that one entry means, such as a provider's, by rank among themselves."""
    return _in_order(rank(quoted), lambda one: _place_in(models, one.card), "comes by the order of the list")


def by_cost(quoted: Sequence[Quoted], models: Sequence[str] = ()) -> list[Ranked]:
    """The models by expected cost, the unknown ones last, equals by rank."""
    return _in_order(rank(quoted), lambda one: _last_if_unknown(one.cost_usd), "comes by its cost")


def by_latency(quoted: Sequence[Quoted], models: Sequence[str] = ()) -> list[Ranked]:
    """The models by how soon they have begun to answer lately, the unknown ones last, equals by rank."""
    latencies = {one.card.id: one.latency_s for one in quoted}
    return _in_order(rank(quoted), lambda one: _last_if_unknown(latencies[one.card.id]), "comes by its speed")


def by_rank(quoted: Sequence[Quoted], models: Sequence[str] = ()) -> list[Ranked]:
    """As `rank`."""
    return rank(quoted)


Ranking: TypeAlias = Callable[[Sequence[Quoted], Sequence[str]], list[Ranked]]
ORDERS: Mapping[Order, Ranking] = {"ranked": by_rank, "listed": by_list, "cheapest": by_cost, "fastest": by_latency}
"""How each order is made, from the models and what the choice lists."""


def _in_order(ranked: Sequence[Ranked], key: Callable[[Ranked], tuple[bool, float]], words: str) -> list[Ranked]:
    ordered = sorted(ranked, key=key)  # stable: equals stay by rank
    return [
        msgspec.structs.replace(one, why=f"{one.card.id} {words}: number {place} of {len(ordered)} ({_facts(one)}).")
        for place, one in enumerate(ordered, start=1)
    ]


def _last_if_unknown(value: Decimal | float | None) -> tuple[bool, float]:
    return (True, 0.0) if value is None else (False, float(value))


def _place_in(models: Sequence[str], card: ModelCard) -> tuple[bool, float]:
    place = next((place for place, model in enumerate(models) if chosen(card, model)), None)
    return _last_if_unknown(place)


def _why(one: Quoted, place: int, count: int) -> str:
    facts = _facts(one)
    if count == 1:
        return f"{one.card.id} is the only model permitted ({facts})."
    if place == 0:
        return f"{one.card.id} has the best quality for its cost of {count} permitted models ({facts})."
    return f"{one.card.id} is number {place + 1} of {count} permitted models ({facts})."


def _facts(one: Quoted | Ranked) -> str:
    return f"quality {one.card.quality:.2f}, expected cost {_cost_words(one.cost_usd)}"


def _cost_words(cost_usd: Decimal | None) -> str:
    if cost_usd is None:
        return "unknown"
    return "nothing" if cost_usd == 0 else f"{cost_usd:.6f} USD"
