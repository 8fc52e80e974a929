"""`polydesk serve` as its own process before local vendor servers, for clients that others wrote."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.sdk.makers import MAKERS
from tests.vendors.http_server import VendorServer

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
KEY = "any-key"
"""There are no keys, so that any is good on this machine."""
CONFIGURATION = """
[server]
port = 0
drain_s = 5

[records]
durability = "process"

[survival]
retries = 0
first_token_timeout_s = 5
idle_timeout_s = 5

[telemetry]
log_level = "warning"
"""


@dataclass(frozen=True, kw_only=True)
class Running:
    """The gateway and the vendors behind it."""

    url: str
    vendors: Mapping[str, VendorServer]
    """By provider name."""


@asynccontextmanager
async def running(folder: Path, extra: str = "") -> AsyncGenerator[Running]:
    """A gateway whose configuration names a local server for each provider, and `extra`."""
    async with AsyncExitStack() as stack:
        vendors = {maker.provider: await stack.enter_async_context(maker.serve()) for maker in MAKERS}
        rows = [maker.toml(vendors[maker.provider].url) for maker in MAKERS]
        config_file = folder / "polydesk.toml"
        config_file.write_text("\n".join([CONFIGURATION, *rows, extra]))
        environment = {maker.variable: maker.key for maker in MAKERS}
        served = await stack.enter_async_context(serve(config_file, folder, environment))
        yield Running(url=served.url, vendors=vendors)


@dataclass(frozen=True, kw_only=True)
class Served:
    """`polydesk serve` as a process."""

    url: str
    process: asyncio.subprocess.Process


@asynccontextmanager
async def serve(config_file: Path, folder: Path, environment: Mapping[str, str]) -> AsyncGenerator[Served]:
    """The program, told to stop at the end of the block; it must end well and have had no fault of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "polydesk", "serve", "--config", str(config_file)),
        env={**_environment(folder), **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said: list[str] = []
    try:
        url = await asyncio.wait_for(_address(process.stderr, said), PATIENCE_S)
        yield Served(url=url, process=process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        said.append((await asyncio.wait_for(process.stderr.read(), PATIENCE_S)).decode())
        await asyncio.wait_for(process.wait(), PATIENCE_S)
    assert process.returncode == 0, "".join(said)
    assert "Traceback" not in "".join(said), "".join(said)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the developer's own but where programs are."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT / "src"),
        "POLYDESK_HOME": str(folder / "data"),
        "POLYDESK_MODELS": str(folder / "models"),
    }


async def _address(lines: asyncio.StreamReader, said: list[str]) -> str:
    """Where the gateway says that it listens."""
    while line := (await lines.readline()).decode():
        said.append(line)
        found = re.search(r"listens at (http://\S+)", line)
        if found is not None:
            return found[1]
    raise AssertionError(f"polydesk serve ended: {''.join(said)}")
