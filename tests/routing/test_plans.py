"""Plans: the best first, no model twice, and no provider that everything hangs on."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import NoCandidateError
from polydesk.routing.needs import Available, Choice, Needs
from polydesk.routing.plans import Plan, plan, route
from polydesk.routing.ranking import Quoted, rank
from tests.routing.samples import CARDS, NAMES, PROVIDERS, model

ALL = Available(providers=frozenset(NAMES), weights=frozenset({"inside/m"}))


def _free(card: ModelCard) -> Decimal:
    return Decimal(0)


def _plan(*cards: ModelCard, max_steps: int = 4) -> list[str]:
    ranked = rank([Quoted(card=card, cost_usd=Decimal(0)) for card in cards])
    return [step.card.id for step in plan(ranked, [], max_steps=max_steps).steps]


def test_fallbacks_come_from_other_providers_first() -> None:
    cards = [
        model("north", "best", quality=0.9),
        model("north", "good", quality=0.8),
        model("south", "good", quality=0.7),
        model("south", "fair", quality=0.65),
        model("inside", "m", quality=0.6),
    ]
    assert _plan(*cards) == ["north/best", "south/good", "inside/m", "north/good"]
    assert _plan(*cards, max_steps=2) == ["north/best", "south/good"]


def test_a_fallback_far_below_the_first_is_left_out() -> None:
    assert _plan(model(quality=0.9), model("inside", "m", quality=0.05)) == ["north/m"]
    assert _plan(model("inside", "m", quality=0.05)) == ["inside/m"], "but it may be asked when it is the best"


@given(CARDS.filter(bool), st.integers(min_value=1, max_value=9))
def test_a_plan_never_repeats_a_step_and_begins_with_the_best(cards: list[ModelCard], max_steps: int) -> None:
    ranked = rank([Quoted(card=card, cost_usd=None) for card in cards])
    steps = plan(ranked, [], max_steps=max_steps).steps
    assert steps[0] == ranked[0]
    assert len({step.card.id for step in steps}) == len(steps) <= max_steps
    assert all(step in ranked for step in steps)


@pytest.mark.parametrize("missing", NAMES)
def test_any_provider_can_be_taken_out_and_the_rest_still_works(missing: str) -> None:
    cards = [model(name) for name in NAMES]
    available = Available(providers=frozenset(NAMES) - {missing}, weights=frozenset({"inside/m"}))
    found = route(Needs(input_tokens=1), Choice(), cards, PROVIDERS, available, _free)
    assert {step.card.provider for step in found.steps} == set(NAMES) - {missing}
    assert [rejection.provider for rejection in found.rejections] == [missing]


def test_a_plan_keeps_every_rejection_and_says_why_its_first_comes_first() -> None:
    cards = [model(), model("south", tools=False)]
    found = route(Needs(input_tokens=1, tools=True), Choice(), cards, PROVIDERS, ALL, _free)
    assert isinstance(found, Plan)
    assert found.first == model()
    assert found.why == "north/m is the only model permitted (quality 0.80, expected cost nothing)."
    assert [(rejection.model, rejection.rule) for rejection in found.rejections] == [("m", "needs_tools")]


def test_no_candidate_lists_every_model_and_its_reason() -> None:
    cards = [model(), model("south"), model("inside", "n")]
    nothing = Available(providers=frozenset({"inside"}), weights=frozenset())
    with pytest.raises(NoCandidateError) as caught:
        route(Needs(input_tokens=1), Choice(), cards, PROVIDERS, nothing, _free)
    assert [rejection.rule for rejection in caught.value.rejections] == [
        "no_credential",
        "no_credential",
        "weights_missing",
    ]
    assert str(caught.value) == (
        "No model can be asked:\n"
        "  north/m: There is no key for North; set NORTH_KEY.\n"
        "  south/m: There is no key for South; set SOUTH_KEY.\n"
        "  inside/n: Its weights are not on this machine; run `polydesk models pull n`."
    )


def test_an_empty_catalog_is_said_to_be_empty() -> None:
    with pytest.raises(NoCandidateError, match="catalog is empty"):
        route(Needs(input_tokens=1), Choice(), [], PROVIDERS, ALL, _free)


def test_a_plan_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a model"):
        plan([], [])


LISTED = [
    model("north", "best", quality=0.9),
    model("north", "good", quality=0.8, family="good"),
    model("south", "good-1", quality=0.7, family="good"),
    model("inside", "m", quality=0.3),
]


def _steps(choice: Choice, costs: dict[str, str] | None = None) -> list[str]:
    def quote(card: ModelCard) -> Decimal:
        return Decimal((costs or {}).get(card.id, "0"))

    return [one.card.id for one in route(Needs(input_tokens=1), choice, LISTED, PROVIDERS, ALL, quote).steps]


def test_a_list_is_followed_as_it_stands() -> None:
    choice = Choice(models=("inside", "north/best", "north"), order="listed")
    assert _steps(choice) == ["inside/m", "north/best", "north/good"]


def test_a_family_means_every_host_of_it() -> None:
    assert _steps(Choice(model="good")) == ["north/good", "south/good-1"]


def test_the_cheapest_comes_first_among_those_that_are_good_enough() -> None:
    choice = Choice(order="cheapest", quality_floor=0.7)
    assert _steps(choice, {"north/best": "0.3", "north/good": "0.2", "south/good-1": "0.1"}) == [
        "south/good-1",
        "north/good",
        "north/best",
    ]
    found = route(Needs(input_tokens=1), choice, LISTED, PROVIDERS, ALL, _free)
    assert [(one.model, one.rule) for one in found.rejections] == [("m", "quality_floor")]


def test_a_choice_bounds_the_steps() -> None:
    assert _steps(Choice(max_steps=1)) == ["north/best"]


def test_the_fastest_is_asked_first_where_it_is_known() -> None:
    latencies = {"south/good-1": 0.2, "north/best": 0.6}
    found = route(
        Needs(input_tokens=1),
        Choice(order="fastest"),
        LISTED,
        PROVIDERS,
        ALL,
        _free,
        latency_s=lambda card: latencies.get(card.id),
    )
    assert found.first.id == "south/good-1"
