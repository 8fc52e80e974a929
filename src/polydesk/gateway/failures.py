"""Every error as an HTTP status and words, before any dialect's form."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from polydesk.core.errors import (
    AuthenticationError,
    BudgetExceededError,
    ContentFilteredError,
    ContextLengthError,
    KeyRefusedError,
    LimitsUnavailableError,
    MalformedResponseError,
    ModelNotFoundError,
    NoCandidateError,
    NotPermittedError,
    PlanExhaustedError,
    ProviderError,
    ProviderUnavailableError,
    RateExceededError,
    RateLimitError,
    RecordNotFoundError,
    RequestRejectedError,
    StoreError,
    UsageError,
)
from polydesk.core.receipts import Rejection
from polydesk.wire.notes import WireError

Kind = Literal[
    "invalid_request",
    "authentication",
    "permission",
    "not_found",
    "too_large",
    "rate_limit",
    "quota",
    "content_filter",
    "context_length",
    "overloaded",
    "timeout",
    "server",
]
"""What went wrong, in words that every dialect has its own for."""


LONGEST_WAIT_S = 366 * 86_400.0


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """How a request failed."""

    status: int
    kind: Kind
    message: str
    code: str | None = None
    """A stable word for programs; None where the kind says it all."""
    param: str | None = None
    retry_after_s: float | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Headers that go with it."""
        if self.retry_after_s is None or math.isnan(self.retry_after_s):
            return {}
        wait_s = min(max(0.0, self.retry_after_s), LONGEST_WAIT_S)  # vendors say all sorts of things
        return {"retry-after": str(math.ceil(wait_s)), "retry-after-ms": str(math.ceil(wait_s * 1000))}


UNSUPPORTED = {"kind", "needs_images", "needs_documents", "needs_tools", "needs_output_schema", "max_output"}
"""Rules by which the request asks for something that the models cannot do."""


class RefusedRequestError(Exception):
    """A request that a door does not take, for a reason of HTTP."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def is_fault(error: Exception) -> bool:
    """Whether the operator has to know of `error`: it is neither the client's doing nor a vendor's."""
    return isinstance(error, StoreError | LimitsUnavailableError) or failure_of(error).status == 500


def failure_of(error: Exception) -> Failure:
    """The failure that `error` is.

    A fault of the program or its machine is told without its words, which may hold content or name files.
    """
    if isinstance(error, RefusedRequestError):
        return error.failure
    for kind, told in _TABLE:
        if isinstance(error, kind):
            return told(error)
    return Failure(status=500, kind="server", message="Something went wrong inside the gateway; its log says more.")


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _plain(status: int, kind: Kind, code: str | None = None) -> Callable[[Exception], Failure]:
    def told(error: Exception) -> Failure:
        param = error.param if isinstance(error, RequestRejectedError) else None
        return Failure(status=status, kind=kind, message=_words(error), code=code, param=param)

    return told


def _rejected(error: Exception) -> Failure:
    assert isinstance(error, ProviderError)
    param = error.param if isinstance(error, RequestRejectedError) else None
    return Failure(status=400, kind="invalid_request", message=_words(error), code=error.code, param=param)


def _unavailable(error: Exception) -> Failure:
    assert isinstance(error, ProviderError)
    if error.code == "timeout":
        return Failure(status=504, kind="timeout", message=_words(error), code="timeout")
    return Failure(status=503, kind="overloaded", message=_words(error), code=error.code)


def _limited(error: Exception) -> Failure:
    assert isinstance(error, RateLimitError | RateExceededError)
    code = error.limit if isinstance(error, RateExceededError) else "rate_limit_exceeded"
    return Failure(status=429, kind="rate_limit", message=_words(error), code=code, retry_after_s=error.retry_after_s)


def _wire(error: Exception) -> Failure:
    """A WireError ends with the place as a path, ``- at `$.messages[0]` ``, by which programs can find it."""
    words = _words(error)
    _, mark, path = words.rpartition(" - at `$.")
    return Failure(status=400, kind="invalid_request", message=words, param=path.rstrip("`") if mark else None)


def _no_candidate(error: Exception) -> Failure:
    assert isinstance(error, NoCandidateError)
    told = _told_rejections(error)
    rules = {rejection.rule for rejection in told}
    message = _candidates_words(error, told)
    if rules and rules <= {"not_permitted", "data_class", "provider_excluded"}:
        return Failure(status=403, kind="permission", message=message, code="no_permitted_model")
    if "context_window" in rules and rules <= {"context_window", "max_output"}:
        return Failure(status=400, kind="context_length", message=message, code="context_length_exceeded")
    if rules and rules <= UNSUPPORTED:
        return Failure(status=400, kind="invalid_request", message=message, code="unsupported_by_model")
    return Failure(status=503, kind="overloaded", message=message, code="no_model")


def _told_rejections(error: NoCandidateError) -> list[Rejection]:
    """Those that say something: neither of models that were not meant nor, beside others, of those for other work."""
    meant = [one for one in error.rejections if one.rule not in ("excluded_by_user", "not_in_plan")]
    return [one for one in meant if one.rule != "kind"] or meant


def _candidates_words(error: NoCandidateError, told: Sequence[Rejection]) -> str:
    reasons = [f"{one.provider}/{one.model}: {one.reason}" for one in told]
    return "No model can be asked. " + " ".join(reasons[:5]) if reasons else _words(error)


def _exhausted(error: Exception) -> Failure:
    assert isinstance(error, PlanExhaustedError)
    kinds = {attempt.error for attempt in error.attempts}
    if kinds == {"RateLimitError"}:
        return Failure(status=429, kind="rate_limit", message=_words(error), code="rate_limit_exceeded")
    return Failure(status=503, kind="overloaded", message=_words(error), code="all_models_failed")


def _no_records(error: Exception) -> Failure:
    """Its words name files of the operator's, who finds them in the log."""
    words = "The gateway cannot write its records now, and gives no answer without one. Try again later."
    return Failure(status=503, kind="overloaded", message=words, code="records_unavailable")


def _no_limits(error: Exception) -> Failure:
    """As above."""
    words = "The gateway cannot ask the limits that its workers share, and lets nobody in without. Try again later."
    return Failure(status=503, kind="overloaded", message=words, code="limits_unavailable", retry_after_s=1.0)


_TABLE: tuple[tuple[type[Exception], Callable[[Exception], Failure]], ...] = (
    (WireError, _wire),
    (KeyRefusedError, _plain(401, "authentication", "invalid_api_key")),
    (NotPermittedError, _plain(403, "permission", "not_permitted")),
    (RateExceededError, _limited),
    (BudgetExceededError, _plain(429, "quota", "insufficient_quota")),
    (LimitsUnavailableError, _no_limits),
    (UsageError, _plain(404, "not_found", "model_not_found")),
    (NoCandidateError, _no_candidate),
    (PlanExhaustedError, _exhausted),
    (RateLimitError, _limited),
    # The vendor refused our credential: the caller's own is good, and only the operator can mend it.
    (AuthenticationError, _plain(502, "server", "provider_credential")),
    (ModelNotFoundError, _plain(404, "not_found", "model_not_found")),
    (ContextLengthError, _plain(400, "context_length", "context_length_exceeded")),
    (RequestRejectedError, _rejected),
    (ContentFilteredError, _plain(400, "content_filter", "content_filter")),
    (ProviderUnavailableError, _unavailable),
    (MalformedResponseError, _plain(502, "server", "malformed_response")),
    (RecordNotFoundError, _plain(404, "not_found", "not_found")),
    (StoreError, _no_records),
)
"""The first row that fits counts, so narrow classes stand before wide ones."""
