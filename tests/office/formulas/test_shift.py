"""Formulas follow rows and columns as Excel has them follow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.office.formulas.axis import AxisMap, Deletion, Insertion, Move
from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW
from polydesk.office.formulas.relative import copied
from polydesk.office.formulas.shift import Home, SheetShift, Shift

SHEETS = ["Data", "More", "It's"]


def rows(*changes: Insertion | Deletion | Move, sheet: str = "data") -> Shift:
    return Shift({sheet: SheetShift(rows=_axis(MAX_ROW, *changes))}, SHEETS)


def columns(*changes: Insertion | Deletion | Move) -> Shift:
    return Shift({"data": SheetShift(columns=_axis(MAX_COLUMN, *changes))}, SHEETS)


def _axis(limit: int, *changes: Insertion | Deletion | Move) -> AxisMap:
    return AxisMap(
        limit,
        insertions=[change for change in changes if isinstance(change, Insertion)],
        deletions=[change for change in changes if isinstance(change, Deletion)],
        moves=[change for change in changes if isinstance(change, Move)],
    )


INSERTED = {
    "A4": "A4",
    "A5": "A7",
    "$A$5": "$A$7",
    "SUM(A1:A10)": "SUM(A1:A12)",
    "SUM(A1:A4)": "SUM(A1:A4)",
    "SUM(A5:A6)": "SUM(A7:A8)",
    "SUM(A10:A1)": "SUM(A12:A1)",
    "5:9": "7:11",
    "A:A": "A:A",
    "A1:A1048576": "A1:A1048576",
    "A1048576": "#REF!",
    "A1048570:A1048576": "A1048572:A1048576",
    "Data!A5+More!A5": "Data!A7+More!A5",
    "data!A5": "data!A7",
    "[1]Data!A5": "[1]Data!A5",
    "[0]Data!A5": "[0]Data!A7",
    "Data:More!A5": "Data:More!A5",
    "Data:Data!A5": "Data:Data!A7",
    '"A5"&LOG10(A5)': '"A5"&LOG10(A7)',
    "A5#": "A7#",
    "A1:A5:C9": "A1:A7:C11",
    "A5:INDEX(B:B,5)": "A7:INDEX(B:B,5)",
    "Table1[A5]": "Table1[A5]",
    "#REF!A5": "#REF!A5",
    "=A5": "=A7",
    "{5,6}": "{5,6}",
}


@pytest.mark.parametrize(("before", "after"), INSERTED.items())
def test_two_rows_inserted_at_row_5(before: str, after: str) -> None:
    assert rows(Insertion(5, 2)).formula(before, sheet="Data") == after


DELETED = {
    "A4": "A4",
    "A5": "#REF!",
    "$A$6": "#REF!",
    "A7": "A5",
    "SUM(A1:A10)": "SUM(A1:A8)",
    "SUM(A5:A6)": "SUM(#REF!)",
    "SUM(A6:A9)": "SUM(A5:A7)",
    "SUM(A1:A5)": "SUM(A1:A4)",
    "5:6": "#REF!",
    "A:B": "A:B",
    "Data!B5": "Data!#REF!",
    "More!B5": "More!B5",
    "A1:A1048576": "A1:A1048576",
    "A5:A5": "#REF!",
}


@pytest.mark.parametrize(("before", "after"), DELETED.items())
def test_rows_5_and_6_deleted(before: str, after: str) -> None:
    assert rows(Deletion(5, 6)).formula(before, sheet="Data") == after


def test_columns_follow_as_rows_do() -> None:
    assert columns(Insertion(2, 1)).formula("A1+B1+SUM($A:$C)+3:4+XFD1", sheet="Data") == "A1+C1+SUM($A:$D)+3:4+#REF!"
    assert columns(Deletion(2, 2)).formula("A1+B1+SUM(B:C)", sheet="Data") == "A1+#REF!+SUM(B:B)"


def test_moved_rows_take_references_with_them() -> None:
    assert rows(Move(2, 3, 10)).formula("A2+A5+SUM(A1:A9)", sheet="Data") == "A8+A3+SUM(A1:A9)"


def test_a_formula_elsewhere_follows_by_the_sheet_it_names() -> None:
    assert rows(Insertion(1, 1)).formula("A1+Data!A1", sheet="More") == "A1+Data!A2"


def test_a_name_keeps_what_it_says_relative_to_its_user() -> None:
    assert rows(Insertion(1, 1)).name("Data!$A$1+Data!A1+Data!$A1:Data!A$2") == "Data!$A$2+Data!A1+Data!$A1:Data!A$3"


@pytest.mark.parametrize(
    ("before", "after"),
    [("$C2>D$1", "$C3>D$2"), ("A2<>A1", "A3<>A2"), ("$C2>$D$60", "$C3>$D$61"), ("A2>A300", "A3>A301")],
)
def test_the_formula_of_a_region_goes_with_its_first_cell(before: str, after: str) -> None:
    shift = rows(Insertion(1, 1))
    assert shift.region(before, sheet="Data", home=Home((2, 100), (1, 3))) == after


def test_lines_of_a_region_keep_their_distance_when_rows_come_between() -> None:
    shift = rows(Insertion(50, 3))
    assert shift.region("A2<>A1+$B$60", sheet="Data", home=Home((2, 100), (1, 1))) == "A2<>A1+$B$63"


def test_a_shared_formula_is_kept_where_all_its_cells_agree() -> None:
    shift = rows(Insertion(50, 1))
    home = Home((2, 100), (3, 3))
    assert shift.keeps_shared("A2*$B$1+A:A", sheet="Data", home=home)
    assert not shift.keeps_shared("A1*2", sheet="Data", home=home)
    assert not shift.keeps_shared("More!A2", sheet="Data", home=home)
    assert shift.keeps_shared("Data!$A$60", sheet="More", home=home)
    assert not rows(Deletion(1, 1)).keeps_shared("$B$1", sheet="Data", home=home)


_NUMBERS = st.integers(1, 12)


@given(_NUMBERS, st.integers(1, 3), st.integers(2, 9), st.integers(2, 9), st.booleans(), st.integers(-3, 3))
def test_what_is_said_to_be_kept_shared_equals_each_cell_shifted_alone(
    at: int, size: int, one: int, other: int, deletes: bool, distance: int
) -> None:
    first, last = sorted((one, other))
    shift = rows(Deletion(at, at + size - 1) if deletes else Insertion(at, size))
    home = Home((first, last), (1, 1))
    formula = f"B{first + distance}+$C$11" if first + distance >= 1 else "$C$11"
    if not shift.keeps_shared(formula, sheet="Data", home=home):
        return
    map = shift.of("Data").rows
    new_first = map.new(first)
    if new_first is None:
        return
    shared = shift.formula(formula, sheet="Data")
    for row in range(first, last + 1):
        new = map.new(row)
        if new is not None:
            own = copied(formula, rows=row - first, columns=0)
            assert shift.formula(own, sheet="Data") == copied(shared, rows=new - new_first, columns=0)


@given(st.sampled_from(sorted(INSERTED)), st.integers(1, 20), st.integers(1, 5))
def test_deleting_what_was_inserted_gives_the_formula_back(formula: str, at: int, size: int) -> None:
    inserted = rows(Insertion(at, size)).formula(formula, sheet="Data")
    if inserted.count("#REF!") == formula.count("#REF!") and "A1048576" not in formula:
        assert rows(Deletion(at, at + size - 1)).formula(inserted, sheet="Data") == formula
