"""Azure OpenAI: the same API at a resource of one's own, whose models are deployments.

Sources, checked 2026-11-24: https://learn.microsoft.com/azure/foundry/openai/api-version-lifecycle (the v1 API, which
needs no version), https://learn.microsoft.com/azure/foundry/openai/reference (dated versions and their addresses) and
https://learn.microsoft.com/azure/foundry/openai/concepts/content-filter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from polydesk.providers.http import HttpClient
from polydesk.providers.openai_api import ChatDialect, HostFacts, OpenAIApi, ResponsesDialect
from polydesk.providers.vendor import VendorDialect
from polydesk.wire.notes import error_object

BY_DEPLOYMENT = ("/chat/completions", "/embeddings")
"""Paths that stand below a deployment's name in dated versions; in the others the body names it."""


def error_in(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The error that a body reports. What stands before the API reports errors without an object of their own."""
    error = body.get("error")
    if error is not None:
        return error_object(error)
    return {"message": body.get("message")} if "statusCode" in body else None


class _AzureChat(ChatDialect):
    def error_in(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        return error_in(body)


class _AzureResponses(ResponsesDialect):
    def error_in(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        return error_in(body)


class Azure(OpenAIApi):
    """The resource at `base_url`, such as `https://NAME.openai.azure.com`; a model's name is that of its deployment.

    `api_version` None speaks the v1 API; a date, such as `2025-04-01-preview`, speaks that version at its addresses.
    """

    def __init__(
        self,
        http: HttpClient,
        *,
        base_url: str,
        api_key: str | None = None,
        api_version: str | None = None,
        provider: str = "azure",
        facts: HostFacts | None = None,
    ) -> None:
        super().__init__(http, provider=provider, api_key=api_key, facts=facts)
        self._base_url = base_url.rstrip("/").removesuffix("/openai/v1").removesuffix("/openai")
        self._api_version = api_version

    def __repr__(self) -> str:
        return f"Azure(url={self._base_url!r}, provider={self._provider!r}, api_version={self._api_version!r})"

    def _address(self, model: str, path: str) -> str:
        if self._api_version is None:
            return f"{self._base_url}/openai/v1{path}"
        place = f"/deployments/{quote(model, safe='')}{path}" if path in BY_DEPLOYMENT else path
        return f"{self._base_url}/openai{place}?api-version={quote(self._api_version)}"

    def _headers(self, api_key: str) -> dict[str, str]:
        return {"api-key": api_key}

    def _judged(self, dialect: VendorDialect) -> VendorDialect:
        return _AzureResponses() if isinstance(dialect, ResponsesDialect) else _AzureChat()
