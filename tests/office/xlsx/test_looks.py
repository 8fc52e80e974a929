"""Number formats, styles, widths, heights, hiding and panes: what they write, and what they leave alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import etree

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.xlsx.cell_edits import (
    ClearCells,
    FreezePanes,
    SetCells,
    SetColumnWidth,
    SetHidden,
    SetNumberFormat,
    SetRowHeight,
    SetStyle,
    Side,
    TypedValue,
)
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.workbook import Workbook
from tests.xlsx_builder import part, sheet, xlsx

SHEET = "xl/worksheets/sheet1.xml"
ROW = '<row r="2"><c r="A2"><v>1</v></c><c r="B2" s="2"><v>2</v></c></row>'


def result(*edits: Edit, rows: str = ROW, **more: str) -> bytes:
    return Workbook(xlsx(sheet(rows, **more))).apply(edits).data


def text(data: bytes) -> str:
    return part(data, SHEET).decode()


def formats(data: bytes) -> list[Any]:
    root = etree.fromstring(part(data, "xl/styles.xml"))
    return list(root.iterfind("{*}cellXfs/{*}xf"))


def test_a_number_format_is_made_once_and_keeps_the_look() -> None:
    data = result(SetNumberFormat(at="Sheet1!A2:B3", format='0.0" km"'))
    styles = part(data, "xl/styles.xml").decode()
    assert styles.count("formatCode=") == 2
    assert '<numFmt numFmtId="165" formatCode="0.0&quot; km&quot;"/></numFmts>' in styles
    assert '<numFmts count="2">' in styles
    assert '<cellXfs count="5">' in styles
    assert [xf.get("fontId") for xf in formats(data)[3:]] == ["0", "1"]
    assert [cell.text for cell in Workbook(data).cells("Sheet1!2:2")] == ["1.0 km", "2.0 km"]
    assert '<row r="3"><c r="A3" s="3"/><c r="B3" s="3"/></row>' in text(data)


def test_formats_that_excel_has_are_not_added() -> None:
    data = result(SetNumberFormat(at="Sheet1!A2", format="0.00"), SetNumberFormat(at="Sheet1!B2", format="m/d/yyyy"))
    assert [xf.get("numFmtId") for xf in formats(data)[3:]] == ["2", "14"]
    again = Workbook(data).apply([SetNumberFormat(at="Sheet1!D9", format="0.00")])
    assert "/xl/styles.xml" not in again.changed_parts


def test_styles_are_appended_and_shared() -> None:
    edit = SetStyle(at="Sheet1!A2:C4", bold=True, fill="#ffee00", color="#336699", size=14, font="Arial", wrap=True)
    data = result(edit)
    root = etree.fromstring(part(data, "xl/styles.xml"))
    fonts = [etree.tostring(font, method="c14n").decode() for font in root.iterfind("{*}fonts/{*}font")]
    assert re.sub(r' xmlns="[^"]*"', "", fonts[2]) == (
        '<font><b></b><sz val="14"></sz><color rgb="FF336699"></color><name val="Arial"></name></font>'
    )
    assert len(fonts) == 3
    assert len(formats(data)) == 5
    assert formats(data)[3].get("fillId") == formats(data)[4].get("fillId") == "2"
    assert Workbook(data).apply([edit]).data == data


def test_a_named_style_gives_all_that_it_has() -> None:
    data = result(SetStyle(at="Sheet1!B2", style="strong", italic=True))
    assert dict(formats(data)[3].attrib) == {
        "numFmtId": "0", "fontId": "2", "fillId": "0", "borderId": "0", "xfId": "1", "applyFont": "1"
    }  # fmt: skip
    with pytest.raises(UnsupportedEditError, match="no cell style 'Loud'; it has Normal, Strong"):
        result(SetStyle(at="Sheet1!B2", style="Loud"))


def test_sides_go_before_the_border() -> None:
    data = result(SetStyle(at="Sheet1!A2", border=Side(), top=Side(style="double", color="#112233")))
    border = etree.fromstring(part(data, "xl/styles.xml")).findall("{*}borders/{*}border")[1]
    assert [(etree.QName(side).localname, side.get("style")) for side in border] == [
        ("left", "thin"), ("right", "thin"), ("top", "double"), ("bottom", "thin"), ("diagonal", None)
    ]  # fmt: skip


def test_a_whole_column_has_its_format_in_cols_and_in_its_cells() -> None:
    data = result(SetStyle(at="Sheet1!B:C", bold=True), rows=f'{ROW}<row r="3" s="1" customFormat="1"/>')
    assert '<cols><col min="2" max="3" style="3" width="9.140625"/></cols>' in text(data)
    assert '<c r="B2" s="2"><v>2</v></c>' in text(data)  # it was bold already
    assert re.search(r'<row r="3" s="1" customFormat="1"><c r="B3" s="4"/><c r="C3" s="4"/></row>', text(data))
    filled = Workbook(data).apply([SetCells(at="Sheet1!C9", value=1)]).data
    assert '<c r="C9" s="3"><v>1</v></c>' in text(filled)


def test_a_whole_row_has_its_format_on_itself_and_where_columns_cross() -> None:
    data = result(
        SetStyle(at="Sheet1!2:3", bold=True), before='<cols><col min="4" max="4" width="9" style="1"/></cols>'
    )
    assert re.search(r'<row r="2" s="3" customFormat="1"><c r="A2" s="3">.*<c r="D2" s="4"/></row>', text(data))
    assert '<row r="3" s="3" customFormat="1"><c r="D3" s="4"/></row>' in text(data)


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("", SetColumnWidth(at="Sheet1!B:C", width=20), '<col min="2" max="3" width="20" customWidth="1"/>'),
        (
            '<cols><col min="1" max="5" width="9" style="1"/></cols>',
            SetColumnWidth(at="Sheet1!B:C", width=20),
            '<col min="1" max="1" width="9" style="1"/><col min="2" max="3" width="20" style="1" customWidth="1"/>'
            '<col min="4" max="5" width="9" style="1"/>',
        ),
        (
            '<cols><col min="2" max="2" width="30" customWidth="1"/></cols>',
            SetColumnWidth(at="Sheet1!A:C", width=None),
            '<col min="1" max="1" width="9.140625"/><col min="2" max="2" width="9.140625"/>'
            '<col min="3" max="3" width="9.140625"/>',
        ),
        ("", SetHidden(at="Sheet1!B:B"), '<col min="2" max="2" hidden="1" width="9.140625"/>'),
        (
            '<cols><col min="2" max="2" hidden="1" width="0"/></cols>',
            SetHidden(at="Sheet1!B:B", hidden=False),
            '<col min="2" max="2" width="0"/>',
        ),
    ],
)
def test_runs_of_columns_are_split(before: str, edit: Edit, after: str) -> None:
    assert f"<cols>{after}</cols>" in text(result(edit, before=before))


def test_rows_get_heights_and_are_hidden() -> None:
    data = result(SetRowHeight(at="Sheet1!2:3", height=30.5), SetHidden(at="Sheet1!3:3"))
    assert '<row r="2" ht="30.5" customHeight="1">' in text(data)
    assert '<row r="3" ht="30.5" customHeight="1" hidden="1"/>' in text(data)
    back = Workbook(data).apply([SetRowHeight(at="Sheet1!2:2"), SetHidden(at="Sheet1!3:3", hidden=False)]).data
    assert ROW in text(back)
    assert '<row r="3" ht="30.5" customHeight="1"/>' in text(back)


@pytest.mark.parametrize(
    ("at", "pane"),
    [
        ("B3", '<pane xSplit="1" ySplit="2" topLeftCell="B3" activePane="bottomRight" state="frozen"/>'),
        ("A2", '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'),
        ("C1", '<pane xSplit="2" topLeftCell="C1" activePane="topRight" state="frozen"/>'),
    ],
)
def test_panes_are_frozen_and_freed(at: str, pane: str) -> None:
    data = result(FreezePanes(at=f"Sheet1!{at}"))
    assert pane in text(data)
    assert Workbook(data).view().sheets[0].frozen == at
    assert "<pane" not in text(Workbook(data).apply([FreezePanes(at="Sheet1!A1")]).data)


CONFLICTS: list[tuple[list[Edit], type[OfficeError] | None]] = [
    ([SetCells(at="Sheet1!A1:B2", value=1), SetCells(at="Sheet1!B2", value=2)], EditConflictError),
    ([SetCells(at="Sheet1!A1:B2", value=1), ClearCells(at="Sheet1!2:2")], EditConflictError),
    ([SetCells(at="Sheet1!A1", value=1), SetCells(at="Sheet1!B1", value=2)], None),
    ([SetCells(at="Sheet1!A1", value=1), SetStyle(at="Sheet1!A1", bold=True)], None),
    ([SetStyle(at="Sheet1!A1", bold=True), SetStyle(at="Sheet1!A:A", italic=True)], EditConflictError),
    ([SetNumberFormat(at="Sheet1!A1", format="0"), SetStyle(at="Sheet1!A1", bold=True)], None),
    ([SetNumberFormat(at="Sheet1!A1", format="0"), SetStyle(at="Sheet1!A1", style="Strong")], EditConflictError),
    ([SetNumberFormat(at="Sheet1!A1", format="0"), ClearCells(at="Sheet1!A1", what="formats")], EditConflictError),
    ([SetColumnWidth(at="Sheet1!A:B", width=9), SetHidden(at="Sheet1!A:B")], None),
    ([SetColumnWidth(at="Sheet1!A:B", width=9), SetColumnWidth(at="Sheet1!B:C", width=8)], EditConflictError),
    ([FreezePanes(at="Sheet1!A2"), FreezePanes(at="Sheet1!B1")], EditConflictError),
    ([SetColumnWidth(at="Sheet1!A1:B2", width=9)], UnsupportedEditError),
    ([SetRowHeight(at="Sheet1!A:B", height=9)], UnsupportedEditError),
    ([SetRowHeight(at="Sheet1!1:1", height=500)], UnsupportedEditError),
    ([SetHidden(at="Sheet1!B2")], UnsupportedEditError),
    ([FreezePanes(at="Sheet1!B2:C3")], UnsupportedEditError),
    ([SetStyle(at="Sheet1!B2", color="red")], UnsupportedEditError),
    ([SetStyle(at="Sheet1!B2", size=0)], UnsupportedEditError),
    ([SetNumberFormat(at="Sheet1!B2", format="")], UnsupportedEditError),
    ([SetCells(at="Sheet1!A:A", value=1)], UnsupportedEditError),
    ([SetCells(at="Sheet1!A1:B2", values=((1,),))], UnsupportedEditError),
    ([SetCells(at="Sheet1!A1", values=((1,), (1, 2)))], UnsupportedEditError),
    ([SetCells(at="Sheet1!XFD1048576", values=((1, 2),))], UnsupportedEditError),
    ([SetCells(at="Sheet1!A1")], UnsupportedEditError),
    ([SetStyle(at="Sheet2!B2", bold=True)], AnchorNotFoundError),
]


@pytest.mark.parametrize(("edits", "error"), CONFLICTS)
def test_conflicts_and_impossible_edits_are_refused(edits: list[Edit], error: type[OfficeError] | None) -> None:
    if error is None:
        result(*edits)
        return
    with pytest.raises(error):
        result(*edits)
    problems = Workbook(xlsx(sheet(ROW))).check(edits)
    assert bool(problems) is (error is not EditConflictError)


def test_a_number_format_of_the_list_goes_before_that_of_a_date() -> None:
    edits: list[Edit] = [
        SetCells(at="Sheet1!A2", value=TypedValue(date="2026-11-24")),
        SetNumberFormat(at="Sheet1!A2", format="0"),
    ]
    for order in (edits, edits[::-1]):
        assert [cell.text for cell in Workbook(result(*order)).cells("Sheet1!A2")] == ["46350"]


def test_what_was_there_is_told() -> None:
    workbook = Workbook(xlsx(sheet(ROW)))
    done = workbook.apply([SetCells(at="Sheet1!B2", value="x"), SetCells(at="Sheet1!D2:E2", values=((1, None),))]).edits
    assert [(item.before, item.after) for item in done] == [("2", "x"), (None, "D2: 1")]
