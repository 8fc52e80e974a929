"""Keys that are made and revoked while the gateway runs, as an operator does it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from tests.flows.gateway.process import PATIENCE_S, Gateway, chat, done, serving, vendor

NOTICED_S = 2.0
"""What `polydesk keys revoke --help` promises."""


async def status_becomes(wanted: int, client: httpx.AsyncClient) -> float:
    """Ask until `wanted` is answered; gives how long that took in seconds of waiting, the asking itself left out."""
    waited_s = 0.0
    async with asyncio.timeout(PATIENCE_S):
        while (await client.post("/v1/chat/completions", json=chat())).status_code != wanted:
            await asyncio.sleep(0.1)
            waited_s += 0.1
    return waited_s


async def test_keys_are_noticed_in_time(tmp_path: Path) -> None:
    async with vendor() as behind, serving(tmp_path, behind) as gateway:
        assert (await asked(gateway, None)).status_code == 200, "before there are keys, this machine needs none"
        first, second = await made(tmp_path, "first"), await made(tmp_path, "second", "--model", "openai/gpt-4.1-mini")
        assert await status_becomes(401, gateway.client()) < NOTICED_S
        assert (await asked(gateway, first)).status_code == 200
        assert (await asked(gateway, second)).status_code == 403
        await revoke(tmp_path, "first")
        assert await status_becomes(401, gateway.client(first)) < NOTICED_S
        assert "revoked" in (await asked(gateway, first)).json()["error"]["message"]
        assert (await asked(gateway, second)).status_code == 403
        await revoke(tmp_path, "second")
        assert await status_becomes(401, gateway.client(second)) < NOTICED_S
        assert (await asked(gateway, None)).status_code == 401, "who has ever made a key wants one"


async def made(folder: Path, *words: str) -> str:
    code, out, err = await done(folder, "keys", "create", *words)
    assert code == 0, err
    return out.strip()


async def revoke(folder: Path, key: str) -> None:
    code, _, err = await done(folder, "keys", "revoke", key)
    assert code == 0, err


async def asked(gateway: Gateway, secret: str | None) -> httpx.Response:
    return await gateway.client(secret).post("/v1/chat/completions", json=chat())
