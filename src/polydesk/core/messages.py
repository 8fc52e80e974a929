"""What is said to a model and what it answers, in one form for every vendor.

Vendor words stop at `wire/`. Roles and finish reasons follow the OpenTelemetry GenAI conventions
(https://opentelemetry.io/docs/specs/semconv/gen-ai/, checked 2026-11-24).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from polydesk.core.limits import RateLimits
from polydesk.core.notes import Note
from polydesk.core.usage import Usage


class _Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """A plain final value."""


class _Part(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type"):
    """One piece of a message."""


class TextPart(_Part, frozen=True, tag="text", kw_only=True):
    """Words."""

    text: str
    cache: bool = False
    """True asks the provider to cache the prompt up to here, where it can."""


class ImagePart(_Part, frozen=True, tag="image", kw_only=True):
    """A picture, either carried or referred to. Exactly one of `data` and `url` is set."""

    media_type: str | None = None
    """Such as `image/png`; None only with a `url`."""
    data: bytes | None = None
    url: str | None = None
    cache: bool = False


class DocumentPart(_Part, frozen=True, tag="document", kw_only=True):
    """A file that the model reads by itself, such as a PDF. Exactly one of `data` and `url` is set."""

    media_type: str | None = None
    """Such as `application/pdf`; None only with a `url`."""
    data: bytes | None = None
    url: str | None = None
    name: str | None = None
    """What the file is called; None when nobody said."""
    cache: bool = False


class ReasoningPart(_Part, frozen=True, tag="reasoning", kw_only=True):
    """A model's visible reasoning, to be given back unchanged in the next turn."""

    text: str
    id: str | None = None
    """The provider's id of this piece of reasoning; None where it gives none."""
    signature: str | None = None
    """The provider's proof that the text is its own; None where it gives none."""
    redacted_data: str | None = None
    """Reasoning that only the provider can read; `text` may then be empty."""
    signed_by: str | None = None
    """Dialect that `signature` and `redacted_data` belong to, for no other can read them; None is the one that the
    part is sent in."""


class ToolCallPart(_Part, frozen=True, tag="tool_call", kw_only=True):
    """A model's wish to have a tool called."""

    id: str
    name: str
    arguments: str
    """JSON text exactly as the model wrote it; it may be invalid."""
    cache: bool = False
    signature: str | None = None
    """The provider's proof of the reasoning that led to the call, to be given back; None where it gives none."""
    signed_by: str | None = None
    """As in ReasoningPart."""


class ToolResultPart(_Part, frozen=True, tag="tool_result", kw_only=True):
    """What the tool answered, in a user message."""

    call_id: str
    content: tuple[TextPart | ImagePart | DocumentPart, ...]
    is_error: bool = False
    cache: bool = False


Part = TextPart | ImagePart | DocumentPart | ReasoningPart | ToolCallPart | ToolResultPart
Role = Literal["system", "developer", "user", "assistant"]


class Message(_Value, frozen=True, kw_only=True):
    """One turn of the conversation."""

    role: Role
    parts: tuple[Part, ...]


class Tool(_Value, frozen=True, kw_only=True):
    """A function that the model may ask for."""

    name: str
    description: str | None = None
    parameters: dict[str, Any]
    """JSON Schema of the arguments object."""
    strict: bool | None = None
    """True demands arguments that obey the schema; None leaves it to the provider."""
    cache: bool = False


class ToolChoice(_Value, frozen=True, kw_only=True):
    """Which tools the model may or must call."""

    mode: Literal["auto", "none", "required", "named"] = "auto"
    name: str | None = None
    """Set if and only if `mode` is `named`."""
    parallel: bool | None = None
    """Whether several calls may come at once; None leaves it to the provider."""


class OutputSchema(_Value, frozen=True, kw_only=True):
    """The JSON that the answer must be."""

    name: str
    json_schema: dict[str, Any] | None
    """None asks for any JSON object."""
    description: str | None = None
    strict: bool | None = None


ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class Original(_Value, frozen=True, kw_only=True):
    """A request's own JSON, as a client sent it."""

    dialect: str
    """A provider that speaks it is sent `body` as it came, but for the model's name and the form of the answer, so that
    nothing can be lost in translation."""
    body: dict[str, Any]


class ModelRequest(_Value, frozen=True, kw_only=True):
    """Everything one model is asked, before any vendor's form."""

    model: str
    """The provider's own name for the model."""
    messages: tuple[Message, ...]
    max_output_tokens: int | None = None
    """Upper bound on the answer, reasoning included; None takes the model's own."""
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    output_schema: OutputSchema | None = None
    reasoning_effort: ReasoningEffort | None = None
    reasoning_budget_tokens: int | None = None
    user: str | None = None
    """A stable opaque id of the end user for the provider's abuse checks; never a name or address."""
    provider_options: dict[str, Any] = {}
    """Wire fields that we do not model, kept as they came."""
    options_dialect: str | None = None
    """Dialect that `provider_options` are words of; a provider of another is not told them. None tells them to any."""
    original: Original | None = None
    """What a client sent, where the request is still exactly that; None once anything in it was changed."""
    strict: bool = False
    """True demands that a provider which cannot say everything that is asked refuses, rather than leave a part out."""


FinishReason = Literal["stop", "length", "tool_call", "content_filter", "error"]


class OriginalAnswer(_Value, frozen=True, kw_only=True):
    """An answer's own JSON, as a provider sent it."""

    dialect: str
    """A client that speaks it can be given `body` as it came, so that nothing is lost in translation."""
    body: bytes


class ModelResponse(_Value, frozen=True, kw_only=True):
    """One complete answer."""

    id: str
    """The provider's id of the answer; empty when it gave none."""
    model: str
    """The model that says it answered, which may be a dated form of the one asked."""
    parts: tuple[Part, ...]
    finish_reason: FinishReason
    stop_sequence: str | None = None
    """The stop text that ended the answer; None when none did or the provider does not say."""
    usage: Usage
    request_id: str | None = None
    rate_limits: RateLimits | None = None
    """What the provider says is left of its limits; None when it does not say."""
    notes: tuple[Note, ...] = ()
    """What of the request the provider was not told, or was told in other words."""
    provider_details: dict[str, Any] = {}
    """What the provider said beyond our model, kept as it came."""
    original: OriginalAnswer | None = None
    """What the provider sent, where it is a usual answer of its dialect and this is still exactly that."""

    @property
    def text(self) -> str:
        """All text parts joined; reasoning and tool calls are not in it."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def tool_calls(self) -> list[ToolCallPart]:
        """The tool calls in the order the model made them."""
        return [part for part in self.parts if isinstance(part, ToolCallPart)]


def user_message(text: str) -> Message:
    """A user turn of one text part."""
    return Message(role="user", parts=(TextPart(text=text),))


def system_message(text: str) -> Message:
    """A system turn of one text part."""
    return Message(role="system", parts=(TextPart(text=text),))
