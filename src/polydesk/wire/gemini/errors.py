"""Error bodies of Google's APIs, `{"error": {"code", "message", "status", "details"}}`.

Source: https://docs.cloud.google.com/apis/design/errors and https://ai.google.dev/gemini-api/docs/troubleshooting
(checked 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from polydesk.wire.notes import error_object

_TYPE = "type.googleapis.com/google.rpc."


def error_in(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The error that `body` reports, in the words that every vendor's errors are classified by; None for none.

    `type` is the canonical status such as `RESOURCE_EXHAUSTED`, `code` the reason where one is given such as
    `API_KEY_INVALID`, `param` the first field that is called wrong, `retry_after_s` the wait that is asked for.
    """
    error = body.get("error")
    return None if error is None else _classified(error_object(error))


def _classified(error: dict[str, Any]) -> dict[str, Any]:
    details = _details(error.get("details"))
    violations = details.get("BadRequest", {}).get("fieldViolations")
    return {
        "message": _text(error.get("message")),
        "type": _text(error.get("status")),
        "code": _text(details.get("ErrorInfo", {}).get("reason")),
        "param": _field(violations),
        "retry_after_s": _seconds(details.get("RetryInfo", {}).get("retryDelay")),
    }


def _details(details: object) -> dict[str, dict[str, Any]]:
    """The details by the short names of their types."""
    if not isinstance(details, list):
        return {}
    objects = [cast("dict[str, Any]", one) for one in cast("list[object]", details) if isinstance(one, dict)]
    return {str(one.get("@type", "")).removeprefix(_TYPE): one for one in objects}


def _field(violations: object) -> str | None:
    """The first field that is called wrong."""
    if not isinstance(violations, list) or not violations:
        return None
    first = cast("list[object]", violations)[0]
    return _text(cast("dict[str, Any]", first).get("field")) if isinstance(first, dict) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _seconds(delay: object) -> float | None:
    """A duration such as `34.5s`."""
    try:
        return float(delay.removesuffix("s")) if isinstance(delay, str) else None
    except ValueError:
        return None
