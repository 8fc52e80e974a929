"""Edits of cells to try on any workbook, and the laws that every one of them must keep."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from polydesk.core.errors import OfficeError
from polydesk.office.opc.package import Package
from polydesk.office.results import Result
from polydesk.office.xlsx.addresses import Area, address, parse_area
from polydesk.office.xlsx.cell_edits import (
    CellEdit,
    CellInput,
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
from polydesk.office.xlsx.cell_values import CellValue, read_cells
from polydesk.office.xlsx.state import SheetState, WorkbookState
from polydesk.office.xlsx.workbook import Workbook

ALL = Area(1, 1, 1_048_576, 16_384)
MAY_FOLLOW = re.compile(
    r"/xl/(workbook|sharedStrings|styles|calcChain)\d*\.xml|.*/(workbook|calcChain|styles)\w*\.xml(\.rels)?"
    r"|/\[Content_Types\]\.xml",
    re.IGNORECASE,
)
VALUES: tuple[CellInput, ...] = (
    7,
    -12.5,
    1e-9,
    True,
    "plain",
    " spaced  ",
    "=not a formula",
    "<&>\"'\n_x0041_",
    "\u65e5\u672c \U0001f600",
    TypedValue(formula="=1+1"),
    TypedValue(date="2026-11-24"),
    TypedValue(time="09:30"),
    TypedValue(error="#N/A"),
    None,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell holds and how it looks, independent of indexes."""

    value: object
    kind: str
    formula: tuple[object, ...] | None
    look: bytes


Sheets = dict[str, dict[tuple[int, int], Cell]]


def opened(data: bytes) -> WorkbookState:
    """The workbook in the bytes."""
    return WorkbookState(Package.open(data))


def contents(state: WorkbookState) -> Sheets:
    """Every cell of every sheet."""
    return {sheet.name: dict(_cells(state, sheet)) for sheet in state.sheets if sheet.holds_cells}


def _cells(state: WorkbookState, sheet: SheetState) -> Iterator[tuple[tuple[int, int], Cell]]:
    looks: dict[int, bytes] = {}
    for cell in read_cells(state, sheet, ALL):
        if cell.style not in looks:
            looks[cell.style] = look(state, cell.style)
        yield (
            (cell.row, cell.column),
            Cell(cell.value, cell.kind, cell.formula and tuple(cell.formula), looks[cell.style]),
        )


def look(state: WorkbookState, index: int) -> bytes:
    """A cell format written out with its font, fill, border and number format."""
    xf = state.styles.format(index)
    if xf is None:
        return b""
    pieces = [repr(state.styles.number_format(index)).encode()]
    for container, name in (("fonts", "fontId"), ("fills", "fillId"), ("borders", "borderId")):
        members, id = state.styles.members(container), int(xf.get(name, "0"))
        pieces.append(etree.tostring(members[id], method="c14n") if id < len(members) else b"")
    pieces += [etree.tostring(child, method="c14n") for child in xf]
    return b"|".join(pieces)


def trial_edits(state: WorkbookState, chance: random.Random) -> Iterator[CellEdit]:
    """Edits of every kind, at places chosen by `chance`."""
    sheets = [sheet for sheet in state.sheets if sheet.holds_cells]
    if not sheets:
        return
    name = chance.choice(sheets).name
    filled = [key for sheet in sheets if sheet.name == name for key, _ in _cells(state, sheet)]
    anywhere = (chance.randint(1, 40), chance.randint(1, 12))
    row, column = chance.choice(filled) if filled and chance.random() < 0.6 else anywhere
    area = Area(row, column, row + chance.randint(0, 3), column + chance.randint(0, 2))
    at, cell = address(name, area), address(name, Area.cell(row, column))
    yield SetCells(at=cell, value=chance.choice(VALUES))
    yield SetCells(at=at, value=chance.choice(VALUES))
    grid = tuple(tuple(chance.choice(VALUES) for _ in range(area.width)) for _ in range(area.height))
    yield SetCells(at=cell, values=grid)
    yield SetCells(at=at, value=TypedValue(formula="SUM($A$1:A1)*2"))
    yield ClearCells(at=at, what=chance.choice(("contents", "formats", "all")))
    yield SetNumberFormat(at=at, format=chance.choice(("0.00", "yyyy-mm-dd", "General", '#,##0 "km"')))
    yield SetStyle(at=at, bold=True, fill="#FFEE00", border=Side(style="thin"), wrap=True)
    lines = address(name, Area(row, 1, row + 1, 16_384))
    columns = address(name, Area(1, column, 1_048_576, column + 1))
    yield SetStyle(at=chance.choice((lines, columns)), italic=True, size=14, color="#112233", horizontal="center")
    yield SetRowHeight(at=lines, height=chance.choice((None, 30.5)))
    yield SetColumnWidth(at=columns, width=chance.choice((None, 22.5)))
    yield SetHidden(at=chance.choice((lines, columns)), hidden=chance.random() < 0.7)
    yield FreezePanes(at=cell)


def applied(workbook: Workbook, edits: list[CellEdit]) -> Result | None:
    """The result; None when the edits are refused."""
    try:
        return workbook.apply(edits, ignore_protection=True)
    except OfficeError:
        return None


def broken_laws(before: bytes, edit: CellEdit, result: Result) -> list[str]:
    """What is wrong with the result of one edit; empty when every law holds."""
    old, new = opened(before), opened(result.data)
    sheet = old.place(edit.at).sheet
    problems = [
        f"changed {part}" for part in result.changed_parts if part != sheet.part and not MAY_FOLLOW.fullmatch(part)
    ]
    problems += _raw_differences(before, result)
    for part in result.changed_parts:
        if new.package.has(part):
            etree.fromstring(new.package.read(part))
    problems += _changed_cells(contents(old), contents(new), sheet.name, _aim(old, edit), edit)
    problems += _appended_only(old, new)
    return problems + _false_chain(old, new)


def _raw_differences(before: bytes, result: Result) -> list[str]:
    """Members that are not the same bytes, other than those that the result names."""
    named = {part.removeprefix("/") for part in result.changed_parts}
    old, new = _raw_members(before), _raw_members(result.data)
    return [f"other bytes in {name}" for name in old if name not in named and old[name] != new.get(name)]


def _raw_members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        found: dict[str, bytes] = {}
        for member in package.infolist():
            name, extra = struct.unpack_from("<HH", data, member.header_offset + 26)
            start = member.header_offset + 30 + name + extra
            found[member.filename.replace("\\", "/")] = data[start : start + member.compress_size]
        return found


def _aim(state: WorkbookState, edit: CellEdit) -> Area:
    """The cells that an edit may change; more than `at` for values that spread and arrays that go away whole."""
    place = state.place(edit.at)
    area = place.area
    if isinstance(edit, SetCells) and edit.values is not None:
        area = Area(area.top, area.left, area.top + len(edit.values) - 1, area.left + len(edit.values[0]) - 1)
    for array in place.sheet.survey().arrays:
        area = area.joined(array.ref) if array.ref.meets(area) else area
    return area


def _changed_cells(old: Sheets, new: Sheets, name: str, area: Area, edit: CellEdit) -> list[str]:
    problems = [f"cells of {other} changed" for other in old if other != name and old[other] != new[other]]
    before, after = old[name], new[name]
    for key in {*before, *after}:
        if not area.has(*key) and before.get(key) != after.get(key) and not _handed_on(before.get(key), after.get(key)):
            problems.append(f"{key} is not of the edit and changed from {before.get(key)} to {after.get(key)}")
    if isinstance(edit, SetCells) and edit.values is None and not isinstance(edit.value, TypedValue):
        held = [after[key] for key in after if area.has(*key) and after[key].kind]
        wrong = [cell for cell in held if cell.value != edit.value]
        problems += [f"read back {cell}" for cell in wrong[:1]]
    return problems


def _handed_on(before: Cell | None, after: Cell | None) -> bool:
    """Whether a cell of a shared formula has become its first."""
    return (
        before is not None
        and after is not None
        and before.formula is not None
        and after.formula is not None
        and before.formula[1] == after.formula[1] == "shared"
        and (before.value, before.look) == (after.value, after.look)
    )


def _appended_only(old: WorkbookState, new: WorkbookState) -> list[str]:
    """Styles and strings that were there and are not, or not in their place."""
    problems: list[str] = []
    for container in ("fonts", "fills", "borders", "cellXfs", "cellStyleXfs", "cellStyles", "numFmts", "dxfs"):
        before = [etree.tostring(item, method="c14n") for item in old.styles.members(container)]
        after = [etree.tostring(item, method="c14n") for item in new.styles.members(container)]
        if after[: len(before)] != before:
            problems.append(f"{container} are not appended alone")
    index = 0
    while (item := old.strings.xml(index)) is not None:
        if not (new.strings.xml(index) or b"").startswith(item.rstrip()):
            problems.append(f"shared string {index} changed")
        index += 1
    return problems


def _false_chain(old: WorkbookState, new: WorkbookState) -> list[str]:
    """Entries of the calculation chain for cells without formulas, where there were none before."""
    if not old.chain.exists or _wrong_entries(old):
        return []
    wrong = _wrong_entries(new) if new.chain.exists else []
    return [f"the calculation chain names {entry}" for entry in wrong[:1]]


def _wrong_entries(state: WorkbookState) -> list[tuple[int, str]]:
    part = next(
        state.package.resolve(state.main, link)
        for link in state.package.relationships(state.main)
        if link.kind == "calcChain"
    )
    assert part is not None
    formulas = {
        (sheet.sheet_id, cell.row, cell.column)
        for sheet in state.sheets
        if sheet.holds_cells
        for cell in read_cells(state, sheet, ALL)
        if cell.formula is not None
    }
    wrong: list[tuple[int, str]] = []
    id = 0
    for entry in etree.fromstring(state.package.read(part)):
        id = int(entry.get("i", id))
        area = _cell_area(entry.get("r", ""))
        if (id, area.top, area.left) not in formulas:
            wrong.append((id, entry.get("r", "")))
    return wrong


def _cell_area(text: str) -> Area:
    return parse_area(text) or Area(0, 0, 0, 0)


def as_input(cell: Cell | None) -> CellInput:
    """The input that gives a plain cell its content again."""
    if cell is None or not (cell.kind or cell.formula):
        return None
    if cell.formula is not None:
        return TypedValue(formula=str(cell.formula[0]))
    if cell.kind == "e":
        return TypedValue(error=str(cell.value))
    assert isinstance(cell.value, int | float | str | bool)
    return cell.value


def values_of(cells: list[CellValue]) -> dict[tuple[int, int], object]:
    """Values by place."""
    return {(cell.row, cell.column): cell.value for cell in cells if cell.kind}
