"""Gemini's generateContent, both directions of both sides, as Google's Gemini API and Vertex AI speak it.

Source: https://ai.google.dev/api/generate-content (checked 2026-11-24).
"""

from polydesk.wire.gemini.errors import error_in
from polydesk.wire.gemini.parts import DIALECT
from polydesk.wire.gemini.request import request_from_wire, request_to_wire
from polydesk.wire.gemini.response import response_from_wire, response_to_wire
from polydesk.wire.gemini.stream import GeminiStreamReader, GeminiStreamWriter

__all__ = [
    "DIALECT",
    "GeminiStreamReader",
    "GeminiStreamWriter",
    "error_in",
    "request_from_wire",
    "request_to_wire",
    "response_from_wire",
    "response_to_wire",
]
