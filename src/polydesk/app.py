"""Where objects are built: catalog, providers that can be used now, records, and the one path to models."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

import msgspec

from polydesk.catalog.card import Dialect, ProviderCard
from polydesk.catalog.load import Catalog, load_catalog
from polydesk.catalog.own_models import card_for, manifest_for
from polydesk.catalog.weights.manifest import WeightsManifest
from polydesk.core.errors import SettingsError
from polydesk.partners.prices import PublicPrices
from polydesk.providers.weights.cache import find_weights, known_manifests
from polydesk.routing.needs import Available
from polydesk.settings import Settings, read_settings

if TYPE_CHECKING:
    from polydesk.inference.inference import Inference
    from polydesk.providers.base import Provider
    from polydesk.providers.http import HttpClient
    from polydesk.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is known without opening anything: enough to list models and say which can be used."""

    settings: Settings
    catalog: Catalog
    """The shipped catalog and the user's own models."""
    manifests: tuple[WeightsManifest, ...]

    def weights_of(self, name: str) -> Path | None:
        """The weights file of the embedded model called `name`; None when it is not on this machine."""
        manifest = manifest_for(name, self.manifests)
        return None if manifest is None else find_weights(manifest, self.settings.places.models_folder)

    def available(self) -> Available:
        """Providers that need no credential or have one, and embedded models whose weights are here, as of now."""
        return Available(
            providers=frozenset(card.name for card in self.catalog.providers if self._is_usable(card)),
            weights=self.pulled(),
        )

    def pulled(self) -> frozenset[str]:
        """Card ids of the embedded models whose weights are on this machine now."""
        inside = {card.name for card in self.catalog.providers if card.base_url is None}
        cards = (card for card in self.catalog.models if card.provider in inside)
        return frozenset(card.id for card in cards if self.weights_of(card.name) is not None)

    def _is_usable(self, card: ProviderCard) -> bool:
        return card.dialect in _BUILDERS and (card.key_variable is None or card.name in self.settings.keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything a task needs, open."""

    world: World
    store: Store
    inference: Inference


def look_around(settings: Settings | None = None) -> World:
    """The world as `settings` describe it; None reads the environment. Raises SettingsError and WeightsError."""
    shipped = load_catalog()
    settings = settings or read_settings(shipped.providers)
    manifests = tuple(known_manifests(settings.places.models_folder))
    today = datetime.now(UTC).date()
    own = [card_for(manifest, today) for manifest in manifests if not _is_known(manifest, shipped)]
    catalog = msgspec.structs.replace(shipped, models=(*shipped.models, *own))
    return World(settings=settings, catalog=catalog, manifests=manifests)


@asynccontextmanager
async def build(settings: Settings | None = None) -> AsyncGenerator[App]:
    """The application over `settings`; None reads the environment. Everything is closed at the end of the block.

    Raises SettingsError and StoreError.
    """
    # Imported here, so that listing models does not load the engines.
    from polydesk.inference.inference import Inference
    from polydesk.store.store import Store

    world = look_around(settings)
    async with AsyncExitStack() as stack:
        store = Store.open(world.settings.places.records_file)
        stack.callback(store.close)
        providers = _providers(world, stack)
        inference = Inference(
            store=store,
            models=world.catalog.models,
            provider_cards=world.catalog.providers,
            providers=providers,
            prices=PublicPrices(world.catalog.providers),
            weights=world.pulled,
        )
        yield App(world=world, store=store, inference=inference)


def _is_known(manifest: WeightsManifest, catalog: Catalog) -> bool:
    return any(manifest_for(card.name, [manifest]) is not None for card in catalog.models)


def _providers(world: World, stack: AsyncExitStack) -> dict[str, Provider]:
    usable = world.available().providers
    http = _HttpClients(world.settings, stack)
    return {
        card.name: _BUILDERS[card.dialect](card, world, http, stack)
        for card in world.catalog.providers
        if card.name in usable
    }


class _HttpClients:
    """One pool of connections for each way out: directly, or through a proxy."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._clients: dict[str | None, HttpClient] = {}

    def to(self, base_url: str) -> HttpClient:
        """The pool through which `base_url` is reached."""
        from polydesk.providers.http import HttpClient

        proxy = proxy_for(base_url, self._settings)
        if proxy not in self._clients:
            client = HttpClient(proxy=proxy, tls=_tls(self._settings.ca_file))
            self._stack.push_async_callback(client.close)
            self._clients[proxy] = client
        return self._clients[proxy]


def proxy_for(base_url: str, settings: Settings) -> str | None:
    """The proxy for an address; None when it is reached directly, as loopback always is."""
    parts = urlsplit(base_url)
    if parts.hostname in (None, "localhost", "127.0.0.1", "::1"):
        return None
    if any(_covers(entry.strip(), parts) for entry in settings.no_proxy.split(",")):
        return None
    return settings.https_proxy if parts.scheme == "https" else settings.http_proxy


def _covers(entry: str, address: SplitResult) -> bool:
    """Whether `address` is meant by an entry of NO_PROXY: `*`, a host, or a domain, each with a port or without."""
    host = (address.hostname or "").lower()
    name, _, port = entry.lower().lstrip(".").partition(":")
    port_fits = port in ("", str(address.port or {"http": 80, "https": 443}.get(address.scheme)))
    return bool(name) and port_fits and (name == "*" or host == name or host.endswith(f".{name}"))


def _tls(ca_file: Path | None) -> ssl.SSLContext | None:
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as exc:  # ssl.SSLError is one
        raise SettingsError(f"SSL_CERT_FILE names {ca_file}, which holds no certificates: {exc}.") from exc


def _base_url(card: ProviderCard, settings: Settings) -> str:
    return settings.base_urls.get(card.name) or card.base_url or ""


def _openai(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.openai import OpenAI

    url = _base_url(card, world.settings)
    return OpenAI(
        http.to(url),
        base_url=url,
        api_key=world.settings.keys.get(card.name),
        provider=card.name,
        reasoning_models=[
            model.name for model in world.catalog.models if model.provider == card.name and model.reasoning
        ],
    )


def _anthropic(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.anthropic import Anthropic

    url = _base_url(card, world.settings)
    limits = {model.name: model.max_output_tokens for model in world.catalog.models if model.provider == card.name}
    return Anthropic(
        http.to(url),
        base_url=url,
        api_key=world.settings.keys.get(card.name),
        provider=card.name,
        max_output_tokens=limits,
    )


def _mistral(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.mistral import Mistral

    url = _base_url(card, world.settings)
    return Mistral(http.to(url), base_url=url, api_key=world.settings.keys.get(card.name), provider=card.name)


def _embedded(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.llamacpp.provider import LlamaCpp

    provider = LlamaCpp(world.weights_of)
    stack.push_async_callback(provider.close)
    return provider


_BUILDERS: Mapping[Dialect, Callable[[ProviderCard, World, _HttpClients, AsyncExitStack], Provider]] = {
    "openai_chat": _openai,
    "anthropic_messages": _anthropic,
    "mistral_chat": _mistral,
    "embedded": _embedded,
}
"""How a provider of each dialect is built, in no order of preference."""
