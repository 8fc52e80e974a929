"""Whether a request waits for a busy model of this machine, or goes to the next one that is permitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from polydesk.inference.answers import Build
from polydesk.providers.base import Load, Provider, QueueingProvider
from polydesk.routing.ranking import Ranked


class Queues:
    """The providers whose requests wait for one another."""

    def __init__(self, providers: Mapping[str, Provider], queue_wait_s: float) -> None:
        """`queue_wait_s` is how long a request may be expected to wait while another model could be asked."""
        self._queueing = {
            name: cast("QueueingProvider", provider)
            for name, provider in providers.items()
            if hasattr(provider, "load_of")
        }
        self._queue_wait_s = queue_wait_s

    def arranged(self, steps: Sequence[Ranked], build: Build) -> tuple[Sequence[Ranked], str | None]:
        """`steps` with the models that a request would wait for too long behind the others, and why, in one sentence.

        What a slot has at hand of the request is time that it saves, so that a conversation stays where its beginning
        has been read. The reason is None where nothing was busy, or nobody else could be asked.
        """
        if len(steps) < 2 or steps[0].card.provider not in self._queueing:
            return steps, None
        loads = {
            step.card.id: provider.load_of(build(step.card))
            for step in steps
            if (provider := self._queueing.get(step.card.provider)) is not None
        }
        long = {name for name, load in loads.items() if load.wait_s - load.saved_s > self._queue_wait_s}
        free = [step for step in steps if step.card.id not in long]
        first = steps[0].card.id
        if first in long and free:
            return [*free, *(step for step in steps if step.card.id in long)], _spilled(first, loads[first])
        return steps, _queued(first, loads[first])


def _spilled(name: str, load: Load) -> str:
    return f"{name} is busy ({_words(load)}), so that it is asked after the others."


def _queued(name: str, load: Load) -> str | None:
    if not load.wait_s:
        return None
    hand = f", and what it has at hand of the prompt saves {load.saved_s:.1f} s" if load.saved_s else ""
    return f"{name} is busy ({_words(load)}{hand}), and the request waits its turn."


def _words(load: Load) -> str:
    return f"{load.running} of {load.slots} slots, {load.waiting} waiting, about {load.wait_s:.1f} s"
