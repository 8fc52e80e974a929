"""Formulas as files have them."""

from __future__ import annotations

import pytest

from polydesk.office.xlsx.cell_edits import SetCells, TypedValue
from polydesk.office.xlsx.formula_files import filed, spills
from polydesk.office.xlsx.workbook import Workbook
from tests.xlsx_builder import part, sheet, xlsx


@pytest.mark.parametrize(
    ("formula", "file"),
    [
        ("SUM(A1:B2)", "SUM(A1:B2)"),
        ("xlookup(A1,B:B,C:C)", "_xlfn.XLOOKUP(A1,B:B,C:C)"),
        ("_xlfn.XLOOKUP(A1,B:B,C:C)", "_xlfn.XLOOKUP(A1,B:B,C:C)"),
        ("SORT(UNIQUE(A1:A9))", "_xlfn._xlws.SORT(_xlfn.UNIQUE(A1:A9))"),
        ('CONCATENATE("IFS(",A1)', 'CONCATENATE("IFS(",A1)'),
        ("SUM(A1#)", "SUM(_xlfn.ANCHORARRAY(A1))"),
        ("LET(x, A1, y, x+1, x*y)", "_xlfn.LET(_xlpm.x, A1, _xlpm.y, _xlpm.x+1, _xlpm.x*_xlpm.y)"),
        ("MAP(A1:A3,LAMBDA(v,v*Rate))", "_xlfn.MAP(A1:A3,_xlfn.LAMBDA(_xlpm.v,_xlpm.v*Rate))"),
        ("NETWORKDAYS.INTL(A1,B1)", "NETWORKDAYS.INTL(A1,B1)"),
        ("@B4:B9*2", "B4:B9*2"),
        ("FILTER(A1:A9,B1:B9>@C1:C9)", "_xlfn._xlws.FILTER(A1:A9,B1:B9>_xlfn.SINGLE(C1:C9))"),
    ],
)
def test_newer_functions_get_their_prefixes(formula: str, file: str) -> None:
    assert filed(formula) == file
    assert filed(file) == file


@pytest.mark.parametrize(
    ("formula", "does"), [("FILTER(A:A,B:B)", True), ("_xlfn.UNIQUE(A:A)", True), ("SUM(A:A)", False)]
)
def test_formulas_that_fill_their_neighbours_are_known(formula: str, does: bool) -> None:
    assert spills(formula) is does


def test_a_spilling_formula_is_a_dynamic_array() -> None:
    data = xlsx(sheet(""))
    edits = [SetCells(at=f"Sheet1!{at}", value=TypedValue(formula="=UNIQUE(A1:A9)")) for at in ("C1", "E1")]
    result = Workbook(data).apply(edits)
    rows = part(result.data, "xl/worksheets/sheet1.xml").decode()
    assert '<c r="C1" cm="1"><f t="array" ref="C1">_xlfn.UNIQUE(A1:A9)</f></c>' in rows
    assert '<c r="E1" cm="1"><f t="array" ref="E1">' in rows
    assert set(result.changed_parts) >= {"/xl/metadata.xml", "/xl/_rels/workbook.xml.rels", "/[Content_Types].xml"}
    again = Workbook(result.data).apply([SetCells(at="Sheet1!G1", value=TypedValue(formula="SORT(A1:A9)"))])
    assert "/xl/metadata.xml" not in again.changed_parts
