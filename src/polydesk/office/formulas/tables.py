"""Structured references written out as the cells that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polydesk.office.formulas.references import REF_ERROR, Axis, Prefix
from polydesk.office.formulas.references import Area as Reference
from polydesk.office.formulas.structured import columns_named, specials_named, table_of
from polydesk.office.formulas.tokens import Token, join, tokenize


@dataclass(frozen=True, slots=True)
class TableLayout:
    """Where a table lies."""

    name: str
    sheet: str
    top: int
    left: int
    bottom: int
    columns: Sequence[str]
    """Titles from left to right."""
    header: bool
    totals: bool

    @property
    def data(self) -> tuple[int, int]:
        """First and last row of the data."""
        return self.top + self.header, self.bottom - self.totals


def write_out(formula: str, table: TableLayout, *, sheet: str, row: int | None, inside: bool = False) -> str:
    """The formula with every reference to the table as cells, as Excel writes it when a table becomes a range.

    `row` is that of the formula's cell, for `#This Row`; None where there is none. `inside` says that the cell lies in
    the table, where the table's name may be left out.
    """
    tokens = tokenize(formula)
    for index, token in enumerate(tokens):
        if _means(token, table, inside=inside):
            tokens[index] = token._replace(text=_written(token, table, sheet, row))
    return join(tokens)


def _means(token: Token, table: TableLayout, *, inside: bool) -> bool:
    if token.prefix not in ("", "[0]!"):
        return False
    if token.kind == "structured":
        name = table_of(token)
        return name.casefold() == table.name.casefold() if name else inside
    return token.kind == "name" and token.text[len(token.prefix) :].casefold() == table.name.casefold()


def _written(token: Token, table: TableLayout, sheet: str, row: int | None) -> str:
    is_name = token.kind == "name"
    columns = _columns(() if is_name else columns_named(token), table)
    rows = _rows(set() if is_name else specials_named(token), table, row)
    if columns is None or rows is None:
        return REF_ERROR
    prefix = "" if sheet.casefold() == table.sheet.casefold() else str(Prefix("", table.sheet, None))
    this_row = not is_name and "#this row" in specials_named(token)
    fixed = Axis(rows[0], rows[1], not this_row, not this_row)
    area = Reference(fixed, Axis(*columns, True, True), rows[0] != rows[1] or columns[0] != columns[1])
    return f"{prefix}{area}"


def _columns(named: Sequence[str], table: TableLayout) -> tuple[int, int] | None:
    if not named:
        return table.left, table.left + len(table.columns) - 1
    titles = [title.casefold() for title in table.columns]
    if any(name.casefold() not in titles for name in named):
        return None
    places = [table.left + titles.index(name.casefold()) for name in named]
    return min(places), max(places)


def _rows(specials: set[str], table: TableLayout, row: int | None) -> tuple[int, int] | None:
    first, last = table.data
    if "#this row" in specials:
        return None if row is None or not first <= row <= last else (row, row)
    if "#all" in specials:
        return table.top, table.bottom
    begin = table.top if "#headers" in specials else first
    end = table.bottom if "#totals" in specials else last
    if specials == {"#headers"}:
        end = table.top
    if specials == {"#totals"}:
        begin = table.bottom
    if ("#headers" in specials and not table.header) or ("#totals" in specials and not table.totals):
        return None
    return begin, end
