"""The grid of a sheet: its edges, and columns as letters."""

from __future__ import annotations

from functools import lru_cache

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384
"""Edges of the grid in the file format (ISO/IEC 29500-1, 18.2.29 and the limits of Excel 2007 and later)."""


@lru_cache(maxsize=MAX_COLUMN)
def column_letters(column: int) -> str:
    """`A` for 1, `XFD` for 16,384."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=MAX_COLUMN)
def column_number(letters: str) -> int:
    """1 for `A` or `a`; a number beyond the grid for letters beyond `XFD`."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
