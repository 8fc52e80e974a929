"""Small workbooks for tests, and what is in their cells afterwards, read without any code of the writer."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # it has annotations, but not for all
from lxml import etree

from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.workbook import Workbook

Cells = Mapping[str, object]
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def workbook(sheets: Mapping[str, Cells], more: Callable[[Any], None] | None = None) -> bytes:
    """A workbook of sheets with cells by their names; texts that begin with `=` are formulas."""
    out = io.BytesIO()
    book: Any = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, cells in sheets.items():
        sheet = book.add_worksheet(name)
        for cell, value in cells.items():
            sheet.write(cell, value)
    if more is not None:
        more(book)
    book.close()
    return out.getvalue()


def applied(data: bytes, *edits: Edit) -> bytes:
    """The workbook with the edits made."""
    return Workbook(data).apply(list(edits)).data


def part(data: bytes, name: str) -> Any:
    """The root of a part."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return etree.fromstring(package.read(name))


def names(data: bytes) -> list[str]:
    """All members."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.namelist()


def cells(data: bytes, sheet: int = 1) -> dict[str, object]:
    """What the cells of a sheet's part hold: numbers, texts, and formulas with `=`; empty ones are left out."""
    strings = []
    if "xl/sharedStrings.xml" in names(data):
        strings = ["".join(item.itertext(S + "t")) for item in part(data, "xl/sharedStrings.xml").iter(S + "si")]
    found: dict[str, object] = {}
    for cell in part(data, f"xl/worksheets/sheet{sheet}.xml").iter(S + "c"):
        formula, value = cell.find(S + "f"), cell.find(S + "v")
        if formula is not None:
            found[cell.get("r")] = f"={formula.text}"
        elif cell.get("t") == "inlineStr":
            found[cell.get("r")] = "".join(cell.itertext(S + "t"))
        elif value is not None:
            text = value.text
            found[cell.get("r")] = strings[int(text)] if cell.get("t") == "s" else _number(text)
    return found


def _number(text: str) -> object:
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text) if re.fullmatch(r"[-\d.eE+]+", text) else text


def refs(data: bytes, tag: str, attribute: str = "ref", sheet: int = 1) -> list[str]:
    """An attribute of all elements of that local name in a sheet's part."""
    root = part(data, f"xl/worksheets/sheet{sheet}.xml")
    return [element.get(attribute) for element in root.iter("{*}" + tag)]


def defined_names(data: bytes) -> dict[str, str]:
    """The workbook's names with their formulas."""
    root = part(data, "xl/workbook.xml")
    return {name.get("name"): name.text for name in root.iter(S + "definedName")}


def sheet_names(data: bytes) -> list[str]:
    """The tabs in order."""
    return [sheet.get("name") for sheet in part(data, "xl/workbook.xml").iter(S + "sheet")]
