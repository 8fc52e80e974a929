"""Model cards and weights brought together: which file a card runs from, and a card for a file of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from polydesk.catalog.card import ModelCard, Source
from polydesk.catalog.weights.manifest import LocalSource, WeightsManifest

PROVIDER = "embedded"
_LARGEST_WINDOW = 8192
"""What the engine gives a model at most, whatever it was trained for."""


def manifest_for(card_name: str, manifests: Sequence[WeightsManifest]) -> WeightsManifest | None:
    """The weights that the embedded model `card_name` runs from; None when no manifest is its own.

    Makers call the tuned form of a model `NAME-instruct`; its weights are called `NAME`. One that makes vectors may
    have a second card as a reranker, `NAME-rerank`.
    """
    names = (card_name, card_name.removesuffix("-instruct"), card_name.removesuffix("-rerank"))
    return next((manifest for name in names for manifest in manifests if manifest.name == name), None)


def card_for(manifest: WeightsManifest, checked: date) -> ModelCard:
    """The card of a model that nobody has measured, from what its file was found to say of itself on `checked`."""
    window = min(manifest.context_tokens, _LARGEST_WINDOW)
    path = next((source.path for source in manifest.sources if isinstance(source, LocalSource)), manifest.file_name)
    return ModelCard(
        provider=PROVIDER,
        name=manifest.name,
        developer=manifest.developer or "unknown",
        context_window_tokens=window,
        max_output_tokens=window // 2,
        output_schema=manifest.kind == "chat",
        kind=manifest.kind,
        dimensions=manifest.dimensions,
        note=manifest.note or "Your own file; its quality has not been measured.",
        source=Source(url=f"file:{path}", checked=checked),
    )
