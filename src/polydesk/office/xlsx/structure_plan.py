"""All structural edits of one list together: planned as they are read, made at once after everything else.

They mean the workbook as it was seen, so insertions, deletions and moves of one sheet make one map of its rows and one
of its columns, and each formula is rewritten once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from polydesk.core.errors import EditConflictError, UnsupportedEditError
from polydesk.office.formulas.axis import AxisMap, Deletion, Insertion, Move
from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW
from polydesk.office.formulas.shift import SheetShift, Shift
from polydesk.office.formulas.structured import delete_columns, delete_table
from polydesk.office.xlsx.addresses import Area, address
from polydesk.office.xlsx.inputs import written
from polydesk.office.xlsx.making import Claims, Making
from polydesk.office.xlsx.patches import CellPatch
from polydesk.office.xlsx.shifting import Change, ShiftChange, TextChange
from polydesk.office.xlsx.state import WorkbookState
from polydesk.office.xlsx.structure import Follower, nothing
from polydesk.office.xlsx.structure_edits import SheetEdit

Step = Callable[[WorkbookState], None]


@dataclass(slots=True)
class AxisPlan:
    """What is to happen to the rows, or the columns, of one sheet."""

    limit: int
    insertions: list[Insertion] = field(default_factory=list[Insertion])
    looks: list[int | None] = field(default_factory=list[int | None])
    """For each insertion the old line that the new ones look like."""
    deletions: list[Deletion] = field(default_factory=list[Deletion])
    moves: list[Move] = field(default_factory=list[Move])

    def map(self) -> AxisMap:
        """Raises EditConflictError when the edits do not go together."""
        try:
            return AxisMap(self.limit, insertions=self.insertions, deletions=self.deletions, moves=self.moves)
        except ValueError as exc:
            raise EditConflictError(f"edits of the same rows or columns do not go together: {exc}") from exc

    def in_order(self) -> list[int]:
        """The insertions' positions in the list, in the order of their lines."""
        return sorted(range(len(self.insertions)), key=lambda index: self.insertions[index].before)

    def look(self, map: AxisMap) -> Callable[[int], int | None]:
        """From a new line to the old one that it looks like."""
        found: dict[int, int | None] = {}
        for (start, size), index in zip(map.new_lines(), self.in_order(), strict=True):
            found.update(dict.fromkeys(range(start, start + size), self.looks[index]))
        return found.get


def _rows() -> AxisPlan:
    return AxisPlan(MAX_ROW)


def _columns() -> AxisPlan:
    return AxisPlan(MAX_COLUMN)


@dataclass(slots=True)
class GridPlan:
    """What is to happen to one sheet's grid."""

    rows: AxisPlan = field(default_factory=_rows)
    columns: AxisPlan = field(default_factory=_columns)


@dataclass(slots=True)
class StructurePlan:
    """The structural edits of a list."""

    grids: dict[str, GridPlan] = field(default_factory=dict[str, GridPlan])
    """By the sheet's name."""
    firsts: list[Step] = field(default_factory=list[Step])
    """What is made before rows and columns move, at the old addresses."""
    lasts: list[Step] = field(default_factory=list[Step])
    """What is made to sheets as a whole, after rows and columns moved."""
    sheets: list[SheetEdit] = field(default_factory=list[SheetEdit])
    """Edits of whole sheets, which are made together."""
    values: list[Step] = field(default_factory=list[Step])
    """What is written into new rows and columns once these are there."""
    done: bool = False

    def grid(self, sheet: str) -> GridPlan:
        """The plan of one sheet's grid."""
        return self.grids.setdefault(sheet, GridPlan())

    def make(self, making: Making) -> None:
        """Make everything, at the first call; the state is then the workbook as it is after it."""
        if self.done:
            return
        self.done = True
        state = making.state
        _refuse_lost_edits(self, making.claims, state)
        steps = [*self.firsts, self._shift, *self.values, *self.lasts] if self.grids else [*self.firsts, *self.lasts]
        for step in steps:
            state.settle()
            step(state)

    def _shift(self, state: WorkbookState) -> None:
        maps = {name: (grid, grid.rows.map(), grid.columns.map()) for name, grid in self.grids.items()}
        shift = Shift(
            {name.casefold(): SheetShift(rows, columns) for name, (_, rows, columns) in maps.items()},
            [sheet.name for sheet in state.sheets],
        )
        rows = {name: grid.rows.look(map) for name, (grid, map, _) in maps.items()}
        columns = {name: grid.columns.look(map) for name, (grid, _, map) in maps.items()}
        follower = Follower(
            state,
            ShiftChange(shift),
            like_row=lambda name: rows.get(name, nothing),
            like_column=lambda name: columns.get(name, nothing),
        )
        follower.follow()
        for table in follower.lost_tables:
            follow(state, TextChange(lambda text, table=table: delete_table(text, table)))
        for table, gone, order in follower.lost_columns:
            follow(state, TextChange(partial(_without_columns, table, gone, order)))
        if follower.new_headers:
            state.settle()
        for name, row, column, title in follower.new_headers:
            state.sheet(name).patches.patch(row, column, CellPatch(content=written(state, title).content))
        if any(grid.rows.deletions or grid.columns.deletions for grid in self.grids.values()):
            state.values_changed = True


def _without_columns(table: str, gone: set[str], order: list[str], text: str) -> str:
    return delete_columns(text, table, gone, order)


def follow(state: WorkbookState, change: Change) -> None:
    """Make one more change of structure on what is settled before."""
    state.settle()
    Follower(state, change).follow()


def plan_of(making: Making) -> StructurePlan:
    """The plan of the list that an edit belongs to."""
    if making.claims.structure is None:
        making.claims.structure = StructurePlan()
    assert isinstance(making.claims.structure, StructurePlan)
    return making.claims.structure


def _refuse_lost_edits(plan: StructurePlan, claims: Claims, state: WorkbookState) -> None:
    """Refuse a list that changes cells which it deletes."""
    for name, grid in plan.grids.items():
        sheet = state.sheet(name)
        gone = [Area(span.first, 1, span.last, MAX_COLUMN) for span in grid.rows.deletions]
        gone += [Area(1, span.first, MAX_ROW, span.last) for span in grid.columns.deletions]
        for claim in claims.by_sheet.get(sheet.index, []):
            for area in gone:
                if claim.area.meets(area) and area.covers(claim.area) and claim.aspect != "structure":
                    raise EditConflictError(
                        f"edit {claim.index + 1} changes {address(name, claim.area)}, which this list deletes; leave "
                        "one of the two out"
                    )


def refuse_name(name: str, taken: list[str]) -> None:
    """Raises UnsupportedEditError for what cannot be the name of a sheet."""
    problem = None
    if not 1 <= len(name) <= 31:
        problem = "has from 1 to 31 characters"
    elif any(letter in name for letter in "[]:*?/\\") or any(ord(letter) < 32 for letter in name):
        problem = "has none of [ ] : * ? / \\"
    elif name.startswith("'") or name.endswith("'") or name.casefold() == "history":
        problem = "neither begins nor ends with an apostrophe, and is not History"
    elif name.casefold() in {other.casefold() for other in taken}:
        problem = "is not that of another sheet"
    if problem is not None:
        raise UnsupportedEditError(f"{name!r} cannot be a sheet's name: it {problem}")
