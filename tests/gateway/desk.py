"""A gateway with keys before a local OpenAI and a local Anthropic, and plain clients of its addresses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from polydesk.catalog.load import load_catalog
from polydesk.gateway.serve import Running, running
from polydesk.governance.keys import NewKey, create_key
from polydesk.settings import Places, read_settings
from polydesk.store.store import Store
from tests.vendors import anthropic_server, openai_server
from tests.vendors.http_server import VendorServer

ASK = [{"role": "user", "content": "Say hello."}]
CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"
MESSAGES = "/v1/messages"
BODIES: dict[str, dict[str, Any]] = {
    CHAT: {"model": "openai/gpt-4.1", "messages": ASK},
    RESPONSES: {"model": "openai/gpt-4.1", "input": "Say hello."},
    MESSAGES: {"model": "openai/gpt-4.1", "max_tokens": 50, "messages": ASK},
    "/v1/messages/count_tokens": {"model": "openai/gpt-4.1", "messages": ASK},
    "/v1/embeddings": {"model": "openai/text-embedding-3-small", "input": "a"},
}
"""A good request to each address."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The gateway, who stands behind it, and the keys before it."""

    gateway: Running
    openai: VendorServer
    anthropic: VendorServer
    secrets: Mapping[str, str]
    """By name."""
    client: httpx2.AsyncClient

    async def post(
        self, path: str, key: str | None = "all", headers: Mapping[str, str] | None = None, **more: Any
    ) -> Any:
        """The answer to the good request to `path`, changed by `more`, with the key called so."""
        shown = {} if key is None else {"authorization": f"Bearer {self.secrets.get(key, key)}"}
        return await self.client.post(path, json=BODIES[path] | more, headers=shown | dict(headers or {}))

    async def get(self, path: str, key: str | None = "all") -> Any:
        """What is at `path`."""
        shown = {} if key is None else {"x-api-key": self.secrets.get(key, key)}
        return await self.client.get(path, headers=shown)


KEYS = [
    NewKey(name="all", data_class="confidential"),
    NewKey(name="other", data_class="confidential"),
    NewKey(name="plain", data_class="internal"),
    NewKey(name="one model", permitted_models=["openai/gpt-4.1"]),
    NewKey(name="anthropic", permitted_providers=["anthropic"]),
    NewKey(name="twice a minute", requests_per_minute=2),
    NewKey(name="one at a time", max_parallel=1),
]


@asynccontextmanager
async def desk(folder: Path, configuration: str = "") -> AsyncGenerator[Desk]:
    """All of it, until the end of the block."""
    async with openai_server.openai_server() as openai, anthropic_server.anthropic_server() as anthropic:
        file = folder / "polydesk.toml"
        file.write_text(f"[survival]\nretries = 0\n{configuration}")
        environment = {
            "HOME": str(folder),
            "POLYDESK_HOME": str(folder / "data"),
            "POLYDESK_MODELS": str(folder / "models"),
            "OPENAI_API_KEY": openai_server.KEY,
            "OPENAI_BASE_URL": f"{openai.url}/v1",
            "ANTHROPIC_API_KEY": anthropic_server.KEY,
            "ANTHROPIC_BASE_URL": anthropic.url,
        }
        settings = read_settings(load_catalog().providers, environment)
        secrets = await asyncio.to_thread(_secrets, settings.places)
        async with (
            running(settings, config_file=file, port=0) as gateway,
            httpx2.AsyncClient(base_url=gateway.url, trust_env=False, timeout=30) as client,
        ):
            yield Desk(gateway=gateway, openai=openai, anthropic=anthropic, secrets=secrets, client=client)


def _secrets(places: Places) -> dict[str, str]:
    store = Store.open(places.records_file)
    try:
        return {key.name: create_key(store.keys, key, now=datetime.now(UTC))[1] for key in KEYS}
    finally:
        store.close()
