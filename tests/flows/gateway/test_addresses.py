"""Addresses inside requests are given on to the vendor or refused; the gateway itself goes to none of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.gateway.process import Gateway, serving, vendor
from tests.sdk.makers import EVERY_MAKER, MAKERS, Maker

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(kw_only=True)
class Place:
    """The gateway before every vendor, and a server that nobody may visit."""

    gateway: Gateway
    address: str
    visits: list[str] = field(default_factory=list[str])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("gateway")
    visits: list[str] = []

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append((await reader.readline()).decode("latin-1"))
        writer.close()

    async with AsyncExitStack() as stack:
        inside = await stack.enter_async_context(await asyncio.start_server(visited, "127.0.0.1", 0))
        servers = {maker.provider: await stack.enter_async_context(maker.serve()) for maker in MAKERS}
        rows = "\n".join(maker.toml(servers[maker.provider].url) for maker in MAKERS)
        keys = {maker.variable: maker.key for maker in MAKERS}
        behind = await stack.enter_async_context(vendor())
        gateway = await stack.enter_async_context(serving(folder, behind, providers=rows, more=keys))
        port = inside.sockets[0].getsockname()[1]
        yield Place(gateway=gateway, address=f"http://127.0.0.1:{port}/metadata", visits=visits)


def bodies(maker: Maker, address: str) -> dict[str, list[dict[str, Any]]]:
    """Requests with an image or a document at `address`, by path."""
    model = {"model": f"{maker.provider}/{maker.model}", "max_tokens": 50}

    def said(*parts: dict[str, Any]) -> dict[str, Any]:
        return model | {"messages": [{"role": "user", "content": [{"type": "text", "text": "Look."}, *parts]}]}

    source = {"type": "url", "url": address}
    content = [{"type": "input_image", "image_url": address}, {"type": "input_file", "file_url": address}]
    return {
        "/v1/chat/completions": [
            said({"type": "image_url", "image_url": {"url": address}}),
            said({"type": "file", "file": {"file_data": address, "filename": "a.pdf"}}),
        ],
        "/v1/messages": [said({"type": "image", "source": source}), said({"type": "document", "source": source})],
        "/v1/responses": [
            {"model": model["model"], "input": [{"role": "user", "content": [part]}]} for part in content
        ],
    }


@EVERY_MAKER
@pytest.mark.parametrize("scheme", ["http", "file"])
async def test_no_address_is_visited(scheme: str, maker: Maker, place: Place) -> None:
    address = place.address if scheme == "http" else "file:///etc/hostname"
    client = place.gateway.client()
    for path, asked in bodies(maker, address).items():
        for body in asked:
            answer = await client.post(path, json=body)
            assert answer.status_code in (200, 400, 403, 503), answer.text
    assert place.visits == []
    assert "fault" not in place.gateway.said
