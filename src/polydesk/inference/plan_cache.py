"""Plans that were made a moment ago, for requests that need the same."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from polydesk.core.errors import NoCandidateError
from polydesk.routing.needs import Choice, Needs
from polydesk.routing.plans import Plan

KEPT_S = 2.0
"""Keys, weights and prices change; a plan made so long ago is made anew."""
MOST = 4_096


class PlanCache:
    """Plans by choice and needs, with lengths rounded up by an eighth at most, so that like requests share one."""

    def __init__(self, make: Callable[[Needs, Choice], Plan], elapsed_s: Callable[[], float]) -> None:
        self._make = make
        self._elapsed_s = elapsed_s
        self._plans: dict[tuple[Needs, Choice], tuple[float, Plan]] = {}

    def plan(self, needs: Needs, choice: Choice) -> Plan:
        """The plan. Raises what `make` raises."""
        like = rounded(needs)
        key = (like, choice)
        now = self._elapsed_s()
        kept = self._plans.get(key)
        if kept is not None and kept[0] > now:
            return kept[1]
        try:
            made = self._make(like, choice)
        except NoCandidateError:
            return self._make(needs, choice)
        if any(rejection.rule in ("context_window", "max_output") for rejection in made.rejections):
            return self._make(needs, choice)  # the rounding may have kept a model out
        if len(self._plans) >= MOST:
            self._plans.clear()
        self._plans[key] = (now + KEPT_S, made)
        return made


def rounded(needs: Needs) -> Needs:
    """`needs` with lengths rounded up by an eighth at most."""
    output = None if needs.output_tokens is None else _up(needs.output_tokens)
    return msgspec.structs.replace(needs, input_tokens=_up(needs.input_tokens), output_tokens=output)


def _up(number: int) -> int:
    """The next number with at most three bits after its first, not below `number`."""
    shift = max(0, number.bit_length() - 4)
    return -(-number >> shift) << shift
