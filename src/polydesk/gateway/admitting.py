"""Who is let in: keys, limits and budgets as the configuration says, counted here or together with other workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from polydesk.app import App
from polydesk.configuration.sections import Server
from polydesk.core.budgets import Budget
from polydesk.core.errors import LimitsUnavailableError, SettingsError
from polydesk.governance.admission import Admission
from polydesk.governance.limits import KeyLimits
from polydesk.store.places import PostgresPlace

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@asynccontextmanager
async def admitting(app: App, server: Server) -> AsyncGenerator[Admission]:
    """Knows who may ask, until the end of the block; by then every call has been counted.

    Raises SettingsError when anybody could ask, StoreError, and LimitsUnavailableError when the shared limits cannot be
    asked and nobody may be let in without.
    """
    async with AsyncExitStack() as stack:
        admission = await _admission(app, server, stack)
        if server.host not in LOOPBACK and not admission.has_keys:
            raise SettingsError(
                f"The gateway would listen at {server.host}, where others can reach it, and there are no keys. "
                "Make one with `polydesk keys create NAME`, or listen at 127.0.0.1."
            )
        if isinstance(app.store.place, PostgresPlace):
            looking = asyncio.get_running_loop().create_task(admission.keep_looking())
            stack.push_async_callback(_ended, looking)
        yield admission


def unavailable(admission: Admission) -> bool:
    """Whether nobody is let in because the shared limits cannot be asked."""
    from polydesk.governance.shared.admission import SharedAdmission

    return isinstance(admission, SharedAdmission) and admission.when_away == "refuse" and admission.counts.is_away


async def _admission(app: App, server: Server, stack: AsyncExitStack) -> Admission:
    budgets = [msgspec.convert(row, Budget, from_attributes=True) for row in app.world.configuration.budgets]
    limits = msgspec.convert(app.world.configuration.limits, KeyLimits, from_attributes=True)
    is_open = server.open and server.host in LOOPBACK
    if app.world.configuration.shared_limits.url is None:
        return Admission(app.store, budgets=budgets, limits=limits, open=is_open)
    from polydesk.governance.shared.admission import SharedAdmission  # most need no such engine
    from polydesk.governance.shared.counts import SharedCounts
    from polydesk.governance.shared.engine import Engine

    section = app.world.configuration.shared_limits
    engine = Engine(app.world.limits_place, prefix=section.prefix)
    counts = SharedCounts(engine, app.store, lease_s=section.lease_s)
    stack.push_async_callback(counts.close)
    try:
        await counts.open()
    except LimitsUnavailableError:
        if section.when_away == "refuse":
            raise
    return SharedAdmission(app.store, counts, when_away=section.when_away, budgets=budgets, limits=limits, open=is_open)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
