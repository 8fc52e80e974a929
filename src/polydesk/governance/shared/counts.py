"""What workers count together: reserved before a call, settled after it, and freed when a worker dies.

A reservation has the id of its call's receipt. So whoever frees what a dead worker held, or counts a call that was
under way while a meter was counted anew, asks the ledger what became of it, and each call counts exactly once.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from polydesk.core.budgets import Budget, period_end, period_start
from polydesk.core.errors import LimitsUnavailableError, StoreError
from polydesk.core.money import nano_usd
from polydesk.governance.limits import KeyLimits
from polydesk.governance.shared.engine import Engine
from polydesk.store.store import Store

_LOG = logging.getLogger("polydesk.limits")
_REMEMBERED_S = 120
"""How long it is known that a call was settled: a settling whose answer was lost is repeated sooner."""
_BURIED_S = 86_400
"""The same for calls of workers that were taken for dead, and may come back."""
_KEPT_S = 7 * 86_400
"""A meter goes so long after its period, when the last call that counts there has ended."""
_MOST_TRIES = 10
_MOST_PAUSE_S = 1.0


class MeterKey(NamedTuple):
    """One budget in one of its periods."""

    key: str
    budget: Budget
    since: datetime | None
    """None for `total`."""
    until: datetime | None
    """None for `total`."""


class Reserved(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken for a call, and how things stand after it."""

    id: str
    """The receipt's."""
    state: str
    """Where the limits of its key are counted."""
    tokens: int
    nano: int
    """Billionths of a US dollar."""
    meters: tuple[MeterKey, ...]
    births: tuple[str, ...]
    """Of each meter, by which one that was counted anew is known."""
    spent: tuple[int, ...]
    """Of each meter."""
    requests: tuple[int, int]
    """What is left, and µs until all is."""
    left_tokens: tuple[int, int]
    """The same."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why a call was not let in."""

    limit: str
    """`requests_per_minute`, `tokens_per_minute`, `max_parallel` or `budget`."""
    amount: int
    """µs to wait or, of the budget, what is left."""
    meter: MeterKey | None = None


class _Ending(NamedTuple):
    """How a call ended, until it is counted."""

    id: str
    held: str
    state: str
    meters: tuple[str, ...]
    births: tuple[str, ...]
    tokens: int
    used_tokens: int
    nano: int
    used_nano: int
    remembered_s: int


class SharedCounts:
    """The counts of one worker, kept with all others. For one event loop alone."""

    def __init__(self, engine: Engine, store: Store, *, lease_s: float) -> None:
        """`store` is the ledger from which meters are counted anew.

        A worker that has said nothing for `lease_s` is taken for dead.
        """
        self._engine = engine
        self._store = store
        self._lease_s = lease_s
        self._prefix = engine.prefix
        self.worker = secrets.token_hex(8)
        self.is_away = False
        """Whether the engine did not answer when it was asked last."""
        self.forget = False
        """Whether calls were let in that the engine knows nothing of, so that every meter must be counted anew."""
        self._told = 0
        """The last outage that the log tells of."""
        self.outages = 0
        """How often the engine has gone away."""
        self._live: set[str] = set()
        """Calls that are being let in, or under way, or being settled."""
        self._watching: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._settling: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to say that this worker lives. Raises LimitsUnavailableError, and goes on to try all the same."""
        self._watching = asyncio.get_running_loop().create_task(self._watch())
        await self._beat()

    async def close(self) -> None:
        """Count what has ended, and leave. What could not be counted, others will find in the ledger."""
        if self._watching is not None:
            # Not cancelled: the driver loses a cancellation that comes while it reads.
            self._closing.set()
            await asyncio.wait([self._watching])
        try:
            if not self.is_away and self._settling:
                await asyncio.wait(self._settling, timeout=self._lease_s)
            if not self._settling and not self.is_away and not await self._engine.held(self._held(self.worker)):
                await self._engine.forget_worker(self._workers, self.worker)
        except LimitsUnavailableError:
            pass  # others take it for dead after a while, which is right
        for one in self._settling:
            one.cancel()
        await self._engine.close()

    def state_key(self, key_id: str | None) -> str:
        """Where the limits of a key are counted; None is who needs none."""
        return f"{self._prefix}:key:{key_id or 'anyone'}"

    def meter(self, budget: Budget, at: datetime) -> MeterKey:
        """The meter of `budget` for a call that began `at`."""
        since = period_start(budget.period, at)
        name = sha256(f"{budget.name}\n{budget.scope}\n{budget.period}".encode()).hexdigest()[:16]
        began = "" if since is None else f"{since:%Y-%m-%d}"
        return MeterKey(f"{self._prefix}:budget:{name}:{began}", budget, since, period_end(budget.period, at))

    async def reserve(
        self, id: str, state: str, limits: KeyLimits, meters: Sequence[MeterKey], tokens: int, nano: int | None
    ) -> Reserved | Refused:
        """Let a call in that may use so many tokens and cost so much; None is unknown, and reserves nothing.

        Raises LimitsUnavailableError, and StoreError when a meter must be counted anew and cannot be.
        """
        if self.is_away:  # the watch finds out when it is back: nobody waits for that
            raise LimitsUnavailableError("The shared limits do not answer; see that they run.")
        self._live.add(id)
        try:
            found = await self._reserve(id, state, limits, meters, tokens, nano)
        except BaseException:  # it may have been let in all the same: what nobody knows of is freed by the watch
            self._live.discard(id)
            raise
        if isinstance(found, Refused):
            self._live.discard(id)
        return found

    async def _reserve(
        self, id: str, state: str, limits: KeyLimits, meters: Sequence[MeterKey], tokens: int, nano: int | None
    ) -> Reserved | Refused:
        keys = [state, self._held(self.worker), *(meter.key for meter in meters)]
        hard = [_hard(meter.budget) for meter in meters]
        told = [_text(limit) for limit in (limits.requests_per_minute, limits.tokens_per_minute, limits.max_parallel)]
        for _ in range(_MOST_TRIES):
            answer: list[Any] = await self._asked("reserve", keys, id, *told, tokens, _text(nano), *hard)
            match answer[0]:
                case b"ok":
                    return _reserved(answer, id=id, state=state, tokens=tokens, nano=nano or 0, meters=tuple(meters))
                case b"missing":
                    await asyncio.gather(*(self._begin(meters[int(number)]) for number in answer[1:]))
                case b"budget":
                    return Refused(limit="budget", amount=int(answer[2]), meter=meters[int(answer[1])])
                case limit:
                    return Refused(limit=limit.decode(), amount=answer[1])
        raise LimitsUnavailableError("The shared limits forget what they are told; let their server evict no keys.")

    def settle(self, reserved: Reserved, tokens: int, nano: int) -> None:
        """Count what a call really used, as soon as that can be done."""
        ending = _Ending(
            id=reserved.id,
            held=self._held(self.worker),
            state=reserved.state,
            meters=tuple(meter.key for meter in reserved.meters),
            births=reserved.births,
            tokens=reserved.tokens,
            used_tokens=tokens,
            nano=reserved.nano,
            used_nano=nano,
            remembered_s=_REMEMBERED_S,
        )
        settling = asyncio.get_running_loop().create_task(self._settle(ending))
        self._settling.add(settling)
        settling.add_done_callback(self._settling.discard)

    async def _settle(self, ending: _Ending) -> None:
        """Count it, however long the engine or the ledger is away meanwhile."""
        pause_s = 0.05
        while True:
            try:
                await self._settle_once(ending, None)
                self._live.discard(ending.id)
                return
            except (LimitsUnavailableError, StoreError):
                _LOG.debug("settling waits")
            await asyncio.sleep(pause_s)
            pause_s = min(_MOST_PAUSE_S, pause_s * 2)

    async def _settle_once(self, ending: _Ending, number: int | None) -> None:
        """Count it. `number` is the call's in the ledger; None where that has not been asked."""
        keys = [ending.state, ending.held, self._ended(ending.id), *ending.meters]
        values = (ending.tokens, ending.used_tokens, ending.nano, ending.used_nano, ending.remembered_s)
        late = await self._asked("settle", keys, ending.id, *values, *ending.births)
        if not late:
            return
        if number is None:
            written = await asyncio.to_thread(self._store.written_calls, [ending.id])
            number = written[ending.id].number if ending.id in written else None
        for index, born, through in zip(late[::3], late[1::3], late[2::3], strict=True):
            if number is not None and number <= int(through):
                continue  # it was in the ledger when the meter was counted anew
            meter = ending.meters[int(index)]
            mark = f"{self._ended(ending.id)}:{meter.rpartition(':budget:')[2]}:{born.decode()}"
            await self._asked("count", [mark, meter], ending.used_nano, born, ending.remembered_s)

    async def _begin(self, meter: MeterKey) -> None:
        """Count a meter anew, from the ledger."""
        through, spent = await asyncio.to_thread(self._counted, meter)
        until = "" if meter.until is None else int(meter.until.timestamp()) + _KEPT_S
        await self._asked("begin", [meter.key], spent, through, secrets.token_hex(4), until)

    def _counted(self, meter: MeterKey) -> tuple[int, int]:
        through = self._store.settled_through()
        budget = meter.budget
        return through, self._store.spent_nano_usd(budget.counts, budget.counted, meter.since, through=through)

    async def _watch(self) -> None:
        """Say that this worker lives, and do the last things for those that do not."""
        pause_s = min(1.0, self._lease_s / 5)
        while not await self._closes_within(pause_s):
            try:
                for dead in await self._beat():
                    await self._bury(dead)
                await self._free_unknown()
            except (LimitsUnavailableError, StoreError) as error:
                if self._told != self.outages:  # once in an outage, not once a second
                    _LOG.warning("%s", error)
                self._told = self.outages

    async def _closes_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._closing.wait()
        except TimeoutError:
            return self._closing.is_set()

    async def _beat(self) -> list[str]:
        """Say that this worker lives. Returns those that have said nothing for too long."""
        if self.forget:
            self.forget = False  # first, for what ends meanwhile asks for it again
            await self._engine.remove(f"{self._prefix}:budget:*")
        answer = await self._asked("beat", [self._workers], self.worker, int(self._lease_s * 1_000_000))
        return [worker.decode() for worker in answer]

    async def _free_unknown(self) -> None:
        """Free what is held for this worker without its knowing: who asked went away, or the answer was lost."""
        known = set(self._live)
        held = await self._engine.held(self._held(self.worker))
        for id, entry in held.items():
            if id not in known and id not in self._live:
                await self._settle_once(_ending_of(id, entry, held=self._held(self.worker), nano=0), None)

    async def _bury(self, worker: str) -> None:
        """Free what a dead worker held: what the ledger has of it is spent, and nothing else."""
        held = await self._engine.held(self._held(worker))
        written = await asyncio.to_thread(self._store.written_calls, list(held)) if held else {}
        for id, entry in held.items():
            call = written.get(id)
            ending = _ending_of(id, entry, held=self._held(worker), nano=0 if call is None else call.cost_nano)
            await self._settle_once(ending, None if call is None else call.number)
        await self._engine.forget_worker(self._workers, worker)
        _LOG.info("a worker is dead; its %d calls under way are settled", len(held))

    async def _asked(self, script: str, keys: Sequence[str], *values: str | int) -> Any:
        try:
            answer = await self._engine.run(script, keys, *values)
        except LimitsUnavailableError:
            self.outages += not self.is_away
            self.is_away = True
            raise
        self.is_away = False
        return answer

    @property
    def _workers(self) -> str:
        return f"{self._prefix}:workers"

    def _held(self, worker: str) -> str:
        return f"{self._prefix}:held:{worker}"

    def _ended(self, id: str) -> str:
        return f"{self._prefix}:ended:{id}"


def _reserved(
    answer: Sequence[Any], *, id: str, state: str, tokens: int, nano: int, meters: tuple[MeterKey, ...]
) -> Reserved:
    return Reserved(
        id=id,
        state=state,
        tokens=tokens,
        nano=nano,
        meters=meters,
        births=tuple(born.decode() for born in answer[6::2]),
        spent=tuple(int(spent) for spent in answer[5::2]),
        requests=(answer[1], answer[2]),
        left_tokens=(answer[3], answer[4]),
    )


def _ending_of(id: str, entry: str, *, held: str, nano: int) -> _Ending:
    """What `reserve.lua` wrote of a reservation, with what became of it; its tokens are taken as they were reserved."""
    tokens, reserved, state, meters = entry.split("|")
    pairs = [one.partition("=")[::2] for one in meters.split(",") if one]
    return _Ending(
        id=id,
        held=held,
        state=state,
        meters=tuple(key for key, _ in pairs),
        births=tuple(born for _, born in pairs),
        tokens=int(tokens),
        used_tokens=int(tokens),
        nano=int(reserved),
        used_nano=nano,
        remembered_s=_BURIED_S,
    )


def _hard(budget: Budget) -> str | int:
    return "" if budget.hard_usd is None else nano_usd(budget.hard_usd)


def _text(number: int | None) -> str | int:
    return "" if number is None else number
