"""Which models may answer a call, and why the others may not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from polydesk.catalog.card import ModelCard, ProviderCard
from polydesk.core.errors import UsageError
from polydesk.core.receipts import Rejection
from polydesk.routing.needs import Available, Choice, Needs

_KIND_WORDS = {"chat": "conversation", "embedding": "vectors", "rerank": "putting documents in order"}

_Rule = Callable[[ModelCard], str | None]
"""The sentence that rejects a card, or None."""


def candidates(
    needs: Needs,
    choice: Choice,
    cards: Sequence[ModelCard],
    providers: Sequence[ProviderCard],
    available: Available,
) -> tuple[list[ModelCard], list[Rejection]]:
    """The cards that satisfy every rule, and a rejection by the first broken rule for each of the others.

    Both keep the order of `cards`; every card is in exactly one. Raises UsageError when the chosen model is unknown.
    """
    _check_choice(choice, cards)
    rules = _rules(needs, choice, {card.name: card for card in providers}, available)
    permitted: list[ModelCard] = []
    rejections: list[Rejection] = []
    for card in cards:
        rejection = _rejection(card, rules)
        if rejection is None:
            permitted.append(card)
        else:
            rejections.append(rejection)
    return permitted, rejections


def chosen(card: ModelCard, model: str) -> bool:
    """Whether a user who says `model` means this card, among others."""
    return model in (card.id, card.name, card.provider, card.family)


def _check_choice(choice: Choice, cards: Sequence[ModelCard]) -> None:
    for model in (*choice.models, *([] if choice.model is None else [choice.model])):
        if not any(chosen(card, model) for card in cards):
            known = ", ".join(sorted(card.id for card in cards))
            raise UsageError(f"No model is called {model!r}. Known models: {known}.")


def _rejection(card: ModelCard, rules: Sequence[tuple[str, _Rule]]) -> Rejection | None:
    for word, rule in rules:
        reason = rule(card)
        if reason is not None:
            return Rejection(provider=card.provider, model=card.name, rule=word, reason=reason)
    return None


def _rules(
    needs: Needs, choice: Choice, providers: dict[str, ProviderCard], available: Available
) -> list[tuple[str, _Rule]]:
    """The rules in the order they are asked: what the user said, then what can be mended, then limits."""
    return [
        ("excluded_by_user", lambda card: _excluded_by_user(card, choice)),
        ("not_in_plan", lambda card: _not_in_plan(card, choice)),
        ("kind", lambda card: _other_kind(card, needs)),
        ("provider_excluded", lambda card: _provider_excluded(card, choice)),
        ("not_permitted", lambda card: _not_permitted(card, choice)),
        ("data_class", lambda card: _data_class(card, choice, providers)),
        ("no_credential", lambda card: _no_credential(card, providers, available)),
        ("weights_missing", lambda card: _weights_missing(card, providers, available)),
        ("needs_images", lambda card: _needs_images(card, needs)),
        ("needs_documents", lambda card: _needs_documents(card, needs)),
        ("needs_tools", lambda card: _needs_tools(card, needs)),
        ("needs_output_schema", lambda card: _needs_output_schema(card, needs)),
        ("max_output", lambda card: _max_output(card, needs)),
        ("context_window", lambda card: _context_window(card, needs)),
    ]


def _other_kind(card: ModelCard, needs: Needs) -> str | None:
    return None if card.kind == needs.kind else f"It is a model for {_KIND_WORDS[card.kind]}."


def _excluded_by_user(card: ModelCard, choice: Choice) -> str | None:
    if choice.model is None or chosen(card, choice.model):
        return None
    return f"{choice.model} was asked for."


def _not_in_plan(card: ModelCard, choice: Choice) -> str | None:
    if not choice.models or any(chosen(card, model) for model in choice.models):
        return None
    return "The plan does not list it."


def _provider_excluded(card: ModelCard, choice: Choice) -> str | None:
    return f"{card.provider} may not be asked." if card.provider in choice.excluded_providers else None


def _not_permitted(card: ModelCard, choice: Choice) -> str | None:
    if choice.permitted_providers is not None and card.provider not in choice.permitted_providers:
        return f"The key does not permit {card.provider}."
    if choice.permitted_models is None or not choice.permitted_models.isdisjoint((card.id, card.name)):
        return None
    return f"The key does not permit {card.id}."


def _data_class(card: ModelCard, choice: Choice, providers: dict[str, ProviderCard]) -> str | None:
    provider = providers.get(card.provider)
    if provider is None or provider.base_url is None or choice.data_class in provider.data_classes:
        return None
    return f"{provider.title} may not see {choice.data_class} data."


def _no_credential(card: ModelCard, providers: dict[str, ProviderCard], available: Available) -> str | None:
    if card.provider in available.providers:
        return None
    provider = providers.get(card.provider)
    if provider is None or (provider.key_variable is None and not provider.variables):
        return f"{card.provider} is not set up."
    others = [variable for name, variable in provider.variables.items() if name not in provider.settings]
    if provider.key_variable is None:
        return f"{provider.title} is not set up; set {' and '.join(others) or 'its credential'}."
    return f"There is no key for {provider.title}; set {' and '.join([provider.key_variable, *others])}."


def _weights_missing(card: ModelCard, providers: dict[str, ProviderCard], available: Available) -> str | None:
    provider = providers.get(card.provider)
    if provider is None or provider.base_url is not None or card.id in available.weights:
        return None
    return f"Its weights are not on this machine; run `polydesk models pull {card.name}`."


def _needs_images(card: ModelCard, needs: Needs) -> str | None:
    return "It cannot read images." if needs.images and "image" not in card.inputs else None


def _needs_documents(card: ModelCard, needs: Needs) -> str | None:
    return "It cannot read documents by itself." if needs.documents and "document" not in card.inputs else None


def _needs_tools(card: ModelCard, needs: Needs) -> str | None:
    return "It cannot call tools." if needs.tools and not card.tools else None


def _needs_output_schema(card: ModelCard, needs: Needs) -> str | None:
    return "It cannot be held to a JSON schema." if needs.output_schema and not card.output_schema else None


def _max_output(card: ModelCard, needs: Needs) -> str | None:
    if needs.output_tokens is None or needs.output_tokens <= card.max_output_tokens:
        return None
    return f"It writes at most {card.max_output_tokens:,} tokens; {needs.output_tokens:,} may be needed."


def _context_window(card: ModelCard, needs: Needs) -> str | None:
    wanted = needs.input_tokens + (needs.output_tokens or 0)
    if wanted <= card.context_window_tokens:
        return None
    return f"Its context window is {card.context_window_tokens:,} tokens; about {wanted:,} are needed."
