"""The counts as families of Prometheus metrics.

Names: https://prometheus.io/docs/practices/naming/ (checked 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Literal

import msgspec
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from polydesk.telemetry.counting import AttemptCounts, AttemptLabels, CallCounts, CallLabels, Counts, Distribution

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
Labels = tuple[str, ...]
Calls = Sequence[tuple[CallLabels, CallCounts]]
Attempts = Sequence[tuple[AttemptLabels, AttemptCounts]]


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A number that is kept elsewhere and read when somebody asks."""

    name: str
    """Without `_total`."""
    help_text: str
    read: Callable[[], float | Mapping[Sequence[str], float]]
    labels: Labels
    kind: Literal["gauge", "counter"]


class Exposition(Collector):
    """Gives the families of what `read` counts, and of what is watched, whenever somebody asks."""

    def __init__(self, read: Callable[[], Counts], *, version: str) -> None:
        self._read = read
        self._version = version
        self._watched: dict[str, Watched] = {}
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def watch(self, watched: Watched) -> None:
        """Read `watched` too; one of the same name is replaced."""
        self._watched[watched.name] = watched

    def render(self) -> bytes:
        """All families in the text format."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing: names are ours alone, and to be registered is not to be read."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every family as it is now."""
        counts = self._read()
        yield InfoMetricFamily("polydesk_build", "The program.", {"version": self._version})
        yield from _call_families(counts.calls)
        yield from _attempt_families(counts.attempts)
        yield from _event_families(counts)
        for watched in list(self._watched.values()):
            yield _watched_family(watched)


def _call_families(calls: Calls) -> Iterator[Metric]:
    names = ("door", "dialect", "provider", "model", "outcome", "error")
    numbers = _summed((labels[:6], counts.count) for labels, counts in calls)
    yield _counter("polydesk_requests", "Finished requests.", names, numbers)
    durations = _merged(((key.door, key.provider, key.model, key.outcome), counts.duration_s) for key, counts in calls)
    took = "Time from request to the end of the answer."
    yield _histogram("polydesk_request_duration_seconds", took, ("door", "provider", "model", "outcome"), durations)
    first = _merged(((key.provider, key.model), counts.first_chunk_s) for key, counts in calls)
    waited = "Time from request to the first piece of a streamed answer."
    yield _histogram("polydesk_time_to_first_chunk_seconds", waited, ("provider", "model"), first)
    overhead = _merged(((key.door,), counts.overhead_s) for key, counts in calls)
    own = "Time of requests with one attempt that was not spent on the provider."
    yield _histogram("polydesk_request_overhead_seconds", own, ("door",), overhead)


def _attempt_families(attempts: Attempts) -> Iterator[Metric]:
    model = ("provider", "model")
    numbers = _summed((tuple(labels), counts.count) for labels, counts in attempts)
    yield _counter("polydesk_attempts", "Requests to providers.", (*model, "outcome", "error", "kind"), numbers)
    durations = _merged(((key.provider, key.model), counts.duration_s) for key, counts in attempts)
    yield _histogram("polydesk_attempt_duration_seconds", "Time that one attempt took.", model, durations)
    tokens = _summed(
        ((key.provider, key.model, name), number) for key, counts in attempts for name, number in _tokens(counts)
    )
    yield _counter("polydesk_tokens", "Tokens, each in one class.", (*model, "class"), tokens)
    cost = _summed(((key.provider, key.model), float(counts.cost_usd)) for key, counts in attempts)
    yield _counter("polydesk_cost_usd", "Cost in US dollars, where it is known.", model, cost)
    unpriced = _summed(((key.provider, key.model), counts.unpriced) for key, counts in attempts)
    yield _counter("polydesk_unpriced_attempts", "Attempts that may cost what nobody knows.", model, unpriced)


def _event_families(counts: Counts) -> Iterator[Metric]:
    continued = "Streams that broke and were gone on with, by the outcome of the call."
    yield _counter("polydesk_continuations", continued, ("outcome",), _by_word(counts.continuations))
    hedged = "Calls with a second attempt beside a slow first one, by who was heard."
    yield _counter("polydesk_hedges", hedged, ("heard",), _by_word(counts.hedges))
    yield _counter("polydesk_cache_hits", "Answers from the cache.", ("kind",), _by_word(counts.cache_hits))
    budget = "Requests that a budget refused (hard), or let pass with a warning (soft)."
    yield _counter("polydesk_budget_refusals", budget, ("limit",), _by_word(counts.budget_refusals))
    records = "Calls written down by one commit of the ledger."
    yield _histogram("polydesk_ledger_commit_records", records, (), {(): counts.commit_records})
    took = "Time that one commit of the ledger took."
    yield _histogram("polydesk_ledger_commit_duration_seconds", took, (), {(): counts.commit_s})


def _tokens(counts: AttemptCounts) -> Iterator[tuple[str, int]]:
    yield "input", counts.input
    yield "cache_read_input", counts.cache_read
    yield "cache_creation_input", counts.cache_creation
    yield "output", counts.output
    yield "reasoning_output", counts.reasoning


def _by_word(numbers: Mapping[str, int]) -> dict[Labels, float]:
    return {(word,): number for word, number in numbers.items()}


def _summed(numbers: Iterable[tuple[Labels, float]]) -> dict[Labels, float]:
    sums: dict[Labels, float] = {}
    for labels, number in numbers:
        sums[labels] = sums.get(labels, 0) + number
    return sums


def _merged(parts: Iterable[tuple[Labels, Distribution]]) -> dict[Labels, Distribution]:
    merged: dict[Labels, Distribution] = {}
    for labels, part in parts:
        merged.setdefault(labels, Distribution(part.bounds)).add(part)
    return merged


def _counter(name: str, help_text: str, names: Sequence[str], values: Mapping[Labels, float]) -> Metric:
    family = CounterMetricFamily(name, help_text, labels=names)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _histogram(name: str, help_text: str, names: Sequence[str], values: Mapping[Labels, Distribution]) -> Metric:
    family = HistogramMetricFamily(name, help_text, labels=names)
    for labels, distribution in values.items():
        sums = list(accumulate(distribution.counts))
        bounds = [*map(str, distribution.bounds), "+Inf"]
        if sums[-1] or not labels:
            family.add_metric(labels, list(zip(bounds, sums, strict=True)), distribution.total)
    return family


def _watched_family(watched: Watched) -> Metric:
    kind = GaugeMetricFamily if watched.kind == "gauge" else CounterMetricFamily
    family = kind(watched.name, watched.help_text, labels=watched.labels)
    found = watched.read()
    for labels, value in found.items() if isinstance(found, Mapping) else [((), found)]:
        family.add_metric(labels, value)
    return family
