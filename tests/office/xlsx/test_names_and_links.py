"""Defined names, printing and hyperlinks: made, read back by openpyxl too, followed by structural edits."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.xlsx.cell_edits import SetCells, TypedValue
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.object_edits import (
    DeleteName,
    RemoveHyperlink,
    SetHyperlink,
    SetName,
    SetPrintArea,
    SetPrintTitles,
)
from polydesk.office.xlsx.structure_edits import InsertRows
from polydesk.office.xlsx.workbook import Workbook
from tests.office.xlsx.furnished import furnished
from tests.office.xlsx.grids import applied, defined_names, part
from tests.xlsx_builder import part as raw_part
from tests.xlsx_builder import sheet, xlsx

BOOK = furnished()


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.parametrize(
    ("refers_to", "scope", "expected"),
    [
        ("Sales!B2:B6", None, "Sales!$B$2:$B$6"),
        ("B2", "Sales", "Sales!$B$2"),
        ("Sales!3:4", None, "Sales!$3:$4"),
        ("=SUM(Sales!$B$2:$B$6)*2", None, "SUM(Sales!$B$2:$B$6)*2"),
        ("=SUM($B$2:$B$6)", "Sales", "SUM(Sales!$B$2:$B$6)"),
        ("=0.19", "Notes", "0.19"),
    ],
)
def test_a_name_means_cells_or_a_formula(refers_to: str, scope: str | None, expected: str) -> None:
    data = applied(BOOK, SetName(name="Values", refers_to=refers_to, sheet=scope))
    book = opened(data)
    names = book.defined_names if scope is None else book[scope].defined_names
    assert names["Values"].attr_text == expected
    assert ("Values", expected, scope) in [
        (name.name, name.refers_to, name.sheet) for name in Workbook(data).view().names
    ]


def test_a_name_that_is_there_means_something_else_and_nothing_more_changes() -> None:
    result = Workbook(BOOK).apply([SetName(name="rate", refers_to="=0.2")])
    assert defined_names(result.data)["Rate"] == "0.2"
    assert result.changed_parts == ("/xl/workbook.xml",)
    assert (result.edits[0].before, result.edits[0].after) == ("=0.19", "=0.2")


def test_names_follow_rows_that_are_inserted_in_the_same_list() -> None:
    edits: list[Edit] = [InsertRows(before="Sales!3:3"), SetName(name="Values", refers_to="Sales!B2:B6")]
    assert defined_names(applied(BOOK, *edits))["Values"] == "Sales!$B$2:$B$7"


def test_a_name_in_use_is_deleted_only_by_force() -> None:
    data = applied(BOOK, SetCells(at="Notes!C1", value=TypedValue(formula="=A1*Rate")))
    with pytest.raises(UnsupportedEditError, match="Rate is used in Notes!C1"):
        applied(data, DeleteName(name="Rate"))
    assert "Rate" not in defined_names(applied(data, DeleteName(name="RATE", force=True)))
    assert b"definedName" not in raw_part(applied(BOOK, DeleteName(name="Rate")), "xl/workbook.xml")


def test_a_name_of_a_sheet_hides_that_of_the_workbook_there() -> None:
    data = applied(
        BOOK,
        SetName(name="Rate", refers_to="=0.07", sheet="Notes"),
        SetCells(at="Notes!C1", value=TypedValue(formula="=A1*Rate")),
    )
    assert Workbook(data).check([DeleteName(name="Rate")]) == []
    assert Workbook(data).check([DeleteName(name="Rate", sheet="Notes")])


def test_printing_is_set_and_taken_back() -> None:
    data = applied(
        BOOK,
        SetPrintArea(sheet="Sales", areas=("A1:C4", "A6:C6")),
        SetPrintTitles(sheet="Sales", rows="1:1", columns="A:A"),
    )
    sales = opened(data)["Sales"]
    assert sales.print_area == "'Sales'!$A$1:$C$4,'Sales'!$A$6:$C$6"
    assert (sales.print_title_rows, sales.print_title_cols) == ("$1:$1", "$A:$A")
    back = applied(data, SetPrintArea(sheet="Sales"), SetPrintTitles(sheet="Sales"))
    assert raw_part(back, "xl/workbook.xml") == raw_part(BOOK, "xl/workbook.xml")


def test_links_lead_outside_and_inside() -> None:
    data = applied(
        BOOK,
        SetHyperlink(at="Sales!A2:A3", target="https://example.com/?a=1&b=2", tip="More"),
        SetHyperlink(at="Notes!A1", place="Sales!B2"),
        SetHyperlink(at="Notes!A2", place="Rate"),
    )
    book = opened(data)
    link = book["Sales"]["A2"].hyperlink
    assert (link.target, link.tooltip) == ("https://example.com/?a=1&b=2", "More")
    assert book["Notes"]["A1"].hyperlink.location == "Sales!B2"
    view = Workbook(data).view()
    assert view.sheets[0].links == ("A4: https://example.com/r4", "A2:A3: https://example.com/?a=1&b=2")
    assert view.sheets[1].links == ("A1: #Sales!B2", "A2: #Rate")
    assert Workbook(applied(data, InsertRows(before="Sales!2:2"))).view().sheets[1].links[0] == "A1: #Sales!B3"


def test_a_link_on_some_of_its_cells_is_taken_off_there_alone() -> None:
    data = applied(BOOK, SetHyperlink(at="Sales!A1:C3", target="https://example.com/"))
    data = applied(data, RemoveHyperlink(at="Sales!B2"))
    links = Workbook(data).view().sheets[0].links
    assert [link.partition(":h")[0].split(": ")[0] for link in links] == ["A4", "A1:C1", "A2", "C2", "A3:C3"]
    gone = applied(data, RemoveHyperlink(at="Sales!A1:C9"))
    assert b"hyperlink" not in raw_part(gone, "xl/worksheets/sheet1.xml")
    assert b"example.com" not in raw_part(gone, "xl/worksheets/_rels/sheet1.xml.rels")


def test_strict_workbooks_get_strict_links() -> None:
    data = applied(xlsx(sheet(""), strict=True), SetHyperlink(at="Sheet1!A1", target="https://example.com/"))
    assert b"schemas.openxmlformats.org/officeDocument" not in raw_part(data, "xl/worksheets/sheet1.xml")
    assert b"purl.oclc.org/ooxml/officeDocument/relationships/hyperlink" in raw_part(
        data, "xl/worksheets/_rels/sheet1.xml.rels"
    )
    assert Workbook(data).view().sheets[0].links == ("A1: https://example.com/",)


REFUSED: list[tuple[list[Edit], type[OfficeError]]] = [
    ([SetName(name="A1", refers_to="Sales!B2")], UnsupportedEditError),
    ([SetName(name="R1C1", refers_to="Sales!B2")], UnsupportedEditError),
    ([SetName(name="two words", refers_to="Sales!B2")], UnsupportedEditError),
    ([SetName(name="_xlnm.Print_Area!", refers_to="Sales!B2")], UnsupportedEditError),
    ([SetName(name="V", refers_to="=SUM($B$2:$B$6)")], UnsupportedEditError),
    ([SetName(name="V", refers_to="=Missing!$B$2")], AnchorNotFoundError),
    ([SetName(name="V", refers_to="Missing!B2")], AnchorNotFoundError),
    ([SetName(name="V", refers_to="Sales!B2"), SetName(name="v", refers_to="Sales!B3")], EditConflictError),
    ([DeleteName(name="Nothing")], AnchorNotFoundError),
    ([SetPrintTitles(sheet="Sales", rows="A:B")], UnsupportedEditError),
    ([SetHyperlink(at="Sales!A1", target="javascript:alert(1)")], UnsupportedEditError),
    ([SetHyperlink(at="Sales!A1", target="https://x/", place="Notes!A1")], UnsupportedEditError),
    ([SetHyperlink(at="Sales!A1", place="Missing!A1")], AnchorNotFoundError),
    ([SetHyperlink(at="Sales!A1", place="NoName")], AnchorNotFoundError),
    ([SetHyperlink(at="Sales!A1", target="https://x/" + "x" * 3000)], UnsupportedEditError),
    ([RemoveHyperlink(at="Sales!B2")], AnchorNotFoundError),
    ([RemoveHyperlink(at="Sales!A4"), SetHyperlink(at="Sales!A4", target="https://x/")], EditConflictError),
]


@pytest.mark.parametrize(("edits", "error"), REFUSED)
def test_what_cannot_be_is_refused(edits: list[Edit], error: type[OfficeError]) -> None:
    with pytest.raises(error):
        applied(BOOK, *edits)


def test_a_style_sheet_that_nothing_leads_to_is_left_alone() -> None:
    from polydesk.office.xlsx.cell_edits import SetNumberFormat

    data = xlsx(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'), styles=None, parts={"xl/styles.xml": "<other/>"})
    result = applied(data, SetNumberFormat(at="Sheet1!A1", format="0.00"))
    assert raw_part(result, "xl/styles.xml") == b"<other/>"
    assert part(result, "xl/styles2.xml").tag.endswith("styleSheet")
