"""Amazon Bedrock's Converse, both directions of both sides. The model is in the address, not in the body.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (checked 2026-11-24).
"""

from polydesk.wire.bedrock_converse.parts import DIALECT
from polydesk.wire.bedrock_converse.request import request_from_wire, request_to_wire
from polydesk.wire.bedrock_converse.response import response_from_wire, response_to_wire
from polydesk.wire.bedrock_converse.stream import END, ConverseStreamReader, ConverseStreamWriter

__all__ = [
    "DIALECT",
    "END",
    "ConverseStreamReader",
    "ConverseStreamWriter",
    "request_from_wire",
    "request_to_wire",
    "response_from_wire",
    "response_to_wire",
]
