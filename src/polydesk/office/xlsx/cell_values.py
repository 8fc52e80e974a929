"""What a cell holds, as a value: number, text, truth, error, and its formula (ECMA-376-1 §18.3.1.4)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from polydesk.office.xlsx.addresses import Area, cell_name
from polydesk.office.xlsx.escapes import from_xml, from_xstring
from polydesk.office.xlsx.grammar import Grammar, attribute
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.rows import CellPlace, Row
from polydesk.office.xlsx.shared_strings import SharedStrings, text_of

if TYPE_CHECKING:
    from polydesk.office.xlsx.state import SheetState, WorkbookState

Value = float | int | str | bool | None


class FormulaText(NamedTuple):
    """A cell's formula as it is written."""

    text: str
    """Without the equals sign; empty in a cell that shares the formula of another."""
    type: str
    """`normal`, `shared`, `array` or `dataTable`."""
    ref: str | None
    """The cells that it fills, in its first cell; None elsewhere."""
    shared: str | None
    """The number of the group that shares it; None when it is its own."""


class CellValue(NamedTuple):
    """One cell that is in the file."""

    row: int
    column: int
    value: Value
    """None for an empty cell, or a formula that was never calculated. A date is its number."""
    kind: str
    """`n` number, `s` text, `b` truth, `e` error (the value is its text), `d` ISO date text; empty for no value."""
    style: int
    """Index of its format."""
    formula: FormulaText | None
    metadata: bool = False
    """Whether it has cell metadata, as a dynamic array's first cell has."""


class CellReader:
    """Turns cells of one sheet into values."""

    def __init__(self, grammar: Grammar, strings: SharedStrings) -> None:
        self._grammar = grammar
        self._strings = strings

    def read(self, row: Row, cell: CellPlace) -> CellValue:
        """The value of a cell of `row`."""
        attributes, inner = cell.attributes, row.inner(cell)
        type = attribute(attributes, b"t") or b"n"
        found = self._grammar.formula.search(inner) if self._grammar.formula_mark in inner else None
        formula = None if found is None else _formula(found)
        value, kind = self._value(type, inner if found is None else inner[: found.start()] + inner[found.end() :])
        style = attribute(attributes, b"s")
        return CellValue(
            row.number,
            cell.column,
            value,
            kind,
            whole(style),
            formula,
            attribute(attributes, b"cm") is not None,
        )

    def _value(self, type: bytes, inner: bytes) -> tuple[Value, str]:
        if type != b"inlineStr":
            found = self._grammar.value.search(inner) if inner else None
            if found is None:
                return None, ""
            inner = found[1] or b""
        return decoded(type, inner, self._grammar.prefix, self._strings)


def decoded(type: bytes, raw: bytes, prefix: bytes, strings: SharedStrings) -> tuple[Value, str]:
    """Value and kind (as in CellValue) of the raw text of `v`, or of an inline string's children."""
    if type == b"inlineStr":
        return text_of(raw, prefix), "s"
    if b"<!" in raw:
        raw = raw.replace(b"<![CDATA[", b"").replace(b"]]>", b"")
    match type:
        case b"s":
            text = strings.text(whole(raw.strip(), -1))
            return ("", "s") if text is None else (text, "s")
        case b"str":
            return from_xstring(raw), "s"
        case b"b":
            return raw.strip() in (b"1", b"true"), "b"
        case b"e":
            return from_xml(raw).strip(), "e"
        case b"d":
            return from_xml(raw).strip(), "d"
        case _:
            return _number(raw)


def _number(raw: bytes) -> tuple[Value, str]:
    """Numbers as Excel reads them; text where a writer has put some."""
    text = raw.strip()
    if not text:
        return None, ""
    try:
        number = float(text)
    except ValueError:
        return from_xstring(raw), "s"
    return (int(number) if number.is_integer() and abs(number) < 1e15 else number), "n"


def _formula(found: re.Match[bytes]) -> FormulaText:

    attributes = found[1]
    type = attribute(attributes, b"t") or b"normal"
    ref, si = attribute(attributes, b"ref"), attribute(attributes, b"si")
    return FormulaText(
        from_xml(found[2] or b"").strip(),
        type.decode("ascii", "replace"),
        None if ref is None else ref.decode("ascii", "replace"),
        si.decode("ascii", "replace") if si is not None and type == b"shared" else None,
    )


def read_cells(state: WorkbookState, sheet: SheetState, area: Area) -> Iterator[CellValue]:
    """The cells of an area that are in the file, row by row, read as a stream that ends with the area."""
    grammar = sheet.stream.start.grammar
    reader = CellReader(grammar, state.strings)
    highest = 0
    for block in sheet.blocks():
        in_order = bool(block.numbers) and block.numbers[0] > highest
        highest = max(highest, block.last)
        if highest < area.top:
            continue
        for row in block.rows():
            if area.top <= row.number <= area.bottom:
                for cell in row.cells:
                    if area.left <= cell.column <= area.right:
                        yield reader.read(row, cell)
        if in_order and highest >= area.bottom:
            return


def hashed_line(cell: CellValue) -> bytes:
    """What a cell adds to the hash of an anchor."""
    value = repr(float(cell.value)) if cell.kind == "n" and cell.value is not None else str(cell.value)
    formula = "" if cell.formula is None else f"={cell.formula.shared or ''}{cell.formula.text}"
    return f"{cell_name(cell.row, cell.column)}\t{cell.kind}{value}\t{formula}\n".encode(errors="replace")


def hash_of(cells: Iterable[CellValue]) -> str:
    """The hash of an anchor: over the values and formulas of the cells that hold any."""
    digest = hashlib.sha256()
    for cell in cells:
        if cell.kind or cell.formula is not None:
            digest.update(hashed_line(cell))
    return digest.hexdigest()[:8]
