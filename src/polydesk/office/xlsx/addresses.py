"""Places in a workbook as text: `Sheet1!B2`, `'My sheet'!B2:D10`, `Sheet1!5:7`, `Sheet1!C:D`, with or without a hash.

The hash of `Sheet1!B2:D10#9f3a61c2` is over the values and formulas that were seen there. Without one the address is
taken as it stands: a cell's address is its name to every user of Excel, while a paragraph's number is known to none.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Self

import msgspec

from polydesk.core.errors import AnchorNotFoundError

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
"""Excel's sheet ("Excel specifications and limits", support.microsoft.com, checked 2026-11-24)."""

_ANCHOR = re.compile(r"(?:(?P<sheet>'(?:[^']|'')+'|[^'!#]+)!)?(?P<area>\$?[A-Za-z0-9$:]+)(?:#(?P<hash>[0-9a-f]{8}))?")
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_COLUMN = re.compile(r"\$?([A-Za-z]{1,3})")
_ROW = re.compile(r"\$?([0-9]{1,7})")
_PLAIN_SHEET = re.compile(r"[^\W\d][\w.]*")


class Area(NamedTuple):
    """A rectangle of cells; rows and columns count from 1 and both ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def whole_rows(self) -> bool:
        """True when it is rows from end to end."""
        return self.left == 1 and self.right == MAX_COLUMN

    @property
    def whole_columns(self) -> bool:
        """True when it is columns from end to end."""
        return self.top == 1 and self.bottom == MAX_ROW

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.bottom - self.top + 1

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.right - self.left + 1

    def has(self, row: int, column: int) -> bool:
        """True when the cell is in it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def covers(self, other: Area) -> bool:
        """True when all of `other` is in it."""
        return self.has(other.top, other.left) and self.has(other.bottom, other.right)

    def meets(self, other: Area) -> bool:
        """True when a cell is in both."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    def joined(self, other: Area) -> Area:
        """The smallest area that holds both."""
        return Area(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    @classmethod
    def cell(cls, row: int, column: int) -> Self:
        """The area of one cell."""
        return cls(row, column, row, column)


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """An address as an edit gives it."""

    sheet: str | None
    """The sheet's name without quotes; None when the address names none."""
    area: Area
    hash: str | None
    """Eight hexadecimal digits; None when the address is taken as it stands."""


def column_name(column: int) -> str:
    """`A` for 1, `AA` for 27."""
    name = ""
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


def column_number(name: str) -> int:
    """1 for `A`, 27 for `aa`."""
    number = 0
    for letter in name.upper():
        number = 26 * number + ord(letter) - 64
    return number


def cell_name(row: int, column: int) -> str:
    """`B2` for row 2, column 2."""
    return f"{column_name(column)}{row}"


def area_name(area: Area) -> str:
    """`B2`, `B2:D10`, `5:7` or `C:D`."""
    if area.whole_rows:
        return f"{area.top}:{area.bottom}"
    if area.whole_columns:
        return f"{column_name(area.left)}:{column_name(area.right)}"
    first = cell_name(area.top, area.left)
    last = cell_name(area.bottom, area.right)
    return first if first == last else f"{first}:{last}"


def sheet_name(name: str) -> str:
    """The name as a formula writes it: quoted when it is more than a word, or could be read as a cell."""
    if _PLAIN_SHEET.fullmatch(name) and not _looks_like_a_cell(name):
        return name
    return "'" + name.replace("'", "''") + "'"


def _looks_like_a_cell(name: str) -> bool:
    return bool(_CELL.fullmatch(name) or re.fullmatch(r"(?i)r\d*(c\d*)?|c\d*|true|false", name))


def address(sheet: str, area: Area, hash: str | None = None) -> str:
    """The anchor's text."""
    return f"{sheet_name(sheet)}!{area_name(area)}" + (f"#{hash}" if hash else "")


def parse_area(text: str) -> Area | None:
    """The area of `B2`, `B2:D10`, `5:7` or `C:D`, dollar signs allowed; None when it is none, or beyond the sheet."""
    first, colon, last = text.partition(":")
    if colon and not last:
        return None
    cells = _CELL.fullmatch(first), _CELL.fullmatch(last or first)
    if cells[0] and cells[1]:
        area = _ordered(*(int(cell[2]) for cell in cells if cell), *(column_number(cell[1]) for cell in cells if cell))
    elif colon and (rows := (_ROW.fullmatch(first), _ROW.fullmatch(last))) and rows[0] and rows[1]:
        area = _ordered(int(rows[0][1]), int(rows[1][1]), 1, MAX_COLUMN)
    elif colon and (columns := (_COLUMN.fullmatch(first), _COLUMN.fullmatch(last))) and columns[0] and columns[1]:
        area = _ordered(1, MAX_ROW, column_number(columns[0][1]), column_number(columns[1][1]))
    else:
        return None
    return area if area.top >= 1 and area.bottom <= MAX_ROW and area.right <= MAX_COLUMN else None


def _ordered(row: int, other_row: int, column: int, other_column: int) -> Area:
    return Area(min(row, other_row), min(column, other_column), max(row, other_row), max(column, other_column))


def is_anchor(text: str) -> bool:
    """True when the text could be an anchor that names a sheet."""
    match = _ANCHOR.fullmatch(text)
    return match is not None and match["sheet"] is not None and parse_area(match["area"]) is not None


def parse_anchor(text: str, *, path: str | None = None) -> Anchor:
    """The anchor in `text`. Raises AnchorNotFoundError when it is no address of Excel's sheet."""
    match = _ANCHOR.fullmatch(text.strip())
    area = None if match is None else parse_area(match["area"])
    if match is None or area is None:
        raise AnchorNotFoundError(
            f"{text!r} is no address: write Sheet1!B2, 'My sheet'!B2:D10, Sheet1!5:7 or Sheet1!C:D, within "
            f"{column_name(MAX_COLUMN)}{MAX_ROW}.",
            path=path,
        )
    sheet = match["sheet"]
    if sheet is not None and sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    return Anchor(sheet=sheet, area=area, hash=match["hash"])
