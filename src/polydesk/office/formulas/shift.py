"""What insertion, deletion and movement of whole rows and columns do to formulas, as Excel does it.

A cell that goes away is `#REF!`; a range shrinks to what is left of it and grows by what comes between its ends; whole
columns stay whole whatever happens to rows. References into other workbooks stay. A 3-D reference follows when the
same happens on all its sheets, and otherwise stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from polydesk.office.formulas.axis import AxisMap
from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW
from polydesk.office.formulas.references import REF_ERROR, Area, Axis, area_of, parse_prefix
from polydesk.office.formulas.tokens import Token, join, tokenize

UNMOVED_ROWS = AxisMap(MAX_ROW)
UNMOVED_COLUMNS = AxisMap(MAX_COLUMN)


@dataclass(frozen=True, slots=True)
class SheetShift:
    """What happens to the rows and columns of one sheet."""

    rows: AxisMap = UNMOVED_ROWS
    columns: AxisMap = UNMOVED_COLUMNS


UNMOVED = SheetShift()


@dataclass(frozen=True, slots=True)
class Home:
    """The cells that share one formula, which is written as for the first of them, on the sheet that they stand on."""

    rows: tuple[int, int]
    columns: tuple[int, int]


@dataclass(slots=True)
class Shift:
    """What happens to the sheets of a workbook at once."""

    sheets: Mapping[str, SheetShift]
    """By the sheet's name, in `casefold`; sheets to which nothing happens are left out."""
    order: Sequence[str] = ()
    """All sheets' names in the workbook's order, for 3-D references."""
    _cache: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def of(self, sheet: str) -> SheetShift:
        """What happens to one sheet."""
        return self.sheets.get(sheet.casefold(), UNMOVED)

    def formula(self, formula: str, *, sheet: str) -> str:
        """The formula of a cell of `sheet`; of anything that no sheet holds, when that is empty."""
        key = (formula, sheet)
        known = self._cache.get(key)
        if known is None:
            if len(self._cache) > _CACHED:
                self._cache.clear()
            known = self._cache[key] = self._rewritten(formula, sheet, _plain)
        return known

    def name(self, formula: str, *, sheet: str = "") -> str:
        """The formula of a defined name: what it says relative to the cell that uses it stays as it is."""
        return self._rewritten(formula, sheet, _fixed_alone)

    def region(self, formula: str, *, sheet: str, home: Home) -> str:
        """The formula of a conditional format or validation, as written for the new first cell of its region."""
        shift = self.of(sheet)
        by_row = _RegionRule(home.rows, shift.rows)
        by_column = _RegionRule(home.columns, shift.columns)

        def rule(axis: Axis, map: AxisMap) -> Axis | None:
            return (by_row if map.limit == MAX_ROW else by_column)(axis, map)

        return self._rewritten(formula, sheet, rule)

    def keeps_shared(self, formula: str, *, sheet: str, home: Home) -> bool:
        """Whether the cells of `home`, each shifted by itself, would still share one formula."""
        shift = self.of(sheet)
        for token in tokenize(formula):
            if token.kind != "reference":
                continue
            target, area = self._target(token, sheet) or UNMOVED, area_of(token)
            if area is None:
                continue
            for axis, lines, own, map in (
                (area.rows, home.rows, shift.rows, target.rows),
                (area.columns, home.columns, shift.columns, target.columns),
            ):
                if axis is not None and not _shareable(axis, lines, own, map):
                    return False
        return True

    def _rewritten(self, formula: str, sheet: str, rule: Callable[[Axis, AxisMap], Axis | None]) -> str:
        tokens = tokenize(formula)
        changed = False
        for index, token in enumerate(tokens):
            if token.kind == "reference":
                text = self._reference(token, sheet, rule)
                if text != token.text:
                    tokens[index] = token._replace(text=text)
                    changed = True
        return join(tokens) if changed else formula

    def _reference(self, token: Token, sheet: str, rule: Callable[[Axis, AxisMap], Axis | None]) -> str:
        target, area = self._target(token, sheet), area_of(token)
        if target is None or area is None:
            return token.text
        moved = shifted_area(area, target, rule)
        if moved is None:
            return token.prefix + REF_ERROR
        return token.text if moved is area else f"{token.prefix}{moved}"

    def _target(self, token: Token, sheet: str) -> SheetShift | None:
        """What happens where the reference points; None when nothing does."""
        if not token.prefix:
            return self.sheets.get(sheet.casefold())
        prefix = parse_prefix(token.prefix)
        if not prefix.is_local:
            return None
        first = self.sheets.get(prefix.first.casefold())
        if prefix.last is None:
            return first
        between = {id(self.of(name)): self.of(name) for name in sheets_between(self.order, prefix.first, prefix.last)}
        return next(iter(between.values())) if len(between) == 1 else None


_CACHED = 100_000
"""Most formulas whose shifted form is remembered: in tables the same few come again and again."""


def sheets_between(order: Sequence[str], first: str, last: str) -> list[str]:
    """The sheets of a 3-D reference in the workbook's order; empty when one of its ends is none of them."""
    names = [name.casefold() for name in order]
    if first.casefold() not in names or last.casefold() not in names:
        return []
    start, stop = sorted((names.index(first.casefold()), names.index(last.casefold())))
    return list(order[start : stop + 1])


def shifted_area(
    area: Area, shift: SheetShift, rule: Callable[[Axis, AxisMap], Axis | None] | None = None
) -> Area | None:
    """The area after the shift; the same object when it stays, None when nothing is left of it."""
    rule = rule or _plain
    rows = area.rows and rule(area.rows, shift.rows)
    columns = area.columns and rule(area.columns, shift.columns)
    if (area.rows is not None and rows is None) or (area.columns is not None and columns is None):
        return None
    if rows == area.rows and columns == area.columns:
        return area
    return replace(area, rows=rows, columns=columns)


def _plain(axis: Axis, map: AxisMap) -> Axis | None:
    if map.is_identity or axis.high < map.first_changed:
        return axis
    span = map.span(axis.low, axis.high)
    if span is None or (axis.first == axis.last and map.new(axis.first) is None):
        return None
    low, high = span
    first, last = (low, high) if axis.first <= axis.last else (high, low)
    return replace(axis, first=first, last=last)


def _fixed_alone(axis: Axis, map: AxisMap) -> Axis | None:
    if axis.first_fixed and axis.last_fixed:
        return _plain(axis, map)
    first = map.new(axis.first) if axis.first_fixed else axis.first
    last = map.new(axis.last) if axis.last_fixed else axis.last
    return None if first is None or last is None else replace(axis, first=first, last=last)


class _RegionRule:
    """How a formula that many lines share follows them along one axis."""

    def __init__(self, lines: tuple[int, int], own: AxisMap) -> None:
        self._lines = lines
        self._own = own
        span = own.span(*lines)
        self._delta = 0 if span is None else span[0] - lines[0]

    def __call__(self, axis: Axis, map: AxisMap) -> Axis | None:
        relative = [
            value for value, fixed in ((axis.first, axis.first_fixed), (axis.last, axis.last_fixed)) if not fixed
        ]
        if all(self._moves_as_one(value, map) for value in relative):
            return _plain(axis, map)
        first = map.new(axis.first) if axis.first_fixed else axis.first + self._delta
        last = map.new(axis.last) if axis.last_fixed else axis.last + self._delta
        if first is None or last is None or not (1 <= first <= map.limit and 1 <= last <= map.limit):
            return None
        return replace(axis, first=first, last=last)

    def _moves_as_one(self, value: int, map: AxisMap) -> bool:
        low, high = self._lines
        return self._own.moves_as_one(low, high) and map.moves_as_one(value, value + high - low)


def _shareable(axis: Axis, lines: tuple[int, int], own: AxisMap, map: AxisMap) -> bool:
    low, high = lines
    for value, fixed in ((axis.first, axis.first_fixed), (axis.last, axis.last_fixed)):
        if fixed:
            if map.new(value) is None:
                return False
        elif map is own and own.keeps_distance(low, high, value - low):
            continue
        elif not (own.moves_as_one(low, high) and map.moves_as_one(value, value + high - low)):
            return False
    return True
