"""Texts that Excel cannot read as formulas are known."""

from __future__ import annotations

import pytest

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.formulas.syntax import syntax_fault
from polydesk.office.xlsx.cell_edits import SetCells, TypedValue
from polydesk.office.xlsx.workbook import Workbook
from tests.xlsx_builder import sheet, xlsx


@pytest.mark.parametrize(
    ("formula", "fault"),
    [
        ("SUM(A1", ") is missing"),
        ("SUM(A1))", ") closes nothing"),
        ("SUM(A1;A2)", "; separates rows of {…} only; arguments are separated by commas"),
        ('A1&"b', 'a text begins with " and does not end'),
        ("A1+", "nothing follows +"),
        ("SUM(*2)", "nothing stands before *"),
        ("1 2", "no operator stands between 1 and 2"),
        ("A1!", "! has no meaning there"),
    ],
)
def test_a_fault_is_named(formula: str, fault: str) -> None:
    assert syntax_fault(formula) == fault


@pytest.mark.parametrize(
    "formula",
    [
        "-A1%", "SUM(,A1)", "{1,2;3,4}", "A1#", "LAMBDA(x,x+1)(1)", "@A1:A3", "A1:B2 B2:C3", "NOW()",
        "A1:INDEX(B:B,2)", "T[[#This Row],[a]]", "'my sheet'!A1", '"a ""b"""', "1E+3", "--A1",
    ],
)  # fmt: skip
def test_what_excel_reads_has_no_fault(formula: str) -> None:
    assert syntax_fault(formula) is None


def test_an_edit_with_such_a_formula_is_refused() -> None:
    edit = SetCells(at="Sheet1!A1", value=TypedValue(formula="=SUM(A1"))
    with pytest.raises(UnsupportedEditError, match=r"cannot read the formula 'SUM\(A1': \) is missing"):
        Workbook(xlsx(sheet(""))).apply([edit])
