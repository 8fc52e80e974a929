"""`polydesk serve` as its own process, as an operator starts it, before vendors on loopback."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from polydesk.core.messages import ModelResponse, TextPart
from polydesk.core.receipts import CallReceipt
from polydesk.core.usage import Usage
from polydesk.governance.keys import NewKey, create_key
from polydesk.store.store import Store
from tests.vendors import openai_server
from tests.vendors.http_server import Fault, Received, Scene, VendorServer

PATIENCE_S = 60.0
"""Longer than anything takes on a busy machine; nothing waits so long when all is well."""
MODEL = "openai/gpt-4.1"
SERVER = """
[server]
port = 0
drain_s = {drain_s}
max_request_bytes = {limit}

[survival]
retries = 0
breaker_failures = 1000000
"""
OPENAI = """
[[provider]]
name = "openai"
base_url = "{url}/v1"
"""
WORDS = "The quarter went as planned, and the board may be told so. "
LONG = ModelResponse(
    id="answer_long",
    model="gpt-4.1",
    parts=(TextPart(text=WORDS * 40),),
    finish_reason="stop",
    usage=Usage(input_tokens=100, output_tokens=600),
)


class Vendor(VendorServer):
    """OpenAI, which answers every request with `LONG`, and can hold its answers back in the middle."""

    def __init__(self) -> None:
        super().__init__(openai_server.OpenAIVendor())
        self.hold_at: int | None = None
        """After so many bytes an answer waits for `go_on`; None holds nothing back."""
        self.go_on = asyncio.Event()
        self.holding = 0
        """How many answers have been held back."""

    def _answer(self, scene: Scene, received: Received, headers: dict[str, str]) -> list[bytes]:
        return super()._answer(Scene(response=LONG) if scene == Scene() else scene, received, headers)

    async def _perform(
        self, fault: Fault | None, pieces: list[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if self.hold_at is None:
            return await super()._perform(fault, pieces, reader, writer)
        data = b"".join(pieces)
        writer.write(data[: self.hold_at])
        await writer.drain()
        self.holding += 1
        await self.go_on.wait()
        return await super()._perform(fault, [data[self.hold_at :]], reader, writer)


@dataclass(kw_only=True)
class Gateway:
    """The process, and what can be seen of it from outside."""

    process: asyncio.subprocess.Process
    folder: Path
    url: str
    vendor: Vendor
    _lines: list[str]
    _reading: asyncio.Task[None]
    clients: list[httpx.AsyncClient] = field(default_factory=list[httpx.AsyncClient])

    @property
    def said(self) -> str:
        """Everything that it has written for its operator."""
        return "".join(self._lines)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def client(self, secret: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A program that sends `secret` along."""
        bearer = {} if secret is None else {"authorization": f"Bearer {secret}"}
        client = httpx.AsyncClient(base_url=self.url, headers=bearer | headers, timeout=PATIENCE_S, trust_env=False)
        self.clients.append(client)
        return client

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def until_said(self, words: str) -> None:
        """Wait until it has said `words`."""
        await until(lambda: words in self.said or self._reading.done())
        assert words in self.said, self.said

    async def until_held(self, answers: int = 1) -> None:
        """Wait until the vendor holds back so many answers."""
        await until(lambda: self.vendor.holding >= answers)

    async def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        code = await asyncio.wait_for(self.process.wait(), PATIENCE_S)
        await self._reading
        return code


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that another process brings about."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - it sends no word of it
            await asyncio.sleep(0.01)


@asynccontextmanager
async def records(folder: Path) -> AsyncGenerator[Store]:
    """The records of the gateway in `folder`, as another process sees them."""
    store = Store.open(folder / "data" / "records.db")
    try:
        yield store
    finally:
        store.close()


async def receipts(folder: Path, *, at_least: int = 0) -> list[CallReceipt]:
    """The receipts in `folder`, once there are so many."""
    async with records(folder) as store:
        await until(lambda: len(list(store.calls())) >= at_least)
        return list(store.calls())


async def new_key(folder: Path, name: str = "program", **asked: Any) -> str:
    """The secret of a new key."""
    async with records(folder) as store:
        return create_key(store.keys, NewKey(name=name, **asked), now=datetime.now(UTC))[1]


def environment(folder: Path) -> dict[str, str]:
    """Nothing of the developer's own but where programs are."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "POLYDESK_HOME": str(folder / "data"),
        "POLYDESK_MODELS": str(folder / "models"),
        "OPENAI_API_KEY": openai_server.KEY,
    }


async def polydesk(
    folder: Path, *words: str, more: Mapping[str, str] | None = None, stderr: int = asyncio.subprocess.PIPE
) -> asyncio.subprocess.Process:
    """`polydesk` with `words`, begun, at home in `folder`."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "polydesk", *words),
        env=environment(folder) | dict(more or {}),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
    )


async def done(folder: Path, *words: str, more: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """The exit code of `polydesk` with `words`, what it printed, and what it told its user."""
    process = await polydesk(folder, *words, more=more)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def vendor() -> AsyncGenerator[Vendor]:
    it = Vendor()
    async with it:
        yield it


@asynccontextmanager
async def serving(
    folder: Path,
    vendor: Vendor,
    extra: str = "",
    *,
    drain_s: float = PATIENCE_S,
    limit: int = 1_000_000,
    providers: str | None = None,
    more: Mapping[str, str] | None = None,
    words: Sequence[str] = (),
) -> AsyncGenerator[Gateway]:
    """A gateway over `vendor`, configured with `extra`; whatever still runs at the end is killed.

    `limit` is the most bytes of a request; `providers` rows in place of the one of `vendor`; `more` its environment;
    `words` stand after its command.
    """
    file = folder / "polydesk.toml"
    rows = OPENAI.format(url=vendor.url) if providers is None else providers
    file.write_text(SERVER.format(drain_s=drain_s, limit=limit) + rows + extra)
    vendor.go_on.clear()
    process = await polydesk(folder, "serve", "--config", str(file), *words, more=more)
    lines: list[str] = []
    reading = asyncio.create_task(_read(process, lines))
    gateway = Gateway(process=process, folder=folder, url="", vendor=vendor, _lines=lines, _reading=reading)
    try:
        await gateway.until_said("listens at")
        gateway.url = re.search(r"listens at (http://\S+)", gateway.said)[1]  # pyright: ignore[reportOptionalSubscript]
        yield gateway
    finally:
        vendor.go_on.set()
        for client in gateway.clients:
            await client.aclose()
        if process.returncode is None:
            process.kill()
        await gateway.ended()


async def _read(process: asyncio.subprocess.Process, lines: list[str]) -> None:
    assert process.stderr is not None
    while line := await process.stderr.readline():
        lines.append(line.decode())


def chat(text: str = "Tell the board about the quarter.", **more: Any) -> dict[str, Any]:
    """The body of a question in Chat Completions."""
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], "max_tokens": 1_000} | more


def message(text: str = "Tell the board about the quarter.", **more: Any) -> dict[str, Any]:
    """The body of a question in Messages."""
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], "max_tokens": 1_000} | more
