"""One gateway for the tests of a module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.sdk.clients import Clients, clients
from tests.sdk.running import KEY, Running, running


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-page", action="store_true", help="write docs/reference/fidelity.md from what is observed")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """`polydesk serve` before a local server of each vendor."""
    async with running(tmp_path_factory.mktemp("gateway")) as it:
        yield it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def official(gateway: Running) -> AsyncIterator[Clients]:
    """The vendors' own clients before it."""
    made = clients(gateway.url, KEY)
    yield made
    await made.openai.close()
    await made.anthropic.close()
