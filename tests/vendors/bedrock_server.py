"""Amazon Bedrock's Converse as a local server: its published schema, its errors in its words, its binary streams.

Requests are held against AWS's published service description, as botocore carries it; signatures are made anew and
compared. Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (checked
2026-11-24).
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any
from urllib.parse import unquote

import botocore.auth
import botocore.credentials
import botocore.eventstream
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.validate import ParamValidator

from polydesk.core.messages import ModelResponse
from polydesk.core.replay import events_of
from polydesk.wire import bedrock_converse
from polydesk.wire.event_stream import CONTENT_TYPE, event_message
from tests.vendors.http_server import Received, Reply, Scene, VendorServer

KEY = "bedrock-api-key-0123456789abcdef"
ACCESS_KEY = "AKIDEXAMPLE"
SIGNING_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SESSION = "session/token+0123456789=="
REGION = "eu-central-1"
MODELS = {"eu.anthropic.claude-sonnet-5-5-v1:0": 1_000_000, "tiny.model-v1:0": 50}
"""Names and context windows in tokens; the last has a window that a test can overflow."""


class BedrockVendor:
    """Judges requests and words answers as Bedrock does."""

    request_id_header = "x-amzn-requestid"
    stream_type = CONTENT_TYPE

    def objection(self, received: Received) -> Reply | None:
        address = re.fullmatch(r"/model/([^/]+)/converse(-stream)?", received.path)
        if address is None:
            return _refusal(404, "UnknownOperationException", "")
        return _signature_objection(received) or _body_objection(unquote(address[1]), received.body)

    def is_stream(self, received: Received) -> bool:
        return received.path.endswith("/converse-stream")

    def plain(self, response: ModelResponse) -> dict[str, Any]:
        return bedrock_converse.response_to_wire(response).body

    def events(self, response: ModelResponse, received: Received) -> list[bytes]:
        writer = bedrock_converse.ConverseStreamWriter()
        bodies = [body for event in events_of(response) for body in writer.write(event)]
        return [event_message(name, json.dumps(data).encode()) for body in bodies for name, data in body.items()]

    def broken(self, event: bytes) -> bytes:
        return event_message("contentBlockDelta", b'{"delta": {"te')

    def event_without_usage(self, event: bytes) -> bytes:
        buffer = botocore.eventstream.EventStreamBuffer()
        buffer.add_data(event)
        (message,) = list(buffer)
        body = self.without_usage(json.loads(message.payload))
        return event_message(message.headers[":event-type"], json.dumps(body).encode())

    def error(self, status: int, *, code: str | None = None) -> dict[str, Any]:
        kind, message = FAILURES[status]
        return {"__type": code or kind, "message": message}

    def error_event(self) -> bytes:
        kind, message = FAILURES[500]
        data = json.dumps({"message": message}).encode()
        return event_message(kind[:1].lower() + kind[1:], data, kind="exception")

    def without_usage(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != "usage"}


FAILURES: dict[int, tuple[str, str]] = {
    408: ("ModelTimeoutException", "The model took too long."),
    424: ("ModelErrorException", "The model failed."),
    429: ("ThrottlingException", "Too many requests, please wait before trying again."),
    500: ("InternalServerException", "The system encountered an unexpected error during processing."),
    503: ("ServiceUnavailableException", "Bedrock is unable to process your request."),
}


def bedrock_server(*scenes: Scene) -> VendorServer:
    """A local Bedrock. Its base URL is `server.url`; it takes `KEY` as a token, and signatures of `ACCESS_KEY`."""
    return VendorServer(BedrockVendor(), scenes)


def _refusal(status: int, kind: str, message: str) -> Reply:
    headers = {"x-amzn-requestid": "req_refused", "x-amzn-errortype": f"{kind}:http://internal.amazon.com/coral/"}
    return Reply(status=status, body=json.dumps({"message": message}).encode(), headers=headers)


def _signature_objection(received: Received) -> Reply | None:
    given = received.headers.get("authorization", "")
    if given == f"Bearer {KEY}":
        return None
    if given.startswith("Bearer "):
        return _refusal(403, "AccessDeniedException", f"Invalid API Key {given[7:]}: please use a valid key.")
    if not given.startswith("AWS4-HMAC-SHA256 "):
        return _refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    if f"Credential={ACCESS_KEY}/" not in given:
        return _refusal(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
    if received.headers.get("x-amz-security-token", SESSION) != SESSION:
        return _refusal(403, "ExpiredTokenException", "The security token included in the request is expired")
    if given.rpartition("Signature=")[2] != _signature(received, given):
        return _refusal(403, "InvalidSignatureException", "The request signature we calculated does not match.")
    return None


def _signature(received: Received, given: str) -> object:
    """The signature as AWS makes it, of what has arrived."""
    names = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    auth = botocore.auth.SigV4Auth(botocore.credentials.Credentials(ACCESS_KEY, SIGNING_KEY), "bedrock", REGION)
    request = AWSRequest(
        method="POST",
        url=f"http://{received.headers['host']}{received.path}",
        data=received.raw,
        headers={name: received.headers[name] for name in names},
    )
    request.context["timestamp"] = received.headers["x-amz-date"]
    return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)


@cache
def _shape() -> Any:
    service = botocore.session.get_session().get_service_model("bedrock-runtime")
    return service.operation_model("Converse").input_shape


def _body_objection(model: str, body: dict[str, Any]) -> Reply | None:
    if model not in MODELS:
        message = f"Could not resolve the foundation model from the provided model identifier: {model}"
        return _refusal(404, "ResourceNotFoundException", message)
    report = ParamValidator().validate({**_as_parameters(body), "modelId": model}, _shape())
    if report.has_errors():
        return _refusal(400, "ValidationException", report.generate_report())
    unknown = next((name for name in body if name not in _shape().members), None)
    if unknown is not None:
        return _refusal(400, "ValidationException", f"extraneous key [{unknown}] is not permitted")
    roles = [message["role"] for message in body["messages"]]
    if roles != ["user" if index % 2 == 0 else "assistant" for index in range(len(roles))]:
        text = "A conversation must alternate between user and assistant roles, and begin with a user."
        return _refusal(400, "ValidationException", text)
    tokens, limit = len(json.dumps(body["messages"])) // 4, MODELS[model]
    if tokens > limit:
        return _refusal(400, "ValidationException", "Input is too long for requested model.")
    return None


def _as_parameters(value: Any) -> Any:
    """JSON as botocore's parameters: base64 text as bytes."""
    if isinstance(value, dict):
        return {
            name: inner.encode() if name in ("bytes", "redactedContent") else _as_parameters(inner)
            for name, inner in value.items()
        }
    return [_as_parameters(inner) for inner in value] if isinstance(value, list) else value
