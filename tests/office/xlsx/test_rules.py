"""Data validations and conditional formats: made, split, cleared; read back by openpyxl and by our view."""

from __future__ import annotations

import io
import warnings
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.errors import AnchorNotFoundError, EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.xlsx.addresses import Area
from polydesk.office.xlsx.area_lists import without
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.object_edits import (
    AddConditionalFormat,
    ClearConditionalFormats,
    ClearValidation,
    Look,
    SetValidation,
)
from polydesk.office.xlsx.structure_edits import InsertColumns, InsertRows
from polydesk.office.xlsx.views import RuleView
from polydesk.office.xlsx.workbook import Workbook
from tests.office.xlsx.furnished import furnished
from tests.office.xlsx.grids import applied, part
from tests.xlsx_builder import part as raw_part
from tests.xlsx_builder import sheet, xlsx

BOOK = furnished()
SHEET = "xl/worksheets/sheet1.xml"
YELLOW = Look(fill="#FFEE00", bold=True)


def opened(data: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl says what it leaves out
        return openpyxl.load_workbook(io.BytesIO(data))["Sales"]


def validations(data: bytes) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(rule.at, rule.kind, rule.formulas) for rule in Workbook(data).view().sheets[0].validations]


def formats(data: bytes) -> tuple[RuleView, ...]:
    return Workbook(data).view().sheets[0].conditional_formats


AREAS = st.builds(
    lambda top, left, height, width: Area(top, left, top + height, left + width), *[st.integers(1, 6)] * 4
)


@given(AREAS, AREAS)
def test_an_area_without_another_holds_all_other_cells_once(area: Area, hole: Area) -> None:
    def cells(one: Area) -> list[tuple[int, int]]:
        return [(r, c) for r in range(one.top, one.bottom + 1) for c in range(one.left, one.right + 1)]

    left = [cell for piece in without(area, hole) for cell in cells(piece)]
    assert sorted(left) == sorted(set(cells(area)) - set(cells(hole)))


@pytest.mark.parametrize(
    ("edit", "attributes", "formulas"),
    [
        (
            SetValidation(at="Sales!B2:B6", allow="whole", first=1, second=9),
            {"type": "whole", "operator": None},
            ("1", "9"),
        ),
        (
            SetValidation(at="Sales!B2:B6", allow="decimal", operator="greater_or_equal", first=0.5),
            {"type": "decimal", "operator": "greaterThanOrEqual"},
            ("0.5", None),
        ),
        (
            SetValidation(at="Sales!B2", allow="date", first="2026-11-24", second="=TODAY()+30"),
            {"type": "date"},
            ("46350", "TODAY()+30"),
        ),
        (
            SetValidation(at="Sales!B2", allow="time", operator="less", first="18:00"),
            {"type": "time", "operator": "lessThan"},
            ("0.75", None),
        ),
        (
            SetValidation(at="Sales!B2", allow="text_length", operator="equal", first=5, on_error="warning"),
            {"type": "textLength", "errorStyle": "warning"},
            ("5", None),
        ),
        (
            SetValidation(at="Sales!B2", allow="list", values=("yes", 'no "really"'), dropdown=False),
            {"type": "list", "showDropDown": True},
            ('"yes,no ""really"""', None),
        ),
        (SetValidation(at="Sales!B2", allow="list", source="Sales!A2:A6"), {"type": "list"}, ("$A$2:$A$6", None)),
        (SetValidation(at="Sales!B2", allow="list", source="=Rate"), {"type": "list"}, ("Rate", None)),
        (
            SetValidation(
                at="Sales!B2",
                allow="custom",
                formula="=LEN(B2)>2",
                prompt_title="Say",
                prompt="a\nb",
                error_title="No",
                error="c",
                allow_blank=False,
            ),
            {
                "type": "custom", "promptTitle": "Say", "prompt": "a\nb", "errorTitle": "No", "error": "c",
                "allowBlank": False,
            },
            ("LEN(B2)>2", None),
        ),
    ],
)  # fmt: skip
def test_validations_are_read_by_others(
    edit: SetValidation, attributes: dict[str, object], formulas: tuple[str | None, str | None]
) -> None:
    found = opened(applied(BOOK, edit)).data_validations.dataValidation[-1]
    assert {name: getattr(found, name) for name in attributes} == attributes
    assert (found.formula1, found.formula2) == formulas
    assert str(found.sqref) == edit.at.removeprefix("Sales!")


def test_a_list_on_another_sheet_stands_in_the_extension() -> None:
    data = applied(BOOK, SetValidation(at="Sales!B2:B6", allow="list", source="Notes!A1:A9"))
    assert ("B2:B6", "list", ("Notes!$A$1:$A$9",)) in validations(data)
    text = raw_part(data, SHEET)
    assert b"{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" in text
    more = applied(data, SetValidation(at="Sales!B4", allow="list", source="Notes!A1:A3"))
    assert raw_part(more, SHEET).count(b"<ext ") == 1
    assert b'count="2"' in raw_part(more, SHEET)
    assert ("B2:B3 B5:B6", "list", ("Notes!$A$1:$A$9",)) in validations(more)
    moved = applied(data, InsertRows(before="Sales!3:3"), InsertRows(before="Notes!1:1"))
    assert ("B2:B7", "list", ("Notes!$A$2:$A$10",)) in validations(moved)
    gone = applied(data, ClearValidation(at="Sales!A:C"))
    assert b"extLst" not in raw_part(gone, SHEET)
    assert validations(gone) == []


def test_rules_are_split_and_their_formulas_follow_their_first_cell() -> None:
    data = applied(BOOK, ClearValidation(at="Sales!C2:C3"))
    assert validations(data) == [("C4:C6", "custom", ("ISNUMBER(C4)",))]
    data = applied(BOOK, SetValidation(at="Sales!C4", allow="whole", first=1, second=2))
    assert validations(data) == [("C2:C3 C5:C6", "custom", ("ISNUMBER(C2)",)), ("C4", "whole", ("1", "2"))]
    assert b'<dataValidations count="2">' in raw_part(data, SHEET)


CONDITIONS: list[tuple[AddConditionalFormat, dict[str, object], list[str]]] = [
    (
        AddConditionalFormat(at="Sales!B2:B6", when="value", operator="between", first=1, second=9, look=YELLOW),
        {"type": "cellIs", "operator": "between"},
        ["1", "9"],
    ),
    (
        AddConditionalFormat(at="Sales!B2:B6", when="value", operator="equal", first='a"b', look=YELLOW),
        {"type": "cellIs", "operator": "equal"},
        ['"a""b"'],
    ),
    (
        AddConditionalFormat(at="Sales!A2:C6", when="formula", formula="=$B2>30", look=YELLOW, stop_if_true=True),
        {"type": "expression", "stopIfTrue": True},
        ["$B2>30"],
    ),
    (
        AddConditionalFormat(at="Sales!A2:A6", when="text", text="R2", look=YELLOW),
        {"type": "containsText", "operator": "containsText", "text": "R2"},
        ['NOT(ISERROR(SEARCH("R2",A2)))'],
    ),
    (
        AddConditionalFormat(at="Sales!A2:A6", when="text", match="begins_with", text="R", look=YELLOW),
        {"type": "beginsWith", "operator": "beginsWith"},
        ['LEFT(A2,LEN("R"))="R"'],
    ),
    (
        AddConditionalFormat(at="Sales!B2:B6", when="bottom", rank=20, percent=True, look=YELLOW),
        {"type": "top10", "rank": 20, "percent": True, "bottom": True},
        [],
    ),
    (
        AddConditionalFormat(at="Sales!B2:B6", when="below_average", look=YELLOW),
        {"type": "aboveAverage", "aboveAverage": False},
        [],
    ),
    (AddConditionalFormat(at="Sales!B2:B6", when="duplicate", look=YELLOW), {"type": "duplicateValues"}, []),
    (
        AddConditionalFormat(at="Sales!B2:B6", when="blank", look=YELLOW),
        {"type": "containsBlanks"},
        ["LEN(TRIM(B2))=0"],
    ),
]


@pytest.mark.parametrize(("edit", "attributes", "formulas"), CONDITIONS)
def test_conditional_formats_are_read_by_others(
    edit: AddConditionalFormat, attributes: dict[str, object], formulas: list[str]
) -> None:
    sales = opened(applied(BOOK, edit))
    rules = {str(key.sqref): value for key, value in sales.conditional_formatting._cf_rules.items()}
    (rule,) = rules[edit.at.removeprefix("Sales!")]
    assert {name: getattr(rule, name) for name in attributes} == attributes
    assert rule.formula == formulas
    assert rule.dxf.font.b is True
    assert rule.dxf.fill.bgColor.rgb == "FFFFEE00"


def test_scales_bars_and_icons_are_read_by_others() -> None:
    data = applied(
        BOOK,
        AddConditionalFormat(at="Sales!B2:B6", when="color_scale", colors=("#FF0000", "#FFFF00", "#00FF00")),
        AddConditionalFormat(at="Sales!B2:B6", when="data_bar", colors=("#638EC6",), show_value=False),
        AddConditionalFormat(at="Sales!B2:B6", when="icons", icons="4Arrows", reverse=True),
    )
    rules = [rule for item in opened(data).conditional_formatting for rule in item.rules]
    scale = next(rule.colorScale for rule in rules if rule.colorScale)
    assert [item.type for item in scale.cfvo] == ["min", "percentile", "max"]
    assert [color.rgb for color in scale.color] == ["FFFF0000", "FFFFFF00", "FF00FF00"]
    assert next(rule.dataBar for rule in rules if rule.dataBar).showValue is False
    icons = next(rule.iconSet for rule in rules if rule.iconSet)
    assert (icons.iconSet, icons.reverse, [item.val for item in icons.cfvo]) == ("4Arrows", True, [0, 25, 50, 75])
    priorities = [rule.priority for rule in rules]
    assert len(set(priorities)) == len(priorities)


def test_a_new_format_goes_first_or_last() -> None:
    def order(priority: Any) -> list[str]:
        edit = AddConditionalFormat(at="Sales!C2", when="error", look=YELLOW, priority=priority)
        rules = [rule for item in opened(applied(BOOK, edit)).conditional_formatting for rule in item.rules]
        return [rule.type for rule in sorted(rules, key=lambda rule: rule.priority)]

    assert order("first") == ["containsErrors", "expression"]
    assert order("last") == ["expression", "containsErrors"]


def test_equal_looks_are_one_format_and_the_styles_keep_what_they_had() -> None:
    data = applied(
        BOOK,
        AddConditionalFormat(at="Sales!B2", when="error", look=YELLOW),
        AddConditionalFormat(at="Sales!B3", when="blank", look=YELLOW),
    )
    dxfs = part(data, "xl/styles.xml").find("{*}dxfs")
    assert (dxfs.get("count"), len(dxfs)) == ("2", 2)
    assert raw_part(data, "xl/styles.xml").startswith(raw_part(BOOK, "xl/styles.xml").split(b"<dxfs")[0])


def test_formats_are_cleared_from_some_cells_and_set_anew() -> None:
    data = applied(BOOK, ClearConditionalFormats(at="Sales!C2:C3"))
    assert [(rule.at, rule.formulas) for rule in formats(data)] == [("C4:C6", ("B4>30",))]
    add = AddConditionalFormat(at="Sales!C2:C6", when="duplicate", look=YELLOW)
    for edits in ([add, ClearConditionalFormats(at="Sales!C:C")], [ClearConditionalFormats(at="Sales!C:C"), add]):
        assert [rule.kind for rule in formats(applied(BOOK, *edits))] == ["duplicateValues"]
    assert b"conditionalFormatting" not in raw_part(applied(BOOK, ClearConditionalFormats(at="Sales!1:9")), SHEET)


def test_columns_inserted_in_the_same_list_move_what_is_made() -> None:
    data = applied(
        BOOK,
        InsertColumns(before="Sales!B:B"),
        AddConditionalFormat(at="Sales!B2:B6", when="formula", formula="=B2>A2", look=YELLOW),
        SetValidation(at="Sales!A2:A6", allow="custom", formula="=LEN(A2)<B2"),
    )
    assert ("C2:C6", ("C2>A2",)) in [(rule.at, rule.formulas) for rule in formats(data)]
    assert ("A2:A6", "custom", ("LEN(A2)<C2",)) in validations(data)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("prefix", ["", "x"])
def test_any_writing_of_a_sheet_takes_rules(strict: bool, prefix: str) -> None:
    row = f'<{prefix + ":" if prefix else ""}row r="1"/>'
    data = xlsx(sheet(row, prefix=prefix), names=["Sales"], strict=strict)
    result = applied(
        data,
        SetValidation(at="Sales!B2:B6", allow="list", source="=INDIRECT(Sales!$A$1)"),
        SetValidation(at="Sales!C2", allow="whole", first=1, second=2),
        AddConditionalFormat(at="Sales!B:B", when="value", first=3, look=YELLOW),
    )
    assert [rule[0] for rule in validations(result)] == ["C2", "B2:B6"]
    assert [rule.at for rule in formats(result)] == ["B1:B1048576"]


REFUSED: list[tuple[list[Edit], type[OfficeError]]] = [
    ([SetValidation(at="Sales!B2", allow="list")], UnsupportedEditError),
    ([SetValidation(at="Sales!B2", allow="list", values=("a,b",))], UnsupportedEditError),
    ([SetValidation(at="Sales!B2", allow="list", values=("x" * 256,))], UnsupportedEditError),
    ([SetValidation(at="Sales!B2", allow="list", source="Sales!A1:B2")], UnsupportedEditError),
    ([SetValidation(at="Sales!B2", allow="list", source="Missing!A1:A2")], AnchorNotFoundError),
    ([SetValidation(at="Sales!B2", allow="whole", first=1)], UnsupportedEditError),
    ([SetValidation(at="Sales!B2", allow="whole", operator="less", first="many")], UnsupportedEditError),
    ([SetValidation(at="Sales!B2", allow="date", operator="less", first="24.11.2026")], UnsupportedEditError),
    ([SetValidation(at="Sales!B2", allow="custom")], UnsupportedEditError),
    ([SetValidation(at="Sales!B2", allow="custom", formula="=A1", error="x" * 256)], UnsupportedEditError),
    ([ClearValidation(at="Sales!A1")], AnchorNotFoundError),
    (
        [ClearValidation(at="Sales!C2"), SetValidation(at="Sales!C2:C3", allow="custom", formula="=A1")],
        EditConflictError,
    ),
    ([AddConditionalFormat(at="Sales!B2", when="value", first=3)], UnsupportedEditError),
    ([AddConditionalFormat(at="Sales!B2", when="value", look=YELLOW)], UnsupportedEditError),
    ([AddConditionalFormat(at="Sales!B2", when="text", look=YELLOW)], UnsupportedEditError),
    ([AddConditionalFormat(at="Sales!B2", when="top", rank=0, look=YELLOW)], UnsupportedEditError),
    ([AddConditionalFormat(at="Sales!B2", when="icons")], UnsupportedEditError),
    ([AddConditionalFormat(at="Sales!B2", when="data_bar", colors=("red",))], UnsupportedEditError),
    ([AddConditionalFormat(at="Sales!B2", when="error", look=Look(color="red"))], UnsupportedEditError),
    ([ClearConditionalFormats(at="Sales!A1")], AnchorNotFoundError),
]


@pytest.mark.parametrize(("edits", "error"), REFUSED)
def test_what_cannot_be_is_refused(edits: list[Edit], error: type[OfficeError]) -> None:
    with pytest.raises(error):
        applied(BOOK, *edits)
