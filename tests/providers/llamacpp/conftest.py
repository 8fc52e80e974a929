"""The 135M model behind the embedded provider, loaded once for all tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from polydesk.providers.llamacpp.engine import EngineSize
from polydesk.providers.llamacpp.provider import LlamaCpp
from tests.providers.llamacpp.samples import MODEL


@pytest.fixture(scope="session")
def engine(small_weights: Path) -> Iterator[LlamaCpp]:
    """Three requests at once, with 1,024 tokens each."""
    provider = LlamaCpp(
        lambda name: small_weights if name == MODEL else None,
        EngineSize(context_tokens=1024, parallel=3, threads=1),
    )
    yield provider
    asyncio.run(provider.close())


@pytest.fixture
def narrow_engine(small_weights: Path) -> Iterator[LlamaCpp]:
    """One request at a time, with as many tokens as the model can hold: an answer that nobody ends is very long."""
    provider = LlamaCpp(lambda name: small_weights, EngineSize(parallel=1, threads=1))
    yield provider
    asyncio.run(provider.close())
