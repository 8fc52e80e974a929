"""Every error as a failure: each class of core/errors.py has its status and kind, on purpose."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime

import pytest

from polydesk.core import errors
from polydesk.core.errors import (
    AuthenticationError,
    BudgetExceededError,
    NoCandidateError,
    PlanExhaustedError,
    PolydeskError,
    ProviderUnavailableError,
    RateExceededError,
    RateLimitError,
    RequestRejectedError,
    UsageError,
)
from polydesk.core.receipts import Attempt, Rejection
from polydesk.gateway.failures import Failure, Kind, RefusedRequestError, failure_of, is_fault
from polydesk.wire.notes import WireError

NOW = datetime(2026, 11, 24, tzinfo=UTC)
FACTS: dict[str, object] = {
    "mailbox": "work",
    "provider": "openai",
    "model": "gpt-4.1",
    "status_code": 418,
    "code": "their_code",
    "request_id": "req_theirs",
    "retry_after_s": 1.5,
    "param": "messages",
    "rejections": (),
    "attempts": (),
    "rule": "model_not_permitted",
    "limit": "requests_per_minute",
    "budget": "team",
    "resets_at": NOW,
    "name": "weights",
    "path": "/somewhere",
    "part": None,
    "reply": "a model's words",
    "problem": "It is no JSON.",
}

MEANT: dict[str, tuple[int, Kind]] = {
    "UsageError": (404, "not_found"),
    "ProviderUnavailableError": (503, "overloaded"),
    "RateLimitError": (429, "rate_limit"),
    "AuthenticationError": (502, "server"),
    "ModelNotFoundError": (404, "not_found"),
    "RequestRejectedError": (400, "invalid_request"),
    "ContextLengthError": (400, "context_length"),
    "UntranslatableError": (400, "invalid_request"),
    "ContentFilteredError": (400, "content_filter"),
    "MalformedResponseError": (502, "server"),
    "NoCandidateError": (503, "overloaded"),
    "PlanExhaustedError": (503, "overloaded"),
    "KeyRefusedError": (401, "authentication"),
    "NotPermittedError": (403, "permission"),
    "RateExceededError": (429, "rate_limit"),
    "BudgetExceededError": (429, "quota"),
    "LimitsUnavailableError": (503, "overloaded"),
    "StoreError": (503, "overloaded"),
    "RecordNotFoundError": (404, "not_found"),
}
OURS = {
    "PolydeskError",
    "SettingsError",
    "ProviderError",
    "RoutingError",
    "GovernanceError",
    "WeightsError",
    "MailboxError",
    "OutputError",
    "ReplyError",
    "OfficeError",
    "UnreadableDocumentError",
    "AnchorNotFoundError",
    "EditConflictError",
    "UnsupportedEditError",
    "ProtectedDocumentError",
}
"""A conversation never fails so, or only through a fault of the program or its set-up: 500 on purpose."""
CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, PolydeskError) and value.__module__ == errors.__name__
}


def made(kind: type[PolydeskError]) -> PolydeskError:
    """An error of that class, with a fact for everything that it wants."""
    own = inspect.isfunction(kind.__init__)
    wanted = [name for name in inspect.signature(kind.__init__).parameters if name in FACTS] if own else []
    return kind("What went wrong.", **{name: FACTS[name] for name in wanted})


def test_every_class_has_its_failure_or_is_ours_on_purpose() -> None:
    assert set(CLASSES) == set(MEANT) | OURS
    assert not set(MEANT) & OURS


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_class_has_its_status_and_kind(name: str) -> None:
    failure = failure_of(made(CLASSES[name]))
    assert (failure.status, failure.kind) == MEANT.get(name, (500, "server"))
    told = name in MEANT and name not in ("StoreError", "LimitsUnavailableError")
    assert (failure.message == "What went wrong.") == told, "words of the machine's own are for its operator"
    assert is_fault(made(CLASSES[name])) != told


def test_a_fault_of_the_program_is_told_without_its_words() -> None:
    failure = failure_of(KeyError("a customer's secret"))
    assert failure == Failure(
        status=500, kind="server", message="Something went wrong inside the gateway; its log says more."
    )


def test_a_refusal_is_the_failure_that_it_carries() -> None:
    failure = Failure(status=413, kind="too_large", message="Too large.")
    assert failure_of(RefusedRequestError(failure)) is failure


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            WireError("Expected `str`, got `int` - at `$.messages[0].role`"),
            {"status": 400, "kind": "invalid_request", "param": "messages[0].role", "code": None},
        ),
        (WireError("the body is no JSON object"), {"status": 400, "kind": "invalid_request", "param": None}),
        (
            RequestRejectedError("No.", provider="x", param="seed", code="bad_seed"),
            {"status": 400, "kind": "invalid_request", "param": "seed", "code": "bad_seed"},
        ),
        (
            RateLimitError("Later.", provider="x", retry_after_s=0.25),
            {"status": 429, "code": "rate_limit_exceeded", "retry_after_s": 0.25},
        ),
        (
            RateExceededError("Later.", limit="tokens_per_minute", retry_after_s=3),
            {"status": 429, "code": "tokens_per_minute", "retry_after_s": 3},
        ),
        (
            BudgetExceededError("Spent.", budget="team", resets_at=NOW),
            {"status": 429, "kind": "quota", "code": "insufficient_quota"},
        ),
        (ProviderUnavailableError("Slow.", provider="x", code="timeout"), {"status": 504, "kind": "timeout"}),
        (AuthenticationError("Wrong.", provider="x", status_code=401), {"status": 502, "code": "provider_credential"}),
        (UsageError("No such model."), {"status": 404, "code": "model_not_found"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_is_known_of_an_error_is_told(error: Exception, expected: dict[str, object]) -> None:
    failure = failure_of(error)
    assert {name: getattr(failure, name) for name in expected} == expected


def rejection(rule: str) -> Rejection:
    return Rejection(provider="openai", model="gpt-4.1", rule=rule, reason="It is so.")


@pytest.mark.parametrize(
    ("rules", "status", "code"),
    [
        (["not_permitted"], 403, "no_permitted_model"),
        (["not_permitted", "data_class"], 403, "no_permitted_model"),
        (["not_permitted", "excluded_by_user"], 403, "no_permitted_model"),
        (["context_window"], 400, "context_length_exceeded"),
        (["context_window", "max_output"], 400, "context_length_exceeded"),
        (["needs_images"], 400, "unsupported_by_model"),
        (["needs_images", "kind", "excluded_by_user", "not_in_plan"], 400, "unsupported_by_model"),
        (["kind", "excluded_by_user"], 400, "unsupported_by_model"),
        (["needs_tools", "not_permitted"], 503, "no_model"),
        (["no_credential"], 503, "no_model"),
        ([], 503, "no_model"),
    ],
)
def test_why_no_model_can_be_asked_decides_what_the_client_is_told(rules: list[str], status: int, code: str) -> None:
    failure = failure_of(NoCandidateError("Nobody.", rejections=[rejection(rule) for rule in rules]))
    assert (failure.status, failure.code) == (status, code)


def attempt(error: str) -> Attempt:
    return Attempt(
        provider="openai",
        model="gpt-4.1",
        started_at=NOW,
        duration_ms=1,
        outcome="failed",
        error=error,
    )


@pytest.mark.parametrize(
    ("kinds", "status", "code"),
    [
        (["RateLimitError", "RateLimitError"], 429, "rate_limit_exceeded"),
        (["RateLimitError", "ProviderUnavailableError"], 503, "all_models_failed"),
        (["ProviderUnavailableError"], 503, "all_models_failed"),
    ],
)
def test_how_every_model_failed_decides_whether_to_wait(kinds: list[str], status: int, code: str) -> None:
    failure = failure_of(PlanExhaustedError("All failed.", attempts=[attempt(kind) for kind in kinds]))
    assert (failure.status, failure.code) == (status, code)


@pytest.mark.parametrize(
    ("retry_after_s", "headers"),
    [
        (None, {}),
        (0.25, {"retry-after": "1", "retry-after-ms": "250"}),
        (7, {"retry-after": "7", "retry-after-ms": "7000"}),
        (-1, {"retry-after": "0", "retry-after-ms": "0"}),
        (1e308, {"retry-after": "31622400", "retry-after-ms": "31622400000"}),
        (float("inf"), {"retry-after": "31622400", "retry-after-ms": "31622400000"}),
        (float("nan"), {}),
    ],
)
def test_a_wait_is_told_in_whole_seconds_and_in_milliseconds(
    retry_after_s: float | None, headers: dict[str, str]
) -> None:
    assert Failure(status=429, kind="rate_limit", message="", retry_after_s=retry_after_s).headers == headers
