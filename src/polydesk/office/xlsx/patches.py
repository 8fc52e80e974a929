"""What is to become of single cells, rows and rectangles of a sheet, as values that wait for the sheet's stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from polydesk.office.xlsx.addresses import Area

Restyle = Callable[[int], int]
"""From the index of a cell format (in `cellXfs`) to another."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a cell holds, ready to be written."""

    type: str | None = None
    """The `t` attribute; None is a number, or nothing."""
    value: str | None = None
    """Text of `v`; None writes none."""
    formula: str | None = None
    """Text of `f`, without the equals sign."""
    formula_attributes: str = ""
    """Attributes of `f` as XML, each with a space before it."""
    inline: str | None = None
    """Text of an inline string."""
    metadata: str = ""
    """`cm` and `vm` attributes as XML, each with a space before it."""


EMPTY = Content()


@dataclass(frozen=True, slots=True)
class CellPatch:
    """A change of one cell, or of each cell of a rectangle."""

    content: Content | None = None
    """New content; None keeps what the cell holds."""
    restyle: Restyle | None = None
    """New format, from the one that it has or would take from its row or column; None keeps it."""
    creates: bool = True
    """Whether a cell that is not in the file is made."""
    crosses: bool = False
    """Whether a missing cell is made where a formatted row and a formatted column cross, so that both formats hold."""
    removes: bool = False
    """Takes the cell out of the file, with its format."""


@dataclass(slots=True)
class SheetPatches:
    """All changes of cells and rows that wait for one sheet, in the order in which they were asked for."""

    cells: dict[int, dict[int, list[CellPatch]]] = field(default_factory=dict[int, dict[int, list[CellPatch]]])
    """By row and column."""
    areas: list[tuple[Area, CellPatch]] = field(default_factory=list[tuple[Area, CellPatch]])
    rows: dict[int, dict[str, str | None]] = field(default_factory=dict[int, dict[str, str | None]])
    """Attributes to set on a row, or to take off for None. Rows that are not in the file are made."""
    row_restyles: list[tuple[Area, Restyle]] = field(default_factory=list[tuple[Area, Restyle]])
    """Formats of whole rows."""

    def __bool__(self) -> bool:
        return bool(self.cells or self.areas or self.rows or self.row_restyles)

    def patch(self, row: int, column: int, patch: CellPatch) -> None:
        """Change one cell."""
        self.cells.setdefault(row, {}).setdefault(column, []).append(patch)

    def patch_area(self, area: Area, patch: CellPatch) -> None:
        """Change every cell of an area."""
        self.areas.append((area, patch))

    def set_row(self, row: int, attributes: dict[str, str | None]) -> None:
        """Change a row's own attributes."""
        self.rows.setdefault(row, {}).update(attributes)
