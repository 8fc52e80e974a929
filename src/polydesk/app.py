"""Where objects are built: catalog, providers that can be used now, records, and the one path to models."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

import msgspec

from polydesk.catalog.card import Dialect, ProviderCard
from polydesk.catalog.load import Catalog, load_catalog
from polydesk.catalog.own_models import card_for, manifest_for
from polydesk.catalog.weights.manifest import WeightsManifest
from polydesk.configuration.merging import key_files, mailbox_source, merged, password_sources
from polydesk.configuration.plans import AUTO, BUILT_IN, Resolved, resolve
from polydesk.configuration.reading import read_configuration
from polydesk.configuration.sections import Configuration, MailboxRow, PlanRow, SurvivalSection
from polydesk.core.errors import SettingsError, UsageError
from polydesk.partners.prices import PublicPrices
from polydesk.providers.weights.cache import find_weights, known_manifests
from polydesk.routing.needs import Available, Choice
from polydesk.settings import (
    Places,
    Settings,
    read_config_file,
    read_mailbox_secret,
    read_places,
    read_settings,
)
from polydesk.store.places import PostgresPlace, RecordsPlace

if TYPE_CHECKING:
    from polydesk.governance.shared.engine import EnginePlace
    from polydesk.inference.inference import Inference
    from polydesk.inference.recording import Recorder
    from polydesk.inference.survival import Survival
    from polydesk.mailboxes.base import Account, Mailbox
    from polydesk.providers.base import Provider
    from polydesk.providers.http import HttpClient
    from polydesk.providers.openai_api import HostFacts
    from polydesk.providers.vertex import VertexPlace
    from polydesk.store.store import Store


CONNECTIONS = 1_000
"""Most connections to one address, where the configuration says nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is known without opening anything: enough to list models and say which can be used."""

    settings: Settings
    catalog: Catalog
    """The shipped catalog and the user's own models, as the configuration changes them."""
    manifests: tuple[WeightsManifest, ...]
    configuration: Configuration = field(default_factory=Configuration)
    config_file: Path | None = None
    """Where the configuration stands; None when there is no file."""
    _resolved: dict[str, Resolved] = field(default_factory=dict[str, Resolved], repr=False, compare=False)
    """Names that were resolved before: every call of a program asks for one."""

    @property
    def plans(self) -> Mapping[str, PlanRow]:
        """Every virtual model by its name: those of the configuration, and those that need none."""
        return {**BUILT_IN, **self.configuration.plans}

    @property
    def records_place(self) -> RecordsPlace:
        """Where records are kept."""
        url = self.configuration.records.url
        if url is None:
            return self.settings.places.records_file
        return PostgresPlace(url=url, password=self.settings.passwords.get("records"))

    @property
    def limits_place(self) -> EnginePlace:
        """Where the limits that workers share are counted; only where the configuration names a place."""
        from polydesk.governance.shared.engine import EnginePlace  # most need no such engine

        section = self.configuration.shared_limits
        assert section.url is not None
        return EnginePlace(
            url=section.url, password=self.settings.passwords.get("shared_limits"), timeout_s=section.timeout_s
        )

    def resolve(self, name: str) -> Resolved:
        """What a model's name, as a program sends it, means. Raises UsageError for a name that means nothing."""
        found = self._resolved.get(name)
        if found is None:
            found = self._resolved[name] = resolve(name, self.plans, self.catalog.models)
        return found

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
        has_key = card.key_variable is None or card.name in self.settings.keys
        has_key = has_key or (card.dialect == "bedrock_converse" and self.settings.aws is not None)
        host = {**card.settings, **self.settings.hosts.get(card.name, {})}
        return card.dialect in _BUILDERS and has_key and all(name in host for name in card.variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything a task needs, open."""

    world: World
    store: Store
    inference: Inference
    providers: Mapping[str, Provider]
    """Those that can be used now, by name."""

    def choice(self, model: str | None) -> Choice:
        """What somebody who names `model` has chosen; None leaves it to the plan for everything.

        Raises UsageError for a name that means nothing.
        """
        return self.world.resolve(model or AUTO).choice


def look_around(settings: Settings | None = None, *, config_file: Path | None = None) -> World:
    """The world as the environment and the configuration describe it. Raises SettingsError and WeightsError.

    `settings` None reads the environment; given ones must have been read for every provider whose key matters.
    `config_file` None takes the file that the environment, or `settings`, names.
    """
    places = read_places() if settings is None else settings.places
    file = config_file or (read_config_file() if settings is None else settings.config_file)
    manifests = tuple(known_manifests(places.models_folder))
    known = known_catalog(places, manifests)
    configuration = read_configuration(file, known)
    catalog = merged(configuration, known, file=str(file), today=datetime.now(UTC).date())
    settings = settings or read_settings(
        catalog.providers, key_files=key_files(configuration), passwords=password_sources(configuration)
    )
    return World(settings=settings, catalog=catalog, manifests=manifests, configuration=configuration, config_file=file)


def configured_mailbox(name: str, *, config_file: Path | None = None) -> Mailbox:
    """The live mailbox of that name in the configuration, opened.

    Raises UsageError when there is none of that name, SettingsError, WeightsError and MailboxError.
    """
    # Imported here, so that nothing else loads what speaks to mail servers.
    from polydesk.mailboxes.opening import open_mailbox

    world = look_around(config_file=config_file)
    row = world.configuration.mailboxes.get(name)
    if row is None:
        known = ", ".join(sorted(world.configuration.mailboxes)) or "none"
        raise UsageError(
            f"{name} is neither a file or folder nor a mailbox of the configuration; the mailboxes there are: {known}."
        )
    secret = read_mailbox_secret(name, mailbox_source(row))
    return open_mailbox(_account(name, row, secret), tls=_tls(world.settings.ca_file))


def _account(name: str, row: MailboxRow, secret: str) -> Account:
    from polydesk.mailboxes.base import Account, Refresh

    refresh = None
    if row.token_url is not None and row.client_id is not None:
        refresh = Refresh(token_url=row.token_url, client_id=row.client_id, scope=row.scope)
    return Account(
        name=name,
        kind=row.kind,
        user=row.user,
        secret=secret,
        host=row.host or "",
        port=row.port,
        security=row.security,
        auth=row.auth,
        base_url=row.base_url,
        refresh=refresh,
        own_addresses=row.own_addresses,
        drafts=row.drafts,
    )


def records_place(config_file: Path | None = None) -> RecordsPlace:
    """Where records are kept, found without looking at anything else where there is no configuration.

    Raises SettingsError and WeightsError.
    """
    file = config_file or read_config_file()
    return read_places().records_file if file is None else look_around(config_file=file).records_place


def known_catalog(places: Places, manifests: Sequence[WeightsManifest] | None = None) -> Catalog:
    """What there is without a configuration: the shipped catalog and the user's own weights. Raises WeightsError."""
    shipped = load_catalog()
    today = datetime.now(UTC).date()
    manifests = known_manifests(places.models_folder) if manifests is None else manifests
    own = [card_for(manifest, today) for manifest in manifests if not _is_known(manifest, shipped)]
    return msgspec.structs.replace(shipped, models=(*shipped.models, *own))


@asynccontextmanager
async def build(
    settings: Settings | None = None,
    *,
    config_file: Path | None = None,
    recorder: Callable[[Store, World], Recorder] | None = None,
) -> AsyncGenerator[App]:
    """The application over what `look_around` finds. Everything is closed at the end of the block.

    `recorder` makes what writes calls down, over the store; None writes them one by one.
    Raises SettingsError, WeightsError and StoreError.
    """
    # Imported here, so that listing models does not load the engines.
    from polydesk.inference.inference import Inference
    from polydesk.store.store import Store

    world = look_around(settings, config_file=config_file)
    async with AsyncExitStack() as stack:
        store = Store.open(world.records_place)
        stack.callback(store.close)
        providers = _providers(world, stack)
        inference = Inference(
            store=store,
            models=world.catalog.models,
            provider_cards=world.catalog.providers,
            providers=providers,
            prices=PublicPrices(world.catalog.providers, world.catalog.models),
            weights=world.pulled,
            survival=survival_of(world.configuration.survival),
            recorder=None if recorder is None else recorder(store, world),
        )
        yield App(world=world, store=store, inference=inference, providers=providers)


def survival_of(section: SurvivalSection) -> Survival:
    """How hard calls try, as the configuration says."""
    from polydesk.inference.survival import Survival

    return Survival(
        first_token_s=section.first_token_timeout_s,
        idle_s=section.idle_timeout_s,
        min_idle_s=section.min_idle_timeout_s,
        hedge=section.hedge,
        hold_tool_calls=section.hold_tool_calls,
        retries=section.retries,
        retry_delay_s=section.retry_delay_s,
        breaker_failures=section.breaker_failures,
        breaker_open_s=section.breaker_open_s,
        queue_wait_s=section.queue_wait_s,
    )


def _is_known(manifest: WeightsManifest, catalog: Catalog) -> bool:
    return any(manifest_for(card.name, [manifest]) is not None for card in catalog.models)


def _providers(world: World, stack: AsyncExitStack) -> dict[str, Provider]:
    usable = world.available().providers
    http = _HttpClients(world, stack)
    return {
        card.name: _BUILDERS[card.dialect](card, world, http, stack)
        for card in world.catalog.providers
        if card.name in usable
    }


class _HttpClients:
    """One pool of connections for each way out, directly or through a proxy, and each bound on their number."""

    def __init__(self, world: World, stack: AsyncExitStack) -> None:
        self._settings = world.settings
        self._stack = stack
        self._clients: dict[tuple[str | None, int], HttpClient] = {}
        rows = ((card, world.configuration.provider(card.name)) for card in world.catalog.providers)
        self._most = {_base_url(card, world.settings): row.connections for card, row in rows if row and row.connections}

    def to(self, base_url: str) -> HttpClient:
        """The pool through which `base_url` is reached."""
        from polydesk.providers.http import HttpClient

        proxy = proxy_for(base_url, self._settings)
        way = (proxy, self._most.get(base_url, CONNECTIONS))
        if way not in self._clients:
            client = HttpClient(proxy=proxy, tls=_tls(self._settings.ca_file), connections=way[1])
            self._stack.push_async_callback(client.close)
            self._clients[way] = client
        return self._clients[way]


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
    key = world.settings.keys.get(card.name)
    return OpenAI(http.to(url), base_url=url, api_key=key, provider=card.name, facts=_openai_facts(card, world))


def _azure(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.azure import Azure

    url = _base_url(card, world.settings)
    return Azure(
        http.to(url),
        base_url=url,
        api_key=world.settings.keys.get(card.name),
        api_version=_host_settings(card, world).get("api_version"),
        provider=card.name,
        facts=_openai_facts(card, world),
    )


def _openai_facts(card: ProviderCard, world: World) -> HostFacts:
    from polydesk.providers.openai_api import HostFacts

    models = [model for model in world.catalog.models if model.provider == card.name]
    return HostFacts(
        dialect="openai_responses" if card.dialect == "openai_responses" else "openai_chat",
        dialects={model.name: model.dialect for model in models if model.dialect is not None},
        reasoning_models=frozenset(model.name for model in models if model.reasoning),
        quirks=card.quirks,
        model_quirks={model.name: model.quirks for model in models if model.quirks},
        prefix_path=_host_settings(card, world).get("prefix_path", ""),
    )


def _host_settings(card: ProviderCard, world: World) -> Mapping[str, str]:
    return {**card.settings, **world.settings.hosts.get(card.name, {})}


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
        quirks=_quirks(card, world),
    )


def _gemini(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.gemini import Gemini, GeminiApi

    url = _base_url(card, world.settings)
    host = GeminiApi(base_url=url, api_key=world.settings.keys.get(card.name))
    return Gemini(http.to(url), host=host, provider=card.name, quirks=_quirks(card, world))


def _gemini_on_vertex(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.gemini import Gemini
    from polydesk.providers.vertex import GeminiOnVertex

    place = _vertex_place(card, world, http)
    host = GeminiOnVertex(place)
    return Gemini(http.to(place.base_url), host=host, provider=card.name, quirks=_quirks(card, world))


def _anthropic_on_vertex(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.anthropic import Anthropic
    from polydesk.providers.vertex import AnthropicOnVertex

    place = _vertex_place(card, world, http)
    return Anthropic(
        http.to(place.base_url),
        host=AnthropicOnVertex(place),
        provider=card.name,
        max_output_tokens={
            model.name: model.max_output_tokens for model in world.catalog.models if model.provider == card.name
        },
        quirks=_quirks(card, world),
    )


def _vertex_place(card: ProviderCard, world: World, http: _HttpClients) -> VertexPlace:
    from polydesk.providers.google_token import TOKEN_URL, GoogleToken
    from polydesk.providers.vertex import VertexPlace, vertex_base_url

    settings = {**card.settings, **world.settings.hosts.get(card.name, {})}
    file = Path(settings["credentials"]).expanduser()
    url = _base_url(card, world.settings)
    # The catalog has the address of the whole world; a smaller place has one of its own.
    base_url = vertex_base_url(settings["location"]) if url == vertex_base_url("global") else url
    token = GoogleToken(http.to(TOKEN_URL), file, provider=card.name)
    return VertexPlace(token=token, project=settings["project"], location=settings["location"], base_url=base_url)


def _quirks(card: ProviderCard, world: World) -> dict[str, frozenset[str]]:
    return {model.name: model.quirks for model in world.catalog.models if model.provider == card.name}


def _any_llm(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.any_llm import AnyLlm

    return AnyLlm(
        vendor=card.settings.get("vendor", card.name),
        api_key=world.settings.keys.get(card.name),
        base_url=_base_url(card, world.settings) or None,
        provider=card.name,
    )


def _bedrock(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.bedrock import AwsKeys, Bedrock, bedrock_base_url

    aws = world.settings.aws
    keys = None
    if aws is not None and aws.access_key_id is not None and aws.secret_access_key is not None:
        keys = AwsKeys(
            access_key_id=aws.access_key_id, secret_access_key=aws.secret_access_key, session_token=aws.session_token
        )
    region = {**card.settings, **world.settings.hosts.get(card.name, {})}["region"]
    url = _base_url(card, world.settings)
    # The catalog has the address of one region; whoever names another address means it, in any region.
    url = bedrock_base_url(region) if url == bedrock_base_url("us-east-1") else url
    return Bedrock(
        http.to(url),
        base_url=url,
        region=region,
        bearer_token=world.settings.keys.get(card.name),
        keys=keys,
        profile=None if aws is None else aws.profile,
        provider=card.name,
        quirks={model.name: model.quirks for model in world.catalog.models if model.provider == card.name},
    )


def _cohere(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.cohere import Cohere

    url = _base_url(card, world.settings)
    return Cohere(http.to(url), base_url=url, api_key=world.settings.keys.get(card.name), provider=card.name)


def _mistral(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.mistral import Mistral

    url = _base_url(card, world.settings)
    return Mistral(http.to(url), base_url=url, api_key=world.settings.keys.get(card.name), provider=card.name)


def _embedded(card: ProviderCard, world: World, http: _HttpClients, stack: AsyncExitStack) -> Provider:
    from polydesk.providers.embedded import Embedded
    from polydesk.providers.llamacpp.provider import LlamaCpp
    from polydesk.providers.static_vectors.provider import StaticVectors

    vectors = StaticVectors(lambda name: manifest_for(name, world.manifests), world.weights_of)
    provider = Embedded(LlamaCpp(world.weights_of), vectors)
    stack.push_async_callback(provider.close)
    return provider


_BUILDERS: Mapping[Dialect, Callable[[ProviderCard, World, _HttpClients, AsyncExitStack], Provider]] = {
    "openai_chat": _openai,
    "openai_responses": _openai,
    "azure_openai": _azure,
    "anthropic_messages": _anthropic,
    "anthropic_vertex": _anthropic_on_vertex,
    "gemini": _gemini,
    "gemini_vertex": _gemini_on_vertex,
    "any_llm": _any_llm,
    "bedrock_converse": _bedrock,
    "cohere_chat": _cohere,
    "mistral_chat": _mistral,
    "embedded": _embedded,
}
"""How a provider of each dialect is built, in no order of preference."""
