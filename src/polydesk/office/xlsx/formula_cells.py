"""The formulas of a workbook with their stored values, and what each of them reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from polydesk.office.formulas.references import area_of, parse_prefix
from polydesk.office.formulas.tokens import Token, tokenize
from polydesk.office.xlsx.cell_stream import RawCell, raw_rows
from polydesk.office.xlsx.cell_values import Value, decoded
from polydesk.office.xlsx.escapes import from_xml
from polydesk.office.xlsx.grammar import attribute
from polydesk.office.xlsx.rows import RowBlock, column_of
from polydesk.office.xlsx.state import SheetState, WorkbookState

Box = tuple[int, int, int, int]
"""Top, left, bottom, right."""


@dataclass(frozen=True)
class FormulaCell:
    """One cell with a formula."""

    sheet: str
    row: int
    column: int
    text: str
    """Of the formula without the equals sign; of a shared one, that of the group, as it stands in its first cell."""
    is_array: bool
    """Whether it works on whole ranges at once (Ctrl+Shift+Enter)."""
    fills: bool
    """Whether it fills several cells, or is a data table's."""
    value: Value
    """As stored in the file; None when it was never calculated."""
    kind: str
    """Of the value, as in CellValue."""

    @property
    def key(self) -> tuple[str, int, int]:
        """Sheet, row and column."""
        return self.sheet, self.row, self.column

    @cached_property
    def tokens(self) -> list[Token]:
        """The formula's tokens."""
        return tokenize(self.text)

    @cached_property
    def functions(self) -> frozenset[str]:
        """The functions that it calls, in capitals."""
        return frozenset(token.text.upper().removeprefix("_XLFN.") for token in self.tokens if token.kind == "function")

    @cached_property
    def reads(self) -> list[tuple[str, Box]] | None:
        """The cells that it reads, by sheet; None when names, tables or other workbooks make that hard to say.

        For a shared formula this is what its first cell reads.
        """
        found: list[tuple[str, Box]] = []
        for token in self.tokens:
            if token.kind in ("name", "structured"):
                return None
            area = area_of(token) if token.kind == "reference" else None
            if area is None:
                continue
            prefix = parse_prefix(token.prefix) if token.prefix else None
            if prefix is not None and (not prefix.is_local or prefix.last is not None):
                return None
            found.append((self.sheet if prefix is None else prefix.first, area.box))
        return found


def formula_cells(state: WorkbookState) -> Iterator[FormulaCell]:
    """Every cell with a formula, sheet by sheet, in one pass through each."""
    for sheet in state.sheets:
        if sheet.holds_cells:
            yield from _of_sheet(state, sheet)


_PLAIN = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"([^<>]*)>(<f(?:\s[^<>]*)?>)(?:([^<]*)</f>)?(?:<v>([^<]*)</v>)?</c>')
"""A cell with a formula as Excel writes it; groups: column, row, attributes, tag of the formula, its text, value."""


def _of_sheet(state: WorkbookState, sheet: SheetState) -> Iterator[FormulaCell]:
    shared: dict[bytes, str] = {}
    prefix = sheet.stream.start.grammar.prefix
    for block in sheet.blocks():
        for row, cell in _raw_cells(block):
            type, group = attribute(cell.formula, b"t") or b"normal", attribute(cell.formula, b"si") or b""
            text = from_xml(cell.formula_text).strip()
            if type == b"shared":
                text = shared.setdefault(group, text) if text else shared.get(group, "")
            value, kind = decoded(cell.type or b"n", cell.value, prefix, state.strings)
            is_array = type == b"array"
            fills = type == b"dataTable" or (is_array and b":" in (attribute(cell.formula, b"ref") or b""))
            yield FormulaCell(sheet.name, row, cell.column, text, is_array, fills, value, kind)


def _raw_cells(block: RowBlock) -> Iterator[tuple[int, RawCell]]:
    """The cells of a block that have formulas; of plain ones only these are looked at."""
    mark = block.grammar.formula_mark
    marks = sum(block.data.count(mark + end) for end in (b">", b" ", b"/"))
    if not marks:
        return
    found = _PLAIN.findall(block.data) if not block.grammar.prefix else []
    if len(found) != marks or block.shape is not block.data:
        yield from ((row, cell) for row, cells in raw_rows(block) for cell in cells if cell.formula)
        return
    for letters, row, attributes, tag, text, value in found:
        type = attribute(attributes, b"t") or b""
        yield int(row), RawCell(column_of(letters), b"", type, tag, text, value)
