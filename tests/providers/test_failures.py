"""A vendor's failure becomes the error that says what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from polydesk.core.errors import (
    AuthenticationError,
    ContentFilteredError,
    ContextLengthError,
    ModelNotFoundError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitError,
    RequestRejectedError,
)
from polydesk.providers.failures import Asked, failure, malformed, retry_after_s, unavailable

ASKED = Asked(provider="acme", model="m-1", secret="sk-very-secret")  # noqa: S106 # nobody's
NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)

KINDS: list[tuple[int | None, dict[str, Any], type[ProviderError]]] = [
    (400, {"type": "invalid_request_error"}, RequestRejectedError),
    (422, {}, RequestRejectedError),
    (400, {"code": "context_length_exceeded"}, ContextLengthError),
    (413, {"type": "request_too_large"}, ContextLengthError),
    (400, {"code": "content_filter"}, ContentFilteredError),
    (400, {"code": "content_policy_violation"}, ContentFilteredError),
    (401, {"type": "invalid_request_error", "code": "invalid_api_key"}, AuthenticationError),
    (401, {}, AuthenticationError),
    (402, {"type": "billing_error"}, AuthenticationError),
    (403, {"type": "permission_error"}, AuthenticationError),
    (404, {"type": "invalid_request_error", "code": "model_not_found"}, ModelNotFoundError),
    (403, {"code": "model_not_found"}, ModelNotFoundError),
    (404, {"type": "not_found_error"}, ModelNotFoundError),
    (404, {}, RequestRejectedError),
    (405, {}, RequestRejectedError),
    (408, {}, ProviderUnavailableError),
    (409, {}, ProviderUnavailableError),
    (429, {"type": "requests", "code": "rate_limit_exceeded"}, RateLimitError),
    (429, {"type": "insufficient_quota", "code": "insufficient_quota"}, RateLimitError),
    (429, {}, RateLimitError),
    (500, {"type": "server_error"}, ProviderUnavailableError),
    (504, {"type": "timeout_error"}, ProviderUnavailableError),
    (529, {"type": "overloaded_error"}, ProviderUnavailableError),
    (None, {"type": "overloaded_error"}, ProviderUnavailableError),
    (None, {"type": "rate_limit_error"}, RateLimitError),
    (None, {"type": "server_error", "code": "rate_limit_exceeded"}, RateLimitError),
    (None, {"type": "invalid_request_error"}, RequestRejectedError),
    (None, {"code": 429}, RateLimitError),
    (None, {"code": 502}, ProviderUnavailableError),
    (None, {}, ProviderUnavailableError),
    (None, {"type": ["nonsense"], "message": 3}, ProviderUnavailableError),
]


@pytest.mark.parametrize(("status", "error", "kind"), KINDS)
def test_kind_follows_from_status_and_code(
    status: int | None, error: dict[str, Any], kind: type[ProviderError]
) -> None:
    assert type(failure(ASKED, error, status=status, request_id=None)) is kind


def test_words_of_the_message_play_no_part() -> None:
    error = {"type": "invalid_request_error", "message": "rate limit: context_length_exceeded, invalid api key"}
    assert type(failure(ASKED, error, status=400, request_id=None)) is RequestRejectedError


def test_facts_are_attributes_and_the_message_says_the_remedy() -> None:
    error = {"type": "invalid_request_error", "code": "unknown_parameter", "param": "n", "message": "Unknown: 'n'."}
    made = failure(ASKED, error, status=400, request_id="req_9")
    assert isinstance(made, RequestRejectedError)
    assert str(made) == (
        "acme refused m-1 (400 unknown_parameter): Unknown: 'n'. "
        "The request has to be changed; sending it again is no use."
    )
    facts = (made.provider, made.model, made.status_code, made.code, made.param, made.request_id)
    assert facts == ("acme", "m-1", 400, "unknown_parameter", "n", "req_9")


@pytest.mark.parametrize(
    "made",
    [
        failure(ASKED, {"message": "you sent sk-very-secret"}, status=400, request_id=None),
        failure(ASKED, {"message": "wrong key sk-v***cret"}, status=401, request_id=None),
        unavailable(ASKED, "no way to sk-very-secret", code="connection"),
        malformed(ASKED, "not JSON", b'{"echo": "Bearer sk-very-secret"}'),
    ],
    ids=lambda made: type(made).__name__,
)
def test_credential_is_nowhere(made: ProviderError) -> None:
    shown = f"{made!r} {made} {made.__dict__} {ASKED!r}"
    assert "sk-v" not in shown
    assert "cret" not in shown


def test_vendors_message_is_cut_short() -> None:
    made = failure(ASKED, {"message": "x" * 5000}, status=400, request_id=None)
    assert len(str(made)) < 500


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Tue, 24 Nov 2026 11:59:00 GMT"}, 0.0),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:30 -0000"}, 30.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, now=NOW) == seconds


@pytest.mark.parametrize("payload", [b"sk-very-secret" * 100, "sk-very-secret" * 100], ids=["bytes", "text"])
def test_not_even_a_piece_of_the_key_is_in_an_excerpt(payload: bytes | str) -> None:
    assert set(malformed(ASKED, "it is wrong", payload).excerpt or "") == {"*"}
