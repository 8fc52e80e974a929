"""A vendor's failure as one of our errors, chosen by status and code and never by the words of its message.

Sources, checked 2026-11-24: https://developers.openai.com/api/docs/guides/error-codes and
https://platform.claude.com/docs/en/api/errors
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import msgspec

from polydesk.core.errors import (
    AuthenticationError,
    ContentFilteredError,
    ContextLengthError,
    MalformedResponseError,
    ModelNotFoundError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitError,
    RequestRejectedError,
)

MESSAGE_LIMIT = 300
EXCERPT_LIMIT = 200

BY_CODE: dict[str, type[ProviderError]] = {
    "bio_policy": ContentFilteredError,
    "data_residency_mismatch": RequestRejectedError,
    "image_content_policy_violation": ContentFilteredError,
    "invalid_base64_image": RequestRejectedError,
    "invalid_image": RequestRejectedError,
    "invalid_image_format": RequestRejectedError,
    "invalid_image_url": RequestRejectedError,
    "invalid_prompt": RequestRejectedError,
    "misalignment_policy_violation": ContentFilteredError,
    "DeploymentNotFound": ModelNotFoundError,
    "AccessDeniedException": AuthenticationError,
    "ExpiredTokenException": AuthenticationError,
    "IncompleteSignatureException": AuthenticationError,
    "InvalidSignatureException": AuthenticationError,
    "ModelErrorException": ProviderUnavailableError,
    "ModelNotReadyException": ProviderUnavailableError,
    "ModelStreamErrorException": ProviderUnavailableError,
    "ModelTimeoutException": ProviderUnavailableError,
    "ResourceNotFoundException": ModelNotFoundError,
    "ServiceQuotaExceededException": RateLimitError,
    "ThrottlingException": RateLimitError,
    "UnrecognizedClientException": AuthenticationError,
    "ValidationException": RequestRejectedError,
    "ACCESS_TOKEN_EXPIRED": AuthenticationError,
    "API_KEY_INVALID": AuthenticationError,
    "account_deactivated": AuthenticationError,
    "content_filter": ContentFilteredError,
    "content_policy_violation": ContentFilteredError,
    "context_length_exceeded": ContextLengthError,
    "insufficient_quota": RateLimitError,
    "invalid_client": AuthenticationError,
    "invalid_grant": AuthenticationError,
    "invalid_api_key": AuthenticationError,
    "invalid_model": ModelNotFoundError,
    "model_not_found": ModelNotFoundError,
    "rate_limit_exceeded": RateLimitError,
    "rate_limited": RateLimitError,
    "server_error": ProviderUnavailableError,
}
BY_TYPE: dict[str, type[ProviderError]] = {
    "INVALID_ARGUMENT": RequestRejectedError,
    "NOT_FOUND": ModelNotFoundError,
    "PERMISSION_DENIED": AuthenticationError,
    "RESOURCE_EXHAUSTED": RateLimitError,
    "UNAUTHENTICATED": AuthenticationError,
    "api_error": ProviderUnavailableError,
    "authentication_error": AuthenticationError,
    "billing_error": AuthenticationError,
    "insufficient_quota": RateLimitError,
    "invalid_request_error": RequestRejectedError,
    "not_found_error": ModelNotFoundError,
    "overloaded_error": ProviderUnavailableError,
    "permission_error": AuthenticationError,
    "rate_limit_error": RateLimitError,
    "request_too_large": ContextLengthError,
    "server_error": ProviderUnavailableError,
    "timeout_error": ProviderUnavailableError,
}
BY_STATUS: dict[int, type[ProviderError]] = {
    HTTPStatus.UNAUTHORIZED: AuthenticationError,
    HTTPStatus.PAYMENT_REQUIRED: AuthenticationError,
    HTTPStatus.FORBIDDEN: AuthenticationError,
    HTTPStatus.REQUEST_TIMEOUT: ProviderUnavailableError,
    HTTPStatus.CONFLICT: ProviderUnavailableError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ContextLengthError,
    HTTPStatus.TOO_MANY_REQUESTS: RateLimitError,
}
REMEDIES: dict[type[ProviderError], str] = {
    AuthenticationError: "Check the API key and what its account may use.",
    ContentFilteredError: "Change the request's content, or ask another provider.",
    ContextLengthError: "Shorten the document, or choose a model with a larger context window.",
    ModelNotFoundError: "Check the model's name, and that the account may use it.",
    ProviderUnavailableError: "Try again later, or ask another provider.",
    RateLimitError: "Wait, or ask another provider.",
    RequestRejectedError: "The request has to be changed; sending it again is no use.",
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who was asked, to label an error with."""

    provider: str
    model: str
    secret: str = ""
    """What must not be seen in any message."""
    names_missing_models: bool = True
    """Whether the vendor has a word for a model that it does not know; where not, any 404 of its own says so."""

    def __repr__(self) -> str:
        return f"Asked(provider={self.provider!r}, model={self.model!r})"


class _Reported(msgspec.Struct, kw_only=True):
    type: str | None = None
    code: str | int | None = None
    param: str | None = None
    message: str | None = None
    retry_after_s: float | None = None
    """For vendors that say it in the body."""


def failure(
    asked: Asked,
    error: Mapping[str, Any],
    *,
    status: int | None,
    request_id: str | None,
    retry_after_s: float | None = None,
) -> ProviderError:
    """The error to raise for what a vendor reports. `status` is None inside a stream that began well."""
    reported = _reported(error)
    if isinstance(reported.code, int):  # some compatible servers put the status there
        status, code = status or reported.code, None
    else:
        code = reported.code
    kind = _kind(code, reported.type, status)
    if status == HTTPStatus.NOT_FOUND and reported.message is not None and not asked.names_missing_models:
        kind = ModelNotFoundError
    facts: dict[str, Any] = {
        "provider": asked.provider,
        "model": asked.model,
        "status_code": status,
        "code": code or reported.type,
        "request_id": request_id,
    }
    message = _message(asked, kind, facts, reported.message)
    if issubclass(kind, RateLimitError):
        wait = reported.retry_after_s if retry_after_s is None else retry_after_s
        return kind(message, **facts, retry_after_s=wait)
    if issubclass(kind, RequestRejectedError):
        return kind(message, **facts, param=reported.param)
    return kind(message, **facts)


def unavailable(asked: Asked, what: str, *, code: str, request_id: str | None = None) -> ProviderUnavailableError:
    """The error for a provider that could not be reached or broke off; `code` is our own word for it."""
    return ProviderUnavailableError(
        f"{asked.provider} did not answer for {asked.model}: {scrubbed(what, asked.secret)}. "
        + REMEDIES[ProviderUnavailableError],
        provider=asked.provider,
        model=asked.model,
        code=code,
        request_id=request_id,
    )


def malformed(
    asked: Asked, what: str, payload: bytes | str, *, status: int | None = None, request_id: str | None = None
) -> MalformedResponseError:
    """The error for an answer that the vendor's own schema does not allow."""
    error = MalformedResponseError(
        f"{asked.provider} sent an answer for {asked.model} that cannot be read: {what}. Ask another provider, "
        "or check that the base address is really this vendor's.",
        provider=asked.provider,
        model=asked.model,
        status_code=status,
        request_id=request_id,
    )
    # Taken out before it is cut, for half a credential is not recognised.
    data = payload.encode(errors="replace") if isinstance(payload, str) else payload
    clean = data.replace(asked.secret.encode(), b"***") if asked.secret else data
    error.excerpt = clean[: 4 * EXCERPT_LIMIT].decode(errors="replace")[:EXCERPT_LIMIT]
    return error


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds to wait by the headers `retry-after-ms` and `retry-after` (number or HTTP date); None when unsaid."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or value is None:
        return seconds
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def scrubbed(text: str, secret: str) -> str:
    """`text` without the credential."""
    return text.replace(secret, "***") if secret else text


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _reported(error: Mapping[str, Any]) -> _Reported:
    try:
        return msgspec.convert(error, _Reported)
    except msgspec.ValidationError:
        return _Reported()


def _kind(code: str | None, error_type: str | None, status: int | None) -> type[ProviderError]:
    if code in BY_CODE:
        return BY_CODE[code]
    if status is None or status < HTTPStatus.BAD_REQUEST:
        return BY_TYPE.get(error_type or "", ProviderUnavailableError)
    if status == HTTPStatus.NOT_FOUND:
        # Without the vendor's word that it is the model, the address itself is unknown there.
        return ModelNotFoundError if error_type in ("not_found_error", "NOT_FOUND") else RequestRejectedError
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ProviderUnavailableError
    return BY_STATUS.get(status, RequestRejectedError)


def _message(asked: Asked, kind: type[ProviderError], facts: dict[str, Any], vendors: str | None) -> str:
    known = " ".join(str(facts[name]) for name in ("status_code", "code") if facts[name] is not None)
    head = f"{asked.provider} refused {asked.model} ({known or 'no reason given'})"
    # Vendors repeat a part of the key when they refuse it, so their words are left out there.
    if not vendors or kind is AuthenticationError:
        return f"{head}. {REMEDIES[kind]}"
    words = scrubbed(vendors, asked.secret)[:MESSAGE_LIMIT].rstrip(". \n")
    return f"{head}: {words}. {REMEDIES[kind]}"
