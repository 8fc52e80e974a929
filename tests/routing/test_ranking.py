"""Ranking weighs quality against cost, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.catalog.card import ModelCard
from polydesk.routing.needs import Order
from polydesk.routing.ranking import ORDERS, Quoted, rank
from tests.routing.samples import CARDS, model

COSTS = st.none() | st.decimals(min_value=0, max_value=1, places=4)


def _quoted(name: str, quality: float, cost: str | None) -> Quoted:
    return Quoted(card=model(name=name, quality=quality), cost_usd=None if cost is None else Decimal(cost))


def _order(*quoted: Quoted) -> list[str]:
    return [one.card.name for one in rank(quoted)]


def test_the_better_model_comes_first_when_costs_are_alike() -> None:
    assert _order(_quoted("weak", 0.5, "0.01"), _quoted("strong", 0.9, "0.01")) == ["strong", "weak"]


def test_a_dear_model_comes_after_one_that_is_nearly_as_good() -> None:
    assert _order(_quoted("dear", 0.9, "0.2"), _quoted("cheap", 0.85, "0.01")) == ["cheap", "dear"]


def test_an_unknown_cost_weighs_as_the_dearest_known() -> None:
    assert _order(_quoted("hidden", 0.8, None), _quoted("open", 0.8, "0.01"), _quoted("dear", 0.1, "0.1"))[0] == "open"
    assert _order(_quoted("hidden", 0.9, None), _quoted("open", 0.8, "0.01"))[0] == "hidden"


def test_equals_go_by_cost_and_then_by_id() -> None:
    assert _order(_quoted("b", 0.5, "0"), _quoted("a", 0.5, "0")) == ["a", "b"]


def test_each_place_is_explained() -> None:
    first, second = rank([_quoted("weak", 0.5, "0"), _quoted("strong", 0.9, "0.001")])
    assert first.why == (
        "north/strong has the best quality for its cost of 2 permitted models "
        "(quality 0.90, expected cost 0.001000 USD)."
    )
    assert second.why == "north/weak is number 2 of 2 permitted models (quality 0.50, expected cost nothing)."
    (alone,) = rank([_quoted("m", 0.5, None)])
    assert alone.why == "north/m is the only model permitted (quality 0.50, expected cost unknown)."


@given(CARDS, st.data())
def test_the_order_given_does_not_matter(cards: list[ModelCard], data: st.DataObject) -> None:
    quoted = [Quoted(card=card, cost_usd=data.draw(COSTS)) for card in cards]
    assert rank(data.draw(st.permutations(quoted))) == rank(quoted)


@given(CARDS, st.data())
def test_scores_fall_and_every_model_keeps_its_place_once(cards: list[ModelCard], data: st.DataObject) -> None:
    ranked = rank([Quoted(card=card, cost_usd=data.draw(COSTS)) for card in cards])
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
    assert sorted(one.card.id for one in ranked) == sorted(card.id for card in cards)


MANY = [
    Quoted(card=model("north", "dear", quality=0.9), cost_usd=Decimal("0.2"), latency_s=0.4),
    Quoted(card=model("north", "good", quality=0.8), cost_usd=Decimal("0.01"), latency_s=None),
    Quoted(card=model("south", "hidden", quality=0.7, family="open"), cost_usd=None, latency_s=0.2),
    Quoted(card=model("inside", "free", quality=0.2), cost_usd=Decimal(0), latency_s=3.0),
]


@pytest.mark.parametrize(
    ("order", "listed", "expected"),
    [
        ("ranked", (), ["good", "dear", "hidden", "free"]),
        ("cheapest", (), ["free", "good", "dear", "hidden"]),
        ("fastest", (), ["hidden", "dear", "free", "good"]),
        ("listed", ("inside/free", "open", "north"), ["free", "hidden", "good", "dear"]),
        ("listed", ("dear", "north", "south", "inside"), ["dear", "good", "hidden", "free"]),
    ],
)
def test_each_order_is_what_it_is_called(order: Order, listed: tuple[str, ...], expected: list[str]) -> None:
    for given_order in (MANY, MANY[::-1]):
        assert [one.card.name for one in ORDERS[order](given_order, listed)] == expected


def test_an_order_says_why() -> None:
    why = ORDERS["cheapest"](MANY, ())[0].why
    assert why == "inside/free comes by its cost: number 1 of 4 (quality 0.20, expected cost nothing)."


@given(CARDS, st.sampled_from(list(ORDERS)))
def test_no_order_adds_or_loses_a_model(cards: list[ModelCard], order: Order) -> None:
    quoted = [Quoted(card=card, cost_usd=None) for card in cards]
    assert sorted(one.card.id for one in ORDERS[order](quoted, ())) == sorted(card.id for card in cards)
