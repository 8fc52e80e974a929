"""What is known of a model and of the provider that serves it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

EditStyle = Literal["structured", "paragraph"]
"""How a model is best asked for edits: for a list of typed edits at once, or for one paragraph's new text."""


Dialect = Literal[
    "openai_chat",
    "openai_responses",
    "azure_openai",
    "anthropic_messages",
    "anthropic_vertex",
    "cohere_chat",
    "mistral_chat",
    "gemini",
    "gemini_vertex",
    "bedrock_converse",
    "any_llm",
    "embedded",
]
"""How a provider is spoken to: its JSON, its addresses and its way of taking credentials."""


UNMEASURED_QUALITY = 0.1
"""Below every model fit for work that we have measured: an unknown one is asked when its user says so."""
DataClass = Literal["public", "internal", "confidential"]
"""How widely a text may be known, in rising order of care."""


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
    owner: str | None = None
    """Company that runs the host and bills for it; None where it is `title`."""
    jurisdiction: str | None = None
    """Country, as in ISO 3166-1, whose law the owner obeys; None is unknown. `*` for this machine: its user's own."""
    region: str | None = None
    """Where the owner says that requests are processed, such as `eu`; None is unknown."""
    data_classes: frozenset[DataClass] = frozenset({"public", "internal"})
    """The data that it may see. What runs inside the process may see everything."""
    quirks: frozenset[str] = frozenset()
    """Ways in which a server departs from the dialect that it speaks, by the names that `wire/` knows."""
    settings: dict[str, str] = {}
    """What else the dialect must know of this host, such as `api_version` or `project`."""
    price_list: str | None = None
    """The provider's id in the public list of prices; None where it is `name`."""
    variables: dict[str, str] = {}
    """Environment variables by the names of the `settings` that they set in place of the ones here. The provider is
    usable only when every one of these settings has a value."""


class ModelPrices(msgspec.Struct, frozen=True, kw_only=True):
    """What one model costs at one provider, in US dollars for a million tokens."""

    input_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal
    cache_read_usd_per_mtok: Decimal | None = None
    """None is as other input."""
    cache_creation_usd_per_mtok: Decimal | None = None
    """None is as other input."""
    source: str
    """Where the prices stand, for a reader."""


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one provider."""

    provider: str
    name: str
    """The provider's own name for it."""
    developer: str
    family: str | None = None
    """Name of the same model whoever hosts it, such as `claude-sonnet-5-5`; None where it is `name`."""
    dialect: Dialect | None = None
    """In which it is spoken to; None is its provider's."""
    context_window_tokens: int
    max_output_tokens: int = 4_096
    """The most it can write in one answer."""
    inputs: frozenset[Literal["text", "image", "document"]] = frozenset({"text"})
    tools: bool = False
    output_schema: bool = False
    """Whether it can be held to a JSON schema."""
    reasoning: bool = False
    edit_style: EditStyle = "paragraph"
    quality: float = UNMEASURED_QUALITY
    """Prior of the share of office tasks it does well, 0 to 1, until measured by one's own evaluations."""
    kind: Literal["chat", "embedding", "rerank"] = "chat"
    prefill: bool = False
    """Whether it goes on from the end of an assistant's message that stands last."""
    quirks: frozenset[str] = frozenset()
    """Ways in which it takes less than its dialect says, by the names that `wire/` knows."""
    dimensions: int | None = None
    """Length of its vectors; None where it makes none."""
    released: date | None = None
    retires: date | None = None
    """The day from which its maker no longer answers for it; None when none is announced."""
    prices: ModelPrices | None = None
    """In place of the public list's; None leaves it to that."""
    note: str | None = None
    """A plain warning or remark shown to users; None when there is none."""
    source: Source

    @property
    def id(self) -> str:
        """`provider/name`, unique in the catalog."""
        return f"{self.provider}/{self.name}"
