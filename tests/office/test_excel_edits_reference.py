"""docs/reference/edits-excel.md says what the code does: every field with its default, every example."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from polydesk.office.xlsx.cell_edits import CellEdit
from polydesk.office.xlsx.edits import Edit, parse_edits
from polydesk.office.xlsx.workbook import Workbook
from tests.xlsx_builder import sheet, xlsx

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "edits-excel.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
EDITS: dict[str, Any] = {str(edit.__struct_config__.tag): edit for edit in get_args(Edit)}
CELL_EDITS = [str(edit.__struct_config__.tag) for edit in get_args(CellEdit)]
EXAMPLES = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_every_edit_of_cells_has_a_section_in_the_order_of_the_code() -> None:
    assert [name for name in SECTIONS if name in CELL_EDITS] == CELL_EDITS


def test_no_section_is_about_something_else() -> None:
    assert set(SECTIONS) <= set(EDITS)


@pytest.mark.parametrize("name", CELL_EDITS)
def test_every_field_has_its_row_with_its_default(name: str) -> None:
    rows: dict[str, str] = dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) \|", SECTIONS[name], re.MULTILINE))
    told = {
        field: "required" if ", default " not in value else msgspec.json.decode(value.partition(", default ")[2])
        for field, value in rows.items()
    }
    assert told == {
        field.name: "required" if field.required or field.default is msgspec.UNSET else field.default
        for field in msgspec.structs.fields(EDITS[name])
    }


@pytest.mark.parametrize("name", CELL_EDITS)
def test_every_section_has_an_example_of_its_edit(name: str) -> None:
    examples = re.findall(r"```json\n(.*?)```", SECTIONS[name], re.DOTALL)
    assert {edit["edit"] for example in examples for edit in json.loads(example)} == {name}


CELL_EXAMPLES = [text for text in EXAMPLES if {edit["edit"] for edit in json.loads(text)} <= set(CELL_EDITS)]


@pytest.mark.parametrize("example", CELL_EXAMPLES, ids=lambda text: json.loads(text)[0]["edit"])
def test_every_example_can_be_made(example: str) -> None:
    cells = "".join(f'<c r="{column}2"><v>{number}</v></c>' for number, column in enumerate("ABC"))
    workbook = Workbook(xlsx(sheet(f'<row r="2">{cells}</row>'), names=["Sales"]))
    result = workbook.apply(parse_edits(example))
    assert "/xl/worksheets/sheet1.xml" in result.changed_parts
