"""OpenAI Responses, both directions of both sides, without anything that its servers would have to keep.

Sources, checked 2026-11-24: https://developers.openai.com/api/reference/resources/responses and the official Python
client's published types, of which the names of all fields and events are.
"""

from polydesk.wire.openai_responses.items import DIALECT
from polydesk.wire.openai_responses.request import request_from_wire, request_to_wire, streamed
from polydesk.wire.openai_responses.response import response_from_wire, response_to_wire
from polydesk.wire.openai_responses.stream import ENDS, ResponsesStreamReader
from polydesk.wire.openai_responses.writer import ResponsesStreamWriter

__all__ = [
    "DIALECT",
    "ENDS",
    "ResponsesStreamReader",
    "ResponsesStreamWriter",
    "request_from_wire",
    "request_to_wire",
    "response_from_wire",
    "response_to_wire",
    "streamed",
]
