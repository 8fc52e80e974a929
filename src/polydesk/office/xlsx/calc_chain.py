"""The calculation chain: which cells hold formulas, in the order of their last calculation (ECMA-376-1 §18.6).

An entry without `i` is on the sheet of the entry before it, so one that goes away hands its `i` on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from polydesk.office.opc.package import Package
from polydesk.office.xlsx.addresses import cell_name
from polydesk.office.xlsx.grammar import attribute, blanked, with_attribute
from polydesk.office.xlsx.numerals import whole

Cell = tuple[int, int, int]
"""Sheet id, row, column."""
_ENTRY = re.compile(rb"<((?:[\w.-]+:)?)c(?=[\s/>])((?:[^>\"'/]|\"[^\"]*\"|'[^']*'|/(?!>))*)(?:/>|>\s*</\1c\s*>)")
_ROOT = re.compile(rb"<((?:[\w.-]+:)?)calcChain(?=[\s/>])")


class CalcChain:
    """The workbook's chain, and what changes in it. A workbook without one needs none: Excel makes it anew."""

    def __init__(self, package: Package, workbook_part: str) -> None:
        self._package = package
        self._workbook_part = workbook_part
        self._links = [link for link in package.relationships(workbook_part) if link.kind == "calcChain"]
        found = [package.resolve(workbook_part, link) for link in self._links]
        self._part = next((part for part in found if part is not None), None)
        self.added: dict[Cell, None] = {}
        self.removed: set[Cell] = set()
        self.dropped = False
        """True leaves the chain out of the file: for edits that move most of its cells. Excel makes it anew."""

    @property
    def exists(self) -> bool:
        """Whether the workbook has a chain, and so at least one formula."""
        return self._part is not None

    def add(self, sheet_id: int, row: int, column: int) -> None:
        """A cell now holds a formula."""
        self.removed.discard((sheet_id, row, column))
        self.added[sheet_id, row, column] = None

    def remove(self, sheet_id: int, row: int, column: int) -> None:
        """A cell holds a formula no more."""
        self.added.pop((sheet_id, row, column), None)
        self.removed.add((sheet_id, row, column))

    def save(self) -> None:
        """Write the chain; when it is empty, or `dropped`, its part goes away with its relationship."""
        if self._part is None or not (self.added or self.removed or self.dropped):
            return
        data = b"" if self.dropped else self._package.read(self._part)
        changed = None if self.dropped else _changed(data, self.removed, self.added)
        if changed is None:
            self._package.remove(self._part)
            for link in self._links:
                self._package.remove_relationship(self._workbook_part, link.id)
            self._part = None
        elif changed != data:
            self._package.replace(self._part, changed)


def _changed(data: bytes, removed: set[Cell], added: Iterable[Cell]) -> bytes | None:
    """The chain with entries taken out and put at its end; None when none are left."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"))
    shape = blanked(data)
    root = _ROOT.search(shape)
    if wide or root is None:
        return None  # Excel makes a chain anew; one that is not written as Excel writes it is not worth patching.
    present: set[Cell] = set()
    pieces: list[bytes] = []
    copied = sheet = written = 0
    for entry in _ENTRY.finditer(shape):
        attributes = entry[2]
        own = attribute(attributes, b"i")
        sheet = whole(own, sheet)
        cell = _cell(attribute(attributes, b"r") or b"", sheet)
        if cell in removed:
            pieces.append(data[copied : entry.start()])
            copied = entry.end()
            continue
        if cell is not None:
            present.add(cell)
        if own is None and written != sheet:
            named = with_attribute(attributes, b"i", str(sheet).encode())
            pieces += [data[copied : entry.start(2)], named]
            copied = entry.end(2)
        written = sheet
    new = [cell for cell in added if cell not in present]
    if not present and not new:
        return None
    return b"".join([*pieces, _with_entries(data[copied:], root[1], new)])


def _cell(name: bytes, sheet: int) -> Cell | None:
    match = re.fullmatch(rb"\$?([A-Za-z]{1,3})\$?(\d{1,7})", name)
    if match is None:
        return None
    column = 0
    for letter in match[1].upper():
        column = 26 * column + letter - 64
    return sheet, int(match[2]), column


def _with_entries(data: bytes, prefix: bytes, cells: list[Cell]) -> bytes:
    """The last stretch of the chain with entries before its end tag."""
    if not cells:
        return data
    tag = prefix.decode()
    new = "".join(f'<{tag}c r="{cell_name(row, column)}" i="{sheet}"/>' for sheet, row, column in cells).encode()
    end = data.rfind(b"</" + prefix + b"calcChain")
    if end >= 0:
        return data[:end] + new + data[end:]
    empty = data.rfind(b"/>")
    return data[:empty] + b">" + new + b"</" + prefix + b"calcChain>" + data[empty + 2 :]
