"""Rows and columns are inserted, deleted and moved, and all that names cells follows."""

from __future__ import annotations

from typing import Any

import pytest

from polydesk.core.errors import EditConflictError, UnsupportedEditError
from polydesk.office.xlsx.cell_edits import SetCells, TypedValue
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.structure_edits import (
    DeleteColumns,
    DeleteRows,
    InsertColumns,
    InsertRows,
    MoveColumns,
    MoveRows,
)
from polydesk.office.xlsx.workbook import Workbook
from tests.office.xlsx.grids import applied, cells, defined_names, names, part, refs, workbook

GRID = {"A1": 1, "A2": 2, "A3": 3, "A4": 4, "B1": "=A1*2", "B4": "=SUM(A1:A4)", "C4": "=A3+Other!A2"}
OTHER = {"A1": 10, "A2": "=Data!A3", "B1": "=SUM(Data!A:A)"}


def book() -> bytes:
    return workbook({"Data": GRID, "Other": OTHER})


@pytest.mark.parametrize(
    ("edit", "data", "other"),
    [
        (
            InsertRows(before="Data!3:3", count=2),
            {"A1": 1, "A2": 2, "A5": 3, "A6": 4, "B1": "=A1*2", "B6": "=SUM(A1:A6)", "C6": "=A5+Other!A2"},
            {"A1": 10, "A2": "=Data!A5", "B1": "=SUM(Data!A:A)"},
        ),
        (
            DeleteRows(at="Data!2:3"),
            {"A1": 1, "A2": 4, "B1": "=A1*2", "B2": "=SUM(A1:A2)", "C2": "=#REF!+Other!A2"},
            {"A1": 10, "A2": "=Data!#REF!", "B1": "=SUM(Data!A:A)"},
        ),
        (
            InsertColumns(before="Data!B:B"),
            {"A1": 1, "A2": 2, "A3": 3, "A4": 4, "C1": "=A1*2", "C4": "=SUM(A1:A4)", "D4": "=A3+Other!A2"},
            OTHER,
        ),
        (
            DeleteColumns(at="Data!A:A"),
            {"A1": "=#REF!*2", "A4": "=SUM(#REF!)", "B4": "=#REF!+Other!A2"},
            {"A1": 10, "A2": "=Data!#REF!", "B1": "=SUM(Data!#REF!)"},
        ),
        (
            MoveRows(at="Data!1:1", after="Data!3:3"),
            {"A1": 2, "A2": 3, "A3": 1, "A4": 4, "B3": "=A3*2", "B4": "=SUM(A1:A4)", "C4": "=A2+Other!A2"},
            {"A1": 10, "A2": "=Data!A2", "B1": "=SUM(Data!A:A)"},
        ),
        (
            MoveColumns(at="Data!C:C", before="Data!A:A"),
            {"B1": 1, "B2": 2, "B3": 3, "B4": 4, "C1": "=B1*2", "C4": "=SUM(B1:B4)", "A4": "=B3+Other!A2"},
            {"A1": 10, "A2": "=Data!B3", "B1": "=SUM(Data!B:B)"},
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_cells_and_formulas_follow(edit: Edit, data: dict[str, object], other: dict[str, object]) -> None:
    result = applied(book(), edit)
    assert cells(result, 1) == data
    assert cells(result, 2) == other


def test_new_rows_take_values_and_the_look_of_the_row_above() -> None:
    def bold(book: Any) -> None:
        book.get_worksheet_by_name("Data").write("A2", 2, book.add_format({"bold": True}))

    data = workbook({"Data": GRID}, bold)
    values = (("new", TypedValue(formula="=A2*2")),)
    result = applied(data, InsertRows(after="Data!2:2", values=values))
    assert {name: cells(result)[name] for name in ("A3", "B3", "A4")} == {"A3": "new", "B3": "=A2*2", "A4": 3}
    styles = {cell.get("r"): cell.get("s") for cell in part(result, "xl/worksheets/sheet1.xml").iter("{*}c")}
    assert styles["A3"] == styles["A2"] is not None


def test_edits_of_one_list_mean_the_sheet_as_it_was() -> None:
    edits: list[Edit] = [
        InsertRows(before="Data!1:1"),
        DeleteRows(at="Data!3:3"),
        SetCells(at="Data!A4", value=40),
        InsertRows(after="Data!4:4", values=((5,),)),
    ]
    expected = {"A2": 1, "A3": 2, "A4": 40, "A5": 5, "B2": "=A2*2", "B4": "=SUM(A2:A4)", "C4": "=#REF!+Other!A2"}
    assert cells(applied(book(), *edits)) == expected
    assert cells(applied(book(), *reversed(edits))) == expected


def test_a_list_that_changes_what_it_deletes_is_refused() -> None:
    with pytest.raises(EditConflictError, match="deletes"):
        applied(book(), SetCells(at="Data!A2", value=1), DeleteRows(at="Data!2:2"))
    with pytest.raises(EditConflictError):
        applied(book(), DeleteRows(at="Data!2:3"), DeleteRows(at="Data!3:4"))


@pytest.mark.parametrize(
    "edit",
    [
        InsertRows(before="Data!2:2", after="Data!2:2"),
        InsertRows(),
        InsertRows(before="Data!2:2", count=0),
        InsertRows(before="Data!2:2", count=1_048_576),
        DeleteRows(at="Data!A2"),
        DeleteColumns(at="Data!2:2"),
        MoveRows(at="Data!2:2", before="Other!1:1"),
    ],
)
def test_what_cannot_be_meant_is_refused(edit: Edit) -> None:
    with pytest.raises(UnsupportedEditError):
        applied(book(), edit)


def test_cells_are_never_pushed_off_the_sheet() -> None:
    data = workbook({"Data": {"A1": 1, "A1048576": 2, "XFD1": 3}})
    for edit in (InsertRows(before="Data!5:5"), InsertColumns(before="Data!C:C")):
        with pytest.raises(UnsupportedEditError, match="pushed"):
            applied(data, edit)


def _furnished(book: Any) -> None:
    sheet = book.get_worksheet_by_name("Data")
    sheet.merge_range("A10:B12", "merged")
    sheet.conditional_format("A5:A9", {"type": "formula", "criteria": "=A5>$B$20", "format": None})
    sheet.conditional_format("B5:B9", {"type": "data_bar", "data_bar_2010": True})
    sheet.data_validation("C5:C9", {"validate": "list", "source": "=$D$5:$D$9"})
    sheet.write_url("D10", "internal:'Data'!A20")
    sheet.write_comment("A20", "note")
    sheet.autofilter("A5:C9")
    sheet.freeze_panes(6, 1)
    sheet.set_h_pagebreaks([8, 20])
    sheet.repeat_rows(4)
    sheet.print_area("A1:D30")
    sheet.set_column("B:C", 30)
    sheet.add_sparkline("E5", {"range": "Data!A5:D5"})
    sheet.ignore_errors({"number_stored_as_text": "A5:A9"})
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Data!$A$5:$A$9", "categories": "=Data!$B$5:$B$9", "name": "=Data!$A$4"})
    sheet.insert_chart("E12", chart)
    book.define_name("rate", "=Data!$B$20")
    sheet.add_table("F5:G9", {"name": "Sales", "columns": [{"header": "Net"}, {"header": "Tax"}]})


def test_everything_that_names_cells_follows_a_row() -> None:
    result = applied(
        workbook({"Data": {"A1": 1, "H5": "=SUM(Sales[Net])"}}, _furnished), InsertRows(before="Data!7:7", count=2)
    )
    assert refs(result, "mergeCell") == ["A12:B14"]
    assert refs(result, "conditionalFormatting", "sqref") == ["A5:A11", "B5:B11", None]
    assert [item.text for item in part(result, "xl/worksheets/sheet1.xml").iter("{*}formula")] == ["A5>$B$22"]
    assert refs(result, "dataValidation", "sqref") == ["C5:C11"]
    assert [item.text for item in part(result, "xl/worksheets/sheet1.xml").iter("{*}formula1")] == ["$D$5:$D$11"]
    assert (refs(result, "hyperlink"), refs(result, "hyperlink", "location")) == (["D12"], ["'Data'!A22"])
    assert refs(result, "autoFilter") == ["A5:C11"]
    assert (refs(result, "pane", "topLeftCell"), refs(result, "pane", "ySplit")) == (["B7"], ["6"])
    assert refs(result, "brk", "id") == ["10", "22"]
    assert refs(result, "ignoredError", "sqref") == ["A5:A11"]
    extensions = [item.text for item in part(result, "xl/worksheets/sheet1.xml").iter("{*}sqref")]
    assert extensions == ["B5:B11", "E5"]
    defined = defined_names(result)
    assert defined["rate"] == "Data!$B$22"
    assert defined["_xlnm.Print_Area"] == "Data!$A$1:$D$32"
    assert defined["_xlnm._FilterDatabase"] == "Data!$A$5:$C$11"
    formulas = [item.text for item in part(result, "xl/charts/chart1.xml").iter("{*}f")]
    assert formulas == ["Data!$A$4", "Data!$B$5:$B$11", "Data!$A$5:$A$11"]
    assert part(result, "xl/tables/table1.xml").get("ref") == "F5:G11"
    assert [item.get("ref") for item in part(result, "xl/comments1.xml").iter("{*}comment")] == ["A22"]
    rows = [item.text for item in part(result, "xl/drawings/vmlDrawing1.vml").iter("{*}Row")]
    assert rows == ["21"]
    tops = [item.text for item in part(result, "xl/drawings/drawing1.xml").iter("{*}row")]
    assert tops[0] == "13"


def test_everything_that_names_cells_follows_a_column() -> None:
    result = applied(workbook({"Data": {"A1": 1}}, _furnished), InsertColumns(before="Data!B:B"))
    assert refs(result, "mergeCell") == ["A10:C12"]
    assert refs(result, "autoFilter") == ["A5:D9"]
    assert [(item.get("min"), item.get("max")) for item in part(result, "xl/worksheets/sheet1.xml").iter("{*}col")] == [
        ("3", "4")
    ]
    assert refs(result, "pane", "xSplit") == ["1"]
    table = part(result, "xl/tables/table1.xml")
    assert table.get("ref") == "G5:H9"
    inside = part(applied(workbook({"Data": {}}, _furnished), InsertColumns(before="Data!G:G")), "xl/tables/table1.xml")
    assert [item.get("name") for item in inside.iter("{*}tableColumn")] == ["Net", "Column1", "Tax"]


def test_a_table_goes_with_its_rows_and_formulas_say_so() -> None:
    data = workbook({"Data": {"A1": "=SUM(Sales[Net])"}}, _furnished)
    result = Workbook(data).apply([DeleteRows(at="Data!5:9")])
    assert cells(result.data)["A1"] == "=SUM(#REF!)"
    assert not refs(result.data, "tablePart", "count")
    assert "xl/tables/table1.xml" not in names(result.data)
    with pytest.raises(UnsupportedEditError, match="header row"):
        applied(data, DeleteRows(at="Data!5:6"))
    column = applied(data, DeleteColumns(at="Data!F:F"))
    assert cells(column)["A1"] == "=SUM(#REF!)"


def test_other_parts_keep_their_bytes() -> None:
    result = Workbook(book()).apply([InsertRows(before="Other!9:9")])
    assert set(result.changed_parts) <= {"/xl/worksheets/sheet2.xml"}


def test_nothing_changes_when_rows_move_to_where_they_are() -> None:
    data = book()
    assert applied(data, MoveRows(at="Data!2:3", after="Data!3:3")) == data


def test_the_count_of_shared_strings_stays_true() -> None:
    data = workbook({"Data": {"A1": "a", "A2": "b", "B2": "c", "A3": "a"}})
    for edit, count in ((DeleteRows(at="Data!2:2"), "2"), (DeleteColumns(at="Data!B:B"), "3")):
        assert part(applied(data, edit), "xl/sharedStrings.xml").get("count") == count


def test_a_new_column_of_a_table_has_its_title_in_its_header() -> None:
    data = workbook({"Data": {}}, _furnished)
    result = applied(data, InsertColumns(before="Data!G:G"))
    assert [cells(result)[name] for name in ("F5", "G5", "H5")] == ["Net", "Column1", "Tax"]
    values = ((None,), (None,), (None,), (None,), ("Margin",), (3,))
    titled = applied(data, InsertColumns(before="Data!G:G", values=values))
    assert [item.get("name") for item in part(titled, "xl/tables/table1.xml").iter("{*}tableColumn")] == [
        "Net",
        "Margin",
        "Tax",
    ]
    assert (cells(titled)["G5"], cells(titled)["G6"]) == ("Margin", 3)
