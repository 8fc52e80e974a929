"""How each model has been doing lately, learnt from the calls themselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import (
    AuthenticationError,
    MalformedResponseError,
    ModelNotFoundError,
    PolydeskError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitError,
    RequestRejectedError,
)
from polydesk.core.limits import RateLimits
from polydesk.inference.survival import Survival
from polydesk.routing.ranking import Ranked

MAX_OPEN_S = 60.0
AUTHENTICATION_OPEN_S = 60.0
"""A credential is not mended by asking again, but may be replaced."""
NOT_FOUND_OPEN_S = 300.0
REMEMBERED = 50
"""Answers by which a model's usual times are known."""
ENOUGH = 10
"""With fewer answers nothing is taken for usual."""
IDLE_FACTOR = 4.0
"""A silence so many times the longest of a model's last answers is taken for a stall."""

State = Literal["closed", "open", "half_open"]


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one model at one host."""

    model: str
    """The card's id."""
    state: State
    """`open` while it is left for last, `half_open` when the next call tries it."""
    failures: int
    """In a row."""
    reason: str | None
    """Class of the last error; None while all is well."""
    first_token_p95_s: float | None
    """None while too few answers are known."""
    longest_gap_s: float | None


class _Model:
    def __init__(self) -> None:
        self.failures = 0
        self.open_until = 0.0
        self.open_s = 0.0
        self.probing = False
        self.probed_at = 0.0
        self.reason: str | None = None
        self.first_token_s: deque[float] = deque(maxlen=REMEMBERED)
        self.whole_s: deque[float] = deque(maxlen=REMEMBERED)
        self.gaps_s: deque[float] = deque(maxlen=REMEMBERED)


class HealthBook:
    """Circuit breakers and learnt times of every model at its host.

    Nothing is ever refused for its health: models that fail are asked last, so that a request which nobody else may
    answer still reaches them.
    """

    def __init__(self, survival: Survival, elapsed_s: Callable[[], float]) -> None:
        self._survival = survival
        self._elapsed_s = elapsed_s
        self._models: dict[str, _Model] = {}

    def ordered(self, steps: Sequence[Ranked]) -> list[Ranked]:
        """`steps` with those that are known to fail now at the end; the order is otherwise kept.

        A model whose time is up is tried by the first call that asks; the others wait for its result.
        """
        if len(steps) < 2 or not self._models:
            return list(steps)
        now = self._elapsed_s()
        able = [step for step in steps if self._is_able(step.card, now)]
        if len(able) == len(steps):
            return able
        return [*able, *(step for step in steps if step not in able)]

    def begins(self, card: ModelCard) -> None:
        """Note that a call asks the model; one that was open is on trial until the call's end is known."""
        model = self._models.get(card.id)
        if model is not None and model.open_until:
            model.probing = True
            model.probed_at = self._elapsed_s()

    def answered(
        self,
        card: ModelCard,
        *,
        first_token_s: float | None = None,
        longest_gap_s: float | None = None,
        whole_s: float | None = None,
    ) -> None:
        """Note a good answer: how long it took to begin and was silent if streamed, else how long it took in all."""
        model = self._model(card)
        model.failures = 0
        model.open_until = model.open_s = 0.0
        model.probing = False
        model.reason = None
        if first_token_s is not None:
            model.first_token_s.append(first_token_s)
        if longest_gap_s is not None:
            model.gaps_s.append(longest_gap_s)
        if whole_s is not None:
            model.whole_s.append(whole_s)

    def failed(self, card: ModelCard, error: BaseException) -> None:
        """Note a failure. What the request itself brought about says nothing of the model's health."""
        open_s = self._open_s(error)
        model = self._model(card)
        if open_s is None:
            model.probing = False
            return
        model.failures += 1
        model.reason = type(error).__name__
        if model.probing:
            model.open_s = min(MAX_OPEN_S, 2 * (model.open_s or self._survival.breaker_open_s))
            model.open_until = self._elapsed_s() + max(open_s, model.open_s)
        elif open_s or model.failures >= self._survival.breaker_failures:
            model.open_s = open_s or self._survival.breaker_open_s
            model.open_until = self._elapsed_s() + model.open_s
        model.probing = False

    def left(self, card: ModelCard) -> None:
        """Note that a call ended without telling anything, as when its caller went away."""
        model = self._models.get(card.id)
        if model is not None:
            model.probing = False

    def limits(self, card: ModelCard, limits: RateLimits) -> None:
        """Note what the provider says is left; with nothing left, the model is left for last until there is."""
        waits = [
            reset
            for remaining, reset in (
                (limits.requests_remaining, limits.requests_reset_s),
                (limits.tokens_remaining, limits.tokens_reset_s),
            )
            if remaining == 0 and reset
        ]
        if waits:
            model = self._model(card)
            model.open_until = max(model.open_until, self._elapsed_s() + min(max(waits), MAX_OPEN_S))
            model.reason = "RateLimits"

    def usual_first_token_s(self, card: ModelCard) -> float | None:
        """How long the model takes to begin in 95 of 100 streamed answers; None while that is not known."""
        model = self._models.get(card.id)
        return None if model is None else _percentile(model.first_token_s, 0.95)

    def usual_whole_s(self, card: ModelCard) -> float | None:
        """How long the model takes in 95 of 100 answers that are not streamed; None while that is not known."""
        model = self._models.get(card.id)
        return None if model is None else _percentile(model.whole_s, 0.95)

    def usual_latency_s(self, card: ModelCard) -> float | None:
        """How long the model usually takes to begin, or in all where it has not been heard to begin."""
        first_token_s = self.usual_first_token_s(card)
        return self.usual_whole_s(card) if first_token_s is None else first_token_s

    def idle_s(self, card: ModelCard) -> float:
        """The silence after which a streamed answer is given up."""
        model = self._models.get(card.id)
        usual = None if model is None else _percentile(model.gaps_s, 1.0)
        if usual is None:
            return self._survival.idle_s
        return min(self._survival.idle_s, max(self._survival.min_idle_s, IDLE_FACTOR * usual))

    def vitals(self) -> list[Vitals]:
        """What is known of every model that has been asked, by id."""
        now = self._elapsed_s()
        return [
            Vitals(
                model=name,
                state=_state(model, now),
                failures=model.failures,
                reason=model.reason,
                first_token_p95_s=_percentile(model.first_token_s, 0.95),
                longest_gap_s=_percentile(model.gaps_s, 1.0),
            )
            for name, model in sorted(self._models.items())
        ]

    def _model(self, card: ModelCard) -> _Model:
        model = self._models.get(card.id)
        if model is None:
            model = self._models[card.id] = _Model()
        return model

    def _is_able(self, card: ModelCard, now: float) -> bool:
        model = self._models.get(card.id)
        return model is None or _state(model, now) != "open"

    def _open_s(self, error: BaseException) -> float | None:
        """For how long the failure alone leaves the model for last: 0 for none; None for a failure of the request."""
        match error:
            case RateLimitError():
                return min(error.retry_after_s or 1.0, MAX_OPEN_S)
            case AuthenticationError():
                return AUTHENTICATION_OPEN_S
            case ModelNotFoundError():
                return NOT_FOUND_OPEN_S
            case ProviderUnavailableError(code="busy"):
                return None  # it works, but for others
            case ProviderUnavailableError() | MalformedResponseError():
                return 0.0
            case RequestRejectedError() | ProviderError() | PolydeskError():
                return None
            case _:
                return 0.0


def _state(model: _Model, now: float) -> State:
    if not model.open_until:
        return "closed"
    # A trial that tells nothing for so long must not keep the others waiting.
    on_trial = model.probing and now < model.probed_at + MAX_OPEN_S
    return "open" if model.open_until > now or on_trial else "half_open"


def _percentile(values: Sequence[float], share: float) -> float | None:
    if len(values) < ENOUGH:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
