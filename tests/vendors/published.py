"""JSON held against a vendor's published schema, as its official SDK states it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError


def problems(body: object, schema: Any) -> tuple[str, str] | None:
    """The first place where `body` breaks `schema` and how; None when it does not."""
    try:
        _exhaust(_adapter(schema).validate_python(body))
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join(str(step) for step in first["loc"] if isinstance(step, int) or str(step).islower())
        return path or "body", first["msg"]
    return None


@cache
def _adapter(schema: Any) -> TypeAdapter[Any]:
    return TypeAdapter(schema)


def _exhaust(value: Any) -> None:
    """Iterables in request types are checked only as they are read: read them all."""
    if isinstance(value, dict):
        for inner in value.values():
            _exhaust(inner)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for inner in value:
            _exhaust(inner)
