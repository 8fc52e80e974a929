"""Cells as a reader sees them: values with their number formats, formulas with shared ones written out."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from polydesk.office.formulas.relative import copied
from polydesk.office.xlsx.addresses import cell_name, parse_area
from polydesk.office.xlsx.builtin_formats import BUILTIN_FORMATS
from polydesk.office.xlsx.cell_values import CellValue
from polydesk.office.xlsx.escapes import from_xml
from polydesk.office.xlsx.grammar import attribute
from polydesk.office.xlsx.number_text import shown
from polydesk.office.xlsx.views import CellView

if TYPE_CHECKING:
    from polydesk.office.xlsx.state import SheetState, WorkbookState

_MAX_SHOWN = 2_000


class _Shared(NamedTuple):
    """The cell that holds the formula of a shared group."""

    row: int
    column: int
    formula: str


class CellTexts:
    """Shows the cells of one sheet."""

    def __init__(self, state: WorkbookState, sheet: SheetState) -> None:
        self._state = state
        self._sheet = sheet
        self._codes: dict[int, str] = {}
        self._date1904 = state.date1904

    def code(self, style: int) -> str:
        """The number format of a cell format."""
        if style not in self._codes:
            id, own = self._state.styles.number_format(style)
            self._codes[style] = own if own is not None else BUILTIN_FORMATS.get(id, "General")
        return self._codes[style]

    def text(self, value: float | str | bool | None, style: int) -> str:
        """A value as its format shows it."""
        return shown(value, self.code(style), date1904=self._date1904)

    def view(self, cell: CellValue, *, rich: bool = False) -> CellView:
        """A cell with its text, value and formula."""
        text = cell.value if cell.kind == "e" and isinstance(cell.value, str) else self.text(cell.value, cell.style)
        exact = isinstance(cell.value, str | bool) or cell.value is None or text == f"{cell.value:.15g}"
        return CellView(
            at=cell_name(cell.row, cell.column),
            text=text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…",
            value=None if exact and len(text) <= _MAX_SHOWN else cell.value,
            formula=self.formula(cell),
            array=cell.formula.ref if cell.formula is not None and cell.formula.type == "array" else None,
            rich=rich,
        )

    def formula(self, cell: CellValue) -> str | None:
        """A cell's formula as it reads there; None when it has none, or one that only Excel can make (a data table)."""
        if cell.formula is None:
            return None
        if cell.formula.text or cell.formula.shared is None:
            return f"={cell.formula.text}" if cell.formula.text else None
        first = self._shared.get(cell.formula.shared)
        if first is None:
            return None
        rows, columns = cell.row - first.row, cell.column - first.column
        return "=" + copied(first.formula, rows=rows, columns=columns, wrap=True)

    @cached_property
    def _shared(self) -> dict[str, _Shared]:
        """The first cells of all shared formulas of the sheet."""
        found: dict[str, _Shared] = {}
        prefix = re.escape(self._sheet.stream.start.grammar.prefix)
        pattern = re.compile(
            rb"<" + prefix + rb"c\s([^>]*)>\s*<" + prefix + rb"f\s([^>]*\bsi=[^>]*)>([^<]+)</" + prefix + rb"f"
        )
        for block in self._sheet.blocks():
            if b"shared" not in block.data:
                continue
            for match in pattern.finditer(block.data):
                place = parse_area((attribute(b" " + match[1], b"r") or b"").decode("ascii", "replace"))
                si = attribute(b" " + match[2], b"si")
                if place is not None and si is not None:
                    found.setdefault(si.decode(), _Shared(place.top, place.left, from_xml(match[3]).strip()))
        return found
