"""Cohere's chat, version 2, both directions of both sides.

Source: https://docs.cohere.com/reference/chat (checked 2026-11-24).
"""

from polydesk.wire.cohere_chat.request import request_from_wire, request_to_wire
from polydesk.wire.cohere_chat.response import response_from_wire, response_to_wire
from polydesk.wire.cohere_chat.stream import END, CohereStreamReader, CohereStreamWriter
from polydesk.wire.cohere_vectors import DIALECT

__all__ = [
    "DIALECT",
    "END",
    "CohereStreamReader",
    "CohereStreamWriter",
    "request_from_wire",
    "request_to_wire",
    "response_from_wire",
    "response_to_wire",
]
