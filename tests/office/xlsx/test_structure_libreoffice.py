"""LibreOffice inserts and deletes the same rows and columns, and has the same formulas and values afterwards.

Known differences, which are told apart here: LibreOffice writes what is left of a deleted reference (`A#REF!` for
`#REF!`) and reads `Data!#REF!` as a name; it lets parts of arrays, data tables and pivot tables be deleted, which
Excel and we refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polydesk.core.errors import OfficeError
from polydesk.office.edits import kind_of
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.structure_edits import (
    ColumnFilter,
    CopySheet,
    CreateTable,
    DeleteColumns,
    DeleteRows,
    DeleteTable,
    Fill,
    InsertColumns,
    InsertRows,
    InsertSheet,
    MergeCells,
    MoveRange,
    MoveSheet,
    RenameSheet,
    RenameTable,
    SetAutofilter,
    SetTotalsRow,
    SortKey,
    SortRange,
)
from polydesk.office.xlsx.workbook import Workbook
from tests.corpus_files import corpus_files
from tests.libreoffice import LibreOffice, missing
from tests.office.xlsx.grids import workbook

WORKER = Path(__file__).with_name("calc_worker.py")
_GONE = r"(?:\$?(?:'[^']*'|\w+)[.!])?\$?[A-Z]*\$?#REF!\$?\d*"
_LEFT_OVER = re.compile(f"{_GONE}(?::{_GONE})?", re.IGNORECASE)
SAMPLE = 24


class Calc(LibreOffice):
    """LibreOffice as a spreadsheet."""

    def formulas(self, path: Path, edit: tuple[str, str, int, int] | None = None) -> dict[str, dict[str, list[Any]]]:
        """Every formula with its value, by sheet and cell, after an edit."""
        reply = self._exchange({"path": str(path), "edit": edit})
        return reply.get("sheets", {})


@pytest.fixture(scope="module")
def calc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calc]:
    if (lack := missing()) is not None:
        pytest.skip(lack)
    office = Calc(tmp_path_factory.mktemp("calc"), worker=WORKER)
    yield office
    office.close()


def _edits(sheet: str) -> list[tuple[Edit, tuple[str, str, int, int]]]:
    name = "'" + sheet.replace("'", "''") + "'"
    return [
        (InsertRows(before=f"{name}!4:4", count=2, like="none"), ("insert_rows", sheet, 4, 2)),
        (DeleteRows(at=f"{name}!3:4"), ("remove_rows", sheet, 3, 2)),
        (InsertColumns(before=f"{name}!B:B", like="none"), ("insert_columns", sheet, 2, 1)),
        (DeleteColumns(at=f"{name}!B:B"), ("remove_columns", sheet, 2, 1)),
    ]


def _settled(sheets: dict[str, dict[str, list[Any]]]) -> dict[str, dict[str, list[Any]]]:
    """Without what is left of deleted references."""
    return {
        name: {place: [_LEFT_OVER.sub("#REF!", text), value] for place, (text, value) in cells.items()}
        for name, cells in sheets.items()
    }


def _disagreements(calc: Calc, path: Path, folder: Path) -> Iterator[str]:
    try:
        book = Workbook(path.read_bytes(), path=path.name)
        sheet = book.view().sheets[0].name
    except OfficeError:
        return
    for edit, same in _edits(sheet):
        try:
            ours = book.apply([edit], ignore_protection=True).data
        except OfficeError:
            continue  # refused, as Excel refuses it
        written = folder / f"out{path.suffix}"
        written.write_bytes(ours)
        wanted, got = _settled(calc.formulas(path, same)), _settled(calc.formulas(written))
        if wanted and wanted != got:
            yield f"{path.name} {same}"


def _with_formulas() -> list[Path]:
    """Corpus workbooks that hold formulas of their own, without links to other files, whose paths would differ."""
    found: list[Path] = []
    for path in corpus_files(".xlsx"):
        try:
            state = Workbook(path.read_bytes(), path=path.name)
        except OfficeError:
            continue
        if b"calcChain" in state.data and b"externalLink" not in state.data:
            found.append(path)
    return found


def test_corpus_workbooks_agree(calc: Calc, tmp_path: Path) -> None:
    paths = _with_formulas()
    chosen = paths[:: max(1, len(paths) // SAMPLE)]
    assert len(chosen) >= SAMPLE
    assert [problem for path in chosen for problem in _disagreements(calc, path, tmp_path)] == []


def test_formulas_of_every_kind_agree(calc: Calc, tmp_path: Path) -> None:
    path = tmp_path / "kinds.xlsx"
    data = {
        **{f"A{row}": row for row in range(1, 13)},
        **{f"B{row}": f"=A{row}*2+$A$1" for row in range(1, 13)},
        "C1": "=SUM(A1:A12)",
        "C2": "=SUM(A3:A4)+SUM(A4:A5)+SUM(A2:A3)",
        "C3": "=SUM(A:A)+SUM(3:4)",
        "C4": "=INDEX(A1:B12,3,2)+OFFSET(A1,3,0)",
        "C5": '=IF(A4>3,"A4","B4")&A4',
        "C6": "=COUNT(A1:A3,A5:A9)",
        "C7": "=SUM((A1:A4,A6:A9))",
        "C8": "=SUM(Other!A1:A9)+Other!A4",
        "C9": "=SUM(A1:A6 A4:B9)",
    }
    path.write_bytes(
        workbook({"Data": data, "Other": {"A1": "=Data!A4", "A4": "=SUM(Data!A2:B5)", "A9": "=Data!$B$3"}})
    )
    assert list(_disagreements(calc, path, tmp_path)) == []


def _furnished(book: Any) -> None:
    sheet = book.get_worksheet_by_name("Data")
    sheet.add_table("E1:F6", {"name": "Orders", "columns": [{"header": "Order"}, {"header": "Net"}]})
    for row in range(2, 7):
        sheet.write(f"F{row}", row)
    sheet.merge_range("A9:B9", "merged")


RESULTS: list[tuple[list[Edit], dict[str, dict[str, float]]]] = [
    ([SortRange(at="Data!A1:B4", keys=(SortKey(column="A", descending=True),))], {"Data": {"0,1": 8, "3,1": 2}}),
    ([MoveRange(at="Data!A1:B2", to="Data!C11")], {"Data": {"10,3": 2, "11,3": 4, "2,1": 6}}),
    ([MoveRange(at="Data!A1:B2", to="Other!C11")], {"Other": {"10,3": 2, "11,3": 4, "0,0": 14}}),
    ([Fill(at="Data!B4", to="Data!B4:B6")], {"Data": {"4,1": 0, "3,1": 8}}),
    ([RenameSheet(sheet="Data", name="It's")], {"Other": {"0,0": 20, "0,1": 20}}),
    ([CopySheet(sheet="Data", name="Copy")], {"Copy": {"0,1": 2, "7,0": 20}}),
    ([DeleteTable(table="Orders")], {"Other": {"0,1": 20}}),
    ([RenameTable(table="Orders", name="T"), InsertRows(before="Data!3:3")], {"Other": {"0,1": 20, "0,0": 20}}),
    ([SetTotalsRow(table="Orders", functions={"Net": "sum"})], {"Data": {"6,5": 20}}),
    ([CreateTable(at="Data!A1:B4", name="Made")], {"Data": {"1,1": 4}}),
    ([SetAutofilter(at="Data!A1:B4", columns=(ColumnFilter(column="A", condition=">2"),))], {"Data": {"0,1": 2}}),
    ([MergeCells(at="Data!A2:A3")], {"Data": {"1,1": 4, "2,1": 0}}),
    ([InsertSheet(name="New"), MoveSheet(sheet="Other", before="Data")], {"Other": {"0,0": 20}, "New": {}}),
]


@pytest.mark.parametrize(
    ("edits", "expected"), RESULTS, ids=lambda value: kind_of(value[0]) if isinstance(value, list) else ""
)
def test_libreoffice_reads_the_result_and_calculates_it(
    edits: list[Edit], expected: dict[str, dict[str, float]], calc: Calc, tmp_path: Path
) -> None:
    data = {f"A{row}": row for row in range(1, 5)} | {f"B{row}": f"=A{row}*2" for row in range(1, 5)}
    other = {"A1": "=SUM(Data!B1:B4)", "B1": "=SUM(Orders[Net])"}
    book = workbook({"Data": {**data, "A8": "=SUM(Data!B1:B4)"}, "Other": other}, _furnished)
    path = tmp_path / "result.xlsx"
    path.write_bytes(Workbook(book).apply(edits).data)
    found = calc.formulas(path)
    got = {name: {place: found[name][place][1] for place in places} for name, places in expected.items()}
    assert got == expected
