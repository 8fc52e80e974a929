"""The running gateway: built from the application, served until it is told to stop, and drained."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import resource
import signal
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec

from polydesk import __version__
from polydesk.app import App, World, build
from polydesk.catalog.card import ModelCard
from polydesk.configuration.sections import Server
from polydesk.core.errors import SettingsError
from polydesk.core.usage import Usage
from polydesk.gateway.admitting import admitting, unavailable
from polydesk.gateway.cache.cache import open_cache
from polydesk.gateway.cache.desk import CacheDesk
from polydesk.gateway.desk import Desk
from polydesk.gateway.gateway import Gateway, exchanges
from polydesk.gateway.pages import Pages
from polydesk.gateway.server.listener import Listener, ServerLimits
from polydesk.gateway.watching import TelemetryWatcher
from polydesk.gateway.workers import WorkerEnd
from polydesk.governance.admission import Admission
from polydesk.inference.plan_cache import rounded
from polydesk.partners.prices import PublicPrices
from polydesk.routing.candidates import candidates
from polydesk.routing.needs import Choice, Needs
from polydesk.routing.plans import Plan
from polydesk.settings import Settings
from polydesk.store.call_logs import AnyCallLog, fault_of, open_call_log
from polydesk.store.store import Store
from polydesk.telemetry.options import TelemetryOptions
from polydesk.telemetry.semconv import server_of
from polydesk.telemetry.telemetry import Telemetry, open_telemetry

_KEPT_COSTS = 4_096
_YOUNG_OBJECTS = 50_000
"""Values live as long as their request; looking for cycles among them every 700 costs a twentieth of the time."""


class Running:
    """A gateway that serves."""

    def __init__(self, app: App, listener: Listener, host: str, port: int) -> None:
        self.app = app
        self.listener = listener
        self.url = url_of(host, port)
        self.port = port

    async def drain(self) -> bool:
        """Take no more requests and let running answers finish; tells whether all did."""
        return await self.listener.drain(self.app.world.configuration.server.drain_s)


@asynccontextmanager
async def running(
    settings: Settings | None = None,
    *,
    config_file: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    shares_port: bool = False,
) -> AsyncGenerator[Running]:
    """The gateway over what the environment and the configuration say, until the end of the block.

    `host` and `port` go before the configuration's; `shares_port` lets other processes listen there too. Raises
    SettingsError, also for an address that cannot be listened at, StoreError, and LimitsUnavailableError.
    """
    logs: list[AnyCallLog] = []

    def recorder(store: Store, world: World) -> AnyCallLog:
        logs.append(open_call_log(store.place, durability=world.configuration.records.durability))
        return logs[-1]

    async with build(settings, config_file=config_file, recorder=recorder) as app, AsyncExitStack() as stack:
        server = _server(app.world.configuration.server, host, port)
        admission = await stack.enter_async_context(admitting(app, server))
        telemetry = _telemetry(app.world)
        listener = _listener(app, admission, telemetry, server, ready=lambda: _fault(logs, admission))
        if telemetry.metrics is not None:
            for log in logs:
                log.on_commit = telemetry.metrics.record_commit
        try:
            await _load_embedded(app)
            bound = await _bound(listener, server, shared=shares_port)
            yield Running(app, listener, server.host, bound)
        finally:
            await listener.drain(0.0)
            for log in logs:
                await log.close()
            await asyncio.to_thread(telemetry.close)


def refuse_address(host: str, port: int, error: OSError) -> SettingsError:
    """What to say when the gateway cannot listen there."""
    # What asyncio says names the address again; of names that do not resolve it has no number of the system's.
    reason = (
        os.strerror(error.errno) if error.errno and error.errno in errno.errorcode else error.strerror or str(error)
    )
    return SettingsError(
        f"The gateway cannot listen at {host}, port {port}: {reason[:1].lower()}{reason[1:]}. "
        "Name another with --host and --port, or in [server]."
    )


async def serve(
    config_file: Path | None,
    host: str | None,
    port: int | None,
    *,
    say: Callable[[str], None],
    worker: WorkerEnd | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second signal ends at once. `say` tells the operator.

    `worker` is what a process among several has of its supervisor, which heeds SIGINT for it and speaks for it.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM,) if worker else (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if worker is not None:
        loop.add_reader(worker.alive_fd, _orphaned, worker, stop)
    _take_files()
    async with running(config_file=config_file, host=host, port=port, shares_port=worker is not None) as gateway:
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS, 10, 10)
        if worker is None:
            say(listens_words(gateway.url))
        else:
            worker.ready()
        await stop.wait()
        stop.clear()
        if worker is None:
            say(f"Stopping; {gateway.listener.answering} answers are finished first. Once more stops at once.")
        draining = asyncio.ensure_future(gateway.drain())
        await asyncio.wait({draining, asyncio.ensure_future(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        draining.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            if not await draining:
                say("Some answers were cut off.")


async def _bound(listener: Listener, server: Server, *, shared: bool) -> int:
    """The port at which `listener` now listens."""
    try:
        return await listener.listen(server.host, server.port, shared=shared)
    except OSError as exc:
        raise refuse_address(server.host, server.port, exc) from exc


def listens_words(url: str) -> str:
    """What is said once the gateway listens."""
    return f"Polydesk listens at {url} (OpenAI: {url}/v1, Anthropic: {url})."


def url_of(host: str, port: int) -> str:
    """The address of a gateway."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _orphaned(worker: WorkerEnd, stop: asyncio.Event) -> None:
    """The supervisor is no more: finish what runs, and end."""
    asyncio.get_running_loop().remove_reader(worker.alive_fd)
    stop.set()


def _server(section: Server, host: str | None, port: int | None) -> Server:
    changes = {"host": host, "port": port}
    return msgspec.structs.replace(section, **{name: value for name, value in changes.items() if value is not None})


def _telemetry(world: World) -> Telemetry:
    section = world.configuration.telemetry
    return open_telemetry(
        TelemetryOptions(
            otlp_endpoint=section.otlp_endpoint,
            sample_ratio=section.sample,
            metrics=section.metrics,
            log_level=section.log_level,
            log_format=section.log_format,
            log_content=section.log_content,
        ),
        version=__version__,
        models=[card.id for card in world.catalog.models],
        servers={card.name: server_of(card.name, card.base_url) for card in world.catalog.providers},
        secrets=world.settings.keys.values(),
    )


def _fault(logs: Sequence[AnyCallLog], admission: Admission) -> str | None:
    """Why no request should come, though the server runs; None when it should."""
    if any(fault_of(log) is not None for log in logs):
        return "records unavailable"
    return "limits unavailable" if unavailable(admission) else None


def _listener(
    app: App, admission: Admission, telemetry: Telemetry, server: Server, *, ready: Callable[[], str | None]
) -> Listener:
    dialects = {card.name: card.dialect for card in app.world.catalog.providers}
    desk = Desk(
        inference=app.inference,
        admission=admission,
        resolve=app.world.resolve,
        worst_cost_usd=WorstCost(PublicPrices(app.world.catalog.providers, app.world.catalog.models)),
        watcher=TelemetryWatcher(telemetry, dialects),
        dialects=dialects,
        clock=lambda: datetime.now(UTC),
        elapsed_s=time.monotonic,
        request_timeout_s=server.request_timeout_s,
        cache=_cache(app),
    )
    gateway = Gateway(desk, exchanges())
    limits = ServerLimits(
        max_body_bytes=server.max_request_bytes,
        read_s=server.header_timeout_s + server.body_timeout_s,
        keep_alive_s=server.keep_alive_s,
    )
    listener = Listener(gateway, limits=limits, refuse=gateway.refuse)
    metrics = telemetry.metrics
    pages = Pages(
        desk,
        near=gateway.door_near,
        models=lambda: usable_models(app.world),
        virtual=list(app.world.plans),
        providers=app.providers,
        receipt=app.store.call_receipt,
        ready=lambda: "draining" if listener.draining else ready(),
        metrics=None if metrics is None else lambda: (metrics.render(), metrics.content_type.encode("ascii")),
    )
    gateway.add(pages.table())
    if metrics is not None:
        metrics.watch_in_flight(lambda: float(listener.answering))
        metrics.watch_open_streams(lambda: float(listener.streaming))
        metrics.watch_breakers(lambda: {vitals.model: vitals.state for vitals in app.inference.health.vitals()})
        metrics.watch("polydesk_connections", "Connections of clients.", lambda: float(listener.connections))
    return listener


def _cache(app: App) -> CacheDesk | None:
    section = app.world.configuration.cache
    cache = open_cache(
        exact=section.exact,
        semantic=section.semantic,
        similarity=section.similarity,
        max_entries=section.max_entries,
        max_bytes=section.max_bytes,
        ttl_s=section.ttl_s,
        elapsed_s=time.monotonic,
    )
    if cache is None:
        return None
    return CacheDesk(cache, app.inference, embedding_model=section.embedding_model, elapsed_s=time.monotonic)


class _KeptCost(NamedTuple):
    plan: Plan
    needs: Needs
    cost_usd: Decimal | None


def _covers(kept: Needs, needs: Needs) -> bool:
    """Whether a cost for `kept` is one for `needs` too, or above it by the rounding at most."""
    if needs.input_tokens > kept.input_tokens:
        return False
    if kept.output_tokens is None or needs.output_tokens is None:
        return kept.output_tokens is needs.output_tokens
    return needs.output_tokens <= kept.output_tokens


class WorstCost:
    """What a call may cost at most: with the dearest model of its plan, read and written to its limits."""

    def __init__(self, prices: PublicPrices) -> None:
        self._prices = prices
        self._kept: dict[int, _KeptCost] = {}

    def __call__(self, plan: Plan, needs: Needs) -> Decimal | None:
        """In USD; None when the price of any model of the plan is unknown. Plans are shared, so what is found is kept.

        A plan is kept with its cost, so that no other one can have its identity meanwhile. What is found for the most
        tokens counts: those who share a plan hardly differ.
        """
        kept = self._kept.get(id(plan))
        if kept is not None and _covers(kept.needs, needs):
            return kept.cost_usd
        if len(self._kept) >= _KEPT_COSTS:
            self._kept.clear()
        needs = rounded(needs)
        cost_usd = self._found(plan, needs)
        self._kept[id(plan)] = _KeptCost(plan, needs, cost_usd)
        return cost_usd

    def _found(self, plan: Plan, needs: Needs) -> Decimal | None:
        now = datetime.now(UTC)
        costs = [self._cost_usd(step.card, needs, now) for step in plan.steps]
        known = [cost for cost in costs if cost is not None]
        return max(known) if len(known) == len(costs) else None

    def _cost_usd(self, card: ModelCard, needs: Needs, now: datetime) -> Decimal | None:
        written = card.max_output_tokens if needs.output_tokens is None else needs.output_tokens
        usage = Usage(input_tokens=needs.input_tokens, output_tokens=written if card.kind == "chat" else 0)
        return self._prices.price(provider=card.provider, models=[card.name], usage=usage, at=now).cost_usd


def usable_models(world: World) -> list[ModelCard]:
    """The models that can be asked now, the better ones first."""
    catalog = world.catalog
    able: list[ModelCard] = []
    for kind in ("chat", "embedding", "rerank"):
        needs = Needs(input_tokens=0, kind=kind)
        choice = Choice(data_class="public")
        able += candidates(needs, choice, catalog.models, catalog.providers, world.available())[0]
    return sorted(able, key=lambda card: (-card.quality, card.id))


async def _load_embedded(app: App) -> None:
    """Load the model of this machine before the first request, where nothing else could answer.

    Loading holds the interpreter for about a second a gigabyte, in which nobody would be answered.
    """
    provider = app.providers.get("embedded")
    load = getattr(provider, "load", None)
    able = usable_models(app.world)
    if load is None or not able or any(card.provider != "embedded" for card in able):
        return
    await load(able[0].name)


def _take_files() -> None:
    """Let the process open as many files as it may: every stream takes two."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
