"""One edit of a large sheet holds neither the sheet's text nor its cells in memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from bench.workbooks import write_workbook
from polydesk.office.xlsx.cell_edits import ClearCells, SetCells, SetStyle, TypedValue
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.workbook import Workbook

CELLS = 400_000
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("large") / "large.xlsx"
    write_workbook(path, cells=CELLS)
    return path.read_bytes()


@pytest.mark.parametrize(
    "edit",
    [
        SetCells(at="Sales!B2000", value=1.5),
        SetCells(at="Sales!A4001", value="a new row"),
        SetCells(at="Sales!CV3999", value=TypedValue(formula="=C3999*2")),
        ClearCells(at="Sales!C2:D9"),
        SetStyle(at="Sales!1:1", bold=True),
    ],
)
def test_memory_is_bounded_by_the_packed_file(large: bytes, edit: Edit) -> None:
    workbook = Workbook(large)
    tracemalloc.start()
    try:
        result = workbook.apply([edit])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "/xl/worksheets/sheet1.xml" in result.changed_parts
    assert peak < 3 * len(large) + 6 * MIB  # the sheet's text alone has five times the packed file's length


def test_a_cell_far_down_is_read_without_the_rest(large: bytes) -> None:
    workbook = Workbook(large)
    tracemalloc.start()
    try:
        cells = list(workbook.cells("Sales!A3990:C3991"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [cell.at for cell in cells] == ["A3990", "B3990", "C3990", "A3991", "B3991", "C3991"]
    assert peak < 8 * MIB
