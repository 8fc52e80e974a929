"""After edits: the stored values of formulas made right, and what changed by it, cell by cell.

An engine is believed only as far as it agrees with Excel on the very workbook: it first calculates the workbook as it
was, and where it disagrees with the values that Excel has stored, the functions used there are doubted from then on.
What rests on a doubted function, on the clock or on chance keeps its stored value, is counted, and is left to the
application that opens the workbook, which is told to calculate (`fullCalcOnLoad`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from polydesk.core.errors import PolydeskError
from polydesk.office.opc.package import Package
from polydesk.office.results import ValueChange
from polydesk.office.xlsx.addresses import Area, address
from polydesk.office.xlsx.calculation import CalculationError, Outcome, calculate
from polydesk.office.xlsx.formula_cells import FormulaCell, formula_cells
from polydesk.office.xlsx.make_table_changes import without_tables
from polydesk.office.xlsx.state import WorkbookState
from polydesk.office.xlsx.stored_values import store_values

MAX_FORMULAS = 500_000
_MAX_TRACED = 20_000
"""Formulas up to which it is traced which of them rest on a doubted one; beyond, all that read anything are left."""
_RELATIVE = 1e-9
"""Numbers that differ less are one number calculated in another order."""
_UNSTEADY = frozenset({"NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY", "CELL", "INFO"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalculated:
    """A workbook with right values."""

    data: bytes
    changes: tuple[ValueChange, ...] = ()
    """Of formulas whose value is another now, in the order of the workbook."""
    notes: tuple[str, ...] = ()
    """Sentences on what was left to the application that opens the workbook."""
    parts: tuple[str, ...] = ()
    """Names of the parts that hold the changed values."""


def recalculated(before: bytes, after: bytes, *, path: str | None = None) -> Recalculated:
    """The workbook `after`, made from `before` by edits, with the values of its formulas made right."""
    state = WorkbookState(Package.open(after, path=path))
    cells = list(formula_cells(state))
    if not cells:
        return Recalculated(data=after)
    if len(cells) > MAX_FORMULAS:
        return _left(after, f"it has {len(cells):,} formulas")
    old = WorkbookState(Package.open(before, path=path))
    old_cells = list(formula_cells(old))
    try:
        readable = _readable(before, old_cells)
        trust = _trust(old_cells, calculate(readable, _keys(old_cells), date1904=old.date1904))
        outcomes = calculate(_readable(after, cells), _keys(cells), date1904=state.date1904)
    except CalculationError as error:
        return _left(after, str(error))
    doubtful = _doubtful(cells, outcomes, trust)
    new = {
        cell.key: outcome
        for index, (cell, outcome) in enumerate(zip(cells, outcomes, strict=True))
        if index not in doubtful and outcome is not None and not _agree(cell, outcome)
    }
    changes = tuple(_change(cell, new[cell.key]) for cell in cells if cell.key in new)
    store_values(state, new)
    notes = (_left_words(len(doubtful), sorted(trust.doubted)),) if doubtful else ()
    data = state.save() if new else after
    return Recalculated(data=data, changes=changes, notes=notes, parts=tuple(state.package.changed_parts()))


def _left(after: bytes, why: str) -> Recalculated:
    note = f"The values of formulas were left for Excel to calculate when it opens the workbook: {why}."
    return Recalculated(data=after, notes=(note,))


def _left_words(count: int, doubted: Sequence[str]) -> str:
    formulas = "value of 1 formula was" if count == 1 else f"values of {count:,} formulas were"
    why = f" (here the engine does not agree with Excel on {', '.join(doubted[:5])})" if doubted else ""
    return f"The {formulas} left for Excel to calculate when it opens the workbook{why}."


def _readable(data: bytes, cells: Sequence[FormulaCell]) -> bytes:
    """The workbook as the engine can read it: it knows no tables, so formulas name the cells that they mean."""
    if not any(token.kind == "structured" for cell in cells for token in cell.tokens):
        return data
    try:
        return without_tables(WorkbookState(Package.open(data)))
    except PolydeskError:
        return data


def _keys(cells: Sequence[FormulaCell]) -> list[tuple[str, int, int]]:
    return [cell.key for cell in cells]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trust:
    """What the workbook as it was says of the engine."""

    doubted: frozenset[str]
    """Functions of formulas whose stored value the engine does not reach."""
    vouched: frozenset[str]
    """Functions of formulas whose stored value it reaches, and not doubted."""
    arrays: bool
    """Whether it reaches the stored values of all array formulas."""

    def doubts(self, cell: FormulaCell, outcome: Outcome | None) -> bool:
        """Whether a calculated value is not believed by itself, whatever it rests on.

        An error is the likeliest answer of an engine that is at a loss, so it is believed of vouched functions only,
        and that it knows no such name, never.
        """
        if outcome is None or cell.fills or (cell.is_array and not self.arrays):
            return True
        if cell.functions & (self.doubted | _UNSTEADY):
            return True
        if outcome.type != "e" or outcome.value == cell.value:
            return False
        return outcome.value == "#NAME?" or not cell.functions <= self.vouched


def _trust(cells: Sequence[FormulaCell], outcomes: Sequence[Outcome | None]) -> _Trust:
    doubted: set[str] = set()
    vouched: set[str] = set()
    arrays: set[bool] = set()
    for cell, outcome in zip(cells, outcomes, strict=True):
        if cell.value is None or cell.fills:
            continue
        agrees = outcome is not None and _agree(cell, outcome)
        (vouched if agrees else doubted).update(cell.functions - _UNSTEADY)
        if cell.is_array:
            arrays.add(agrees)
    return _Trust(doubted=frozenset(doubted), vouched=frozenset(vouched - doubted), arrays=False not in arrays)


def _doubtful(cells: Sequence[FormulaCell], outcomes: Sequence[Outcome | None], trust: _Trust) -> set[int]:
    """Places in the list of the cells whose calculated value is not believed."""
    pairs = enumerate(zip(cells, outcomes, strict=True))
    found = {index for index, (cell, outcome) in pairs if trust.doubts(cell, outcome)}
    if not found:
        return found
    if len(cells) > _MAX_TRACED:
        return found | {index for index, cell in enumerate(cells) if cell.reads is None or cell.reads}
    return _with_dependents(cells, found)


def _with_dependents(cells: Sequence[FormulaCell], found: set[int]) -> set[int]:
    """The cells together with all that rest on them, directly or not."""
    waiting = set(range(len(cells))) - found
    fresh = set(found)
    while fresh and waiting:
        sources = [cells[index] for index in fresh]
        fresh = {index for index in waiting if _reads_any(cells[index], sources)}
        waiting -= fresh
        found = found | fresh
    return found


def _reads_any(cell: FormulaCell, sources: Sequence[FormulaCell]) -> bool:
    if cell.reads is None:
        return True
    return any(
        sheet.casefold() == source.sheet.casefold() and top <= source.row <= bottom and left <= source.column <= right
        for sheet, (top, left, bottom, right) in cell.reads
        for source in sources
    )


def _agree(cell: FormulaCell, outcome: Outcome) -> bool:
    """Whether the stored value is the calculated one."""
    stored, new = cell.value, outcome.value
    if isinstance(stored, bool) or isinstance(new, bool):
        return stored is new
    if isinstance(stored, int | float) and isinstance(new, int | float):
        return math.isclose(stored, new, rel_tol=_RELATIVE, abs_tol=1e-12)
    return stored == new


def _change(cell: FormulaCell, outcome: Outcome) -> ValueChange:
    at = address(cell.sheet, Area(cell.row, cell.column, cell.row, cell.column))
    return ValueChange(at=at, before=_text(cell.value), after=_text(outcome.value) or "")


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return f"{value:.15g}"
        case _:
            return str(value)
