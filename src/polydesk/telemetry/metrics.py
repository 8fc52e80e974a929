"""Metrics of all calls, for Prometheus to read at `/metrics`.

Labels say which door, model and kind of failure, and never who called or what was said; each has few values.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Literal

from polydesk.core import errors
from polydesk.core.receipts import Attempt, CallReceipt
from polydesk.telemetry.counting import (
    COMMIT_RECORDS,
    COMMIT_S,
    AttemptCounts,
    AttemptLabels,
    CallCounts,
    CallLabels,
    Counts,
    Distribution,
)
from polydesk.telemetry.exposition import CONTENT_TYPE, Exposition, Watched
from polydesk.telemetry.outcome import outcome_of

OTHER = "other"
"""The value of a label that is none of those known, so that no caller can make labels without end."""
MOST_KEYS = 4096
_ERRORS = frozenset(name for name, value in vars(errors).items() if inspect.isclass(value))


class Metrics:
    """Counts finished calls; any thread may call any method."""

    def __init__(self, *, models: Iterable[str] = (), version: str) -> None:
        """`models` are the ids of the cards that get a label of their own, such as `openai/gpt-5`."""
        self._models: set[str] = set()
        self._providers: set[str] = set()
        self._lock = Lock()
        self._call_keys: dict[tuple[str | None, ...], CallCounts] = {}
        self._attempt_keys: dict[tuple[str | None, ...], AttemptCounts] = {}
        self._calls: dict[CallLabels, CallCounts] = {}
        self._attempts: dict[AttemptLabels, AttemptCounts] = {}
        self._hedges: Counter[str] = Counter()
        self._continuations: Counter[str] = Counter()
        self._cache_hits: Counter[str] = Counter()
        self._budget_refusals: Counter[str] = Counter()
        self._commit_records = Distribution(COMMIT_RECORDS)
        self._commit_s = Distribution(COMMIT_S)
        self._exposition = Exposition(self._counts, version=version)
        self.learn(models)

    content_type = CONTENT_TYPE
    """Of what `render` gives."""

    def learn(self, models: Iterable[str]) -> None:
        """Give more models a label of their own; calls counted before keep the label that they have."""
        known = set(models)
        with self._lock:
            self._models |= known
            self._providers |= {model.partition("/")[0] for model in known}
            self._call_keys.clear()
            self._attempt_keys.clear()

    def record_call(self, receipt: CallReceipt, *, door: str, dialect: str = "") -> None:
        """Count a finished call. `dialect` is the one that its client spoke; empty where there was none."""
        outcome, error = outcome_of(receipt)
        key = (door, dialect, receipt.provider, receipt.model, outcome, error, receipt.cached)
        with self._lock:
            (self._call_keys.get(key) or self._new_call(key)).add(receipt)
            for attempt in receipt.attempts:
                self._record_attempt(attempt)
            if receipt.cached is not None:
                self._cache_hits[receipt.cached] += 1
            if len(receipt.attempts) > 1:
                self._record_survival(receipt, outcome)

    def record_refusal(self, error: str, *, door: str, dialect: str = "") -> None:
        """Count a request that was turned away before it became a call; `error` is the class of the error."""
        key = (door, dialect, None, None, "refused", error, None)
        with self._lock:
            (self._call_keys.get(key) or self._new_call(key)).count += 1

    def record_budget(self, limit: Literal["soft", "hard"]) -> None:
        """Count a request that a budget refused (`hard`) or let pass with a warning (`soft`)."""
        with self._lock:
            self._budget_refusals[limit] += 1

    def record_commit(self, records: int, duration_s: float) -> None:
        """Count one commit of the ledger, with how many calls it wrote down."""
        with self._lock:
            self._commit_records.observe(records)
            self._commit_s.observe(duration_s)

    def watch_in_flight(self, read: Callable[[], float]) -> None:
        """Show how many requests are under way."""
        self.watch("polydesk_in_flight_requests", "Requests under way.", read)

    def watch_open_streams(self, read: Callable[[], float]) -> None:
        """Show how many streamed answers are being given."""
        self.watch("polydesk_open_streams", "Streamed answers under way.", read)

    def watch_breakers(self, read: Callable[[], Mapping[str, str]]) -> None:
        """Show the circuit breakers: `read` gives `closed`, `half_open` or `open` by the id of the model's card."""

        def states() -> Mapping[Sequence[str], float]:
            return {
                (model, state): float(state == now)
                for model, now in read().items()
                if model in self._models
                for state in ("closed", "half_open", "open")
            }

        help_text = "1 for the state that the circuit breaker of the model is in, else 0."
        self.watch("polydesk_breaker_state", help_text, states, labels=("model", "state"))

    def watch(
        self,
        name: str,
        help_text: str,
        read: Callable[[], float | Mapping[Sequence[str], float]],
        *,
        labels: Sequence[str] = (),
        kind: Literal["gauge", "counter"] = "gauge",
    ) -> None:
        """Show what `read` gives whenever somebody asks: a number, or numbers by the values of `labels`.

        The name of a counter is given without its `_total`.
        """
        self._exposition.watch(Watched(name=name, help_text=help_text, read=read, labels=tuple(labels), kind=kind))

    def render(self) -> bytes:
        """All metrics in the text format of Prometheus, version 0.0.4."""
        return self._exposition.render()

    def _counts(self) -> Counts:
        with self._lock:
            return Counts(
                calls=list(self._calls.items()),
                attempts=list(self._attempts.items()),
                hedges=dict(self._hedges),
                continuations=dict(self._continuations),
                cache_hits=dict(self._cache_hits),
                budget_refusals=dict(self._budget_refusals),
                commit_records=self._commit_records,
                commit_s=self._commit_s,
            )

    def _record_attempt(self, attempt: Attempt) -> None:
        key = (attempt.provider, attempt.model, attempt.outcome, attempt.error, attempt.kind)
        (self._attempt_keys.get(key) or self._new_attempt(key)).add(attempt)

    def _record_survival(self, receipt: CallReceipt, outcome: str) -> None:
        kinds = {attempt.kind for attempt in receipt.attempts}
        if "continuation" in kinds or "restart" in kinds:
            self._continuations[outcome] += 1
        if "hedge" in kinds:
            answered = [attempt.kind for attempt in receipt.attempts if attempt.outcome == "answered"]
            self._hedges["none" if not answered else "hedge" if "hedge" in answered else "first"] += 1

    def _new_call(self, key: tuple[str | None, ...]) -> CallCounts:
        if len(self._call_keys) >= MOST_KEYS:
            self._call_keys.clear()
        door, dialect, provider, model, outcome, error, cached = key
        labels = CallLabels(
            door or "",
            dialect or "",
            self._provider(provider),
            self._model(provider, model),
            outcome or "",
            _error(error),
            cached or "",
        )
        counts = self._call_keys[key] = self._calls.setdefault(labels, CallCounts())
        return counts

    def _new_attempt(self, key: tuple[str | None, ...]) -> AttemptCounts:
        if len(self._attempt_keys) >= MOST_KEYS:
            self._attempt_keys.clear()
        provider, model, outcome, error, kind = key
        labels = AttemptLabels(
            self._provider(provider), self._model(provider, model), outcome or "", _error(error), kind or ""
        )
        counts = self._attempt_keys[key] = self._attempts.setdefault(labels, AttemptCounts())
        return counts

    def _provider(self, name: str | None) -> str:
        return "" if name is None else name if name in self._providers else OTHER

    def _model(self, provider: str | None, model: str | None) -> str:
        if model is None:
            return ""
        card_id = f"{provider}/{model}"
        return card_id if card_id in self._models else OTHER


def _error(name: str | None) -> str:
    return "" if name is None else name if name in _ERRORS else OTHER
