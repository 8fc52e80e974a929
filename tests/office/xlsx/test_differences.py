"""The edits between two workbooks, made on the first, give the second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from polydesk.office.edits import edits_to_json, kind_of
from polydesk.office.xlsx.differences import edits_between, inexpressible
from polydesk.office.xlsx.edits import Edit, parse_edits
from polydesk.office.xlsx.structure_edits import (
    CopySheet,
    DeleteColumns,
    DeleteRows,
    DeleteSheet,
    InsertColumns,
    InsertRows,
    InsertSheet,
    MergeCells,
    MoveSheet,
    RenameSheet,
    ShowSheet,
)
from polydesk.office.xlsx.workbook import Workbook
from tests.corpus_files import CORPUS
from tests.office.xlsx.grids import applied, workbook

PAIRS = CORPUS.parent / "spreadsheet-pairs"


def book(more: Any = None) -> bytes:
    data: dict[str, object] = {"A1": "Name", "B1": "Value", "C1": "Double"}
    for row in range(2, 30):
        data |= {f"A{row}": f"item {row}", f"B{row}": row * row, f"C{row}": f"=B{row}*2"}
    data["C30"] = "=SUM(C2:C29)"
    return workbook({"Data": data, "Other": {"A1": "=Data!C30", "A2": "text"}}, more)


@pytest.mark.parametrize(
    ("edits", "kinds"),
    [
        ([DeleteRows(at="Data!5:9")], {"delete_rows"}),
        ([InsertRows(before="Data!5:5", values=(("new", 1), ("newer", 2)))], {"insert_rows"}),
        ([InsertColumns(before="Data!B:B")], {"insert_columns"}),
        ([DeleteColumns(at="Data!A:A")], {"delete_columns"}),
        ([RenameSheet(sheet="Data", name="Figures")], {"rename_sheet"}),
        ([DeleteSheet(sheet="Other")], {"delete_sheet"}),
        ([MoveSheet(sheet="Other", before="Data")], {"move_sheet"}),
        ([ShowSheet(sheet="Other", state="hidden")], {"show_sheet"}),
        ([InsertSheet(name="New")], {"insert_sheet"}),
        ([CopySheet(sheet="Data", name="Again")], {"insert_sheet", "set_cells"}),
        ([MergeCells(at="Data!E1:F2")], {"merge_cells"}),
    ],
    ids=lambda value: kind_of(value[0]) if isinstance(value, list) else "",
)
def test_what_an_edit_did_is_found(edits: list[Edit], kinds: set[str]) -> None:
    before = Workbook(book())
    after = Workbook(applied(before.data, *edits))
    found = edits_between(before, after)
    assert {kind_of(edit) for edit in found} <= kinds
    assert found
    assert inexpressible(before, after) == []
    assert parse_edits(edits_to_json(found)) == found


def test_equal_workbooks_have_nothing_between_them() -> None:
    data = book()
    assert edits_between(Workbook(data), Workbook(data)) == []


def test_what_no_edit_says_is_told() -> None:
    def charted(book: Any) -> None:
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$B$2:$B$9"})
        book.get_worksheet_by_name("Data").insert_chart("E2", chart)

    assert any("charts" in sentence for sentence in inexpressible(Workbook(book()), Workbook(book(charted))))


def _pairs() -> list[Path]:
    return sorted(PAIRS.glob("*_input.xlsx"))


def test_work_on_real_spreadsheets_is_expressed() -> None:
    """At least 95 % of them: values, formulas and formats of the answer are reproduced."""
    if not PAIRS.is_dir():
        pytest.skip(f"no pairs at {PAIRS}")
    known = {str(task["id"]) for task in json.loads((PAIRS / "tasks.json").read_bytes())}
    paths = _pairs()
    assert {path.name.split("_")[1] for path in paths} == known
    missed = [
        path.name
        for path in paths
        if inexpressible(
            Workbook(path.read_bytes()),
            Workbook(path.with_name(path.name.replace("_input", "_answer")).read_bytes()),
        )
    ]
    assert len(missed) <= 0.05 * len(paths), missed
