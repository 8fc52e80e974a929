"""Cards for tests, and strategies that make many."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from polydesk.catalog.card import ModelCard, ProviderCard, Source
from polydesk.routing.needs import Available, Choice, Needs

SOURCE = Source(url="https://example.com", checked=date(2026, 11, 24))


def model(provider: str = "north", name: str = "m", **facts: Any) -> ModelCard:
    """A card that can do everything, but for what `facts` says."""
    defaults: dict[str, Any] = {
        "developer": "Northern",
        "context_window_tokens": 100_000,
        "max_output_tokens": 10_000,
        "inputs": frozenset({"text", "image"}),
        "tools": True,
        "output_schema": True,
        "reasoning": False,
        "edit_style": "structured",
        "quality": 0.8,
        "source": SOURCE,
    }
    return ModelCard(provider=provider, name=name, **(defaults | facts))


def provider(name: str, *, base_url: str | None = "https://example.com") -> ProviderCard:
    """A provider with an address and a key, or one that runs in the process."""
    key_variable = None if base_url is None else f"{name.upper()}_KEY"
    return ProviderCard(
        dialect="openai_chat",
        name=name,
        title=name.title(),
        host=name.title(),
        base_url=base_url,
        key_variable=key_variable,
        source=SOURCE,
    )


PROVIDERS = [provider("north"), provider("south"), provider("inside", base_url=None)]
NAMES = [card.name for card in PROVIDERS]
PROVIDER_NAMES = st.sampled_from(NAMES)
TOKENS = st.integers(min_value=0, max_value=3_000)

CARDS = st.lists(
    st.builds(
        model,
        provider=PROVIDER_NAMES,
        name=st.sampled_from("abcdef"),
        context_window_tokens=TOKENS,
        max_output_tokens=TOKENS,
        inputs=st.sampled_from([frozenset({"text"}), frozenset({"text", "image"})]),
        tools=st.booleans(),
        output_schema=st.booleans(),
        quality=st.floats(min_value=0, max_value=1),
    ),
    unique_by=lambda card: card.id,
    max_size=8,
)
NEEDS = st.builds(
    Needs,
    input_tokens=TOKENS,
    output_tokens=st.none() | TOKENS,
    images=st.booleans(),
    tools=st.booleans(),
    output_schema=st.booleans(),
)
CHOICES = st.builds(Choice, excluded_providers=st.frozensets(PROVIDER_NAMES, max_size=1))
AVAILABLE = st.builds(
    Available,
    providers=st.frozensets(PROVIDER_NAMES),
    weights=st.frozensets(st.sampled_from([f"inside/{name}" for name in "abcdef"])),
)
