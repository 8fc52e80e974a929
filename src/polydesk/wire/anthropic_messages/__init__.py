"""Anthropic Messages, both directions of both sides, as of `anthropic-version: 2026-10-21`.

Source: https://platform.claude.com/docs/en/api/messages (checked 2026-11-24).
"""

from polydesk.wire.anthropic_messages.request import request_from_wire, request_to_wire
from polydesk.wire.anthropic_messages.response import response_from_wire, response_to_wire
from polydesk.wire.anthropic_messages.stream import MessagesStreamReader, MessagesStreamWriter

__all__ = [
    "MessagesStreamReader",
    "MessagesStreamWriter",
    "request_from_wire",
    "request_to_wire",
    "response_from_wire",
    "response_to_wire",
]
