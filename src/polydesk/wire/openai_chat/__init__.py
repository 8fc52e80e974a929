"""OpenAI Chat Completions, both directions of both sides.

Source: https://developers.openai.com/api/reference/resources/chat (checked 2026-11-24).
"""

from polydesk.wire.openai_chat.request import request_from_wire, request_to_wire, streamed
from polydesk.wire.openai_chat.response import response_from_wire, response_to_wire
from polydesk.wire.openai_chat.stream import DONE, ChatStreamReader, ChatStreamWriter

__all__ = [
    "DONE",
    "ChatStreamReader",
    "ChatStreamWriter",
    "request_from_wire",
    "request_to_wire",
    "response_from_wire",
    "response_to_wire",
    "streamed",
]
