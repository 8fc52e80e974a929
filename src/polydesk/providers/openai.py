"""OpenAI, and every endpoint that speaks its Chat Completions or its Responses."""

from __future__ import annotations

from polydesk.providers.http import HttpClient
from polydesk.providers.openai_api import HostFacts, OpenAIApi


class OpenAI(OpenAIApi):
    """The API at `base_url`, such as `https://api.openai.com/v1`."""

    def __init__(
        self,
        http: HttpClient,
        *,
        base_url: str,
        api_key: str | None = None,
        provider: str = "openai",
        facts: HostFacts | None = None,
    ) -> None:
        super().__init__(http, provider=provider, api_key=api_key, facts=facts)
        self._base_url = base_url.rstrip("/")

    def __repr__(self) -> str:
        return f"OpenAI(url={self._base_url!r}, provider={self._provider!r})"

    def _address(self, model: str, path: str) -> str:
        return self._base_url + path
