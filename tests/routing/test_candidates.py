"""Permitted models satisfy every rule; the others are each rejected with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import UsageError
from polydesk.core.receipts import Rejection
from polydesk.routing.candidates import candidates
from polydesk.routing.needs import Available, Choice, Needs
from tests.routing.samples import AVAILABLE, CARDS, CHOICES, NAMES, NEEDS, PROVIDERS, model

ALL = Available(providers=frozenset(NAMES), weights=frozenset({"inside/m"}))
ANY = Needs(input_tokens=10)

RULES: list[tuple[str, Needs, Choice, Available, ModelCard, str]] = [
    ("excluded_by_user", ANY, Choice(model="north/other"), ALL, model(), "north/other was asked for."),
    ("kind", ANY, Choice(), ALL, model(kind="embedding"), "It is a model for vectors."),
    ("kind", Needs(input_tokens=1, kind="rerank"), Choice(), ALL, model(), "It is a model for conversation."),
    ("not_in_plan", ANY, Choice(models=("other",)), ALL, model(), "The plan does not list it."),
    (
        "provider_excluded",
        ANY,
        Choice(excluded_providers=frozenset({"north"})),
        ALL,
        model(),
        "north may not be asked.",
    ),
    (
        "no_credential",
        ANY,
        Choice(),
        Available(providers=frozenset({"south"}), weights=frozenset()),
        model(),
        "There is no key for North; set NORTH_KEY.",
    ),
    ("no_credential", ANY, Choice(), ALL, model("elsewhere"), "elsewhere is not set up."),
    (
        "weights_missing",
        ANY,
        Choice(),
        ALL,
        model("inside", "n"),
        "Its weights are not on this machine; run `polydesk models pull n`.",
    ),
    (
        "needs_images",
        Needs(input_tokens=1, images=True),
        Choice(),
        ALL,
        model(inputs=frozenset({"text"})),
        "It cannot read images.",
    ),
    ("needs_tools", Needs(input_tokens=1, tools=True), Choice(), ALL, model(tools=False), "It cannot call tools."),
    (
        "needs_output_schema",
        Needs(input_tokens=1, output_schema=True),
        Choice(),
        ALL,
        model(output_schema=False),
        "It cannot be held to a JSON schema.",
    ),
    (
        "max_output",
        Needs(input_tokens=1, output_tokens=10_001),
        Choice(),
        ALL,
        model(),
        "It writes at most 10,000 tokens; 10,001 may be needed.",
    ),
    (
        "context_window",
        Needs(input_tokens=99_999, output_tokens=2),
        Choice(),
        ALL,
        model(),
        "Its context window is 100,000 tokens; about 100,001 are needed.",
    ),
]


@pytest.mark.parametrize(
    ("rule", "needs", "choice", "available", "card", "reason"), RULES, ids=[f"{row[0]}-{row[4].id}" for row in RULES]
)
def test_each_rule_rejects_with_its_word_and_a_sentence(
    rule: str, needs: Needs, choice: Choice, available: Available, card: ModelCard, reason: str
) -> None:
    others = [model(name="other")] if choice.model or choice.models else []
    permitted, rejections = candidates(needs, choice, [card, *others], PROVIDERS, available)
    assert permitted == others
    assert rejections == [Rejection(provider=card.provider, model=card.name, rule=rule, reason=reason)]


def test_a_model_exactly_at_its_limits_is_permitted() -> None:
    needs = Needs(input_tokens=90_000, output_tokens=10_000, images=True, tools=True, output_schema=True)
    assert candidates(needs, Choice(), [model()], PROVIDERS, ALL) == ([model()], [])


def test_a_model_whose_weights_are_here_is_permitted() -> None:
    card = model("inside")
    assert candidates(ANY, Choice(), [card], PROVIDERS, ALL) == ([card], [])


@pytest.mark.parametrize(
    ("said", "meant"),
    [("north/m", ["north/m"]), ("m", ["north/m", "south/m"]), ("south", ["south/m", "south/n"])],
)
def test_a_user_may_name_an_id_a_model_or_a_provider(said: str, meant: list[str]) -> None:
    cards = [model(), model("south"), model("south", "n")]
    permitted, _ = candidates(ANY, Choice(model=said), cards, PROVIDERS, ALL)
    assert [card.id for card in permitted] == meant


def test_an_unknown_choice_is_a_usage_error_that_names_the_known_models() -> None:
    with pytest.raises(UsageError, match=r"'gone'.*north/m"):
        candidates(ANY, Choice(model="gone"), [model()], PROVIDERS, ALL)
    with pytest.raises(UsageError, match="'gone'"):
        candidates(ANY, Choice(models=("m", "gone")), [model()], PROVIDERS, ALL)


@given(NEEDS, CHOICES, CARDS, AVAILABLE)
def test_every_card_is_permitted_or_rejected_once(
    needs: Needs, choice: Choice, cards: list[ModelCard], available: Available
) -> None:
    permitted, rejections = candidates(needs, choice, cards, PROVIDERS, available)
    rejected = [f"{rejection.provider}/{rejection.model}" for rejection in rejections]
    assert sorted([card.id for card in permitted] + rejected) == sorted(card.id for card in cards)


@given(NEEDS, CHOICES, CARDS, AVAILABLE)
def test_every_permitted_card_satisfies_every_rule(
    needs: Needs, choice: Choice, cards: list[ModelCard], available: Available
) -> None:
    for card in candidates(needs, choice, cards, PROVIDERS, available)[0]:
        assert card.provider in available.providers - choice.excluded_providers
        assert card.provider != "inside" or card.id in available.weights
        assert "image" in card.inputs or not needs.images
        assert card.tools or not needs.tools
        assert card.output_schema or not needs.output_schema
        assert card.max_output_tokens >= (needs.output_tokens or 0)
        assert card.context_window_tokens >= needs.input_tokens + (needs.output_tokens or 0)
