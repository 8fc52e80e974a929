"""Mistral chat completions and embeddings, both directions of both sides.

Near to OpenAI's, but strict: unknown fields are refused, ids of tool calls have nine letters or digits, and no user
speaks right after a tool. Source: https://docs.mistral.ai/api (checked 2026-11-24).
"""

from polydesk.wire.mistral_chat.errors import error_in
from polydesk.wire.mistral_chat.parts import DIALECT
from polydesk.wire.mistral_chat.request import request_from_wire, request_to_wire
from polydesk.wire.mistral_chat.response import response_from_wire, response_to_wire
from polydesk.wire.mistral_chat.stream import DONE, MistralStreamReader, MistralStreamWriter
from polydesk.wire.mistral_chat.vectors import (
    embeddings_from_wire,
    embeddings_request_from_wire,
    embeddings_request_to_wire,
    embeddings_to_wire,
)

__all__ = [
    "DIALECT",
    "DONE",
    "MistralStreamReader",
    "MistralStreamWriter",
    "embeddings_from_wire",
    "embeddings_request_from_wire",
    "embeddings_request_to_wire",
    "embeddings_to_wire",
    "error_in",
    "request_from_wire",
    "request_to_wire",
    "response_from_wire",
    "response_to_wire",
]
