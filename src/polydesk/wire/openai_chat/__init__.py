"""OpenAI Chat Completions, both directions of both sides, and what compatible servers make of it.

Source: https://developers.openai.com/api/reference/resources/chat (checked 2026-11-24).
"""

from polydesk.wire.openai_chat.quirks import QUIRKS, adapted
from polydesk.wire.openai_chat.request import request_from_wire, request_to_wire, streamed
from polydesk.wire.openai_chat.response import response_from_wire, response_to_wire, usual_response_from_json
from polydesk.wire.openai_chat.stream import DONE, ChatStreamReader, ChatStreamWriter

__all__ = [
    "DONE",
    "QUIRKS",
    "ChatStreamReader",
    "ChatStreamWriter",
    "adapted",
    "request_from_wire",
    "request_to_wire",
    "response_from_wire",
    "response_to_wire",
    "streamed",
    "usual_response_from_json",
]
