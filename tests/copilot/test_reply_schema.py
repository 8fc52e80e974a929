"""The schema of edits, held against what the vendors accept.

OpenAI's strict mode: https://developers.openai.com/api/docs/guides/structured-outputs, "Supported schemas".
Anthropic's: https://platform.claude.com/docs/en/build-with-claude/structured-outputs, "JSON Schema limitations".
Both checked 2026-11-24.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from polydesk.copilot.edit_structured import edits_reply_schema
from polydesk.office.docx.edits import words_schema

SCHEMA = edits_reply_schema()
NAMES_AND_VALUES = ("properties", "$defs")
OPENAI_KEYWORDS = {"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "description"}
OPENAI_KEYWORDS |= {"$ref", "$defs"}


def schemas(node: Any = SCHEMA) -> Iterator[dict[str, Any]]:
    """Every schema inside, the root first."""
    yield node
    for name in NAMES_AND_VALUES:
        for value in node.get(name, {}).values():
            yield from schemas(value)
    for value in (*([node["items"]] if "items" in node else []), *node.get("anyOf", [])):
        yield from schemas(value)


def depth(node: dict[str, Any], level: int = 0) -> int:
    """Levels of objects and lists, references followed."""
    if "$ref" in node:
        return depth(SCHEMA["$defs"][node["$ref"].rpartition("/")[2]], level)
    inner = [*node.get("properties", {}).values(), *node.get("anyOf", [])]
    inner += [node["items"]] if "items" in node else []
    own = level + (node.get("type") in ("object", "array"))
    return max([own, *(depth(value, own) for value in inner)])


def test_root_is_an_object_and_no_union() -> None:
    assert SCHEMA["type"] == "object"
    assert "anyOf" not in SCHEMA


def test_every_object_is_closed_and_requires_every_field() -> None:
    objects = [schema for schema in schemas() if schema.get("type") == "object"]
    assert len(objects) == 14
    assert all(schema["additionalProperties"] is False for schema in objects)
    assert all(schema["required"] == list(schema["properties"]) for schema in objects)


def test_every_schema_has_a_type_or_refers_or_is_a_union() -> None:
    assert [schema for schema in schemas() if not {"type", "$ref", "anyOf"} & set(schema)] == []


def test_only_supported_keywords_are_used() -> None:
    assert {keyword for schema in schemas() for keyword in schema} <= OPENAI_KEYWORDS


def test_members_of_a_union_differ_in_their_first_field() -> None:
    """OpenAI refuses unions whose objects begin alike: here each begins with another single word for the kind."""
    kinds = [tuple(definition["properties"]["edit"]["enum"]) for definition in SCHEMA["$defs"].values()]
    firsts = {next(iter(definition["properties"])) for definition in SCHEMA["$defs"].values()}
    assert firsts == {"edit"}
    assert len(set(kinds)) == len(kinds)


def test_sizes_are_within_the_limits() -> None:
    properties = sum(len(schema.get("properties", {})) for schema in schemas())
    unions = [schema for schema in schemas() if "anyOf" in schema]
    assert depth(SCHEMA) <= 5
    assert properties <= 100
    assert len(unions) <= 16, "Anthropic compiles at most 16 parameters of several types"


def test_every_kind_of_edit_is_offered() -> None:
    assert set(SCHEMA["$defs"]) == set(words_schema()["$defs"])


@pytest.mark.parametrize("name", ["tracked", "start", "end"])
def test_models_are_not_offered_what_is_for_the_user_or_miscounted(name: str) -> None:
    assert all(name not in schema.get("properties", {}) for schema in schemas())


def test_schema_is_plain_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(SCHEMA)) == SCHEMA
