"""References as values: which sheets, which cells, and what of it is fixed by `$`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from polydesk.office.formulas.grid import MAX_COLUMN, MAX_ROW, column_letters, column_number
from polydesk.office.formulas.tokens import Token, area_parts, is_area

REF_ERROR = "#REF!"
_PLAIN_SHEET = re.compile(r"(?!\d)[\w.]+")
_LOOKS_LIKE_CELL = re.compile(r"[a-z]{1,3}\d+|r\d*|c\d*|r\d*c\d*|true|false", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Axis:
    """What a reference says of rows, or of columns: one index, or the first and last of several."""

    first: int
    last: int
    first_fixed: bool
    """Whether a `$` stands before it, so that filling leaves it alone."""
    last_fixed: bool

    @property
    def low(self) -> int:
        """The lesser index; some programs write ranges the wrong way round."""
        return min(self.first, self.last)

    @property
    def high(self) -> int:
        """The greater index."""
        return max(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Area:
    """The cells of a reference on each of its sheets."""

    rows: Axis | None
    """None for whole columns, such as `A:C`."""
    columns: Axis | None
    """None for whole rows, such as `1:3`."""
    is_range: bool
    """Whether it is written with a colon; `A1:A1` is."""

    @classmethod
    def of(cls, top: int, left: int, bottom: int, right: int) -> Self:
        """A range, or a cell when it has one alone; without `$`."""
        single = (top, left) == (bottom, right)
        return cls(Axis(top, bottom, False, False), Axis(left, right, False, False), not single)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Top, left, bottom, right, counted from 1; whole columns and rows reach to the edges of the grid."""
        rows, columns = self.rows, self.columns
        top, bottom = (1, MAX_ROW) if rows is None else (rows.low, rows.high)
        left, right = (1, MAX_COLUMN) if columns is None else (columns.low, columns.high)
        return top, left, bottom, right

    def __str__(self) -> str:
        corners = [_corner(self.rows, self.columns, last=False)]
        if self.is_range:
            corners.append(_corner(self.rows, self.columns, last=True))
        return ":".join(corners)


def _corner(rows: Axis | None, columns: Axis | None, *, last: bool) -> str:
    text = ""
    if columns is not None:
        text += "$" if (columns.last_fixed if last else columns.first_fixed) else ""
        text += column_letters(columns.last if last else columns.first)
    if rows is not None:
        text += "$" if (rows.last_fixed if last else rows.first_fixed) else ""
        text += str(rows.last if last else rows.first)
    return text


@lru_cache(maxsize=65536)
def parse_area(text: str) -> Area:
    """The area that a reference without sheet names, such as `$A$1:B2`, `A:C` or `3:3`.

    Raises ValueError for anything else.
    """
    if not is_area(text):
        raise ValueError(f"{text!r} is no reference to cells")
    fixed1, column1, fixed2, row1, fixed3, column2, fixed4, row2 = area_parts(text)
    # Whole rows put their `$` where a column would have its own.
    if not column1:
        fixed2, fixed4 = (fixed1 or "") + (fixed2 or ""), (fixed3 or "") + (fixed4 or "")
    rows = _axis(row1, row2, fixed2, fixed4, int)
    return Area(rows, _axis(column1, column2, fixed1, fixed3, column_number), ":" in text)


def _axis(
    first: str | None,
    last: str | None,
    first_fixed: str | None,
    last_fixed: str | None,
    number: Callable[[str], int],
) -> Axis | None:
    if not first:
        return None
    begin = number(first)
    if last is None:
        return Axis(begin, begin, bool(first_fixed), bool(first_fixed))
    return Axis(begin, number(last), bool(first_fixed), bool(last_fixed))


@dataclass(frozen=True, slots=True)
class Prefix:
    """The workbook and sheets of a reference."""

    book: str
    """What stands up to and with the `]`, such as `[1]`, or a path and file; empty for this workbook."""
    first: str
    """The sheet; empty where none is named, as in `[1]!Name` and `!A1`."""
    last: str | None
    """The last sheet of a 3-D reference; None for one sheet."""

    @property
    def is_local(self) -> bool:
        """Whether it names sheets of this workbook that exist. `[0]` is the workbook itself."""
        return self.book in ("", "[0]") and self.first not in ("", "#REF")

    def __str__(self) -> str:
        sheets = self.first if self.last is None else f"{self.first}:{self.last}"
        plain = all(is_plain_sheet(name) for name in (self.first, self.last) if name)
        if plain and not re.search(r"[^\[\]\w.]", self.book):
            return f"{self.book}{sheets}!"
        escaped = (self.book + sheets).replace("'", "''")
        return f"'{escaped}'!"


def is_plain_sheet(name: str) -> bool:
    """Whether the name may stand in a formula without apostrophes."""
    return bool(_PLAIN_SHEET.fullmatch(name)) and not _LOOKS_LIKE_CELL.fullmatch(name)


@lru_cache(maxsize=4096)
def parse_prefix(text: str) -> Prefix:
    """The parts of a token's prefix."""
    body = text.removesuffix("!")
    if body.startswith("'"):
        body = body[1:-1].replace("''", "'")
    at = body.rfind("]") + 1
    first, colon, last = body[at:].partition(":")
    return Prefix(body[:at], first, last if colon else None)


def area_of(token: Token) -> Area | None:
    """The cells of a reference token; None when they are `#REF!`."""
    text = token.text[len(token.prefix) :]
    return None if text.upper() == REF_ERROR else parse_area(text)
