"""Mistral's errors, which come in several forms, in the one that we read.

Its gateway, its validation and its models each have a form of their own; the codes are numbers, and the types words
(https://docs.mistral.ai/resources/known-limitations, checked 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

ANSWERS = ("choices", "data")
"""Fields that only good answers have."""


def error_in(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The error that `body` reports, as an object with `message`, `type`, `code` and `param`; None for none.

    `code` is the type, for the vendor's own codes are bare numbers.
    """
    if any(field in body for field in ANSWERS):
        return None
    if "detail" in body:
        return _detail(body["detail"])
    inner = body.get("error")
    if isinstance(inner, Mapping):
        return _plain(cast("Mapping[str, Any]", inner))
    return _plain(body) if "message" in body else {"message": str(inner)} if inner is not None else None


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    kind = _text(body.get("type"))
    message = cast("object", body.get("message"))
    nested = cast("Mapping[str, Any]", message).get("detail") if isinstance(message, Mapping) else None
    error = {"message": _text(body.get("message"))} if nested is None else _detail(nested)
    known = {"type": kind, "code": kind, "param": _text(body.get("param"))}
    return error | {name: word for name, word in known.items() if word is not None}


def _detail(detail: object) -> dict[str, Any]:
    """What the validation says: a sentence, or places with what is wrong there, of which the first is told."""
    places = cast("list[object]", detail) if isinstance(detail, list) else [detail]
    first = next(iter(places), None)
    if not isinstance(first, Mapping):
        return {"message": str(first)}
    problem = cast("Mapping[str, Any]", first)
    place = ".".join(str(step) for step in problem.get("loc") or () if step != "body")
    kind = _text(problem.get("type"))
    return {"message": f"{place}: {problem.get('msg')}", "type": kind, "code": kind, "param": place or None}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
