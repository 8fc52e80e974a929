"""The providers that clients reach through the gateway here: one of each dialect, as a local server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from msgspec import structs

from polydesk.core.messages import ModelResponse, ReasoningPart, ToolCallPart
from tests.vendors import (
    answers,
    anthropic_server,
    azure_server,
    bedrock_server,
    cohere_server,
    gemini_server,
    mistral_server,
    openai_server,
)
from tests.vendors.http_server import Cut, ErrorInStream, Fault, NoEndMark, Reset, VendorServer


@dataclass(frozen=True, kw_only=True)
class Maker:
    """A provider, its models here, and how the configuration names them."""

    title: str
    """Its column on the page."""
    provider: str
    serve: Callable[[], VendorServer]
    key: str
    path: str = ""
    """Behind the server's address."""
    rows: str = ""
    """What the configuration says beside the address and the key."""
    model: str
    thinking_model: str
    """The one that is asked to reason."""
    thought: ModelResponse | None = None
    """An answer with reasoning that can be read; None where the vendor shows none."""
    cached: ModelResponse = answers.CACHE_READ
    call_signature: str | None = None
    """The vendor's proof of a tool call, which has to come back with it; None where it gives none."""
    begun: int = 900
    """So many bytes of a streamed answer hold its first words and not its end."""
    filters: bool = True
    """Whether the vendor has a word for an answer that its filter cut."""

    def toml(self, url: str) -> str:
        """Its part of the configuration."""
        head = f'[[provider]]\nname = "{self.provider}"\nbase_url = "{url}{self.path}"\nkey_env = "{self.variable}"\n'
        return head + self.rows

    def answers_with_calls(self) -> list[ModelResponse]:
        """What it may answer before tools are called: without reasoning, and with it where it shows any."""
        call = ToolCallPart(id="call_a", name="look", arguments='{"where_7f":"left"}', signature=self.call_signature)
        thought = () if self.thought is None else self.thought.parts
        reasoning = [part for part in thought if isinstance(part, ReasoningPart)]
        return [answers.TOOLS, structs.replace(answers.TOOLS, parts=(*reasoning, call))]

    @property
    def variable(self) -> str:
        """The environment variable of its key."""
        return self.provider.upper().replace("-", "_") + "_API_KEY"


RESPONSES_ROWS = """
dialect = "openai_responses"
models = ["gpt-4.1", "gpt-6.1-sol", "gpt-tiny"]

[[model]]
provider = "openai-responses"
name = "gpt-4.1"
inputs = ["text", "image", "document"]

[[model]]
provider = "openai-responses"
name = "gpt-6.1-sol"
inputs = ["text", "image", "document"]
reasoning = true
"""
OPENAI_ROWS = """
[[model]]
provider = "openai"
name = "gpt-4.1"
inputs = ["text", "image", "document"]
"""
AZURE_ROWS = """
dialect = "azure_openai"
models = ["gpt-4.1", "gpt-6.1-sol"]

[[model]]
provider = "azure"
name = "gpt-4.1"
inputs = ["text", "image", "document"]

[[model]]
provider = "azure"
name = "gpt-6.1-sol"
reasoning = true
"""
BEDROCK_MODEL = "eu.anthropic.claude-sonnet-5-5-v1:0"


def added(provider: str, name: str, inputs: str = '"text", "image"') -> str:
    """A model that the local server knows and the catalog does not."""
    return f'\n[[model]]\nprovider = "{provider}"\nname = "{name}"\ninputs = [{inputs}]\nreasoning = true\n'


MAKERS = [
    Maker(
        title="OpenAI Chat Completions",
        provider="openai",
        serve=openai_server.openai_server,
        key=openai_server.KEY,
        path="/v1",
        rows=OPENAI_ROWS,
        model="gpt-4.1",
        thinking_model="gpt-6.1-sol",
        cached=answers.CACHED,
    ),
    Maker(
        title="OpenAI Responses",
        provider="openai-responses",
        serve=openai_server.openai_server,
        key=openai_server.KEY,
        path="/v1",
        rows=RESPONSES_ROWS,
        model="gpt-4.1",
        thinking_model="gpt-6.1-sol",
        thought=answers.ENCRYPTED_THOUGHT,
        begun=3_400,
        cached=answers.CACHED,
    ),
    Maker(
        title="Azure OpenAI",
        provider="azure",
        serve=azure_server.azure_server,
        key=azure_server.KEY,
        rows=AZURE_ROWS,
        model="gpt-4.1",
        thinking_model="gpt-6.1-sol",
        cached=answers.CACHED,
        begun=1_900,
    ),
    Maker(
        title="Anthropic Messages",
        provider="anthropic",
        serve=anthropic_server.anthropic_server,
        key=anthropic_server.KEY,
        model="claude-haiku-4-5",
        thinking_model="claude-sonnet-5-5",
        thought=answers.THINKING,
        cached=answers.CACHED,
    ),
    Maker(
        title="Amazon Bedrock",
        provider="bedrock",
        serve=bedrock_server.bedrock_server,
        key=bedrock_server.KEY,
        rows=added("bedrock", BEDROCK_MODEL, '"text", "image", "document"'),
        model=BEDROCK_MODEL,
        thinking_model=BEDROCK_MODEL,
        thought=answers.THOUGHTS,
        cached=answers.CACHE_BOTH,
    ),
    Maker(
        title="Gemini",
        provider="gemini",
        serve=gemini_server.gemini_server,
        key=gemini_server.KEY,
        path="/v1beta",
        model="gemini-3.8-flash",
        thinking_model="gemini-3.8-flash",
        call_signature="c2lnbmF0dXJlIG9mIGEgY2FsbA==",
        thought=answers.SIGNED_THOUGHT,
    ),
    Maker(
        title="Mistral",
        provider="mistral",
        serve=mistral_server.mistral_server,
        key=mistral_server.KEY,
        path="/v1",
        rows=added("mistral", "mistral-large-4-0", '"text", "image", "document"'),
        model="mistral-large-4-0",
        thinking_model="mistral-large-4-0",
        thought=answers.SIGNED_THOUGHT,
        filters=False,
    ),
    Maker(
        title="Cohere",
        provider="cohere",
        serve=cohere_server.cohere_server,
        key=cohere_server.KEY,
        rows=added("cohere", "command-a-plus-05-2026"),
        model="command-a-plus-05-2026",
        thinking_model="command-a-plus-05-2026",
        thought=answers.THOUGHT,
    ),
]
EVERY_MAKER = pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.provider)
BREAKS: dict[str, Callable[[int], Fault]] = {
    "cut": lambda begun: Cut(at=begun),
    "reset": lambda begun: Reset(at=begun),
    "no end mark": lambda begun: NoEndMark(),
    "an error inside": lambda begun: ErrorInStream(after_events=3),
}
"""Ways in which a vendor's stream ends for good, from the bytes that hold its beginning."""
EVERY_BREAK = pytest.mark.parametrize("fault", BREAKS.values(), ids=BREAKS)


def name(maker: Maker) -> str:
    """What a client calls its model."""
    return f"{maker.provider}/{maker.model}"
