"""After edits the stored values of formulas are those that Excel would show, as far as the engine can be believed."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.results import Result, ValueChange
from polydesk.office.xlsx import calculation, recalculation
from polydesk.office.xlsx.cell_edits import SetCells, TypedValue
from polydesk.office.xlsx.structure_edits import AddTableColumn, InsertRows, SetTotalsRow
from polydesk.office.xlsx.workbook import Workbook


def book(*formulas: tuple[str, str, Any], date1904: bool = False) -> bytes:
    """A workbook with 2, 3 and 5 in A1:A3, and formulas given as cell, text and stored value."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": date1904})
    sheet = made.add_worksheet("Data")
    for row, number in enumerate((2, 3, 5)):
        sheet.write_number(row, 0, number)
    for cell, text, value in formulas:
        sheet.write_formula(cell, text, None, value)
    made.close()
    return out.getvalue()


def finished(data: bytes, *edits: Any) -> Result:
    file = Workbook(data)
    return file.finished(file.apply(edits))


def stored(data: bytes, cell: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True)["Data"][cell].value


SUM = ("B1", "=SUM(A1:A3)", 10)
TWICE = ("B2", "=B1*2", 20)
WORDS = ("B3", '=IF(B2>30,"much & more","little")', "little")


def test_all_that_rests_on_an_edited_cell_is_calculated_and_told() -> None:
    result = finished(book(SUM, TWICE, WORDS), SetCells(at="Data!A1", value=12))
    assert result.values == (
        ValueChange(at="Data!B1", before="10", after="20"),
        ValueChange(at="Data!B2", before="20", after="40"),
        ValueChange(at="Data!B3", before="little", after="much & more"),
    )
    assert [stored(result.data, cell) for cell in ("B1", "B2", "B3")] == [20, 40, "much & more"]
    assert result.notes == ()


def test_formulas_keep_their_text() -> None:
    data = finished(book(SUM, TWICE), SetCells(at="Data!A1", value=12)).data
    assert openpyxl.load_workbook(io.BytesIO(data))["Data"]["B1"].value == "=SUM(A1:A3)"


def test_a_new_formula_has_its_value() -> None:
    result = finished(book(), SetCells(at="Data!C1", value=TypedValue(formula="=A1*A2")))
    assert (stored(result.data, "C1"), result.values) == (6, (ValueChange(at="Data!C1", before=None, after="6"),))


@pytest.mark.parametrize(
    ("formula", "old", "new"),
    [
        ("=A1>10", False, True),
        ("=1/(A1-12)", -0.1, "#DIV/0!"),
        ("=DATE(2026,1,A1)", 46024, 46034),
        ('=A1&" days"', "2 days", "12 days"),
    ],
)
def test_values_of_every_kind_are_stored_as_excel_does(formula: str, old: Any, new: Any) -> None:
    assert stored(finished(book(("B1", formula, old)), SetCells(at="Data!A1", value=12)).data, "B1") == new


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    data = book(("B1", "=DATE(2026,1,A1)", 44562), date1904=True)
    (change,) = finished(data, SetCells(at="Data!A1", value=12)).values
    assert (change.before, change.after) == ("44562", "44572")


def test_a_function_on_which_the_engine_disagrees_with_excel_is_left_and_told() -> None:
    data = book(("B1", "=SUM(A1:A3)", 999), ("B2", "=B1+1", 1000), ("B3", "=MAX(A1:A3)", 5))
    result = finished(data, SetCells(at="Data!A1", value=12))
    assert [change.at for change in result.values] == ["Data!B3"]
    assert [stored(result.data, cell) for cell in ("B1", "B2", "B3")] == [999, 1000, 12]
    assert result.notes == (
        "The values of 2 formulas were left for Excel to calculate when it opens the workbook "
        "(here the engine does not agree with Excel on SUM).",
    )


def test_what_rests_on_the_clock_is_left() -> None:
    result = finished(book(("B1", "=TODAY()+A1", 46000), ("B2", "=A1", 2)), SetCells(at="Data!A1", value=12))
    assert [change.at for change in result.values] == ["Data!B2"]


def test_rows_that_move_take_their_values_along() -> None:
    result = finished(book(SUM, TWICE), InsertRows(before="Data!2:2"))
    assert (result.values, stored(result.data, "B1"), stored(result.data, "B3")) == ((), 10, 20)


def test_a_workbook_without_formulas_starts_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalculation, "calculate", lambda *_, **__: pytest.fail("asked"))
    assert finished(book(), SetCells(at="Data!A1", value=12)).values == ()


def test_an_engine_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        recalculation, "calculate", lambda *given, **rest: calculation.calculate(*given, **rest, limit_s=0.001)
    )
    result = finished(book(SUM), SetCells(at="Data!A1", value=12))
    assert (stored(result.data, "B1"), result.values) == (10, ())
    assert result.notes[0].endswith("its calculation took longer than 0.001 s.")


def test_what_the_engine_cannot_read_is_left_for_excel() -> None:
    with pytest.raises(calculation.CalculationError, match="could not calculate it"):
        calculation.calculate(b"no workbook", [("Data", 1, 1)], date1904=False)


def test_an_error_of_a_function_that_nothing_vouches_for_is_left() -> None:
    data = book(SUM)
    edit = SetCells(at="Data!C1", value=TypedValue(formula="=LARGE(A1:A3,9)"))
    result = finished(data, edit)
    assert (result.values, stored(result.data, "C1")) == ((), None)
    vouched = finished(book(("B1", "=LARGE(A1:A3,1)", 5)), edit)
    assert stored(vouched.data, "C1") == "#NUM!"


def test_an_array_formula_of_one_cell_is_calculated_unless_others_of_its_kind_are_not_reached() -> None:
    edit = SetCells(at="Data!C1", value=TypedValue(array_formula="=SUM(A1:A3*2)"))
    assert stored(finished(book(SUM), edit).data, "C1") == 20


def table_book() -> bytes:
    """A workbook with the table Orders in A1:B3: Net 2 and 3, Pieces 4 and 0."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    columns = [{"header": "Net"}, {"header": "Pieces"}]
    made.add_worksheet("Data").add_table(
        "A1:B3", {"name": "Orders", "columns": columns, "data": [[2, 4], [3, 0]], "autofilter": False}
    )
    made.close()
    return out.getvalue()


@pytest.mark.parametrize("formula", ["=[@Net]/[@Pieces]", "=Orders[@Net]/Orders[[#This Row],[Pieces]]"])
def test_formulas_that_name_tables_are_calculated_and_keep_their_text(formula: str) -> None:
    data = finished(table_book(), AddTableColumn(table="Orders", name="Each", formula=formula)).data
    text = "=Orders[[#This Row],[Net]]/Orders[[#This Row],[Pieces]]"
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Data"]
    assert [sheet["C2"].value, sheet["C3"].value] == [text, text]
    assert sheet.tables["Orders"].tableColumns[2].calculatedColumnFormula.attr_text == text[1:]
    assert (stored(data, "C2"), stored(data, "C3")) == (0.5, "#DIV/0!")


def test_totals_of_a_table_are_calculated() -> None:
    data = finished(table_book(), SetTotalsRow(table="Orders", functions={"Pieces": "sum"})).data
    assert stored(data, "B4") == 4


def test_a_name_that_the_engine_does_not_know_is_left_for_excel() -> None:
    result = finished(book(), SetCells(at="Data!C1", value=TypedValue(formula="=Nowhere*2")))
    assert (result.values, stored(result.data, "C1"), len(result.notes)) == ((), None, 1)


def test_this_row_of_a_table_that_is_not_named_is_refused() -> None:
    with pytest.raises(UnsupportedEditError, match=r"\[@Net\] names no table"):
        finished(table_book(), SetCells(at="Data!D2", value=TypedValue(formula="=[@Net]")))
