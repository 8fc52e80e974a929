"""Which steps of a plan may still answer after one has failed, and what to say when none could."""

from __future__ import annotations

from collections.abc import Sequence

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import (
    ContentFilteredError,
    ContextLengthError,
    PlanExhaustedError,
    PolydeskError,
    ProviderError,
    RequestRejectedError,
    WeightsError,
)
from polydesk.core.receipts import Attempt
from polydesk.routing.ranking import Ranked

STEP_ERRORS = (ProviderError, WeightsError)
"""What ends a step but not the call."""


def still_able(error: PolydeskError, failed: ModelCard, steps: Sequence[Ranked]) -> list[Ranked]:
    """Those of `steps` that could answer what `failed` did not.

    A request too long for one model may fit a larger one. A request that one provider calls wrong may be right in
    another's dialect. What a provider's content filter refuses is not offered round until somebody takes it: that is
    the user's decision, so nothing is left. Any other failure leaves every step.
    """
    match error:
        case ContentFilteredError():
            return []
        case ContextLengthError():
            return [step for step in steps if step.card.context_window_tokens > failed.context_window_tokens]
        case RequestRejectedError():
            return [step for step in steps if step.card.provider != failed.provider]
        case _:
            return list(steps)


def conclusion(errors: Sequence[PolydeskError], attempts: Sequence[Attempt]) -> PolydeskError:
    """The error that tells a caller why the call failed, from what each attempt raised, in order and not empty.

    The cause itself where one model was asked, or all called the request wrong, or a content filter ended it;
    otherwise a PlanExhaustedError that lists every reason.
    """
    if all(isinstance(error, RequestRejectedError) for error in errors):
        return errors[0]
    if len({(attempt.provider, attempt.model) for attempt in attempts}) == 1:
        return errors[-1]
    if isinstance(errors[-1], ContentFilteredError):
        return errors[-1]
    lines = [f"  {attempt.provider}/{attempt.model}: {attempt.reason}" for attempt in attempts]
    exhausted = PlanExhaustedError("No model answered:\n" + "\n".join(lines), attempts=attempts)
    exhausted.__cause__ = ExceptionGroup("what each attempt raised", list(errors))
    return exhausted
