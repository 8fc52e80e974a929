"""Columns inserted and deleted in whole blocks of rows at once, where these are written as Excel writes them.

Cells are found by `<c r="B2"` alone and renamed in one pass over the bytes. Where a block is written otherwise, or new
cells must be made for the look of new columns, it is not for this module, and its rows are taken one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from polydesk.office.formulas.axis import AxisMap
from polydesk.office.xlsx.addresses import column_name, column_number
from polydesk.office.xlsx.rows import RowBlock

_NAMES = re.compile(rb'(<c r=")([A-Z]{1,3})(?=\d)')
_SPANS = re.compile(rb'(<row [^>]*?spans=")(\d+):(\d+)"')


class ColumnShift:
    """Moves the columns of blocks by a map without moves."""

    def __init__(self, columns: AxisMap, like: Callable[[int], int | None]) -> None:
        self._columns = columns
        self._known: dict[bytes, bytes | None] = {}
        models = {like(column) for start, size in columns.new_lines() for column in (start, start + size - 1)}
        letters = "|".join(sorted(column_name(column) for column in models if column))
        self._styled = re.compile(rf'<c r="(?:{letters})\d+"[^>]*? s="[1-9]'.encode()) if letters else None
        gone = _gone(columns)
        self._deleted = _cells_of(gone) if len(gone) <= _MAX_GONE else None
        self.usable = not any(piece.moved for piece in columns.pieces) and len(gone) <= _MAX_GONE

    def shifted(self, block: RowBlock) -> bytes | None:
        """The block's bytes with its cells in their new columns; None when it must be taken row by row."""
        data = block.data
        if not self.usable or block.grammar.prefix or block.shape is not data:
            return None
        if self._styled is not None and self._styled.search(data):
            return None
        if self._deleted is not None:
            data = self._deleted.sub(b"", data)
        parts = _NAMES.split(data)
        if len(parts) // 3 != data.count(b"<c ") + data.count(b"<c>"):
            return None
        known = self._known
        for index in range(2, len(parts), 3):
            letters = parts[index]
            if letters not in known:
                known[letters] = self._renamed(letters)
            new = known[letters]
            if new is None:
                return None
            parts[index] = new
        return _SPANS.sub(self._with_spans, b"".join(parts))

    def _renamed(self, letters: bytes) -> bytes | None:
        new = self._columns.new(column_number(letters.decode("ascii")))
        return None if new is None else column_name(new).encode()

    def _with_spans(self, match: re.Match[bytes]) -> bytes:
        span = self._columns.span(int(match[2]), int(match[3]))
        return match[0] if span is None else match[1] + b'%d:%d"' % span


_MAX_GONE = 64
"""Most deleted columns that are looked for by their names."""


def _gone(columns: AxisMap) -> list[int]:
    """The deleted columns, up to one more than are looked for."""
    found: list[int] = []
    for column in range(columns.first_changed, columns.limit + 1):
        if columns.new(column) is None and not columns.pushed_out(column):
            found.append(column)
            if len(found) > _MAX_GONE:
                break
    return found


def _cells_of(columns: list[int]) -> re.Pattern[bytes] | None:
    if not columns:
        return None
    letters = "|".join(column_name(column) for column in columns)
    return re.compile(rf'<c r="(?:{letters})\d+"(?:[^>"/]|"[^"]*"|/(?!>))*(?:/>|>.*?</c>)'.encode(), re.DOTALL)
