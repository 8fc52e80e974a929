"""Sheets are inserted, deleted, renamed, moved, copied and hidden, and formulas follow."""

from __future__ import annotations

from typing import Any

import pytest

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, UnsupportedEditError
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.structure_edits import (
    CopySheet,
    DeleteSheet,
    InsertRows,
    InsertSheet,
    MoveSheet,
    RenameSheet,
    ShowSheet,
)
from tests.office.xlsx.grids import applied, cells, defined_names, names, part, refs, sheet_names, workbook


def _furnished(book: Any) -> None:
    one, two = book.get_worksheet_by_name("One"), book.get_worksheet_by_name("Two")
    one.print_area("A1:B2")
    one.add_table("D1:E3", {"name": "Sales", "columns": [{"header": "Net"}, {"header": "Tax"}]})
    one.write_comment("A1", "note")
    two.print_area("A1:C3")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=One!$A$1:$A$2"})
    two.insert_chart("D2", chart)
    own = book.add_chart({"type": "line"})
    own.add_series({"values": "=One!$A$1:$A$2"})
    one.insert_chart("G2", own)
    book.define_name("rate", "=One!$B$1")


def book() -> bytes:
    one = {"A1": 1, "A2": "=One!A1+A1", "B1": "=SUM(Sales[Net])"}
    two = {"A1": "=One!A1", "B1": "=SUM(One:Three!A1)", "C1": "=SUM(Sales[Net])"}
    return workbook({"One": one, "Two": two, "Three": {"A1": 3}}, _furnished)


def test_a_renamed_sheet_is_renamed_everywhere() -> None:
    result = applied(book(), RenameSheet(sheet="one", name="It's 1"))
    assert sheet_names(result) == ["It's 1", "Two", "Three"]
    assert cells(result, 2) == {"A1": "='It''s 1'!A1", "B1": "=SUM('It''s 1:Three'!A1)", "C1": "=SUM(Sales[Net])"}
    assert defined_names(result)["rate"] == "'It''s 1'!$B$1"
    assert [item.text for item in part(result, "xl/charts/chart1.xml").iter("{*}f")] == ["'It''s 1'!$A$1:$A$2"]
    titles = [item.text for item in part(result, "docProps/app.xml").iter("{*}lpstr")]
    assert [title for title in titles if title in ("It's 1", "One", "Two", "Three")] == ["It's 1", "Two", "Three"]


def test_a_deleted_sheet_takes_its_parts_along_and_leaves_errors() -> None:
    result = applied(book(), DeleteSheet(sheet="One"))
    assert sheet_names(result) == ["Two", "Three"]
    assert cells(result, 2) == {"A1": "=#REF!A1", "B1": "=SUM(Two:Three!A1)", "C1": "=SUM(#REF!)"}
    gone = {"xl/worksheets/sheet1.xml", "xl/tables/table1.xml", "xl/comments1.xml"}
    assert gone.isdisjoint(names(result))
    root = part(result, "xl/workbook.xml")
    local = [(item.get("name"), item.get("localSheetId")) for item in root.iter("{*}definedName")]
    assert set(local) == {("rate", None), ("_xlnm.Print_Area", "0")}


def test_the_last_visible_sheet_stays() -> None:
    with pytest.raises(UnsupportedEditError, match="visible"):
        applied(book(), *(ShowSheet(sheet=name, state="hidden") for name in ("One", "Two", "Three")))
    with pytest.raises(UnsupportedEditError, match="visible"):
        applied(book(), *(DeleteSheet(sheet=name) for name in ("One", "Two", "Three")))


def test_a_moved_sheet_keeps_its_names_and_3d_references_follow() -> None:
    result = applied(book(), MoveSheet(sheet="One", after="Three"))
    assert sheet_names(result) == ["Two", "Three", "One"]
    assert cells(result, 2)["B1"] == "=SUM(Two:Three!A1)"
    root = part(result, "xl/workbook.xml")
    areas = {item.get("localSheetId"): item.text for item in root.iter("{*}definedName") if item.get("localSheetId")}
    assert areas == {"2": "One!$A$1:$B$2", "0": "Two!$A$1:$C$3"}


def test_a_copy_means_itself() -> None:
    result = applied(book(), CopySheet(sheet="One", name="Copy", before="Three"))
    assert sheet_names(result) == ["One", "Two", "Copy", "Three"]
    assert cells(result, 4) == {
        "A1": 1,
        "A2": "=Copy!A1+A1",
        "B1": "=SUM(Sales_2[Net])",
        "D1": "Net",
        "E1": "Tax",
    }
    tables = [name for name in names(result) if "/tables/" in name]
    assert {part(result, name).get("displayName") for name in tables} == {"Sales", "Sales_2"}
    assert len({part(result, name).get("id") for name in tables}) == 2
    charts = [part(result, name) for name in names(result) if "/charts/chart" in name]
    formulas = sorted(item.text for chart in charts for item in chart.iter("{*}f"))
    assert formulas == ["Copy!$A$1:$A$2", "One!$A$1:$A$2", "One!$A$1:$A$2"]
    root = part(result, "xl/workbook.xml")
    areas = {item.get("localSheetId"): item.text for item in root.iter("{*}definedName") if item.get("localSheetId")}
    assert areas == {"0": "One!$A$1:$B$2", "1": "Two!$A$1:$C$3", "2": "Copy!$A$1:$B$2"}
    assert refs(result, "sheetView", "tabSelected", 4) == [None]


def test_a_new_sheet_is_empty_and_in_its_place() -> None:
    result = applied(book(), InsertSheet(name="New", before="One"), InsertRows(before="One!1:1"))
    assert sheet_names(result) == ["New", "One", "Two", "Three"]
    assert cells(result, 4) == {}
    assert cells(result, 2)["A1"] == "=One!A2"


@pytest.mark.parametrize(
    "name", ["", "x" * 32, "a/b", "a[b", "'a", "Two", "two", "History", "a:b"], ids=lambda name: name[:6] or "empty"
)
def test_names_that_excel_refuses_are_refused(name: str) -> None:
    for edit in (InsertSheet(name=name), RenameSheet(sheet="One", name=name), CopySheet(sheet="One", name=name)):
        with pytest.raises(UnsupportedEditError):
            applied(book(), edit)


def test_edits_of_a_deleted_sheet_are_refused() -> None:
    edits: list[Edit] = [DeleteSheet(sheet="One"), RenameSheet(sheet="One", name="New")]
    with pytest.raises(EditConflictError):
        applied(book(), *edits)
    with pytest.raises(AnchorNotFoundError):
        applied(book(), DeleteSheet(sheet="None"))


def test_a_hidden_active_sheet_gives_its_place_to_another() -> None:
    result = applied(book(), ShowSheet(sheet="One", state="hidden"))
    root = part(result, "xl/workbook.xml")
    assert [item.get("state") for item in root.iter("{*}sheet")] == ["hidden", None, None]
    assert [item.get("activeTab") for item in root.iter("{*}workbookView")] == ["1"]


def test_new_rows_get_their_values_on_a_sheet_that_is_renamed() -> None:
    result = applied(book(), InsertRows(before="One!1:1", values=((7,),)), RenameSheet(sheet="One", name="Uno"))
    assert (sheet_names(result)[0], cells(result)["A1"], cells(result)["A3"]) == ("Uno", 7, "=Uno!A2+A2")
