"""Copied formulas keep their distance; what `$` fixes stays."""

from __future__ import annotations

import pytest

from polydesk.office.formulas.relative import copied, relative_form

COPIED = {
    "A1": "B3",
    "$A1+A$1+$A$1": "$A3+B$1+$A$1",
    "SUM(A1:$B$2)": "SUM(B$2:$B3)",
    "A:A+1:1": "B:B+3:3",
    "Sheet1!A1": "Sheet1!B3",
    "[1]Sheet1!A1": "[1]Sheet1!B3",
    "XFD1": "#REF!",
    "T[A1]": "T[A1]",
    '"A1"': '"A1"',
    "A1:XFD1": "#REF!",
}


@pytest.mark.parametrize(("before", "after"), COPIED.items())
def test_two_down_and_one_to_the_right(before: str, after: str) -> None:
    assert copied(before, rows=2, columns=1) == after


def test_a_shared_formula_comes_in_again_from_the_other_side() -> None:
    assert copied("A1", rows=-1, columns=-1, wrap=True) == "XFD1048576"


def test_cells_filled_from_one_have_one_relative_form() -> None:
    assert relative_form("B3*$C$1+SUM(A:A)", row=3, column=4) == "RC[-2]*R1C3+SUM(C[-3]:C[-3])"
    assert relative_form("A1", row=2, column=1) == relative_form("A2", row=3, column=1) == "R[-1]C"
