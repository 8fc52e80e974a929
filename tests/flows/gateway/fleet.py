"""A gateway of several workers on PostgreSQL and Valkey's protocol, and what both say of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import valkey

from polydesk.core.money import usd_of_nano
from polydesk.governance.keys import NewKey, create_key
from polydesk.store.places import PostgresPlace
from polydesk.store.store import Store
from tests.flows.gateway.process import PATIENCE_S, Gateway, Vendor, serving
from tests.postgres import Cluster
from tests.redis_server import LimitsServer

WORKERS = 4
LEASE_S = 1.0
CONFIGURATION = """
[records]
url = "{records}"
password_env = "RECORDS_PASSWORD"

[shared_limits]
url = "{limits}"
password_env = "LIMITS_PASSWORD"
prefix = "{prefix}"
lease_s = {lease_s}
when_away = "{when_away}"
"""


@dataclass(kw_only=True)
class Fleet:
    """The gateway, and its two engines."""

    folder: Path
    place: PostgresPlace
    server: LimitsServer
    prefix: str
    budget: str = ""
    when_away: str = "refuse"

    @property
    def extra(self) -> str:
        """Its configuration beside the vendors."""
        engines = CONFIGURATION.format(
            records=self.place.url,
            limits=self.server.url,
            prefix=self.prefix,
            lease_s=LEASE_S,
            when_away=self.when_away,
        )
        return engines + self.budget

    @property
    def environment(self) -> Mapping[str, str]:
        """The passwords."""
        return {"RECORDS_PASSWORD": self.place.password or "", "LIMITS_PASSWORD": self.server.password}

    @asynccontextmanager
    async def serving(self, vendor: Vendor, *, workers: int = WORKERS) -> AsyncGenerator[Gateway]:
        """It, until the end of the block."""
        words = ("--workers", str(workers))
        async with serving(self.folder, vendor, self.extra, more=self.environment, words=words) as gateway:
            yield gateway

    def new_key(self, name: str = "program", **asked: Any) -> str:
        """The secret of a new key."""
        with closing(Store.open(self.place)) as store:
            return create_key(store.keys, NewKey(name=name, **asked), now=datetime.now(UTC))[1]

    def written(self) -> dict[str, Decimal]:
        """What each call cost, by its receipt, as the ledger has it."""
        with closing(Store.open(self.place)) as store:
            receipts = [receipt.id for receipt in store.calls()]
            costs: dict[str, Decimal] = dict.fromkeys(receipts, Decimal(0))
            for charge in store.charges():
                costs[charge.receipt_id] += charge.billed_cost or 0
        return costs

    def meter(self) -> tuple[Decimal, Decimal]:
        """What is spent and reserved of the one budget, as the limits have it."""
        with closing(self._client()) as client:
            names = list(client.scan_iter(match=f"{{{self.prefix}}}:budget:*"))
            if not names:
                return Decimal(0), Decimal(0)
            spent, reserved = client.hmget(names[0], "spent", "reserved")
        return usd_of_nano(int(spent)), usd_of_nano(int(reserved))

    def under_way(self) -> int:
        """How many calls the limits think are under way."""
        with closing(self._client()) as client:
            states = list(client.scan_iter(match=f"{{{self.prefix}}}:key:*"))
            return sum(int(client.hget(state, "parallel") or 0) for state in states)

    async def until_even(self) -> Decimal:
        """Wait until nothing is reserved and what is spent is what the ledger has, and give that."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                spent, reserved = await asyncio.to_thread(self.meter)
                ledger = sum((await asyncio.to_thread(self.written)).values(), start=Decimal(0))
                if reserved == 0 and spent == ledger:
                    return spent
                await asyncio.sleep(0.05)

    def _client(self) -> Any:
        return cast("Any", valkey.Valkey.from_url(self.server.url, password=self.server.password))


def fleet(folder: Path, cluster: Cluster, server: LimitsServer, **more: Any) -> Fleet:
    """One over new records and new limits."""
    return Fleet(folder=folder, place=cluster.new_place(), server=server, prefix=server.new_prefix(), **more)


def workers_of(gateway: Gateway) -> list[int]:
    """The processes that the gateway's supervisor keeps."""
    pid = gateway.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
