"""docs/reference/edits-excel.md says of structural edits what the code does: every edit, every field, every example."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from polydesk.office.xlsx.edits import parse_edits
from polydesk.office.xlsx.structure_edits import StructureEdit
from polydesk.office.xlsx.workbook import Workbook
from tests.office.xlsx.grids import workbook

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "edits-excel.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
EDITS: dict[str, Any] = {str(edit.__struct_config__.tag): edit for edit in get_args(StructureEdit)}


def _furnished(book: Any) -> None:
    sheet = book.get_worksheet_by_name("Sales")
    sheet.add_table("E1:F6", {"name": "Orders", "columns": [{"header": "Order"}, {"header": "Net"}]})
    notes = book.get_worksheet_by_name("Notes")
    notes.merge_range("A1:B1", "Notes")
    notes.autofilter("A3:B5")


@pytest.fixture(scope="module")
def sales() -> Workbook:
    cells: dict[str, object] = {"A1": "Region", "B1": "Value", "C1": "Double"}
    for row in range(2, 7):
        cells |= {f"A{row}": f"R{row}", f"B{row}": 10 * row, f"C{row}": f"=B{row}*2"}
    return Workbook(workbook({"Sales": cells, "Notes": {"D1": "=SUM(Sales!B2:B6)"}}, _furnished))


@pytest.mark.parametrize("name", EDITS)
def test_every_field_has_its_row_with_its_default(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*?) \|", SECTIONS[name], re.MULTILINE)
    found = {field: value.partition(", default ")[2] for field, value in rows}
    assert found == {
        field.name: "" if field.required else json.dumps(msgspec.to_builtins(field.default))
        for field in msgspec.structs.fields(EDITS[name])
    }


@pytest.mark.parametrize("name", EDITS)
def test_every_example_changes_the_workbook(name: str, sales: Workbook) -> None:
    examples = re.findall(r"```json\n(.*?)```", SECTIONS[name], re.DOTALL)
    assert examples
    for example in examples:
        edits = parse_edits(example)
        assert {item["edit"] for item in json.loads(example)} == {name}
        assert sales.apply(edits).changed_parts


def test_every_edit_is_listed() -> None:
    listed = re.findall(r"^\| \[`(\w+)`\]\(#\1\)", PAGE, re.MULTILINE)
    assert [name for name in listed if name in EDITS] == list(EDITS)
