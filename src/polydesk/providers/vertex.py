"""Vertex AI as a host of models: Google's own, and Anthropic's.

Sources, checked 2026-11-24: https://docs.cloud.google.com/vertex-ai/docs/reference/rest (addresses) and
https://platform.claude.com/docs/en/build-with-claude/claude-models-on-google-cloud/google-managed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from polydesk.providers.google_token import GoogleToken
from polydesk.providers.vendor import Opened

ANTHROPIC_VERSION = "2026-10-21"
"""The version that Anthropic's own client (2.12.0) puts into the body here; the older `vertex-2023-10-16` has sampling
parameters that newer models refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexPlace:
    """A project's models in one location, and the token that opens them."""

    token: GoogleToken
    project: str
    location: str
    """`global`, `us`, `eu` or a region such as `europe-west1`."""
    base_url: str
    """With its `/v1`."""


class VertexHost:
    """What both publishers at a place have in common."""

    def __init__(self, place: VertexPlace) -> None:
        self._token = place.token
        project, location = quote(place.project, safe=""), quote(place.location, safe="")
        self._place = f"/projects/{project}/locations/{location}/publishers/"
        self._base_url = place.base_url.rstrip("/")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url}{self._place})"

    async def opened(self) -> Opened:
        """The access token; one that is refused is not used again. Raises ProviderError."""
        token = await self._token.token()
        return Opened({"authorization": f"Bearer {token}"}, token, refused=lambda: self._token.forget(token))

    def _url(self, publisher: str, model: str, method: str) -> str:
        return f"{self._base_url}{self._place}{publisher}/models/{quote(model, safe='@')}:{method}"


class GeminiOnVertex(VertexHost):
    """Where Google's models are asked."""

    dialect = "gemini_vertex"

    def url(self, model: str, method: str) -> str:
        """The address of one of the model's methods."""
        return self._url("google", model, method)

    def counting(self, model: str, body: dict[str, Any]) -> dict[str, Any]:
        """Those fields of a request that take tokens."""
        return {name: body[name] for name in ("contents", "systemInstruction", "tools") if name in body}


class AnthropicOnVertex(VertexHost):
    """Where Anthropic's models are asked. The model is in the address, the version in the body."""

    dialect = "anthropic_vertex"

    def asking(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Address and body of a request."""
        method = "streamRawPredict" if body.get("stream") else "rawPredict"
        rest = {name: value for name, value in body.items() if name != "model"}
        return self._url("anthropic", str(body["model"]), method), {"anthropic_version": ANTHROPIC_VERSION, **rest}

    def counting(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Address and body of a request whose tokens are counted, which keeps its model."""
        url = self._url("anthropic", "count-tokens", "rawPredict")
        return url, {"anthropic_version": ANTHROPIC_VERSION, **body}


def vertex_base_url(location: str) -> str:
    """Google's address for a location: the world, one of its two large regions, or a single region."""
    if location == "global":
        return "https://aiplatform.googleapis.com/v1"
    if location in ("us", "eu"):
        return f"https://aiplatform.{location}.rep.googleapis.com/v1"
    return f"https://{quote(location, safe='')}-aiplatform.googleapis.com/v1"
