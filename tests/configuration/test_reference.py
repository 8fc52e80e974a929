"""The page and the example say what the sections are."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from polydesk.configuration.reference import example, field_docs, reference_page
from polydesk.configuration.sections import Configuration, MailboxRow, ModelRow, PlanRow, ProviderRow
from tests.configuration.samples import configuration

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "configuration.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "make it again; its second paragraph says how"


def test_the_example_is_right_and_shows_what_holds_by_default() -> None:
    found = configuration(example())
    plain = Configuration()
    for name in ("server", "cache", "survival", "telemetry", "records", "shared_limits"):
        assert getattr(found, name) == getattr(plain, name)


def rows(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The tables of a section."""
    value = data[key]
    if key in ("plans", "mailboxes"):
        return list(value.values())
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("field", msgspec.structs.fields(Configuration), ids=lambda field: field.encode_name)
def test_the_example_has_every_key(field: Any) -> None:
    commented_out = re.compile(r"^# (\w+ = )", re.MULTILINE)
    data = tomllib.loads(commented_out.sub(r"\1", example()))
    shown = {key for row in rows(data, field.encode_name) for key in row}
    kinds = {"provider": ProviderRow, "model": ModelRow, "plans": PlanRow, "mailboxes": MailboxRow}
    default = getattr(Configuration(), field.name)
    kind = kinds.get(field.encode_name, type(default))
    if kind is not tuple:
        assert shown == {one.encode_name for one in msgspec.structs.fields(kind)}


@pytest.mark.parametrize("kind", [ProviderRow, PlanRow])
def test_a_key_has_its_docstring(kind: type[msgspec.Struct]) -> None:
    assert all(field_docs(kind).values())
