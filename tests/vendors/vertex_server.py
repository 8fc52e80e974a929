"""Vertex AI as a local server: Google's models, Anthropic's, and the place where access tokens are given.

Sources, checked 2026-11-24: https://docs.cloud.google.com/vertex-ai/docs/reference/rest,
https://platform.claude.com/docs/en/build-with-claude/claude-models-on-google-cloud/google-managed and
https://developers.google.com/identity/protocols/oauth2/service-account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

from polydesk.core.messages import ModelResponse
from tests.vendors.anthropic_server import SAMPLING, AnthropicVendor, body_objection, count_objection, tokens_of
from tests.vendors.gemini_server import GeminiVendor, refusal
from tests.vendors.http_server import Received, Reply, Scene, VendorServer

PROJECT, LOCATION = "the-project", "europe-west1"
PLACE = f"/v1/projects/{PROJECT}/locations/{LOCATION}/publishers"
TOKEN = "ya29.test-0123456789abcdef"  # noqa: S105 # made up
"""An access token. Every one that begins like this is good."""
VERSIONS = {"vertex-2023-10-16": SAMPLING, "2026-10-21": frozenset[str]()}
"""Versions of Messages, and the parameters that each accepts beyond today's schema."""
EMAIL = "desk@the-project.iam.gserviceaccount.com"
REFRESH = "1//refresh-0123456789"


class GeminiVertexVendor(GeminiVendor):
    """Judges requests for Google's models as Vertex AI does."""

    address = re.compile(rf"{PLACE}/google/models/(?P<model>[^/:]+):(?P<method>\w+)(?:\?alt=sse)?")

    def credential_objection(self, headers: Mapping[str, str]) -> Reply | None:
        return _bearer_objection(headers)


class AnthropicVertexVendor(AnthropicVendor):
    """Judges requests for Anthropic's models as Vertex AI does."""

    address = re.compile(rf"{PLACE}/anthropic/models/(?P<model>[^/:]+):(?P<method>\w+)")

    def objection(self, received: Received) -> Reply | None:
        match = self.address.fullmatch(received.path)
        if match is None:
            return Reply(status=404, body=b"<html>not found</html>", content_type="text/html")
        objection = _bearer_objection(received.headers)
        if objection is not None:
            return objection
        body = dict(received.body)
        version = body.pop("anthropic_version", None)
        if version not in VERSIONS:
            return refusal(400, "anthropic_version: Field required")
        if match["model"] == "count-tokens":
            return count_objection({**body, "model": _known(body.get("model"))})
        if "model" in body or bool(body.get("stream")) != (match["method"] == "streamRawPredict"):
            return refusal(400, "model and stream have to fit the address")
        return body_objection({**body, "model": _known(match["model"])}, VERSIONS[version])

    def other(self, received: Received) -> dict[str, Any] | None:
        return {"input_tokens": tokens_of(received.body)} if "count-tokens" in received.path else None


class TokenVendor:
    """Gives access tokens to those who prove who they are; each is the number of its asking."""

    request_id_header = ""

    def __init__(self, public_key: bytes) -> None:
        self._public_key = public_key
        self._given = 0

    def objection(self, received: Received) -> Reply | None:
        form = received.body
        if received.path != "/token" or "urlencoded" not in received.headers["content-type"]:
            return Reply(status=404, body=b"<html>not found</html>", content_type="text/html")
        if form["grant_type"] == "refresh_token":
            return None if form["refresh_token"] == REFRESH else _invalid_grant()
        try:
            claims = jwt.decode(form["assertion"], certs=self._public_key, clock_skew_in_seconds=7_200)
        except ValueError:
            return _invalid_grant()
        good = claims["iss"] == EMAIL and claims["aud"].endswith("/token") and claims["exp"] - claims["iat"] <= 3600
        return None if good and "cloud-platform" in claims["scope"] else _invalid_grant()

    def other(self, received: Received) -> dict[str, Any] | None:
        self._given += 1
        return {"access_token": f"ya29.{self._given}", "expires_in": 3599, "token_type": "Bearer"}

    def plain(self, response: ModelResponse) -> dict[str, Any]:
        raise NotImplementedError

    def events(self, response: ModelResponse, received: Received) -> list[bytes]:
        raise NotImplementedError

    def error(self, status: int, *, code: str | None = None) -> dict[str, Any]:
        return {"error": code or "internal_failure", "error_description": "Try again."}

    def error_event(self) -> bytes:
        raise NotImplementedError

    def without_usage(self, body: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


def gemini_vertex_server(*scenes: Scene) -> VendorServer:
    """A local Vertex AI with Google's models. Its base URL is `server.url + "/v1"`."""
    return VendorServer(GeminiVertexVendor(), scenes)


def anthropic_vertex_server(*scenes: Scene) -> VendorServer:
    """A local Vertex AI with Anthropic's models. Its base URL is `server.url + "/v1"`."""
    return VendorServer(AnthropicVertexVendor(), scenes)


def token_server(public_key: bytes, *scenes: Scene) -> VendorServer:
    """A local place of access tokens, at `server.url + "/token"`."""
    return VendorServer(TokenVendor(public_key), scenes)


def key_pair() -> tuple[str, bytes]:
    """A private key and the public one that belongs to it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public


def write_service_account(path: Path, private_key: str, token_url: str) -> Path:
    """The key file of a service account, at `path`."""
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": PROJECT,
                "private_key_id": "k1",
                "private_key": private_key,
                "client_email": EMAIL,
                "token_uri": token_url,
            }
        )
    )
    return path


def _known(model: object) -> str:
    """The name that Anthropic itself gives a dated model."""
    return str(model).partition("@")[0]


def _bearer_objection(headers: Mapping[str, str]) -> Reply | None:
    if headers.get("authorization", "").startswith("Bearer ya29."):
        return None
    return refusal(401, "Request had invalid authentication credentials. Expected OAuth 2 access token.")


def _invalid_grant() -> Reply:
    body = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    return Reply(status=400, body=json.dumps(body).encode())
