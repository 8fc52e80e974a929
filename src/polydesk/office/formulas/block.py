"""What cutting a block of cells and pasting it elsewhere does to formulas, as Excel does it.

References to moved cells follow them, `$` or not. A range follows when all of it moves, and its edge follows when the
whole edge moves along it. References to cells that the block is pasted over become `#REF!`. The moved formulas
themselves refer to what they did before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW
from polydesk.office.formulas.references import REF_ERROR, Area, Axis, Prefix, area_of, parse_prefix
from polydesk.office.formulas.tokens import Token, join, tokenize

Box = tuple[int, int, int, int]
"""Top, left, bottom, right, counted from 1."""


@dataclass(frozen=True, slots=True)
class BlockMove:
    """A block of cells that is cut and pasted, within its sheet or onto another."""

    sheet: str
    box: Box
    to_sheet: str
    to_row: int
    """Where the block's first cell comes to lie."""
    to_column: int

    @property
    def down(self) -> int:
        """Rows by which the block moves."""
        return self.to_row - self.box[0]

    @property
    def right(self) -> int:
        """Columns by which the block moves."""
        return self.to_column - self.box[1]

    @property
    def target(self) -> Box:
        """Where the block lies afterwards."""
        top, left, bottom, right = self.box
        return top + self.down, left + self.right, bottom + self.down, right + self.right

    @property
    def same_sheet(self) -> bool:
        """Whether the block stays on its sheet."""
        return self.sheet.casefold() == self.to_sheet.casefold()

    def formula(self, formula: str, *, sheet: str, moves: bool = False) -> str:
        """The formula of a cell of `sheet`; `moves` says that the cell is part of the block."""
        tokens = tokenize(formula)
        for index, token in enumerate(tokens):
            if token.kind in ("reference", "name"):
                tokens[index] = token._replace(text=self._token(token, sheet, moves))
        return join(tokens)

    def _token(self, token: Token, sheet: str, moves: bool) -> str:
        area = area_of(token) if token.kind == "reference" else None
        if area is None:
            return token.text
        prefix = parse_prefix(token.prefix) if token.prefix else None
        if prefix is not None and (not prefix.is_local or prefix.last is not None):
            return token.text
        on = sheet if prefix is None else prefix.first
        after = self.area(area, sheet=on)
        if after is None:
            return token.prefix + REF_ERROR
        new_on, new_area = after
        home = self.to_sheet if moves else sheet
        return f"{self._prefix(prefix, on, new_on, home)}{new_area}"

    def _prefix(self, prefix: Prefix | None, on: str, new_on: str, home: str) -> str:
        if prefix is not None:
            return str(prefix) if on == new_on else str(replace(prefix, first=new_on))
        return "" if new_on.casefold() == home.casefold() else str(Prefix("", new_on, None))

    def area(self, area: Area, *, sheet: str) -> tuple[str, Area] | None:
        """Where the cells of a reference to `sheet` are afterwards; None when they are pasted over."""
        if sheet.casefold() == self.sheet.casefold():
            if _inside(area.box, self.box):
                return self.to_sheet, _translated(area, self.down, self.right)
            if self.same_sheet:
                area = self._with_moved_edge(area)
        if sheet.casefold() == self.to_sheet.casefold() and _inside(area.box, self.target):
            return None
        return sheet, area

    def _with_moved_edge(self, area: Area) -> Area:
        top, left, bottom, right = area.box
        box = self.box
        if not self.right and area.rows is not None and box[1] <= left and right <= box[3]:
            rows = _edge_moved(area.rows, box[0], box[2], self.down, MAX_ROW)
            return area if rows is None else replace(area, rows=rows)
        if not self.down and area.columns is not None and box[0] <= top and bottom <= box[2]:
            columns = _edge_moved(area.columns, box[1], box[3], self.right, MAX_COLUMN)
            return area if columns is None else replace(area, columns=columns)
        return area


def _edge_moved(axis: Axis, low: int, high: int, by: int, limit: int) -> Axis | None:
    """The axis with the end that lies in the moved lines at its new place; None when there is no such end."""
    first, last = axis.low, axis.high
    if first < low <= last <= high:
        last += by
    elif low <= first <= high < last:
        first += by
    else:
        return None
    if not 1 <= first <= last <= limit or axis.first > axis.last:
        return None
    return replace(axis, first=first, last=last)


def _translated(area: Area, down: int, right: int) -> Area:
    rows = area.rows and replace(area.rows, first=area.rows.first + down, last=area.rows.last + down)
    columns = area.columns and replace(area.columns, first=area.columns.first + right, last=area.columns.last + right)
    return replace(area, rows=rows, columns=columns)


def _inside(inner: Box, outer: Box) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]
