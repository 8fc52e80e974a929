"""docs/reference/edits-excel.md says of edits of objects what the code does: every edit, field and example."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from polydesk.office.xlsx.edits import parse_edits
from polydesk.office.xlsx.object_edits import ObjectEdit
from polydesk.office.xlsx.workbook import Workbook
from tests.office.xlsx.furnished import furnished

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "edits-excel.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
EDITS: dict[str, Any] = {str(edit.__struct_config__.tag): edit for edit in get_args(ObjectEdit)}


@pytest.fixture(scope="module")
def book() -> Workbook:
    return Workbook(furnished())


@pytest.mark.parametrize("name", EDITS)
def test_every_field_has_its_row_with_its_default(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*?) \|", SECTIONS[name], re.MULTILINE)
    found = {field: value.partition(", default ")[2] for field, value in rows}
    assert found == {
        field.name: "" if field.required else json.dumps(msgspec.to_builtins(field.default))
        for field in msgspec.structs.fields(EDITS[name])
    }


@pytest.mark.parametrize("name", EDITS)
def test_every_example_changes_the_workbook(name: str, book: Workbook) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", SECTIONS[name], re.DOTALL)
    edits = parse_edits(example)
    assert {item["edit"] for item in json.loads(example)} == {name}
    assert book.apply(edits).changed_parts


def test_every_edit_is_listed() -> None:
    listed = re.findall(r"^\| \[`(\w+)`\]\(#\1\)", PAGE, re.MULTILINE)
    assert [name for name in listed if name in EDITS] == list(EDITS)
