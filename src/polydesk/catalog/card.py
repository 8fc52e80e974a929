"""What is known of a model and of the provider that serves it."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

EditStyle = Literal["structured", "paragraph"]
"""How a model is best asked for edits: for a list of typed edits at once, or for one paragraph's new text."""


Dialect = Literal[
    "openai_chat",
    "openai_responses",
    "azure_openai",
    "anthropic_messages",
    "cohere_chat",
    "mistral_chat",
    "gemini",
    "vertex",
    "bedrock_converse",
    "embedded",
]
"""How a provider is spoken to: its JSON, its addresses and its way of taking credentials."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a fact comes from."""

    url: str
    checked: date


class ProviderCard(msgspec.Struct, frozen=True, kw_only=True):
    """One provider: who serves models, where, and how it is reached."""

    name: str
    """OpenTelemetry GenAI provider name, such as `openai`."""
    title: str
    """What a reader calls it."""
    host: str
    """Where requests are processed, such as `OpenAI` or `this machine`."""
    dialect: Dialect
    base_url: str | None
    """None for the embedded engine."""
    key_variable: str | None
    """Environment variable that holds the credential; None when none is needed."""
    source: Source


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one provider."""

    provider: str
    name: str
    """The provider's own name for it."""
    developer: str
    family: str | None = None
    """Name of the same model whoever hosts it, such as `claude-sonnet-5-5`; None where it is `name`."""
    context_window_tokens: int
    max_output_tokens: int
    """The most it can write in one answer."""
    inputs: frozenset[Literal["text", "image"]]
    tools: bool
    output_schema: bool
    """Whether it can be held to a JSON schema."""
    reasoning: bool
    edit_style: EditStyle
    quality: float
    """Prior of the share of office tasks it does well, 0 to 1, until measured by one's own evaluations."""
    note: str | None = None
    """A plain warning or remark shown to users; None when there is none."""
    source: Source

    @property
    def id(self) -> str:
        """`provider/name`, unique in the catalog."""
        return f"{self.provider}/{self.name}"
