"""Schemas in Gemini's older form, a part of OpenAPI 3.0 with type names in capitals, as JSON Schema.

Source: https://ai.google.dev/api/caching#Schema (checked 2026-11-24). We write JSON Schema, which Gemini takes in
fields of their own; the older form is only read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

_NESTED = frozenset({"items", "additionalProperties"})
_LISTED = frozenset({"anyOf", "prefixItems"})
_NUMBERS = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})


def json_schema_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema that says the same. Integers, which Gemini writes as text, become numbers."""
    result = {name: _value(name, value) for name, value in schema.items() if name != "nullable"}
    if schema.get("nullable") is True and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
    return result


def _value(name: str, value: Any) -> Any:
    match name, value:
        case "type", str():
            return value.lower()
        case "properties", dict():
            fields = cast("dict[str, Any]", value)
            return {field: _schema(inner) for field, inner in fields.items()}
        case _ if name in _NESTED:
            return _schema(value)
        case _, list() if name in _LISTED:
            return [_schema(inner) for inner in cast("list[Any]", value)]
        case _, str() if name in _NUMBERS and value.isdigit():
            return int(value)
        case _:
            return value


def _schema(value: Any) -> Any:
    return json_schema_of(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
