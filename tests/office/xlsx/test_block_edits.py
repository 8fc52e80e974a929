"""Cells are cut and pasted, sorted, filled, merged and filtered; tables are made and changed."""

from __future__ import annotations

from typing import Any

import pytest

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.structure_edits import (
    AddTableColumn,
    AddTableRows,
    ClearAutofilter,
    ColumnFilter,
    CreateTable,
    DeleteTable,
    Fill,
    MergeCells,
    MoveRange,
    RenameTable,
    RenameTableColumn,
    ResizeTable,
    SetAutofilter,
    SetTotalsRow,
    SortKey,
    SortRange,
    UnmergeCells,
)
from tests.office.xlsx.grids import applied, cells, defined_names, names, part, refs, workbook


def test_moved_cells_take_references_with_them() -> None:
    data = workbook({"Data": {"A1": 1, "A2": "=A1+C1", "C1": 5, "D1": "=SUM(A1:A2)"}, "Other": {"A1": "=Data!A2"}})
    result = applied(data, MoveRange(at="Data!A1:A2", to="Data!B4"))
    assert cells(result) == {"B4": 1, "B5": "=B4+C1", "C1": 5, "D1": "=SUM(B4:B5)"}
    assert cells(result, 2) == {"A1": "=Data!B5"}
    away = applied(data, MoveRange(at="Data!A1:A2", to="Other!C3"))
    assert cells(away) == {"C1": 5, "D1": "=SUM(Other!C3:C4)"}
    assert cells(away, 2) == {"A1": "=Other!C4", "C3": 1, "C4": "=C3+Data!C1"}


def test_rows_are_sorted_as_excel_sorts_and_formulas_go_with_them() -> None:
    data = workbook(
        {
            "Data": {
                "A1": "Name",
                "B1": "Value",
                "C1": "Double",
                "A2": "b",
                "B2": 2,
                "C2": "=B2*2",
                "A3": "a",
                "B3": 3,
                "C3": "=B3*2",
                "A4": "B",
                "B4": 1,
                "C4": "=B4*2",
                "A6": 7,
                "B6": True,
                "C6": "=B6*2",
            }
        }
    )
    result = cells(applied(data, SortRange(at="Data!A1:C6", keys=(SortKey(column="A"),), header=True)))
    assert [result.get(f"A{row}") for row in range(1, 7)] == ["Name", 7, "a", "b", "B", None]
    assert [result.get(f"C{row}") for row in range(2, 6)] == ["=B2*2", "=B3*2", "=B4*2", "=B5*2"]
    twice = (SortKey(column="A", descending=True), SortKey(column="B"))
    result = cells(applied(data, SortRange(at="Data!A2:C6", keys=twice)))
    assert [result.get(f"A{row}") for row in range(2, 7)] == ["B", "b", "a", 7, None]


def test_cells_are_filled_with_relative_references_and_series() -> None:
    data = workbook({"Data": {"A1": 1, "A2": 3, "B1": "=A1*$C$1", "C1": "Item 09", "D1": "x"}})
    result = cells(applied(data, Fill(at="Data!A1:A2", to="Data!A1:A5", series=True)))
    assert [result[f"A{row}"] for row in range(1, 6)] == [1, 3, 5, 7, 9]
    result = cells(applied(data, Fill(at="Data!B1:D1", to="Data!B1:D3")))
    assert [result[name] for name in ("B2", "B3", "C3", "D3")] == ["=A2*$C$1", "=A3*$C$1", "Item 09", "x"]
    result = cells(applied(data, Fill(at="Data!C1", to="Data!C1:C3", series=True)))
    assert result["C3"] == "Item 11"
    assert cells(applied(data, Fill(at="Data!A2", to="Data!A1:A2")))["A1"] == 3
    with pytest.raises(UnsupportedEditError):
        applied(data, Fill(at="Data!A1", to="Data!A1:B2"))


def test_cells_are_merged_and_parted() -> None:
    data = workbook({"Data": {"A1": 1, "B1": 2, "A2": 3, "C3": 4}})
    merged = applied(data, MergeCells(at="Data!A1:B2"))
    assert (refs(merged, "mergeCell"), cells(merged)) == (["A1:B2"], {"A1": 1, "C3": 4})
    both = applied(merged, MergeCells(at="Data!C3:D3"))
    assert (refs(both, "mergeCell"), refs(both, "mergeCells", "count")) == (["A1:B2", "C3:D3"], ["2"])
    assert refs(applied(both, UnmergeCells(at="Data!D3")), "mergeCell") == ["A1:B2"]
    assert refs(applied(merged, UnmergeCells(at="Data!A:D")), "mergeCells") == []
    with pytest.raises(UnsupportedEditError, match="part"):
        applied(merged, MergeCells(at="Data!B2:C3"))


FILTERED = {
    "A1": "Name",
    "B1": "Value",
    "A2": "Ann",
    "B2": 5,
    "A3": "Bob",
    "B3": 15,
    "A4": "Cid",
    "A5": "Abe",
    "B5": 25,
}


@pytest.mark.parametrize(
    ("column", "hidden"),
    [
        (ColumnFilter(column="B", condition=">=10"), ["2", "4"]),
        (ColumnFilter(column="B", condition=">=10 and <20"), ["2", "4", "5"]),
        (ColumnFilter(column="A", condition="=A*"), ["3", "4"]),
        (ColumnFilter(column="A", values=("bob", "Cid")), ["2", "5"]),
        (ColumnFilter(column="B", blank=True), ["2", "3", "5"]),
        (ColumnFilter(column="B", blank=False), ["4"]),
    ],
    ids=lambda value: "" if isinstance(value, list) else value.condition or str(value.values or value.blank),
)
def test_rows_that_do_not_pass_are_hidden(column: ColumnFilter, hidden: list[str]) -> None:
    data = workbook({"Data": FILTERED})
    result = applied(data, SetAutofilter(at="Data!A1:B5", columns=(column,)))
    rows = part(result, "xl/worksheets/sheet1.xml").iter("{*}row")
    assert [row.get("r") for row in rows if row.get("hidden") == "1"] == hidden
    assert refs(result, "autoFilter") == ["A1:B5"]
    assert defined_names(result) == {"_xlnm._FilterDatabase": "Data!$A$1:$B$5"}
    cleared = applied(result, ClearAutofilter(sheet="Data"))
    assert (refs(cleared, "autoFilter"), defined_names(cleared), refs(cleared, "row", "hidden")) == ([], {}, [None] * 5)


def _table(book: Any) -> None:
    sheet = book.get_worksheet_by_name("Data")
    sheet.add_table("A1:B3", {"name": "Sales", "columns": [{"header": "Net"}, {"header": "Tax"}]})
    sheet.write("A2", 1)
    sheet.write("B2", 2)


def sales() -> bytes:
    formulas = {"E1": "=SUM(Sales[Net])", "E2": "=Sales[[#This Row],[Tax]]", "E3": "=ROWS(Sales)"}
    return workbook({"Data": formulas, "Other": {"A1": "=SUM(Sales[[Net]:[Tax]])"}}, _table)


def test_a_table_is_made_and_its_headers_are_text() -> None:
    data = workbook({"Data": {"A1": "Net", "B1": 2026, "A2": 1}})
    result = applied(data, CreateTable(at="Data!A1:C3", name="Sales"))
    table = part(result, "xl/tables/table1.xml")
    assert (table.get("displayName"), table.get("ref")) == ("Sales", "A1:C3")
    assert [item.get("name") for item in table.iter("{*}tableColumn")] == ["Net", "2026", "Column1"]
    assert cells(result) == {"A1": "Net", "B1": "2026", "C1": "Column1", "A2": 1}
    for bad in (CreateTable(at="Data!A1:C3", name="A1"), CreateTable(at="Data!A1:C1", name="T")):
        with pytest.raises(UnsupportedEditError):
            applied(data, bad)
    with pytest.raises(UnsupportedEditError, match="meets the table"):
        applied(result, CreateTable(at="Data!C3:D5", name="T"))


@pytest.mark.parametrize(
    ("edit", "formulas", "other"),
    [
        (
            RenameTable(table="sales", name="T"),
            ["=SUM(T[Net])", "=T[[#This Row],[Tax]]", "=ROWS(T)"],
            "=SUM(T[[Net]:[Tax]])",
        ),
        (
            RenameTableColumn(table="Sales", column="net", name="Gross"),
            ["=SUM(Sales[Gross])", "=Sales[[#This Row],[Tax]]", "=ROWS(Sales)"],
            "=SUM(Sales[[Gross]:[Tax]])",
        ),
        (DeleteTable(table="Sales"), ["=SUM($A$2:$A$3)", "=$B2", "=ROWS($A$2:$B$3)"], "=SUM(Data!$A$2:$B$3)"),
        (
            ResizeTable(table="Sales", at="Data!A1:A5"),
            ["=SUM(Sales[Net])", "=#REF!", "=ROWS(Sales)"],
            "=SUM(Sales[[Net]:[Net]])",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_formulas_follow_a_table(edit: Edit, formulas: list[str], other: str) -> None:
    result = applied(sales(), edit)
    assert [cells(result)[f"E{row}"] for row in (1, 2, 3)] == formulas
    assert cells(result, 2) == {"A1": other}
    assert ("xl/tables/table1.xml" in names(result)) is not isinstance(edit, DeleteTable)


def test_a_table_shows_its_totals() -> None:
    result = applied(sales(), SetTotalsRow(table="Sales", functions={"Tax": "sum"}))
    table = part(result, "xl/tables/table1.xml")
    assert (table.get("ref"), table.get("totalsRowCount")) == ("A1:B4", "1")
    assert [item.get("ref") for item in table.iter("{*}autoFilter")] == ["A1:B3"]
    assert [cells(result)[name] for name in ("A4", "B4")] == ["Total", "=SUBTOTAL(109,Sales[Tax])"]


def test_a_table_gets_rows_and_columns() -> None:
    double = "=Sales[[#This Row],[Net]]*2"
    wide = applied(sales(), AddTableColumn(table="Sales", name="Double", formula=double))
    table = part(wide, "xl/tables/table1.xml")
    assert (table.get("ref"), [item.get("name") for item in table.iter("{*}tableColumn")]) == (
        "A1:C3",
        ["Net", "Tax", "Double"],
    )
    assert [cells(wide)[name] for name in ("C1", "C2", "C3")] == ["Double", double, double]
    long = applied(wide, AddTableRows(table="Sales", values=((7,), (8, 9))))
    assert part(long, "xl/tables/table1.xml").get("ref") == "A1:C5"
    assert [cells(long).get(name) for name in ("A4", "A5", "B5", "C4", "C5")] == [7, 8, 9, double, double]
    totalled = applied(sales(), SetTotalsRow(table="Sales", functions={"Net": "sum"}))
    more = applied(totalled, AddTableRows(table="Sales", values=((7, 8),)))
    assert part(more, "xl/tables/table1.xml").get("ref") == "A1:B5"
    assert [cells(more)[name] for name in ("A4", "B4", "A5")] == [7, 8, "=SUBTOTAL(109,Sales[Net])"]
    with pytest.raises(UnsupportedEditError, match="empty"):
        applied(workbook({"Data": {"C2": 1}}, _table), AddTableColumn(table="Sales", name="More"))
