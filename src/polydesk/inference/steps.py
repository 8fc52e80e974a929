"""Which model is asked next: the plan's order, bent by health, and what each failure leaves."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

from polydesk.core.errors import (
    ContextLengthError,
    PolydeskError,
    ProviderUnavailableError,
    RateLimitError,
    RequestRejectedError,
    UntranslatableError,
)
from polydesk.inference.fallback import still_able
from polydesk.inference.health import HealthBook
from polydesk.inference.survival import Survival
from polydesk.routing.ranking import Ranked

PASSING_STATUSES = frozenset({500, 502, 503, 504, 529})
PASSING_CODES = frozenset({"connection", "stream_cut"})
"""Our own words for failures after which asking again costs nothing twice, or goes on where the answer broke off."""


class Steps:
    """The steps of one call that are left. Not shared between tasks."""

    def __init__(
        self,
        steps: Sequence[Ranked],
        *,
        health: HealthBook,
        survival: Survival,
        sleep: Callable[[float], Awaitable[None]],
        deadline_s: float,
    ) -> None:
        """`deadline_s` is what all attempts share."""
        self._left = health.ordered(steps)
        self._health = health
        self._survival = survival
        self._sleep = sleep
        self._deadline = time.monotonic() + deadline_s
        self._asked: dict[str, int] = {}
        self._without_prefill: set[str] = set()
        self._failed: list[tuple[Ranked, PolydeskError]] = []
        """Steps that could still answer if their failures pass, the last one last."""

    @property
    def has_more(self) -> bool:
        """Whether another model could be asked after the one that is asked now."""
        return bool(self._left)

    def next(self) -> Ranked | None:
        """The next step, which is thereby asked; None when there is none, or no time for one."""
        if not self._left or self.remaining_s <= 0:
            return None
        step = self._left.pop(0)
        self._asked[step.card.id] = self._asked.get(step.card.id, 0) + 1
        self._health.begins(step.card)
        return step

    @property
    def remaining_s(self) -> float:
        """What is left of the time that all attempts share."""
        return self._deadline - time.monotonic()

    def was_asked(self, step: Ranked) -> bool:
        """Whether `step` is being asked for more than the first time."""
        return self._asked.get(step.card.id, 0) > 1

    def takes_prefill(self, step: Ranked) -> bool:
        """Whether the step's model goes on from a message that was begun for it, as far as is known."""
        return step.card.prefill and step.card.id not in self._without_prefill

    def rule_out(self, error: PolydeskError, step: Ranked, *, prefilled: bool = False) -> None:
        """Note that `step` failed, without waiting: who could not answer either is asked no more.

        One that refused what may have been the prefilled message alone is asked again without it.
        """
        if prefilled and _is_rejection(error):
            self._without_prefill.add(step.card.id)
            self._left.insert(0, step)
            return
        self._left = still_able(error, step.card, self._left)
        able = still_able(error, step.card, [failed for failed, _ in self._failed])
        self._failed = [*((other, why) for other, why in self._failed if other in able), (step, error)]

    async def failed(self, error: PolydeskError, step: Ranked, *, prefilled: bool = False) -> None:
        """Note that `step` failed with `error`, and wait where only waiting helps.

        Nobody waits while another model could answer. The last one that could is asked again after a failure that may
        pass: when it says so, or after a growing delay. Where its failure will not pass, the one that may soonest is.
        """
        self.rule_out(error, step, prefilled=prefilled)
        if self._left:
            return
        waits = [(wait_s, one) for one, why in reversed(self._failed) if (wait_s := self._wait_s(why, one)) is not None]
        if not waits:
            return
        wait_s, again = waits[0] if waits[0][1] == step else min(waits, key=lambda wait: wait[0])
        if wait_s < self.remaining_s:
            await self._sleep(wait_s)
            self._failed = [(one, why) for one, why in self._failed if one != again]
            self._left = [again]

    def _wait_s(self, error: PolydeskError, step: Ranked) -> float | None:
        asked = self._asked.get(step.card.id, 0)
        if isinstance(error, RateLimitError):
            return error.retry_after_s if asked < 2 else None
        if asked > self._survival.retries or not _may_pass(error):
            return None
        return self._survival.retry_delay_s * 2 ** (asked - 1)


def _is_rejection(error: PolydeskError) -> bool:
    return isinstance(error, RequestRejectedError) and not isinstance(error, ContextLengthError | UntranslatableError)


def _may_pass(error: PolydeskError) -> bool:
    if not isinstance(error, ProviderUnavailableError):
        return False
    return error.status_code in PASSING_STATUSES or error.code in PASSING_CODES
