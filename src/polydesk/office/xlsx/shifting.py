"""What an edit of the workbook's structure means for whatever names cells: one face for all such edits.

Insertions, deletions and moves of rows and columns, cut and pasted blocks, renamed, moved and deleted sheets, tables
and names each are a Change. The places that name cells (formulas, charts, filters, …) ask it and know nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from polydesk.office.formulas.block import BlockMove
from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW
from polydesk.office.formulas.references import Area as Reference
from polydesk.office.formulas.references import parse_prefix
from polydesk.office.formulas.relative import reach
from polydesk.office.formulas.shift import Home, Shift, shifted_area
from polydesk.office.xlsx.addresses import Area


class Change(Protocol):
    """What becomes of formulas and areas. Sheets are named as they were before the change."""

    def formula(self, text: str, *, sheet: str) -> str:
        """A formula that stands on a sheet; on none when that is empty."""
        ...

    def cell(self, text: str, *, sheet: str, row: int, column: int) -> str:
        """The formula of one cell."""
        ...

    def name(self, text: str, *, sheet: str) -> str:
        """The formula of a defined name."""
        ...

    def region(self, text: str, *, sheet: str, home: Area) -> str:
        """A formula that the cells of an area share, written as for the first of them."""
        ...

    def keeps_shared(self, text: str, *, sheet: str, home: Area) -> bool:
        """Whether the cells of an area can go on sharing a formula."""
        ...

    def area(self, sheet: str, area: Area) -> Area | None:
        """Where an area of a sheet is now; None when it is gone from there."""
        ...

    def cells(self, sheet: str) -> bool:
        """Whether cells of that sheet change their places."""
        ...


class ShiftChange:
    """Whole rows and columns are inserted, deleted and moved."""

    def __init__(self, shift: Shift) -> None:
        self.shift = shift

    def formula(self, text: str, *, sheet: str) -> str:
        return self.shift.formula(text, sheet=sheet)

    def cell(self, text: str, *, sheet: str, row: int, column: int) -> str:
        return self.shift.formula(text, sheet=sheet)

    def name(self, text: str, *, sheet: str) -> str:
        return self.shift.name(text, sheet=sheet)

    def region(self, text: str, *, sheet: str, home: Area) -> str:
        return self.shift.region(text, sheet=sheet, home=_home(home))

    def keeps_shared(self, text: str, *, sheet: str, home: Area) -> bool:
        return self.shift.keeps_shared(text, sheet=sheet, home=_home(home))

    def area(self, sheet: str, area: Area) -> Area | None:
        moved = shifted_area(Reference.of(*area), self.shift.of(sheet))
        return None if moved is None else Area(*moved.box)

    def cells(self, sheet: str) -> bool:
        return sheet.casefold() in self.shift.sheets


class BlockChange:
    """A block of cells is cut and pasted."""

    def __init__(self, move: BlockMove) -> None:
        self.move = move

    def formula(self, text: str, *, sheet: str) -> str:
        return self.move.formula(text, sheet=sheet)

    def cell(self, text: str, *, sheet: str, row: int, column: int) -> str:
        return self.move.formula(text, sheet=sheet, moves=self._inside(sheet, Area.cell(row, column)))

    def name(self, text: str, *, sheet: str) -> str:
        return self.move.formula(text, sheet=sheet)

    def region(self, text: str, *, sheet: str, home: Area) -> str:
        return self.move.formula(text, sheet=sheet, moves=self._inside(sheet, home))

    def keeps_shared(self, text: str, *, sheet: str, home: Area) -> bool:
        """Cells share on when none of them moves, is pasted over, or refers to what is."""
        boxes = [(on, Area(*box)) for on, box in self._boxes()]
        if any(on == sheet.casefold() and box.meets(home) for on, box in boxes):
            return False
        for prefix, reached in reach(text, rows=home.height, columns=home.width):
            target = parse_prefix(prefix).first.casefold() if prefix else sheet.casefold()
            if any(on == target and box.meets(Area(*reached)) for on, box in boxes):
                return False
        return True

    def area(self, sheet: str, area: Area) -> Area | None:
        on, moved = self.move.area(Reference.of(*area), sheet=sheet) or ("", None)
        if moved is None or on.casefold() != sheet.casefold():
            return None
        return Area(*moved.box)

    def cells(self, sheet: str) -> bool:
        return sheet.casefold() in (self.move.sheet.casefold(), self.move.to_sheet.casefold())

    def _boxes(self) -> list[tuple[str, tuple[int, int, int, int]]]:
        move = self.move
        return [(move.sheet.casefold(), move.box), (move.to_sheet.casefold(), move.target)]

    def _inside(self, sheet: str, area: Area) -> bool:
        return sheet.casefold() == self.move.sheet.casefold() and Area(*self.move.box).covers(area)


class Unsharing:
    """Nothing changes but that cells which meet some areas share their formulas with none."""

    def __init__(self, sheet: str, areas: Sequence[Area]) -> None:
        self._sheet = sheet.casefold()
        self._areas = areas

    def formula(self, text: str, *, sheet: str) -> str:
        return text

    def cell(self, text: str, *, sheet: str, row: int, column: int) -> str:
        return text

    def name(self, text: str, *, sheet: str) -> str:
        return text

    def region(self, text: str, *, sheet: str, home: Area) -> str:
        return text

    def keeps_shared(self, text: str, *, sheet: str, home: Area) -> bool:
        return sheet.casefold() != self._sheet or not any(area.meets(home) for area in self._areas)

    def area(self, sheet: str, area: Area) -> Area | None:
        return area

    def cells(self, sheet: str) -> bool:
        return False


class TextChange:
    """Formulas are rewritten, wherever they stand, and no cell changes its place: something is renamed or deleted."""

    def __init__(self, rewrite: Callable[[str], str]) -> None:
        self._rewrite = rewrite

    def formula(self, text: str, *, sheet: str) -> str:
        return self._rewrite(text)

    def cell(self, text: str, *, sheet: str, row: int, column: int) -> str:
        return self._rewrite(text)

    def name(self, text: str, *, sheet: str) -> str:
        return self._rewrite(text)

    def region(self, text: str, *, sheet: str, home: Area) -> str:
        return self._rewrite(text)

    def keeps_shared(self, text: str, *, sheet: str, home: Area) -> bool:
        return True

    def area(self, sheet: str, area: Area) -> Area | None:
        return area

    def cells(self, sheet: str) -> bool:
        return False


def _home(area: Area) -> Home:
    return Home((area.top, min(area.bottom, MAX_ROW)), (area.left, min(area.right, MAX_COLUMN)))
