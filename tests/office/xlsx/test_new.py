from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.xlsx.new import Cell, ColumnSpec, Formula, SheetSpec, new_workbook, sheet_name

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(data: bytes, number: int = 1) -> dict[str, tuple[str, str, str]]:
    """Type, formula and value of every written cell."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = etree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
        strings: list[str] = []
        if "xl/sharedStrings.xml" in archive.namelist():
            items = etree.fromstring(archive.read("xl/sharedStrings.xml")).iter(f"{S}si")
            strings = ["".join(text.text or "" for text in item.iter(f"{S}t")) for item in items]
    found: dict[str, tuple[str, str, str]] = {}
    for cell in sheet.iter(f"{S}c"):
        value = cell.findtext(f"{S}v") or ""
        kind = cell.get("t", "n")
        found[str(cell.get("r"))] = (kind, cell.findtext(f"{S}f") or "", strings[int(value)] if kind == "s" else value)
    return found


def test_values_are_written_as_what_they_are() -> None:
    row: list[Cell] = ["text", 1.5, True, None, 7, Formula(text="=B1*2", value=3.0), date(2026, 1, 2)]
    assert cells(new_workbook([SheetSpec(name="One", rows=[row])])) == {
        "A1": ("s", "", "text"),
        "B1": ("n", "", "1.5"),
        "C1": ("b", "", "1"),
        "E1": ("n", "", "7"),
        "F1": ("n", "B1*2", "3.0"),
        "G1": ("n", "", "46024"),
    }


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "https://example.org", "{=1}", "007"])
def test_no_text_becomes_a_formula_a_link_or_a_number(text: str) -> None:
    assert cells(new_workbook([SheetSpec(name="One", rows=[[text]])])) == {"A1": ("s", "", text)}


def test_a_number_that_a_cell_would_round_stays_a_text() -> None:
    found = cells(new_workbook([SheetSpec(name="One", rows=[[4111111111111111, float("inf"), 123456789012345]])]))
    assert found == {"A1": ("s", "", "4111111111111111"), "C1": ("n", "", "123456789012345")}


def test_the_same_call_gives_the_same_bytes() -> None:
    spec = SheetSpec(name="One", rows=[["a", "b"], [1, 2]], columns=[ColumnSpec(number_format="0.00")], header=True)
    assert new_workbook([spec], at=AT) == new_workbook([spec], at=AT)


@pytest.mark.parametrize(
    ("sheets", "reason"),
    [
        ([], "at least one sheet"),
        ([SheetSpec(name="a/b")], "is no name for a sheet"),
        ([SheetSpec(name="x" * 32)], "is no name for a sheet"),
        ([SheetSpec(name="A"), SheetSpec(name="a")], "the same name"),
        ([SheetSpec(name="A", rows=[["x" * 32_768]])], "32,767 fit"),
        ([SheetSpec(name="A", rows=[[date(1815, 6, 18)]])], "before 1900"),
    ],
)
def test_what_no_workbook_can_hold_is_refused(sheets: list[SheetSpec], reason: str) -> None:
    with pytest.raises(UnsupportedEditError, match=reason):
        new_workbook(sheets)


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("Sales 2026", (), "Sales 2026"),
        ("a/b:c", (), "a b c"),
        ("", (), "Sheet1"),
        ("Data", ("data",), "Data 2"),
        ("x" * 40, ("x" * 31,), "x" * 29 + " 2"),
    ],
)
def test_sheet_names_are_made_fit(wanted: str, taken: tuple[str, ...], name: str) -> None:
    assert sheet_name(wanted, taken) == name
