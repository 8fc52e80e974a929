"""Attributes of spans and metrics, as the OpenTelemetry conventions for generative AI name them.

Spans: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ (checked 2026-11-24)
Metrics: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ (checked 2026-11-24)
Messages: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-input-messages.json (checked 2026-11-24)

The names are those of the last release. Their new home, https://github.com/open-telemetry/semantic-conventions-genai,
has released nothing yet and is about to rename the two metrics; what reads the names today reads these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelRequest,
    ModelResponse,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from polydesk.core.receipts import Attempt, CallReceipt
from polydesk.core.usage import Usage
from polydesk.telemetry.outcome import outcome_of

TOKEN_USAGE = "gen_ai.client.token.usage"  # noqa: S105 - tokens of text
OPERATION_DURATION = "gen_ai.client.operation.duration"
TOKEN_BOUNDS = tuple(4.0**power for power in range(14))
DURATION_BOUNDS_S = tuple(0.01 * 2**power for power in range(14))
_DEFAULT_PORTS = {"http": 80, "https": 443}

AttributeValue = str | int | float | bool | list[str]
Attributes = dict[str, AttributeValue]


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where a provider is reached, and what the conventions call it."""

    provider_name: str
    """Such as `openai` or `aws.bedrock`."""
    address: str | None = None
    """Host without port; None for what runs inside the process."""
    port: int | None = None


def server_of(provider_name: str, base_url: str | None) -> Server:
    """The server behind `base_url`; None is this process."""
    if base_url is None:
        return Server(provider_name=provider_name)
    parts = urlsplit(base_url)
    return Server(
        provider_name=provider_name, address=parts.hostname, port=parts.port or _DEFAULT_PORTS.get(parts.scheme)
    )


def operation_attributes(attempt: Attempt, server: Server, operation: str) -> Attributes:
    """What an attempt's span and its metrics have in common; each has few values."""
    return _known(
        {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": server.provider_name,
            "gen_ai.request.model": attempt.model,
            "server.address": server.address,
            "server.port": server.port,
            "error.type": attempt.error,
        }
    )


def attempt_attributes(attempt: Attempt) -> Attributes:
    """What is known of one attempt beyond its operation."""
    return {
        **usage_attributes(attempt.usage or Usage()),
        **_known(
            {
                "http.response.status_code": attempt.status_code,
                "polydesk.attempt.kind": attempt.kind,
                "polydesk.attempt.outcome": attempt.outcome,
                "polydesk.provider.request_id": attempt.request_id,
                "polydesk.cost_usd": None if attempt.cost_usd is None else float(attempt.cost_usd),
            }
        ),
    }


def usage_attributes(usage: Usage) -> Attributes:
    """The tokens that are known."""
    return _known(
        {
            "gen_ai.usage.input_tokens": usage.input_tokens,
            "gen_ai.usage.output_tokens": usage.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": usage.cache_read_input_tokens,
            "gen_ai.usage.cache_creation.input_tokens": usage.cache_creation_input_tokens,
            "gen_ai.usage.reasoning.output_tokens": usage.reasoning_output_tokens,
        }
    )


def request_attributes(request: ModelRequest) -> Attributes:
    """How the model was asked to work; nothing of what it was asked."""
    return _known(
        {
            "gen_ai.request.max_tokens": request.max_output_tokens,
            "gen_ai.request.temperature": request.temperature,
            "gen_ai.request.top_p": request.top_p,
            "gen_ai.request.top_k": request.top_k,
            "gen_ai.request.presence_penalty": request.presence_penalty,
            "gen_ai.request.frequency_penalty": request.frequency_penalty,
            "gen_ai.request.seed": request.seed,
            "gen_ai.output.type": "json" if request.output_schema is not None else None,
        }
    )


def response_attributes(response: ModelResponse) -> Attributes:
    """What the answer says of itself; nothing of what it says."""
    return _known(
        {
            "gen_ai.response.id": response.id or None,
            "gen_ai.response.model": response.model,
            "gen_ai.response.finish_reasons": [response.finish_reason],
        }
    )


def call_attributes(receipt: CallReceipt, *, door: str) -> Attributes:
    """What is known of the whole call. Tokens are those of its attempts, where they are counted once."""
    outcome, error = outcome_of(receipt)
    caller = receipt.caller
    return _known(
        {
            "polydesk.receipt.id": receipt.id,
            "polydesk.door": door,
            "polydesk.purpose": receipt.purpose,
            "polydesk.outcome": outcome,
            "polydesk.attempts": len(receipt.attempts),
            "polydesk.data_class": receipt.data_class,
            "polydesk.cache": receipt.cached,
            "polydesk.key.id": None if caller is None else caller.key_id,
            "polydesk.cost_usd": None if receipt.cost_usd is None else float(receipt.cost_usd),
            "error.type": error,
        }
    )


def input_messages(request: ModelRequest) -> list[dict[str, Any]]:
    """What was asked, in the conventions' form; pictures and files by their kind and size alone."""
    return [_message(message) for message in request.messages]


def output_messages(response: ModelResponse) -> list[dict[str, Any]]:
    """What was answered, in the conventions' form."""
    parts = [_part(part) for part in response.parts]
    return [{"role": "assistant", "parts": parts, "finish_reason": response.finish_reason}]


def _message(message: Message) -> dict[str, Any]:
    return {"role": message.role, "parts": [_part(part) for part in message.parts]}


def _part(part: Part) -> dict[str, Any]:
    match part:
        case TextPart():
            return {"type": "text", "content": part.text}
        case ReasoningPart():
            return {"type": "reasoning", "content": part.text}
        case ToolCallPart():
            return {"type": "tool_call", "id": part.id, "name": part.name, "arguments": part.arguments}
        case ToolResultPart():
            return {"type": "tool_call_response", "id": part.call_id, "response": [_part(one) for one in part.content]}
        case ImagePart():
            return _file("image", part)
        case DocumentPart():
            return _file("document", part)


def _file(modality: str, part: ImagePart | DocumentPart) -> dict[str, Any]:
    about = {"modality": modality, "mime_type": part.media_type}
    if part.url is not None and not part.url.startswith("data:"):
        return {"type": "uri", "uri": part.url, **about}
    return {"type": "omitted", "bytes": len(part.data or part.url or ""), **about}


def _known(attributes: Mapping[str, AttributeValue | None]) -> Attributes:
    return {name: value for name, value in attributes.items() if value is not None}
