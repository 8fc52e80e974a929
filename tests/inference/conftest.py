"""A small world of providers for the tests of the one path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from polydesk.inference.answers import Build, same_request
from polydesk.inference.inference import Inference
from polydesk.inference.survival import Survival
from polydesk.partners.prices import PublicPrices
from polydesk.providers.base import Provider
from polydesk.routing.needs import Choice
from polydesk.routing.plans import Plan
from polydesk.store.store import Store
from tests.inference.samples import MODELS, NEEDS, PROVIDERS, REQUEST

ONCE = Survival(retries=0)
"""Nobody is asked twice, so that a script of one answer for each provider is enough."""


@dataclass(kw_only=True)
class World:
    """An inference over given providers, and its store."""

    store: Store
    inference: Inference
    build: Build = field(default_factory=lambda: same_request(REQUEST))

    def plan(self, model: str | None = None) -> Plan:
        return self.inference.plan(NEEDS, Choice(model=model))


class Worlds:
    """Makes worlds that share one store and wait for nothing."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.slept_s: list[float] = []
        """How long each wait would have been."""

    def of(self, providers: Mapping[str, Provider], survival: Survival = ONCE, *, prefill: bool = False) -> World:
        inference = Inference(
            store=self.store,
            models=[msgspec.structs.replace(card, prefill=prefill) for card in MODELS],
            provider_cards=PROVIDERS,
            providers=providers,
            prices=PublicPrices(PROVIDERS),
            sleep=self._sleep,
            survival=survival,
            weights=lambda: frozenset({"inside/small"}),
        )
        return World(store=self.store, inference=inference)

    async def _sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Worlds]:
    store = Store.open(tmp_path / "records.db")
    yield Worlds(store)
    store.close()


@pytest.fixture(scope="module")
def survival_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that is opened once for many examples."""
    opened = Store.open(tmp_path_factory.mktemp("survival") / "records.db")
    yield opened
    opened.close()
