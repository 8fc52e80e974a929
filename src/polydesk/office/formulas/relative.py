"""Formulas that move without what they refer to: filling, copying, and formulas that cells share."""

from __future__ import annotations

from dataclasses import replace

from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW, column_letters
from polydesk.office.formulas.references import REF_ERROR, Area, Axis, area_of
from polydesk.office.formulas.tokens import join, tokenize


def copied(formula: str, *, rows: int, columns: int, wrap: bool = False) -> str:
    """The formula as it reads `rows` further down and `columns` to the right: relative references move with it.

    What leaves the grid becomes `#REF!`, as when cells are copied; with `wrap` it comes in again from the other side,
    as in a shared formula and a defined name.
    """
    if not rows and not columns:
        return formula
    tokens = tokenize(formula)
    for index, token in enumerate(tokens):
        area = area_of(token) if token.kind == "reference" else None
        if area is not None:
            moved = _moved(area, rows, columns, wrap)
            tokens[index] = token._replace(text=token.prefix + (REF_ERROR if moved is None else str(moved)))
    return join(tokens)


def reach(formula: str, *, rows: int, columns: int) -> list[tuple[str, tuple[int, int, int, int]]]:
    """All cells that a formula refers to when it is copied into an area of so many rows and columns, itself the first.

    Each as the reference's prefix and the box of top, left, bottom and right.
    """
    found: list[tuple[str, tuple[int, int, int, int]]] = []
    for token in tokenize(formula):
        area = area_of(token) if token.kind == "reference" else None
        if area is None:
            continue
        corners = [area, _moved(area, rows - 1, columns - 1, wrap=True) or area]
        boxes = [corner.box for corner in corners]
        found.append(
            (
                token.prefix,
                (
                    min(box[0] for box in boxes),
                    min(box[1] for box in boxes),
                    max(box[2] for box in boxes),
                    max(box[3] for box in boxes),
                ),
            )
        )
    return found


def relative_form(formula: str, *, row: int, column: int) -> str:
    """The formula with its references as seen from a cell, in R1C1: equal for cells that were filled from one."""
    tokens = tokenize(formula)
    for index, token in enumerate(tokens):
        area = area_of(token) if token.kind == "reference" else None
        if area is not None:
            tokens[index] = token._replace(text=token.prefix + r1c1(area, row=row, column=column))
    return join(tokens)


def r1c1(area: Area, *, row: int, column: int) -> str:
    """The area in R1C1 notation as seen from a cell, such as `R[-1]C:R5C`."""
    first = _side("R", area.rows, row, last=False) + _side("C", area.columns, column, last=False)
    if not area.is_range:
        return first
    return f"{first}:{_side('R', area.rows, row, last=True)}{_side('C', area.columns, column, last=True)}"


def _side(letter: str, axis: Axis | None, here: int, *, last: bool) -> str:
    if axis is None:
        return ""
    value, fixed = (axis.last, axis.last_fixed) if last else (axis.first, axis.first_fixed)
    if fixed:
        return f"{letter}{value}"
    return letter if value == here else f"{letter}[{value - here}]"


def _moved(area: Area, rows: int, columns: int, wrap: bool) -> Area | None:
    new_rows = area.rows and _moved_axis(area.rows, rows, MAX_ROW, wrap)
    new_columns = area.columns and _moved_axis(area.columns, columns, MAX_COLUMN, wrap)
    if (area.rows is not None and new_rows is None) or (area.columns is not None and new_columns is None):
        return None
    return replace(area, rows=new_rows, columns=new_columns)


def _moved_axis(axis: Axis, by: int, limit: int, wrap: bool) -> Axis | None:
    first = axis.first if axis.first_fixed else axis.first + by
    last = axis.last if axis.last_fixed else axis.last + by
    if wrap:
        first, last = (first - 1) % limit + 1, (last - 1) % limit + 1
    if not (1 <= first <= limit and 1 <= last <= limit):
        return None
    if first <= last:
        return replace(axis, first=first, last=last)
    # As Excel writes it, the lesser corner comes first and keeps its own `$`.
    return Axis(last, first, axis.last_fixed, axis.first_fixed)


def cell_name(row: int, column: int) -> str:
    """`B3` for row 3, column 2."""
    return f"{column_letters(column)}{row}"
